//! The operators of a program, and what they cost to say.
//!
//! Before every token stands an operation code: LITERAL, COPY or REPEAT. It is coded in
//! the context of the operation before and of how well the guessed passage has fitted so
//! far, so that a long run of literals costs next to nothing, and a copy is cheap where
//! one is likely. A copy names its source as "the passage that is being repeated", which
//! both sides know, or by its distance. All numbers are adaptive; see `NumberModel`.
//!
//! Cost: a coded bit per literal, about 5 to 25 bits per copy.

use pressmark_coding::adaptive::{AdaptiveBit, NumberModel, SymbolModel};
use pressmark_coding::cost::CostTable;
use pressmark_coding::range::BitIo;

/// One step of a program. Counts and distances are in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// The next token, by the literal model.
    Literal,
    /// `length` tokens from `source`, an absolute token position; it may overlap what it produces.
    Copy {
        /// Where the first token is taken from, counted from the first token of all.
        source: u32,
        /// How many tokens, at least one.
        length: u32,
    },
    /// The last `period` tokens, `count` times more.
    Repeat {
        /// At least 1, at most [`MAX_PERIOD`].
        period: u32,
        /// At least one.
        count: u32,
    },
}

impl Op {
    /// How many tokens it produces; a damaged archive may ask for more than there can be.
    pub fn tokens(self) -> u64 {
        match self {
            Self::Literal => 1,
            Self::Copy { length, .. } => length.into(),
            Self::Repeat { period, count } => u64::from(period) * u64::from(count),
        }
    }
}

/// The longest period of a REPEAT.
pub const MAX_PERIOD: u32 = 16;

/// What both sides know before an operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The number of tokens so far.
    pub position: u32,
    /// The token that would follow in the passage being repeated; zero for none.
    pub expected: u32,
    /// How long that passage has fitted, as a class below [`LEVELS`].
    pub level: u8,
}

/// Classes of [`Place::level`].
pub const LEVELS: usize = 16;

/// An archive names a token that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfRange;

/// Adaptive statistics of operators.
#[derive(Debug, Clone)]
pub struct OpModel {
    literal: Vec<AdaptiveBit>,
    copy: [AdaptiveBit; LEVELS],
    expected: [AdaptiveBit; LEVELS],
    distance: NumberModel,
    /// For the expected passage, and for others.
    length: [NumberModel; 2],
    period: SymbolModel,
    count: NumberModel,
    /// The class of the operation before: 0 to 2 for a run of literals, 3 copy, 4 repeat.
    before: usize,
    run: u32,
}

const BEFORE: usize = 5;

impl OpModel {
    /// Starts with literals far likelier than anything else.
    pub fn new() -> Self {
        Self {
            literal: vec![AdaptiveBit::starting_at(64000, 30); BEFORE * LEVELS],
            copy: [AdaptiveBit::starting_at(56000, 6); LEVELS],
            expected: [AdaptiveBit::starting_at(40000, 2); LEVELS],
            distance: NumberModel::new(),
            length: [NumberModel::new(), NumberModel::new()],
            period: SymbolModel::new(MAX_PERIOD.ilog2()),
            count: NumberModel::new(),
            before: 0,
            run: 0,
        }
    }

    /// Codes `op` at `place` and learns it; when reading, `op` is ignored.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] when what was read points before the first token or is too large to be.
    pub fn code<Io: BitIo>(&mut self, io: &mut Io, place: Place, op: Op) -> Result<Op, OutOfRange> {
        let level = usize::from(place.level) % LEVELS;
        if self.literal[self.before * LEVELS + level].code(io, op == Op::Literal) {
            self.run += 1;
            self.before = (self.run.ilog2() as usize / 2).min(2);
            return Ok(Op::Literal);
        }
        self.run = 0;
        if self.copy[level].code(io, matches!(op, Op::Copy { .. })) {
            self.before = 3;
            let (source, length) =
                if let Op::Copy { source, length } = op { (source, length) } else { (0, 1) };
            let expected =
                place.expected > 0 && self.expected[level].code(io, source == place.expected);
            let source = if expected {
                place.expected
            } else {
                let back =
                    self.distance.code(io, place.position.wrapping_sub(source).wrapping_sub(1));
                place.position.checked_sub(back).and_then(|s| s.checked_sub(1)).ok_or(OutOfRange)?
            };
            let length = self.length[usize::from(!expected)].code(io, length - 1);
            let length = length.checked_add(1).ok_or(OutOfRange)?;
            Ok(Op::Copy { source, length })
        } else {
            self.before = 4;
            let (period, count) =
                if let Op::Repeat { period, count } = op { (period, count) } else { (1, 1) };
            let period = self.period.code(io, period - 1) + 1;
            let count = self.count.code(io, count - 1).checked_add(1).ok_or(OutOfRange)?;
            if period > place.position { Err(OutOfRange) } else { Ok(Op::Repeat { period, count }) }
        }
    }

