//! The operators of a program, and what they cost to say.
//!
//! A token that was guessed needs no operation. Where the guesses fail stands an operation
//! code: LITERAL spells the token, TRANSFORM makes it of a known word, REPEAT takes it from a
//! few words back, COPY from anywhere before; the last two go on from there as long as they
//! say. The code is coded in the context of how many guesses failed and of the operation
//! before. All numbers are adaptive; see `NumberModel`.
//!
//! Cost: a coded bit per literal not guessed; 10 to 30 bits per copy.

use pressmark_coding::adaptive::{AdaptiveBit, NumberModel, SymbolModel};
use pressmark_coding::cost::CostTable;
use pressmark_coding::logistic::Logistic;
use pressmark_coding::mixer::Mixer;
use pressmark_coding::range::BitIo;

/// One step of a program. Counts and distances are in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// The next token, by the literal model: guessed or spelled.
    Literal,
    /// `length` tokens from `source`, an absolute token position; it may overlap what it produces.
    Copy {
        /// Where the first token is taken from, counted from the first token of all.
        source: u32,
        /// How many tokens, at least one.
        length: u32,
    },
    /// `count` tokens from one of the last words; it may overlap what it produces.
    Repeat {
        /// How many other words stood nearer, of those that were not guessed in vain.
        rank: u32,
        /// How many tokens, at least one.
        count: u32,
    },
    /// The next word, as an edit of another.
    Transform,
}

impl Op {
    /// How many tokens it produces; a damaged archive may ask for more than there can be.
    pub fn tokens(self) -> u64 {
        match self {
            Self::Literal | Self::Transform => 1,
            Self::Copy { length, .. } => length.into(),
            Self::Repeat { count, .. } => count.into(),
        }
    }
}

const RANK_BITS: u32 = 6;
/// REPEAT reaches back so many tokens.
pub const REACH: usize = 1 << RANK_BITS;

/// What both sides know before an operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The number of tokens so far.
    pub position: u32,
    /// How many guesses failed, up to [`MOST_FAILED`].
    pub failed: u8,
    /// Whether a word stands before.
    pub after_word: bool,
    /// The token before.
    pub last: u32,
    /// How many of the words spelled lately were new, as a class below [`NOVELTIES`].
    pub novelty: u8,
}

/// Classes of [`Place::novelty`].
pub const NOVELTIES: usize = 8;

/// The most guesses that can fail.
pub const MOST_FAILED: u8 = 6;

impl Place {
    fn class(self) -> usize {
        usize::from(self.failed.min(MOST_FAILED)) * 2 + usize::from(self.after_word)
    }
}

const PLACES: usize = (MOST_FAILED as usize + 1) * 2;

/// An archive names a token that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfRange;

/// Whether a literal stands somewhere: three opinions, mixed.
#[derive(Debug, Clone)]
struct Literal {
    by_place: Vec<AdaptiveBit>,
    by_novelty: Vec<AdaptiveBit>,
    by_last: Vec<AdaptiveBit>,
    mixer: Mixer<4>,
    tables: Logistic,
}

const LASTS: usize = 1 << 12;

impl Literal {
    fn new() -> Self {
        let likely = AdaptiveBit::starting_at(62000, 20);
        Self {
            by_place: vec![likely; PLACES * 2],
            by_novelty: vec![likely; NOVELTIES * PLACES],
            by_last: vec![AdaptiveBit::starting_at(64500, 30); LASTS],
            mixer: Mixer::new(2, 14000, 2),
            tables: Logistic::new(),
        }
    }

    fn code<Io: BitIo>(&mut self, io: &mut Io, place: Place, before: bool, literal: bool) -> bool {
        let class = place.class();
        let novelty = usize::from(place.novelty) % NOVELTIES;
        let last = (place.last.wrapping_mul(0x9e37_79b1) >> 20) as usize % LASTS;
        let nodes = [
            &mut self.by_place[class * 2 + usize::from(before)],
            &mut self.by_novelty[novelty * PLACES + class],
            &mut self.by_last[last],
        ];
        let mut inputs = [256i16; 4];
        for (input, node) in inputs.iter_mut().zip(&nodes) {
            *input = self.tables.stretch(node.p1() >> 3);
        }
        self.mixer.mix(&inputs, usize::from(place.after_word), &self.tables);
        let literal = io.bit(self.mixer.p1(), literal);
        self.mixer.update(&inputs, literal);
        nodes.into_iter().for_each(|node| node.learn(literal));
        literal
    }

    /// An estimate: the first opinion alone.
    fn price(&self, costs: &CostTable, place: Place, literal: bool) -> u64 {
        self.by_place[place.class() * 2].price(costs, literal)
    }
}

/// Adaptive statistics of operators.
#[derive(Debug, Clone)]
pub struct OpModel {
    literal: Literal,
    /// Whether what is no literal is a transform; whether what is neither is a repeat.
    transform: [AdaptiveBit; PLACES],
    repeat: [AdaptiveBit; PLACES],
    distance: NumberModel,
    length: NumberModel,
    rank: SymbolModel,
    count: NumberModel,
    /// Whether the operation before was no literal.
    before: bool,
}

