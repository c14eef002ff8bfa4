//! The model of the next symbol.
//!
//! A symbol is two choices out of sixteen: its high half and its low one. From the deepest opinion down,
//! each takes its share of what is left: where the text went on when the last symbols came before
//! ([`Pointers`]), the [successors](super::successors) of rare contexts, and the
//! [choices](super::choices) of two frequent contexts, of the last symbol and of none. A successor
//! says one symbol, so that after a first half which is not its own it has nothing left to say; the
//! shares of the others grow by as much (Bayes).
//!
//! A share is learned for each state of its opinion. It moves towards how probable it is, now that
//! the symbol is known, that it came from there: expectation maximisation, one symbol at a time.
//!
//! Where the text has gone on as it did for [`LONG`] symbols and more, one decision says whether it
//! does once more, and nothing but that is learned: repetition teaches contexts nothing new.
//!
//! What is far in memory is asked for as soon as its place is known: that of the second half before
//! the first one is learned, that of the next symbol before the second one is.

use crate::adaptive::AdaptiveBit;
use crate::codec::SymbolModel;
use crate::past::Past;
use crate::range::{BitIo, CHOICES, ChoiceIo, FineIo, part};
use crate::trie::Pointers;

use super::choices::{EVEN, FLOOR, Lessons, OFTEN, Place, Rows, count};
use super::context::{Context, FREQUENT, RARE};
use super::successors::{KEPT, STATES, Successors, Table};
use super::vector::{Parts, Plain, Row, Vector};

/// From so many symbols on, agreement is taken to go on.
const LONG: usize = 20;
/// Rows of the last symbol, and of none: of the first half, and of the second after each first.
const OWN: usize = 257 * (1 + CHOICES);
/// Rows that have a say in each choice: that of the last symbol, and that of none.
pub(super) const ALWAYS: usize = 2;
/// Rows that have a say, at most.
const MOST_ROWS: usize = FREQUENT + ALWAYS;
/// States of a row: the class of how often it has learned, and, up to 3, how often the one below it
/// has; the half.
const ROW_STATES: usize = 128;
/// Classes of how often a row has learned.
const CLASSES: [u8; OFTEN as usize + 1] = {
    let mut classes = [0; _];
    let mut count = 0;
    while count < classes.len() {
        classes[count] = match count {
            0..8 => count as u8,
            8..12 => 8,
            12..16 => 9,
            16..24 => 10,
            24..32 => 11,
            32..48 => 12,
            48..63 => 13,
            _ => 14,
        };
        count += 1;
    }
    classes
};
/// Classes of short agreements, by length, and of long ones, by its logarithm.
const AGREEMENTS: usize = 32;
const LENGTHS: usize = 16;
/// How far shares of rows and of successors move.
const ROW_PACE: f32 = 0.015;
const PACE: f32 = 0.01;
/// A share never grows beyond this, so that something is always left for what is below.
const MOST: f32 = 0.9995;

/// The size of a model. Both sides must agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pairs of rows, as a power of two.
    pub row_bits: u32,
    /// Rare contexts, as a power of two.
    pub successor_bits: u32,
    /// Positions, as a power of two.
    pub pointer_bits: u32,
    /// Symbols of the text, what is learned first included.
    pub symbols: usize,
    /// Room for the symbols so far, in bytes.
    pub past: usize,
}

impl Size {
    /// What a model of this size that asks `rare` rare contexts allocates, in bytes.
    pub(super) fn bytes(&self, rare: usize) -> usize {
        Rows::allocated(self.row_bits, OWN)
            + if rare > 0 { Table::allocated(self.successor_bits) } else { Table::allocated(1) }
            + rare * size_of::<[Shares; STATES]>()
            + Pointers::allocated(self.pointer_bits)
            + Past::kept(self.symbols, self.past)
    }
}

