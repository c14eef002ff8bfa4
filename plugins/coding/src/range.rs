//! A binary arithmetic coder over 15-bit probabilities.
//!
//! The coder keeps an interval of numbers, its lower end and its width, and narrows
//! it to the part that belongs to each bit; leading bytes leave when the width fits
//! below them, and a late carry runs back through them (Rissanen and Langdon 1979;
//! Martin's range coder of the same year). With 64-bit numbers the rounding loss is
//! below 10^-9 bit per bit.
//!
//! [`BitIo`] is the one face that encoding, decoding, learning and pricing share:
//! a model asks for a bit with its probability, and only the implementation knows
//! whether the bit was given or read. A model written once therefore cannot differ
//! between the two sides.
//!
//! Cost: a multiplication and a shift per bit.

use crate::cost::CostTable;
use crate::logistic::PROB_BITS;
use crate::odds::FINE_BITS;

/// Where the bits of a model go to, or come from.
pub trait BitIo {
    /// Passes one bit whose probability of being one is `p1 / 32768`, `0 < p1 < 32768`.
    ///
    /// An encoder writes `bit` and returns it; a decoder ignores `bit` and returns what it read.
    fn bit(&mut self, p1: u16, bit: bool) -> bool;
}

/// Where bits with finer probabilities go to, or come from: of a model that is often nearly
/// certain.
pub trait FineIo {
    /// Passes one bit as [`BitIo::bit`] does; the probability of a one is `p1 / 2^22`,
    /// `0 < p1 < 2^22`.
    fn fine(&mut self, p1: u32, bit: bool) -> bool;
}

/// Choices out of sixteen.
pub const CHOICES: usize = 16;

/// Where the parts of a whole begin that choices have, in units of 2^-15: the first at 0, the one
/// behind the last at 2^15, and each part is at least one unit wide.
pub type Bounds = [u16; CHOICES + 1];

/// Where choices out of sixteen go to, or come from.
pub trait ChoiceIo {
    /// Passes a choice; how probable each is, is how wide its part is. `up_to` tells how many parts
    /// but the first begin at a number or before it. An encoder writes `choice` and returns it; a
    /// decoder ignores it and returns what it read.
    fn choice(&mut self, bounds: &Bounds, up_to: impl FnOnce(u16) -> usize, choice: usize)
    -> usize;
}

/// Where the part of a choice begins, and its width.
#[inline(always)]
pub(crate) fn part(bounds: &Bounds, choice: usize) -> (u64, u64) {
    let choice = choice % CHOICES;
    (bounds[choice].into(), bounds[choice + 1].wrapping_sub(bounds[choice]).into())
}

/// The interval never gets narrower than this, so a probability is honoured to 41 bits.
const NARROWEST: u64 = 1 << 56;

/// Where a code's bytes are put.
pub trait Bytes {
    /// Appends a byte.
    fn push(&mut self, byte: u8);
    /// The bytes so far: a late carry may change them.
    fn held(&mut self) -> &mut [u8];
}

impl Bytes for Vec<u8> {
    #[inline]
    fn push(&mut self, byte: u8) {
        Vec::push(self, byte);
    }

    fn held(&mut self) -> &mut [u8] {
        self
    }
}

/// Room of a given length, so that a code takes no memory of its own.
#[derive(Debug)]
pub struct Room<'a> {
    bytes: &'a mut [u8],
    used: usize,
}

impl<'a> Room<'a> {
    /// Puts bytes into `bytes`, from the front.
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, used: 0 }
    }

    /// How many bytes were put, unless they were more than there was room for.
    pub fn used(&self) -> Option<usize> {
        (self.used <= self.bytes.len()).then_some(self.used)
    }
}

impl Bytes for Room<'_> {
    #[inline]
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.used) {
            *place = byte;
        }
        self.used += 1;
    }

    fn held(&mut self) -> &mut [u8] {
        let held = self.used.min(self.bytes.len());
        &mut self.bytes[..held]
    }
}

/// The writing side.
#[derive(Debug, Clone)]
pub struct Encoder<Out = Vec<u8>> {
    low: u64,
    range: u64,
    out: Out,
}

impl Encoder {
    /// How many bytes are held; a late carry may still change the last ones.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether no byte is held.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Takes out the bytes that no late carry can change any more.
    pub fn take_final(&mut self) -> Vec<u8> {
        let kept = self.out.iter().rposition(|&byte| byte != 0xff).unwrap_or(0);
        let rest = self.out.split_off(kept);
        std::mem::replace(&mut self.out, rest)
    }
}

