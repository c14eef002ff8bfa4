//! Measures `trie.seed` on a file: `measure_trie FILE [PRIME] [name=value]…`, as
//! [`pressmark_samples::measure`] says.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    pressmark_samples::measure(&pressmark_seeds::trie::SEED)
}
