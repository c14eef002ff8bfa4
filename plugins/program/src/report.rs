//! What the operators did: uses, tokens, bits, and bits saved.

use pressmark_coding::cost::BIT;

use crate::ops::Op;

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
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Report {
    /// LITERAL, COPY, REPEAT.
    pub operators: [Figures; 3],
    /// What the model says the program costs, in bits; encoder only.
    pub ideal_bits: f64,
}

/// The operators' names, in the order of [`Report::operators`].
pub const NAMES: [&str; 3] = ["literal", "copy", "repeat"];

impl Report {
    /// Tokens of all operators.
    pub fn tokens(&self) -> u64 {
        self.operators.iter().map(|f| f.tokens).sum()
    }

    pub(crate) fn count(&mut self, op: Op) {
        let figures = self.of(op);
        figures.uses += 1;
        figures.tokens += op.tokens();
    }

    /// `price` is what was paid, `literal` what literals would have cost, in units of 2^-20 bit.
    pub(crate) fn price(&mut self, op: Op, price: u64, literal: u64) {
        let figures = self.of(op);
        figures.bits += price as f64 / BIT as f64;
        if op != Op::Literal {
            figures.bits_saved += (literal as f64 - price as f64) / BIT as f64;
        }
    }

    fn of(&mut self, op: Op) -> &mut Figures {
        &mut self.operators[match op {
            Op::Literal => 0,
            Op::Copy { .. } => 1,
            Op::Repeat { .. } => 2,
        }]
    }
}
