//! Benchmark harness for compression strategies: verified bits per character, memory and hit rates.