impl<Out: Bytes> Encoder<Out> {
    /// Starts a code after the bytes already in `out`.
    pub fn new(out: Out) -> Self {
        Self { low: 0, range: u64::MAX, out }
    }

    /// Ends the code with the fewest bytes that name a number inside the interval,
    /// the decoder reading zeros after the end.
    pub fn finish(mut self) -> Out {
        for bytes in 0..=8usize {
            let dropped = u64::MAX.checked_shr(8 * bytes as u32).unwrap_or(0);
            // The distance up to the next number whose dropped bits are all zero.
            let up = self.low.wrapping_neg() & dropped;
            if up < self.range {
                let (value, carry) = self.low.overflowing_add(up);
                if carry {
                    self.carry();
                }
                value.to_be_bytes()[..bytes].iter().for_each(|&byte| self.out.push(byte));
                break;
            }
        }
        self.out
    }

    #[cold]
    fn carry(&mut self) {
        for byte in self.out.held().iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }
}

impl<Out: Bytes> BitIo for Encoder<Out> {
    #[inline]
    fn bit(&mut self, p1: u16, bit: bool) -> bool {
        self.split((self.range >> PROB_BITS) * u64::from(p1), bit)
    }
}

impl<Out: Bytes> FineIo for Encoder<Out> {
    #[inline]
    fn fine(&mut self, p1: u32, bit: bool) -> bool {
        self.split((self.range >> FINE_BITS) * u64::from(p1), bit)
    }
}

impl<Out: Bytes> ChoiceIo for Encoder<Out> {
    #[inline(always)]
    fn choice(
        &mut self,
        bounds: &Bounds,
        _up_to: impl FnOnce(u16) -> usize,
        choice: usize,
    ) -> usize {
        let unit = self.range >> PROB_BITS;
        let (low, width) = part(bounds, choice);
        self.raise(unit * low);
        self.range = unit * width;
        self.widen();
        choice
    }
}

impl<Out: Bytes> Encoder<Out> {
    /// Moves the lower end of the interval up.
    #[inline]
    fn raise(&mut self, by: u64) {
        let (low, carry) = self.low.overflowing_add(by);
        self.low = low;
        if carry {
            self.carry();
        }
    }

    /// Puts the bytes that are known, until the interval is wide again.
    #[inline]
    fn widen(&mut self) {
        while self.range < NARROWEST {
            self.out.push((self.low >> 56) as u8);
            self.low <<= 8;
            self.range <<= 8;
        }
    }

    /// Keeps the part of the interval below `bound` for a one, the other for a zero.
    #[inline]
    fn split(&mut self, bound: u64, bit: bool) -> bool {
        if bit {
            self.range = bound;
        } else {
            self.raise(bound);
            self.range -= bound;
        }
        self.widen();
        bit
    }
}

/// The reading side. Reading past the end gives zeros, so it never fails; see [`Decoder::overrun`].
#[derive(Debug, Clone)]
pub struct Decoder<'a> {
    offset: u64,
    range: u64,
    code: &'a [u8],
    read: usize,
}

impl<'a> Decoder<'a> {
    /// Starts to read `code`.
    pub fn new(code: &'a [u8]) -> Self {
        let mut decoder = Self { offset: 0, range: u64::MAX, code, read: 0 };
        for _ in 0..8 {
            decoder.next_byte();
        }
        decoder
    }

    /// Whether more bytes were needed than a code of this length can need: it was cut short or
    /// damaged.
    pub fn overrun(&self) -> bool {
        self.read > self.code.len() + 8
    }

    /// How many bytes of the code have been taken in.
    pub fn position(&self) -> usize {
        self.read.min(self.code.len())
    }

    #[inline]
    fn next_byte(&mut self) {
        self.offset =
            (self.offset << 8) | u64::from(self.code.get(self.read).copied().unwrap_or(0));
        self.read += 1;
    }
}

impl BitIo for Decoder<'_> {
    #[inline]
    fn bit(&mut self, p1: u16, _bit: bool) -> bool {
        self.split((self.range >> PROB_BITS) * u64::from(p1))
    }
}

impl FineIo for Decoder<'_> {
    #[inline]
    fn fine(&mut self, p1: u32, _bit: bool) -> bool {
        self.split((self.range >> FINE_BITS) * u64::from(p1))
    }
}

impl ChoiceIo for Decoder<'_> {
    #[inline(always)]
    fn choice(
        &mut self,
        bounds: &Bounds,
        up_to: impl FnOnce(u16) -> usize,
        _choice: usize,
    ) -> usize {
        let unit = self.range >> PROB_BITS;
        // What rounding leaves above all parts belongs to none; a damaged code can be there.
        let at = (self.offset / unit).min((1 << PROB_BITS) - 1);
        let choice = up_to(at as u16);
        let (low, width) = part(bounds, choice);
        self.offset -= unit * low;
        self.range = unit * width;
        self.widen();
        choice
    }
}

