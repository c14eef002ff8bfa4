//! Measures `program.seed` on a file: `measure_program FILE [PRIME] [name=value]…`, as
//! [`pressmark_samples::measure`] says.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    pressmark_samples::measure(&pressmark_seeds::bsp::PROGRAM_SEED)
}
