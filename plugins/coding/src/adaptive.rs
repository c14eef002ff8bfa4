//! Small adaptive models: a bit, a symbol, a number.
//!
//! An [`AdaptiveBit`] starts by averaging what it sees (rate 1/n) and settles to an
//! exponential window. A [`SymbolModel`] is a binary tree of them; a
//! [`NumberModel`] codes the bit length of a number with one, then the leading
//! bits of its mantissa, the rest flat (Elias gamma, made adaptive). They serve what
//! is rare: operation codes, lengths, distances.
//!
//! Cost: one coded bit per level; 4 bytes per node.

use crate::cost::{BIT, CostTable};
use crate::range::BitIo;

/// An adaptive probability of a one: 24 bits of probability above 8 bits of count.
#[derive(Debug, Clone, Copy)]
pub struct AdaptiveBit(u32);

/// `65536 / (n + 2)` without the division.
const RECIPROCAL: [i64; 256] = {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        table[n] = 65536 / (n as i64 + 2);
        n += 1;
    }
    table
};

impl AdaptiveBit {
    /// Starts even; forgets over about 250 bits in the long run.
    pub fn new() -> Self {
        Self::starting_at(1 << 15, 0)
    }

    /// Starts at `p1 / 65536`, held as if already `seen` times.
    pub fn starting_at(p1: u16, seen: u8) -> Self {
        Self(u32::from(p1) << 16 | u32::from(seen))
    }

    /// The 15-bit probability of a one, in `1..=32767`.
    #[inline]
    pub fn p1(self) -> u16 {
        ((self.0 >> 17) as u16).clamp(1, 32767)
    }

    /// Codes one bit and learns it.
    #[inline]
    pub fn code<Io: BitIo>(&mut self, io: &mut Io, bit: bool) -> bool {
        let bit = io.bit(self.p1(), bit);
        self.learn(bit);
        bit
    }

    /// Learns a bit that was coded elsewhere.
    #[inline]
    pub fn learn(&mut self, bit: bool) {
        let (p, seen) = (i64::from(self.0 >> 8), self.0 & 255);
        let target = if bit { (1 << 24) - 1 } else { 0 };
        let p = p + (((target - p) * RECIPROCAL[seen as usize]) >> 16);
        self.0 = (p as u32) << 8 | (seen + u32::from(seen < 255));
    }

    /// The price of `bit` now.
    #[inline]
    pub fn price(self, costs: &CostTable, bit: bool) -> u64 {
        costs.bit(self.p1(), bit)
    }
}

impl Default for AdaptiveBit {
    fn default() -> Self {
        Self::new()
    }
}

/// An adaptive distribution over `2^bits` symbols.
#[derive(Debug, Clone)]
pub struct SymbolModel {
    nodes: Vec<AdaptiveBit>,
    bits: u32,
}

impl SymbolModel {
    /// Starts even over `2^bits` symbols.
    pub fn new(bits: u32) -> Self {
        Self { nodes: vec![AdaptiveBit::new(); 1 << bits], bits }
    }

    /// Codes `symbol` (below `2^bits`) and learns it.
    pub fn code<Io: BitIo>(&mut self, io: &mut Io, symbol: u32) -> u32 {
        let mut node = 1usize;
        for level in (0..self.bits).rev() {
            let bit = self.nodes[node].code(io, (symbol >> level) & 1 == 1);
            node = 2 * node + usize::from(bit);
        }
        node as u32 - (1 << self.bits)
    }

    /// The price of `symbol` now.
    pub fn price(&self, costs: &CostTable, symbol: u32) -> u64 {
        let mut node = 1usize;
        let mut total = 0;
        for level in (0..self.bits).rev() {
            let bit = (symbol >> level) & 1 == 1;
            total += self.nodes[node].price(costs, bit);
            node = 2 * node + usize::from(bit);
        }
        total
    }
}

/// How many leading mantissa bits are modelled; the rest is flat.
const MODELLED: u32 = 3;
const EVEN: u16 = 1 << 14;

/// An adaptive distribution over numbers in `0..2^32 - 1`, small ones usually being likelier.
#[derive(Debug, Clone)]
pub struct NumberModel {
    length: SymbolModel,
    mantissa: Vec<AdaptiveBit>,
}

impl NumberModel {
    /// Starts even over bit lengths.
    pub fn new() -> Self {
        Self { length: SymbolModel::new(5), mantissa: vec![AdaptiveBit::new(); 32 << MODELLED] }
    }

    /// Codes `number` (below `2^32 - 1`) and learns it.
    pub fn code<Io: BitIo>(&mut self, io: &mut Io, number: u32) -> u32 {
        let shifted = number.saturating_add(1);
        let length = self.length.code(io, shifted.ilog2());
        let mut value = 1u32;
        for level in (0..length).rev() {
            let bit = (shifted >> level) & 1 == 1;
            let done = length - 1 - level;
            let bit = if done < MODELLED {
                self.mantissa[Self::node(length, done, value)].code(io, bit)
            } else {
                io.bit(EVEN, bit)
            };
            value = (value << 1) | u32::from(bit);
        }
        value - 1
    }

    /// The price of `number` now.
    pub fn price(&self, costs: &CostTable, number: u32) -> u64 {
        let shifted = number.saturating_add(1);
        let length = shifted.ilog2();
        let mut total = self.length.price(costs, length);
        for done in 0..length.min(MODELLED) {
            let level = length - 1 - done;
            let bit = (shifted >> level) & 1 == 1;
            total +=
                self.mantissa[Self::node(length, done, shifted >> (level + 1))].price(costs, bit);
        }
        total + u64::from(length.saturating_sub(MODELLED)) * BIT
    }

    /// A lower bound on the price of any number now.
    pub fn least_price(&self, costs: &CostTable) -> u64 {
        let price = |length| {
            let flat = u64::from(length).saturating_sub(MODELLED.into()) * BIT;
            self.length.price(costs, length) + flat
        };
        (0..32).map(price).min().unwrap_or(0)
    }

    fn node(length: u32, done: u32, value: u32) -> usize {
        ((length << MODELLED) | (value & ((1 << (done + 1)) - 1))) as usize
    }
}

impl Default for NumberModel {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::range::{Decoder, Encoder, Pricer};

    proptest! {
        #[test]
        fn numbers_come_back(numbers in prop::collection::vec(prop_oneof![0u32..40, 0u32..u32::MAX], 0..300)) {
            let mut model = NumberModel::new();
            let mut encoder = Encoder::new(Vec::new());
            for &n in &numbers {
                model.code(&mut encoder, n);
            }
            let code = encoder.finish();
            let mut model = NumberModel::new();
            let mut decoder = Decoder::new(&code);
            for &n in &numbers {
                prop_assert_eq!(model.code(&mut decoder, 0), n);
            }
        }

        #[test]
        fn the_price_is_what_coding_pays(numbers in prop::collection::vec(0u32..5000, 1..200)) {
            let costs = CostTable::new();
            let mut model = NumberModel::new();
            for &n in &numbers {
                let (price, least) = (model.price(&costs, n), model.least_price(&costs));
                let mut pricer = Pricer::new(&costs);
                model.code(&mut pricer, n);
                prop_assert_eq!(price, pricer.total);
                prop_assert!(least <= price);
            }
        }
    }

    #[test]
    fn a_constant_becomes_cheap() {
        let costs = CostTable::new();
        let mut model = SymbolModel::new(4);
        let mut pricer = Pricer::new(&costs);
        for _ in 0..1000 {
            model.code(&mut pricer, 9);
        }
        assert!(pricer.total < 200 * BIT, "{} bits", pricer.total / BIT);
    }
}