impl Decoder<'_> {
    /// Reads bytes until the interval is wide again.
    #[inline]
    fn widen(&mut self) {
        while self.range < NARROWEST {
            self.range <<= 8;
            self.next_byte();
        }
    }

    /// Which part of the interval the code is in: below `bound` is a one.
    #[inline]
    fn split(&mut self, bound: u64) -> bool {
        let bit = self.offset < bound;
        if bit {
            self.range = bound;
        } else {
            self.offset -= bound;
            self.range -= bound;
        }
        self.widen();
        bit
    }
}

/// Passes known bits through a model only to teach it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Teacher;

impl BitIo for Teacher {
    #[inline]
    fn bit(&mut self, _p1: u16, bit: bool) -> bool {
        bit
    }
}

impl FineIo for Teacher {
    #[inline]
    fn fine(&mut self, _p1: u32, bit: bool) -> bool {
        bit
    }
}

impl ChoiceIo for Teacher {
    #[inline(always)]
    fn choice(
        &mut self,
        _bounds: &Bounds,
        _up_to: impl FnOnce(u16) -> usize,
        choice: usize,
    ) -> usize {
        choice
    }
}

/// Bits that may come from a code that ends too early.
pub trait Wire: BitIo {
    /// Whether more was read than there can be.
    fn overrun(&self) -> bool {
        false
    }
}

impl<Out: Bytes> Wire for Encoder<Out> {}
impl Wire for Teacher {}
impl Wire for Decoder<'_> {
    fn overrun(&self) -> bool {
        Decoder::overrun(self)
    }
}

/// Adds up the price of known bits; `total` is in units of 2^-20 bit.
#[derive(Debug, Clone)]
pub struct Pricer<'a> {
    costs: &'a CostTable,
    /// The price so far.
    pub total: u64,
}

impl<'a> Pricer<'a> {
    /// Starts at zero.
    pub fn new(costs: &'a CostTable) -> Self {
        Self { costs, total: 0 }
    }
}

impl BitIo for Pricer<'_> {
    #[inline]
    fn bit(&mut self, p1: u16, bit: bool) -> bool {
        self.total += self.costs.bit(p1, bit);
        bit
    }
}

/// Passes bits on and adds up their price on the way.
#[derive(Debug)]
pub struct Metered<'a, Io> {
    inner: &'a mut Io,
    costs: &'a CostTable,
    /// The price so far, in units of 2^-20 bit.
    pub total: u64,
}

impl<'a, Io> Metered<'a, Io> {
    /// Starts at zero over `inner`.
    pub fn new(inner: &'a mut Io, costs: &'a CostTable) -> Self {
        Self { inner, costs, total: 0 }
    }
}