/// Counts of symbols, true on both sides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub symbols: u64,
    /// Those where the text was expected to go on as it did before.
    pub expected: u64,
    /// And did.
    pub right: u64,
    /// Those that contexts were asked about: all but the ones that long agreement told.
    pub asked: u64,
    /// Of these, those whose nearest frequent context was known.
    pub known: u64,
}

/// The shares of the successors of a rare context; the last is not used.
type Shares = [f32; KEPT + 1];

/// The state that both sides share. It asks `R` rare contexts, up to 2, and `N` rows: of up to 2 frequent
/// contexts, of the last symbol, and of none.
#[derive(Debug)]
pub struct Model<C, const N: usize, const R: usize> {
    context: C,
    frequent: [u64; FREQUENT],
    rare: [u64; RARE],
    past: Past,
    pointers: Pointers,
    /// Whether agreement goes on, by its logarithm.
    goes_on: [AdaptiveBit; LENGTHS],
    agreement_shares: [f32; AGREEMENTS],
    successors: Table,
    /// Of each rare context, by the state of its successors.
    shares: [Box<[Shares; STATES]>; R],
    rows: Rows,
    /// Of all rows but the last, by state.
    row_shares: [[f32; ROW_STATES]; MOST_ROWS - 1],
    lessons: Lessons,
    /// What a successor says of a half, and the least that all choices have.
    says: [Row; CHOICES],
    least: Row,
    /// The two choices of a symbol, and the bounds of the last one.
    choices: [Choice<N>; 2],
    bounds: Parts,
    counts: Counts,
    #[cfg(target_arch = "x86_64")]
    wide: bool,
}

/// A share as a fraction of 2^15, or a little less so that no sum of them overflows.
#[inline(always)]
fn fixed(share: f32) -> i16 {
    // Of a number so large, the last bit of 32 counts units.
    const UNITS: f32 = (3 << 22) as f32;
    (share * 32_750.0 + UNITS).to_bits() as i16
}

/// What rows said of a choice, and what came.
#[derive(Debug, Clone, Copy)]
struct Choice<const N: usize> {
    places: [Place; N],
    rows: [Row; N],
    said: [Parts; N],
    states: [usize; N],
    shares: [f32; N],
    came: usize,
}

impl<const N: usize> Choice<N> {
    /// No choice yet: place for one after another.
    fn none() -> Self {
        Self {
            places: [0; N],
            rows: [EVEN; N],
            said: [Parts::even(); N],
            states: [0; N],
            shares: [1.0; N],
            came: 0,
        }
    }
}

/// What the successors of a rare context say.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    successors: Successors,
    place: usize,
    state: usize,
    /// What is left of their shares.
    shares: Shares,
}

impl Found {
    /// Nothing is left of the shares of symbols that are out; gives back all that is.
    #[inline(always)]
    fn keep(&mut self, is_left: impl Fn(u8) -> bool) -> f32 {
        let mut all = 0.0;
        for at in 0..KEPT {
            if !is_left(self.successors.symbol(at)) {
                self.shares[at] = 0.0;
            }
            all += self.shares[at];
        }
        all
    }
}

impl<C: Context, const N: usize, const R: usize> Model<C, N, R> {
    /// A model that has seen nothing. It looks at the first contexts of all that there are.
    pub fn new(size: Size) -> Self {
        let known = |state: usize| if state & 15 == 0 { 0.0 } else { 0.5 };
        let begun = |state: usize| {
            let share = |shift: u32, share: f32| if state >> shift & 3 > 0 { share } else { 0.0 };
            [if state & 15 > 0 { 0.3 } else { 0.0 }, share(4, 0.1), share(6, 0.05), 0.0]
        };
        let says = |symbol: usize, at: usize| if at > symbol { i16::MAX - FLOOR + 1 } else { 0 };
        let context = C::default();
        Self {
            frequent: context.frequent(),
            rare: context.rare(),
            context,
            past: Past::new(size.symbols, size.past),
            // Of four symbols.
            pointers: Pointers::new(15, size.pointer_bits),
            goes_on: [AdaptiveBit::starting_at(65_000, 30); LENGTHS],
            agreement_shares: [0.5; AGREEMENTS],
            successors: Table::new(if R > 0 { size.successor_bits } else { 1 }),
            shares: std::array::from_fn(|_| Box::new(std::array::from_fn(begun))),
            rows: Rows::new(size.row_bits, OWN),
            row_shares: [std::array::from_fn(known); MOST_ROWS - 1],
            lessons: Lessons::new(),
            says: std::array::from_fn(|symbol| Row(std::array::from_fn(|at| says(symbol, at)))),
            least: Row(std::array::from_fn(|at| at as i16)),
            choices: [Choice::none(); 2],
            bounds: Parts::even(),
            counts: Counts::default(),
            #[cfg(target_arch = "x86_64")]
            wide: is_x86_feature_detected!("avx2"),
        }
    }

