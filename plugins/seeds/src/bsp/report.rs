//! What a run claims, and what it needed.

use super::engine::Claim;
use super::learner::Seen;
use super::line::Said;
use super::machine::Program;
use super::wire::PARTS;

/// Sums over the lines of a text.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Characters the original divides by; 0 on the side that does not know the text.
    pub characters: u64,
    /// Lines that are not blank.
    pub lines: u64,
    /// Lines for which the program was cheaper.
    pub by_program: u64,
    /// Bits claimed: in all, by groups alone, by programs alone, and of the word order at weight 1.
    pub claimed: f64,
    /// See `claimed`.
    pub claimed_groups: f64,
    /// See `claimed`.
    pub claimed_programs: f64,
    /// See `claimed`.
    pub claimed_sequence: f64,
    /// Features the groups were shown, and those they did not explain.
    pub features: u64,
    /// See `features`.
    pub surprises: u64,
    /// Members of active groups, and those not in the line.
    pub reconstructed: u64,
    /// See `reconstructed`.
    pub hallucinated: u64,
    /// Active groups, summed over lines.
    pub active: u64,
    /// Lines in which a useful copy was given up for the order of copies.
    pub rejected: u64,
    /// Lines whose program was chosen and makes other words.
    pub wrong: u64,
    /// Words, and those that programs made by literal, copy and repeat.
    pub words: u64,
    /// See `words`.
    pub produced: [u64; 3],
    /// Literals, copies and repeats in programs.
    pub used: [u64; 3],
    /// Groups at the end; made, merged and dropped since the beginning.
    pub groups: [u64; 4],
    /// Lines learned, of the priming text and of this one.
    pub learned: u64,
    /// Bits by part.
    pub bits: [f64; PARTS],
    /// Whether the text was stored as it is.
    pub stored: bool,
    /// The bits of the code, were coding perfect.
    pub ideal_bits: f64,
}

impl Report {
    /// Adds a line.
    pub fn add(&mut self, claim: &Claim, seen: &Seen, program: Option<(&Program, bool)>) {
        self.lines += 1;
        self.by_program += u64::from(claim.by_program());
        self.claimed += claim.bits();
        self.claimed_groups += claim.group_bits();
        self.claimed_sequence += claim.sequence;
        self.features += seen.features.len() as u64;
        self.surprises += seen.surprise.len() as u64;
        self.reconstructed += seen.reconstructed.len() as u64;
        self.hallucinated += seen.hallucination.len() as u64;
        self.active += seen.active.len() as u64;
        if let Some((program, right)) = program {
            self.claimed_programs += claim.program;
            self.rejected += u64::from(program.rejected);
            self.wrong += u64::from(claim.by_program() && !right);
        }
    }

    /// Adds what the code of a line said.
    pub fn add_said(&mut self, said: &Said) {
        self.words += said.words.len() as u64;
        for (sum, count) in self.produced.iter_mut().zip(said.produced) {
            *sum += count;
        }
        for (sum, count) in self.used.iter_mut().zip(said.used) {
            *sum += count;
        }
    }
}
