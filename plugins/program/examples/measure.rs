//! Measures the machine on a file: size, speed, memory and what the operators did.
//!
//! `measure FILE [PRIME] [name=value]…`; for instance `disable=template` or `matcher=hash`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    pressmark_samples::measure(&pressmark_program::MACHINE)
}
