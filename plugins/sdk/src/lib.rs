//! Write a pressmark strategy plugin in safe Rust.
