//! What the operators did: uses, tokens, bits, and bits saved.

use pressmark_coding::cost::BIT;

use crate::ops::Op;
use crate::parse::Way;

/// Figures of one operator.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// How often it was used.
    pub uses: u64,
    /// How many tokens it produced.
    pub tokens: u64,
    /// What it cost, in bits; encoder only.
    pub bits: f64,
    /// How much less than its tokens would have cost as literals, operation codes not counted;
    /// encoder only.
    pub bits_saved: f64,
}

/// Figures of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// In the order of [`NAMES`].
    pub operators: [Figures; 5],
    /// The source token that would go on with the passage just followed.
    next: u32,
    /// What the model says the program costs, in bits; encoder only.
    pub ideal_bits: f64,
    /// Places in the input and bytes of the archive that were written by then; encoder only.
    pub curve: Vec<(usize, usize)>,
}

/// The operators' names, in the order of [`Report::operators`].
pub const NAMES: [&str; 5] = ["literal", "copy", "repeat", "template", "transform"];

const COPY: usize = 1;
const TEMPLATE: usize = 3;

impl Report {
    /// Tokens of all operators.
    pub fn tokens(&self) -> u64 {
        self.operators.iter().map(|f| f.tokens).sum()
    }

    pub(crate) fn count(&mut self, op: Op, way: Way) {
        let next = self.next;
        self.next = match (op, way) {
            (Op::Literal, Way::Followed(source) | Way::Filled(source)) => source + 1,
            (Op::Literal, Way::Guessed | Way::Spelled) => next,
            _ => u32::MAX,
        };
        let goes_on = match (op, way) {
            (Op::Literal, Way::Followed(source)) => source == next,
            (Op::Literal, Way::Filled(source)) => source.wrapping_sub(next) < NEAR,
            _ => false,
        };
        let figures = self.of(op, way);
        figures.uses += u64::from(!goes_on);
        figures.tokens += op.tokens();
    }

    /// `price` is what was paid, `literal` what literals would have cost, in units of 2^-20 bit.
    pub(crate) fn price(&mut self, op: Op, way: Way, price: u64, literal: u64) {
        let figures = self.of(op, way);
        figures.bits += price as f64 / BIT as f64;
        if op != Op::Literal {
            figures.bits_saved += (literal as f64 - price as f64) / BIT as f64;
        }
    }

    /// What passages saved that were followed, and those over replaced words; in units of 2^-20 bit.
    pub(crate) fn followed(&mut self, saved: [i64; 2]) {
        for (operator, saved) in [COPY, TEMPLATE].into_iter().zip(saved) {
            self.operators[operator].bits_saved += saved as f64 / BIT as f64;
        }
    }

    fn of(&mut self, op: Op, way: Way) -> &mut Figures {
        &mut self.operators[match (op, way) {
            (Op::Copy { .. }, _) | (Op::Literal, Way::Followed(_)) => COPY,
            (Op::Literal, Way::Filled(_)) => TEMPLATE,
            (Op::Literal, _) => 0,
            (Op::Repeat { .. }, _) => 2,
            (Op::Transform, _) => 4,
        }]
    }
}

/// A template goes on behind a slot of fewer tokens than this.
const NEAR: u32 = 16;