    /// Asks for what the next symbol needs.
    #[inline(always)]
    fn fetch(&mut self) {
        // Those that are not looked at need not be reckoned.
        for (known, context) in
            self.frequent.iter_mut().zip(self.context.frequent()).take(N - ALWAYS)
        {
            *known = context;
            self.rows.touch(self.rows.likely(context));
        }
        for (known, context) in self.rare.iter_mut().zip(self.context.rare()).take(R) {
            *known = context;
            self.successors.touch(context);
        }
        self.rows.touch(self.own(0));
    }

    /// The place of the last symbol's row for the first half, or for the second after a first.
    #[inline(always)]
    fn own(&self, half: usize) -> Place {
        self.rows.own(usize::from(self.context.last()) * (1 + CHOICES) + half)
    }

    /// Makes a choice: the shares of rows are parts of `left`, `said` is what others say already.
    #[inline(always)]
    fn choose<V: Vector, const HALF: usize>(
        &mut self,
        io: &mut impl ChoiceIo,
        mut said: V,
        mut left: f32,
        places: [Place; N],
        wanted: usize,
    ) -> usize {
        let choice = &mut self.choices[HALF];
        choice.places = places;
        for (row, place) in choice.rows.iter_mut().zip(places) {
            *row = *self.rows.get(place);
        }
        for at in 0..N {
            let mut share = 1.0;
            if at + 1 < N {
                let below = count(&choice.rows[at + 1]).min(3);
                let class = usize::from(CLASSES[count(&choice.rows[at])]);
                let state = class | below << 4 | HALF << 6;
                share = self.row_shares[at][state % ROW_STATES];
                choice.states[at] = state;
                choice.shares[at] = share;
            }
            let vector = V::load(&choice.rows[at]);
            vector.bound(&mut choice.said[at]);
            said = said.plus(vector.times(V::splat(fixed(left * share))));
            left *= 1.0 - share;
        }
        said.bound(&mut self.bounds);
        let up_to = |bound: u16| said.up_to(bound as i16);
        choice.came = io.choice(&self.bounds.0, up_to, wanted) % CHOICES;
        choice.came
    }

    /// Teaches rows and their shares the choice that came. Gives back how probable all of them
    /// together had it.
    #[inline(always)]
    fn teach<V: Vector, const HALF: usize>(&mut self) -> f32 {
        let choice = &self.choices[HALF];
        let mut below = 0.0;
        for at in (0..N).rev() {
            let share = choice.shares[at];
            // One more than it was, so that nothing is impossible.
            let own = share * (part(&choice.said[at].0, choice.came).1 as f32 + 1.0);
            below = own + (1.0 - share) * below;
            if at + 1 < N {
                let state = choice.states[at] % ROW_STATES;
                self.row_shares[at][state] = share + ROW_PACE * (own / below - share);
            }
        }
        for (row, &place) in choice.rows.iter().zip(&choice.places) {
            self.lessons.teach::<V>(row, choice.came, self.rows.get_mut(place));
        }
        below * (1.0 / 32_768.0)
    }

