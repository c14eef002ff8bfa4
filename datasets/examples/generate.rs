//! Writes a synthetic dataset to standard output: `generate KIND [SIZE [SEED]]`.

use std::error::Error;
use std::io::Write;

use pressmark_datasets::ByteSize;
use pressmark_datasets::synthetic::{Kind, generate};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().unwrap_or_default();
    let kind = Kind::from_name(&kind)
        .ok_or("usage: generate stories|sessions|zipf|scan|loop [SIZE [SEED]]")?;
    let size: ByteSize = arguments.next().as_deref().unwrap_or("4MB").parse()?;
    let seed: u64 = arguments.next().as_deref().unwrap_or("1").parse()?;
    std::io::stdout().lock().write_all(&generate(kind, size, seed))?;
    Ok(())
}
