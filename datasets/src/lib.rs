//! Named bytes with a checksum: text corpora, session logs and traces.