    /// Adds what a share of a symbol says of one of its halves, the low half of `half`.
    #[inline(always)]
    fn add<V: Vector>(&self, said: V, half: u8, share: f32) -> V {
        said.plus(V::load(&self.says[usize::from(half & 15)]).times(V::splat(fixed(share))))
    }

    /// Adds what successors say of a half, which is `shift` bits up.
    #[inline(always)]
    fn add_found<V: Vector>(&self, mut said: V, found: &Found, shift: u32) -> V {
        for at in 0..KEPT {
            said = self.add(said, found.successors.symbol(at) >> shift, found.shares[at]);
        }
        said
    }

    /// Codes one symbol and learns it.
    #[inline(always)]
    fn step<V: Vector>(&mut self, io: &mut (impl BitIo + ChoiceIo), wanted: u8) -> u8 {
        self.counts.symbols += 1;
        let agreed = self.pointers.agreed();
        let expected = self.pointers.expected();
        self.counts.expected += u64::from(expected.is_some());
        if let Some(symbol) = expected.filter(|_| agreed >= LONG) {
            let goes_on = &mut self.goes_on[agreed.ilog2() as usize % LENGTHS];
            if goes_on.code(io, wanted == symbol) {
                self.counts.right += 1;
                self.arrive(symbol);
                self.pointers.find(&self.past);
                return symbol;
            }
            // What it is not needs no saying.
            self.ask::<V>(io, wanted, None)
        } else {
            self.ask::<V>(io, wanted, expected)
        }
    }

    /// Codes a symbol by what all that is known says of it, and learns it.
    #[inline(always)]
    fn ask<V: Vector>(&mut self, io: &mut impl ChoiceIo, wanted: u8, expected: Option<u8>) -> u8 {
        // Who says one symbol, in the order in which each takes its share.
        let mut left = 1.0;
        let mut said = V::load(&self.least);
        let class = self.pointers.agreed().min(AGREEMENTS - 1);
        let mut agreement = 0.0;
        if let Some(symbol) = expected {
            agreement = self.agreement_shares[class];
            left -= agreement;
            said = self.add(said, symbol >> 4, agreement);
        }
        let mut rare = [Found::default(); R];
        for (at, found) in rare.iter_mut().enumerate() {
            (found.place, found.successors) = self.successors.find(self.rare[at]);
            found.state = found.successors.state();
            let shares = &self.shares[at][found.state];
            for (found, share) in found.shares.iter_mut().zip(shares) {
                *found = left * share;
            }
            left *= 1.0 - (shares[0] + shares[1] + shares[2]);
            said = self.add_found(said, found, 4);
        }

        // The first half.
        let mut first = [0; FREQUENT];
        for (place, context) in first.iter_mut().zip(self.frequent).take(N - ALWAYS) {
            *place = self.rows.first(context);
        }
        self.counts.asked += 1;
        self.counts.known += u64::from(count(self.rows.get(first[0])) > 0);
        let places = self.places(first, 0);
        let half = self.choose::<V, 0>(io, said, left, places, usize::from(wanted >> 4));
        let mut second = [0; FREQUENT];
        for at in 0..N - ALWAYS {
            second[at] = self.rows.second_likely(self.frequent[at], first[at], half);
        }

        // The second half: of all shares, what is left after the first, grown to a whole.
        let mut rows = left * self.teach::<V, 0>();
        let is_left = |symbol: u8| usize::from(symbol >> 4) == half;
        if !expected.is_some_and(is_left) {
            agreement = 0.0;
        }
        let all = rare.iter_mut().fold(rows + agreement, |all, found| all + found.keep(is_left));
        let grown = 1.0 / all;
        rows *= grown;
        agreement *= grown;
        let mut said = V::load(&self.least);
        if let Some(symbol) = expected {
            said = self.add(said, symbol, agreement);
        }
        for found in &mut rare {
            found.shares.iter_mut().for_each(|share| *share *= grown);
            said = self.add_found(said, found, 0);
        }
        for at in 0..N - ALWAYS {
            second[at] = self.rows.second(self.frequent[at], first[at], half, second[at]);
        }
        let places = self.places(second, 1 + half);
        let low = self.choose::<V, 1>(io, said, rows, places, usize::from(wanted & 15));
        let symbol = (half << 4 | low) as u8;

        // What is far is on its way while the shares learn: each as far as it is probable that the
        // symbol came from there, if it came from there or from below.
        self.arrive(symbol);
        rows *= self.teach::<V, 1>();
        let is_it = |said: u8| said == symbol;
        if !expected.is_some_and(is_it) {
            agreement = 0.0;
        }
        let all = rare.iter_mut().fold(rows + agreement, |all, found| all + found.keep(is_it));
        let grown = 1.0 / all;
        let mut reached = 1.0;
        if expected.is_some() {
            let share = &mut self.agreement_shares[class];
            *share += PACE * (MOST * grown * agreement - *share);
            reached -= grown * agreement;
            self.counts.right += u64::from(expected == Some(symbol));
        }
        for (at, found) in rare.iter().enumerate() {
            let mut from = 0.0;
            for (share, found) in self.shares[at][found.state].iter_mut().zip(found.shares) {
                *share += PACE * (MOST * grown * found - reached * *share);
                from += found;
            }
            reached -= grown * from;
            self.successors.put(found.place, found.successors.after(symbol));
        }
        self.pointers.find(&self.past);
        symbol
    }

