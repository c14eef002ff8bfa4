//! Measures `trie.blending` on a file: `measure_blending FILE [PRIME] [name=value]…`, as
//! [`pressmark_samples::measure`] says.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    pressmark_samples::measure(&pressmark_trie::BLENDING)
}
