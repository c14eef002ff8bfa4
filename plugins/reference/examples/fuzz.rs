//! Fuzzes the decoders of the peers: `fuzz ID SECONDS [SEED]`, as [`pressmark_samples::fuzz`] says.

use pressmark_reference::{BROTLI, BZIP2, GZIP, LZ4, PPMD, STORE, XZ, ZSTD};
use pressmark_samples::{Subject, fuzz};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    fuzz(&[
        Subject::new(&STORE),
        Subject::new(&GZIP),
        Subject::new(&BZIP2),
        Subject::new(&XZ).with("level", 1),
        Subject::new(&ZSTD).with("level", 3).window(1 << 27),
        Subject::new(&BROTLI).with("level", 5).window(1 << 24),
        Subject::new(&LZ4),
        Subject::new(&PPMD).with("memory_mb", 16),
        Subject::new(&PPMD).with("memory_mb", 1).with("order", 3),
    ])
}