    /// The places of all rows, those of the last symbol and of none for a half included.
    #[inline(always)]
    fn places(&self, found: [Place; FREQUENT], half: usize) -> [Place; N] {
        let mut places = [0; N];
        // The one that reaches furthest comes first.
        let contexts = N - ALWAYS;
        for at in 0..contexts {
            places[contexts - 1 - at] = found[at];
        }
        places[N - 2] = self.own(half);
        places[N - 1] = self.rows.own(256 * (1 + CHOICES) + half);
        places
    }

    /// A symbol is known: what comes next is asked for.
    #[inline(always)]
    fn arrive(&mut self, symbol: u8) {
        self.context.push(symbol);
        self.fetch();
        self.past.push(symbol);
        self.pointers.advance(&self.past);
    }

    /// Computes with plain code from here on.
    #[cfg(test)]
    fn plain(mut self) -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            self.wide = false;
        }
        self
    }
}

impl<C: Context, const N: usize, const R: usize> SymbolModel for Model<C, N, R> {
    type Counts = Counts;

    #[inline]
    fn symbol<Io: BitIo + FineIo + ChoiceIo>(&mut self, io: &mut Io, symbol: u8) -> u8 {
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            return wide::step(self, io, symbol);
        }
        self.step::<Plain>(io, symbol)
    }

    fn begin(&mut self) {
        self.context = C::default();
        self.fetch();
    }

    fn restart_counts(&mut self) {
        self.counts = Counts::default();
    }

    fn counts(&self) -> Counts {
        self.counts
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod wide {
    use super::super::vector::Avx2;
    use super::*;

    #[inline]
    pub(super) fn step<C: Context, Io: BitIo + ChoiceIo, const N: usize, const R: usize>(
        model: &mut Model<C, N, R>,
        io: &mut Io,
        symbol: u8,
    ) -> u8 {
        // SAFETY: `wide` is only set where there is AVX2.
        unsafe { whole(model, io, symbol) }
    }

    /// All of a step in one function, so that vectors stay in registers.
    #[target_feature(enable = "avx2")]
    fn whole<C: Context, Io: BitIo + ChoiceIo, const N: usize, const R: usize>(
        model: &mut Model<C, N, R>,
        io: &mut Io,
        symbol: u8,
    ) -> u8 {
        model.step::<Avx2>(io, symbol)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::context::{Bytes, Codes};
    use super::*;
    use crate::meter::Tally;
    use crate::range::{Bounds, Decoder, Encoder, Teacher};

    const SIZE: Size =
        Size { row_bits: 8, successor_bits: 8, pointer_bits: 8, symbols: 1 << 14, past: 1 << 14 };

    fn new<const N: usize, const R: usize>() -> Model<Bytes, N, R> {
        Model::new(SIZE)
    }

    fn code<C: Context, const N: usize, const R: usize>(
        mut model: Model<C, N, R>,
        symbols: &[u8],
    ) -> Vec<u8> {
        let mut io = Encoder::new(Vec::new());
        symbols.iter().for_each(|&symbol| _ = model.symbol(&mut io, symbol));
        io.finish()
    }

    fn comes_back<C: Context, const N: usize, const R: usize>(symbols: &[u8]) {
        let code = code(Model::<C, N, R>::new(SIZE), symbols);
        let plain = code == self::code(Model::<C, N, R>::new(SIZE).plain(), symbols);
        assert!(plain, "plain and wide code give the same bytes");
        for mut model in [Model::<C, N, R>::new(SIZE), Model::new(SIZE).plain()] {
            let mut io = Decoder::new(&code);
            let read: Vec<u8> = symbols.iter().map(|_| model.symbol(&mut io, 0)).collect();
            assert_eq!(read, symbols);
        }
    }

    fn symbols() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            prop::collection::vec(any::<u8>(), 0..80),
            prop::collection::vec(0u8..4, 0..300),
            (any::<u8>(), 0usize..400).prop_map(|(symbol, count)| vec![symbol; count]),
            (prop::collection::vec(any::<u8>(), 1..40), 1usize..12)
                .prop_map(|(period, times)| period.repeat(times)),
        ];
        prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn symbols_come_back(symbols in symbols()) {
            comes_back::<Bytes, 3, 0>(&symbols);
            comes_back::<Bytes, 4, 2>(&symbols);
            comes_back::<Codes, 4, 2>(&symbols);
        }

        #[test]
        fn bounds_always_grow(symbols in symbols()) {
            struct Checks;
            impl BitIo for Checks {
                fn bit(&mut self, _: u16, bit: bool) -> bool {
                    bit
                }
            }
            impl FineIo for Checks {
                fn fine(&mut self, _: u32, bit: bool) -> bool {
                    bit
                }
            }
            impl ChoiceIo for Checks {
                fn choice(&mut self, bounds: &Bounds, up_to: impl FnOnce(u16) -> usize, choice: usize) -> usize {
                    assert!(bounds.is_sorted_by(|a, b| a < b), "{bounds:?}");
                    assert_eq!(up_to(bounds[choice]), choice);
                    choice
                }
            }
            let mut model = new::<4, 2>();
            // What comes again and again, and then does not, makes the smallest shares.
            let certain = [7u8; 15].into_iter().chain([9]).cycle().take(4000);
            certain.chain(symbols).for_each(|symbol| _ = model.symbol(&mut Checks, symbol));
        }
    }

    #[test]
    fn what_repeats_costs_next_to_nothing() {
        let passage: Vec<u8> =
            (0..500u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let mut model = new::<4, 2>();
        let mut io = Tally::new(Teacher);
        let mut learn = |model: &mut Model<_, 4, 2>| {
            let before = io.bits();
            passage.iter().for_each(|&symbol| _ = model.symbol(&mut io, symbol));
            io.bits() - before
        };
        let (first, second) = (learn(&mut model), learn(&mut model));
        assert!(first > 3000.0 && second < first / 10.0, "{second} bits after {first}");
        let counts = model.counts();
        assert_eq!(counts.symbols, 1000);
        assert!(counts.right > 450 && counts.right <= counts.expected);
        assert!(counts.asked < 600 && counts.known <= counts.asked);
        model.restart_counts();
        assert_eq!(model.counts(), Counts::default());
    }

    #[test]
    fn another_text_stands_behind_nothing() {
        let mut model = new::<4, 2>();
        b"one text".iter().for_each(|&symbol| _ = model.symbol(&mut Teacher, symbol));
        model.begin();
        assert_eq!(model.frequent, Bytes::default().frequent());
    }
}