    /// The price of a literal's operation code among other literals.
    pub fn literal_price(&self, costs: &CostTable, level: u8) -> u64 {
        self.literal[2 * LEVELS + usize::from(level) % LEVELS].price(costs, true)
    }

    /// A lower bound on the price of any copy (of the expected passage, or of another) and any
    /// repeat at this level, without the flat bits of its distance.
    pub fn least_prices(&self, costs: &CostTable, level: u8) -> [u64; 3] {
        let level = usize::from(level) % LEVELS;
        let code = self.literal[2 * LEVELS + level].price(costs, false);
        let copy = code + self.copy[level].price(costs, true);
        let [expected, other] = &self.length;
        [
            copy + self.expected[level].price(costs, true) + expected.least_price(costs),
            copy + other.least_price(costs) + self.distance.least_price(costs),
            code + self.copy[level].price(costs, false) + self.count.least_price(costs),
        ]
    }

    /// The price of `op`, not a literal, after literals.
    pub fn price(&self, costs: &CostTable, place: Place, op: Op) -> u64 {
        let level = usize::from(place.level) % LEVELS;
        let code = self.literal[2 * LEVELS + level].price(costs, false);
        match op {
            Op::Literal => self.literal_price(costs, place.level),
            Op::Copy { source, length } => {
                let expected = place.expected > 0 && source == place.expected;
                let mut total = code + self.copy[level].price(costs, true);
                if place.expected > 0 {
                    total += self.expected[level].price(costs, expected);
                }
                if !expected {
                    total += self.distance.price(costs, place.position - source - 1);
                }
                total + self.length[usize::from(!expected)].price(costs, length - 1)
            }
            Op::Repeat { period, count } => {
                code + self.copy[level].price(costs, false)
                    + self.period.price(costs, period - 1)
                    + self.count.price(costs, count - 1)
            }
        }
    }
}

impl Default for OpModel {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use pressmark_coding::range::{Decoder, Encoder};
    use proptest::prelude::*;

    use super::*;

    fn place(position: u32, expected: u32, level: u8) -> Place {
        Place { position, expected, level }
    }

    proptest! {
        #[test]
        fn operators_come_back(steps in prop::collection::vec((1u32..5000, 0u32..5000, 0u8..16, 0u8..4, 1u32..300), 0..200)) {
            let steps: Vec<(Place, Op)> = steps.into_iter().map(|(position, source, level, kind, size)| {
                let source = source % position;
                let expected = if kind == 1 { source } else { source / 2 };
                let op = match kind {
                    0 => Op::Literal,
                    1 | 2 => Op::Copy { source, length: size },
                    _ => Op::Repeat { period: (size % MAX_PERIOD).min(position - 1) + 1, count: size },
                };
                (place(position, expected, level), op)
            }).collect();
            let mut model = OpModel::new();
            let mut encoder = Encoder::new(Vec::new());
            for &(place, op) in &steps {
                prop_assert_eq!(model.code(&mut encoder, place, op), Ok(op));
            }
            let code = encoder.finish();
            let mut model = OpModel::new();
            let mut decoder = Decoder::new(&code);
            for &(place, op) in &steps {
                prop_assert_eq!(model.code(&mut decoder, place, Op::Literal), Ok(op));
            }
        }

        #[test]
        fn any_code_gives_operators_in_range(code in prop::collection::vec(any::<u8>(), 0..60), position in 0u32..100) {
            let mut model = OpModel::new();
            let mut decoder = Decoder::new(&code);
            for level in 0..200u32 {
                match model.code(&mut decoder, place(position, position / 2, level as u8), Op::Literal) {
                    Ok(Op::Copy { source, length }) => prop_assert!(source < position && length > 0),
                    Ok(Op::Repeat { period, count }) => prop_assert!(period <= position && count > 0),
                    Ok(Op::Literal) => {}
                    Err(OutOfRange) => break,
                }
            }
        }
    }
}