impl OpModel {
    /// Starts with literals far likelier than anything else.
    pub fn new() -> Self {
        Self {
            literal: Literal::new(),
            transform: [AdaptiveBit::starting_at(16000, 2); PLACES],
            repeat: [AdaptiveBit::starting_at(48000, 2); PLACES],
            distance: NumberModel::new(),
            length: NumberModel::new(),
            rank: SymbolModel::new(RANK_BITS),
            count: NumberModel::new(),
            before: false,
        }
    }

    /// Codes `op` at `place`, where all guesses failed, and learns it; when reading, `op` is
    /// ignored.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] when what was read points before the first token or is too large to be.
    pub fn code<Io: BitIo>(&mut self, io: &mut Io, place: Place, op: Op) -> Result<Op, OutOfRange> {
        let class = place.class();
        let literal = self.literal.code(io, place, self.before, op == Op::Literal);
        self.before = !literal;
        if literal {
            return Ok(Op::Literal);
        }
        if self.transform[class].code(io, op == Op::Transform) {
            return Ok(Op::Transform);
        }
        if self.repeat[class].code(io, matches!(op, Op::Repeat { .. })) {
            let (rank, count) =
                if let Op::Repeat { rank, count } = op { (rank, count) } else { (0, 1) };
            let rank = self.rank.code(io, rank);
            let count = self.count.code(io, count - 1).checked_add(1).ok_or(OutOfRange)?;
            return Ok(Op::Repeat { rank, count });
        }
        let (source, length) =
            if let Op::Copy { source, length } = op { (source, length) } else { (0, 1) };
        let back = self.distance.code(io, place.position.wrapping_sub(source).wrapping_sub(1));
        let source = place.position.checked_sub(back).and_then(|s| s.checked_sub(1));
        let length = self.length.code(io, length - 1).checked_add(1).ok_or(OutOfRange)?;
        Ok(Op::Copy { source: source.ok_or(OutOfRange)?, length })
    }

    /// The price of `op` after a literal.
    pub fn price(&self, costs: &CostTable, place: Place, op: Op) -> u64 {
        let class = place.class();
        let literal = |is| self.literal.price(costs, place, is);
        let transform = |is| self.transform[class].price(costs, is);
        let repeat = |is| self.repeat[class].price(costs, is);
        match op {
            Op::Literal => literal(true),
            Op::Transform => literal(false) + transform(true),
            Op::Repeat { rank, count } => {
                let numbers = self.rank.price(costs, rank) + self.count.price(costs, count - 1);
                literal(false) + transform(false) + repeat(true) + numbers
            }
            Op::Copy { source, length } => {
                let distance = self.distance.price(costs, place.position - source - 1);
                let numbers = distance + self.length.price(costs, length - 1);
                literal(false) + transform(false) + repeat(false) + numbers
            }
        }
    }

    /// A lower bound on the price of the numbers of any copy.
    pub fn least_copy(&self, costs: &CostTable) -> u64 {
        self.distance.least_price(costs) + self.length.least_price(costs)
    }
}

impl Default for OpModel {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use pressmark_coding::range::{Decoder, Encoder, Pricer, Teacher};
    use proptest::prelude::*;

    use super::*;

    fn place(position: u32, failed: u8) -> Place {
        Place { position, failed, after_word: position.is_multiple_of(2), ..Place::default() }
    }

    proptest! {
        #[test]
        fn operators_come_back(steps in prop::collection::vec((1u32..5000, 0u32..5000, 0u8..9, 0u8..4, 1u32..300), 0..200)) {
            let steps: Vec<(Place, Op)> = steps.into_iter().map(|(position, source, failed, kind, size)| {
                let op = match kind {
                    0 => Op::Literal,
                    1 => Op::Copy { source: source % position, length: size },
                    2 => Op::Repeat { rank: size % REACH as u32, count: size },
                    _ => Op::Transform,
                };
                (place(position, failed), op)
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
            for failed in 0..200u32 {
                match model.code(&mut decoder, place(position, failed as u8), Op::Literal) {
                    Ok(Op::Copy { source, length }) => prop_assert!(source < position && length > 0),
                    Ok(Op::Repeat { rank, count }) => prop_assert!((rank as usize) < REACH && count > 0),
                    Ok(Op::Literal | Op::Transform) => {}
                    Err(OutOfRange) => break,
                }
            }
        }

        #[test]
        fn prices_differ_as_codes_do(pairs in prop::collection::vec((0u32..5000, 1u32..300, 0u32..5000, 1u32..300), 1..100)) {
            let costs = CostTable::new();
            let mut model = OpModel::new();
            let place = place(5000, 3);
            let paid = |model: &OpModel, op| {
                let mut pricer = Pricer::new(&costs);
                let _ = model.clone().code(&mut pricer, place, op);
                pricer.total
            };
            for (source, length, other, count) in pairs {
                // Whether a literal stands there is only estimated; it is the same for both.
                for [one, two] in [
                    [Op::Copy { source, length }, Op::Copy { source: other, length: count }],
                    [Op::Repeat { rank: source % 64, count: length }, Op::Repeat { rank: other % 64, count }],
                    [Op::Copy { source, length }, Op::Transform],
                ] {
                    let prices = [one, two].map(|op| model.price(&costs, place, op) as i64);
                    let codes = [one, two].map(|op| paid(&model, op) as i64);
                    prop_assert_eq!(prices[0] - prices[1], codes[0] - codes[1]);
                    let _ = model.code(&mut Teacher, place, one);
                }
            }
        }
    }
}
