//! The C ABI between pressmark and its strategy plugins.
