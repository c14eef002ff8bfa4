//! The peers: well-kept compressors as pressmark strategies.