impl<Io: BitIo> BitIo for Metered<'_, Io> {
    #[inline]
    fn bit(&mut self, p1: u16, bit: bool) -> bool {
        let bit = self.inner.bit(p1, bit);
        self.total += self.costs.bit(p1, bit);
        bit
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bounds() -> impl Strategy<Value = Bounds> {
        let parts = prop::array::uniform16(prop_oneof![Just(1u32), 1u32..1000, 1u32..1 << 20]);
        parts.prop_map(|parts| {
            let all: u32 = parts.iter().sum();
            let mut bounds = [0; CHOICES + 1];
            let mut below = 0u64;
            for at in 1..CHOICES {
                below += u64::from(parts[at - 1]);
                bounds[at] = (below * 32_700 / u64::from(all)) as u16 + at as u16;
            }
            bounds[CHOICES] = 1 << 15;
            bounds
        })
    }

    fn up_to(bounds: &Bounds) -> impl FnOnce(u16) -> usize {
        |most| bounds[1..CHOICES].iter().filter(|&&bound| bound <= most).count()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bits in prop::collection::vec((1u16..32768, any::<bool>()), 0..2000)) {
            let mut encoder = Encoder::new(Vec::new());
            for &(p, bit) in &bits {
                encoder.bit(p, bit);
            }
            let code = encoder.finish();
            let mut decoder = Decoder::new(&code);
            for &(p, bit) in &bits {
                prop_assert_eq!(decoder.bit(p, false), bit);
            }
            prop_assert!(!decoder.overrun());
        }

        #[test]
        fn fine_bits_are_read(bits in prop::collection::vec((prop_oneof![1u32..1 << 22, 1u32..3, (1u32 << 22) - 2..1 << 22], any::<bool>()), 0..2000)) {
            let mut encoder = Encoder::new(Vec::new());
            for &(p, bit) in &bits {
                encoder.fine(p, bit);
            }
            let code = encoder.finish();
            let mut decoder = Decoder::new(&code);
            for &(p, bit) in &bits {
                prop_assert_eq!(decoder.fine(p, false), bit);
            }
            prop_assert!(!decoder.overrun());
        }

        #[test]
        fn choices_are_read(choices in prop::collection::vec((bounds(), 0usize..16, 1u16..32768, any::<bool>()), 0..800)) {
            let mut encoder = Encoder::new(Vec::new());
            for (bounds, choice, p, bit) in &choices {
                encoder.choice(bounds, |_| 0, *choice);
                encoder.bit(*p, *bit);
            }
            let code = encoder.finish();
            let mut decoder = Decoder::new(&code);
            for (bounds, choice, p, bit) in &choices {
                prop_assert_eq!(decoder.choice(bounds, up_to(bounds), 0), *choice);
                prop_assert_eq!(decoder.bit(*p, false), *bit);
            }
            prop_assert!(!decoder.overrun());
        }

        #[test]
        fn choices_of_any_code_end(code in prop::collection::vec(any::<u8>(), 0..60), bounds in bounds()) {
            let mut decoder = Decoder::new(&code);
            (0..100).for_each(|_| assert!(decoder.choice(&bounds, up_to(&bounds), 0) < CHOICES));
        }

        #[test]
        fn taking_bytes_early_changes_nothing(bits in prop::collection::vec((prop_oneof![1u16..3, 32766u16..32768], any::<bool>()), 0..3000)) {
            let (mut whole, mut parts) = (Encoder::new(Vec::new()), Encoder::new(Vec::new()));
            let mut taken = Vec::new();
            for &(p, bit) in &bits {
                whole.bit(p, bit);
                parts.bit(p, bit);
                taken.extend(parts.take_final());
            }
            taken.extend(parts.finish());
            prop_assert_eq!(taken, whole.finish());
        }

        #[test]
        fn a_code_in_given_room_is_the_same(bits in prop::collection::vec((1u16..32768, any::<bool>()), 0..2000), short in 1usize..9) {
            let mut room = [0; 5000];
            let mut encoders = (Encoder::new(Vec::new()), Encoder::new(Room::new(&mut room)));
            for &(p, bit) in &bits {
                encoders.0.bit(p, bit);
                encoders.1.bit(p, bit);
            }
            let (code, used) = (encoders.0.finish(), encoders.1.finish().used());
            prop_assert_eq!(used, Some(code.len()));
            prop_assert_eq!(&room[..code.len()], &code[..]);
            let mut room = vec![0; code.len().saturating_sub(short)];
            let mut encoder = Encoder::new(Room::new(&mut room));
            bits.iter().for_each(|&(p, bit)| _ = encoder.bit(p, bit));
            prop_assert_eq!(encoder.finish().used().is_none(), !code.is_empty());
        }

        #[test]
        fn the_code_is_as_long_as_its_price(bits in prop::collection::vec((1u16..32768, any::<bool>()), 0..4000)) {
            let costs = CostTable::new();
            let mut encoder = Encoder::new(Vec::new());
            let mut metered = Metered::new(&mut encoder, &costs);
            for &(p, bit) in &bits {
                metered.bit(p, bit);
            }
            let ideal = metered.total as f64 / crate::cost::BIT as f64;
            let real = 8.0 * encoder.finish().len() as f64;
            // A lucky code ends on a round number and drops some zero bytes.
            prop_assert!(real <= ideal + 8.0 && real > ideal - 40.0, "{real} bits for {ideal}");
        }

        #[test]
        fn any_bytes_can_be_read(code in prop::collection::vec(any::<u8>(), 0..64), ps in prop::collection::vec(1u16..32768, 0..4000)) {
            let mut decoder = Decoder::new(&code);
            for p in ps {
                decoder.bit(p, false);
            }
            prop_assert!(decoder.position() <= code.len());
        }
    }

    #[test]
    fn a_cut_code_is_noticed() {
        let mut encoder = Encoder::new(Vec::new());
        for k in 0..4000u32 {
            encoder.bit(1 << 14, k.wrapping_mul(0x9e37_79b9) >> 31 == 1);
        }
        let code = encoder.finish();
        let mut decoder = Decoder::new(&code[..code.len() / 2]);
        for _ in 0..4000 {
            decoder.bit(1 << 14, false);
        }
        assert!(decoder.overrun());
    }
}
