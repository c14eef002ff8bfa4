//! Bits on their way to the coder, counted by what they say; and small codes made of them.

use pressmark_coding::adaptive::{NumberModel, SymbolModel};
use pressmark_coding::range::{BitIo, Wire};
use pressmark_sdk::{Error, Result};

/// What bits say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What stands between words, and with it where lines end.
    Layout,
    /// Capitals.
    Case,
    /// Whether a line comes from groups or from a program.
    Mode,
    /// Which groups are active.
    Active,
    /// Which of their members are false.
    Hallucination,
    /// Which features no active group has.
    Surprise,
    /// Which word of the line's set stands where.
    Order,
    /// Operations, their counts, lengths and distances.
    Operation,
    /// Words of the vocabulary at a flat price, and whether a word is in it.
    Literal,
    /// New words, letter by letter.
    Spelling,
}

/// How many parts there are.
pub const PARTS: usize = 10;
/// Their names, in the order of [`Part`].
pub const NAMES: [&str; PARTS] = [
    "layout",
    "case",
    "mode",
    "active",
    "hallucination",
    "surprise",
    "order",
    "operation",
    "literal",
    "spelling",
];

impl From<Part> for usize {
    fn from(part: Part) -> Self {
        part as Self
    }
}

/// Books what each part costs.
pub type Meter<'a, W> = pressmark_coding::meter::Meter<'a, W, PARTS>;

/// An error if the code was too short for what was read.
///
/// # Errors
/// [`Error::BadInput`].
pub fn check<W: Wire>(meter: &Meter<'_, W>) -> Result<()> {
    if meter.io.overrun() { Err(Error::damaged("it ends too early")) } else { Ok(()) }
}

/// A number below `count`, all equally likely; `count` is at least 1.
pub fn flat(io: &mut impl BitIo, count: u32, number: u32) -> u32 {
    let (mut low, mut high) = (0, count);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let share = (u64::from(high - middle) << 15) / u64::from(high - low);
        if io.bit(share.clamp(1, 32767) as u16, number >= middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// Texts, by their length and each byte after the one before.
#[derive(Debug, Clone)]
pub struct Speller {
    length: NumberModel,
    bytes: Vec<SymbolModel>,
}

/// Knows nothing.
impl Default for Speller {
    fn default() -> Self {
        Self { length: NumberModel::new(), bytes: vec![SymbolModel::new(8); 256] }
    }
}

impl Speller {
    /// Codes a text of at most `limit` bytes.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a longer one, and for a code that ends in it.
    pub fn code<W: Wire>(
        &mut self,
        meter: &mut Meter<'_, W>,
        given: &[u8],
        limit: usize,
    ) -> Result<Vec<u8>> {
        let length = self.length.code(meter, given.len() as u32) as usize;
        if length > limit {
            return Err(Error::damaged("a text is longer than what is left"));
        }
        let (mut text, mut last) = (Vec::new(), 0);
        for at in 0..length {
            let byte = given.get(at).copied().unwrap_or(0);
            last = self.bytes[usize::from(last)].code(meter, byte.into()) as u8;
            text.push(last);
            if at % 64 == 0 {
                check(meter)?;
            }
        }
        Ok(text)
    }
}

/// Sets of numbers: how many there are, then the gaps between them in ascending order.
#[derive(Debug, Clone, Default)]
pub struct SetModel {
    count: NumberModel,
    gap: NumberModel,
}

impl SetModel {
    /// Codes an ascending set of at most `most` numbers below `bound`.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a set that is not.
    pub fn code<W: Wire>(
        &mut self,
        meter: &mut Meter<'_, W>,
        given: &[u32],
        bound: u32,
        most: u32,
    ) -> Result<Vec<u32>> {
        let count = self.count.code(meter, given.len() as u32);
        if count > most.min(bound) {
            return Err(Error::damaged("a set has more members than there are"));
        }
        let (mut set, mut next) = (Vec::new(), 0u32);
        for at in 0..count as usize {
            let wanted = given.get(at).map_or(0, |&number| number - next);
            let gap = self.gap.code(meter, wanted);
            let number = next.checked_add(gap).filter(|&number| number < bound);
            let number = number.ok_or_else(|| Error::damaged("a set has a member that is none"))?;
            set.push(number);
            next = number + 1;
            check(meter)?;
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use pressmark_coding::cost::CostTable;
    use pressmark_coding::range::{Decoder, Encoder, Teacher};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_bit_is_booked_once() {
        let costs = CostTable::new();
        let mut meter = Meter::new(Teacher, &costs);
        flat(&mut meter, 8, 5);
        meter.book(Part::Literal);
        flat(&mut meter, 4, 0);
        meter.book(Part::Mode);
        let bits = meter.bits();
        assert!((bits[Part::Literal as usize] - 3.0).abs() < 1e-3);
        assert!((bits.iter().sum::<f64>() - 5.0).abs() < 1e-3);
    }

    proptest! {
        #[test]
        fn all_comes_back(
            flats in prop::collection::vec((1u32..5000, any::<u32>()), 0..40),
            texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..9),
            sets in prop::collection::vec(prop::collection::btree_set(0u32..900, 0..20), 0..9),
        ) {
            let costs = CostTable::new();
            let mut meter = Meter::new(Encoder::new(Vec::new()), &costs);
            let (mut speller, mut model) = (Speller::default(), SetModel::default());
            let sets: Vec<Vec<u32>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
            for (count, number) in &flats {
                flat(&mut meter, *count, number % count);
            }
            for text in &texts {
                prop_assert_eq!(speller.code(&mut meter, text, 9), Ok(text.clone()));
            }
            for set in &sets {
                prop_assert_eq!(model.code(&mut meter, set, 900, 20), Ok(set.clone()));
            }
            let code = meter.io.finish();
            let mut meter = Meter::new(Decoder::new(&code), &costs);
            let (mut speller, mut model) = (Speller::default(), SetModel::default());
            for (count, number) in &flats {
                prop_assert_eq!(flat(&mut meter, *count, 0), number % count);
            }
            for text in &texts {
                prop_assert_eq!(&speller.code(&mut meter, &[], 9)?, text);
            }
            for set in &sets {
                prop_assert_eq!(&model.code(&mut meter, &[], 900, 20)?, set);
            }
            prop_assert!(check(&meter).is_ok());
        }
    }
}
