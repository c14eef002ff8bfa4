//! What harness and worker say to each other.
