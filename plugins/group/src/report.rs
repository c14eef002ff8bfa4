//! What a run found out about groups, and what each source paid.

use crate::groups::Counts;
use crate::meter::SOURCES;

/// Figures of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Report {
    /// Bits by source, in the order of [`crate::meter::NAMES`].
    pub bits: [f64; SOURCES],
    /// What happened to groups.
    pub counts: Counts,
    /// Groups at the end.
    pub alive: usize,
    /// Whether the input was stored because the code would have been longer; encoder
    /// only.
    pub stored: bool,
    /// What the model says the archive costs, in bits.
    pub ideal_bits: f64,
}
