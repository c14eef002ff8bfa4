//! A layer of mixers that share their inputs.
//!
//! [`Mixer`](crate::mixer::Mixer) blends opinions with one set of weights, selected by one
//! small context. A layer does so `S` times at once, with a selecting context each: the
//! opinions are loaded once, and each output can be blended again. Log odds, the update and
//! the saturating 16-bit weights (1.0 = 16384) are those of the mixer.
//!
//! Where the processor has AVX2 the sums are done 16 weights at a time; without, or on
//! another processor, compilers make the best of plain loops. Both give the same bits: the
//! sums wrap, so their order cannot matter, and the rest is done weight by weight.
//!
//! Cost: `2 * N * S` multiply-adds per bit; 2 bytes per weight, in rows of whole 32 bytes.

use crate::logistic::{Logistic, PROB_BITS, STRETCH_MAX};
use crate::mixer::{product, step};

const UNIT_BITS: u32 = 14;

/// The weights of one set; none crosses a border of the cache needlessly.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
struct Row<const N: usize>([i16; N]);

/// `S` blends of `N` opinions.
#[derive(Debug, Clone)]
pub struct Layer<const N: usize, const S: usize> {
    rows: Vec<Row<N>>,
    /// The first row and the number of sets of every blend.
    groups: [(usize, usize); S],
    selected: [usize; S],
    outputs: [u16; S],
    rate: i32,
    wide: bool,
}

impl<const N: usize, const S: usize> Layer<N, S> {
    /// What [`Layer::new`] allocates, in bytes.
    pub fn allocated(counts: [usize; S]) -> usize {
        counts.iter().map(|&count| count.max(1)).sum::<usize>() * size_of::<Row<N>>()
    }

    /// `counts[s]` sets for blend `s`, all weights starting at `initial / 16384`; `rate` is
    /// the learning rate (1 for slow to 16 for quick).
    pub fn new(counts: [usize; S], initial: i16, rate: i32) -> Self {
        let mut rows = 0;
        let groups = counts.map(|count| {
            let first = rows;
            rows += count.max(1);
            (first, count.max(1))
        });
        Self {
            rows: vec![Row([initial; N]); rows],
            groups,
            selected: groups.map(|(first, _)| first),
            outputs: [1 << (PROB_BITS - 1); S],
            rate,
            wide: N >= 16 && wide::available(),
        }
    }

    /// Blends with set `sets[s]` of every blend (the first one for a larger number); as log
    /// odds.
    #[inline(always)]
    pub fn mix(&mut self, inputs: &[i16; N], sets: [usize; S], tables: &Logistic) -> [i16; S] {
        for ((selected, (first, count)), set) in self.selected.iter_mut().zip(self.groups).zip(sets)
        {
            *selected = first + if set < count { set } else { 0 };
        }
        let mut sums = [0; S];
        if self.wide {
            wide::products(inputs, &self.rows, self.selected, &mut sums);
        } else {
            for (sum, &row) in sums.iter_mut().zip(&self.selected) {
                *sum = product(inputs, &self.rows[row].0);
            }
        }
        let mut opinions = [0; S];
        for (s, &sum) in sums.iter().enumerate() {
            let odds = (sum >> UNIT_BITS).clamp(-STRETCH_MAX, STRETCH_MAX);
            self.outputs[s] = tables.squash(odds);
            opinions[s] = odds as i16;
        }
        opinions
    }

    /// The 15-bit probabilities of the last blends.
    #[inline]
    pub fn p1(&self) -> [u16; S] {
        self.outputs
    }

    /// Learns the bit that came, given the opinions last blended.
    #[inline(always)]
    pub fn update(&mut self, inputs: &[i16; N], bit: bool) {
        let target = i32::from(bit) << PROB_BITS;
        let mut errors = [0; S];
        for (error, &output) in errors.iter_mut().zip(&self.outputs) {
            let wrong = (target - i32::from(output)) * self.rate;
            *error = (wrong >> 4).clamp(-32_767, 32_767) as i16;
        }
        if self.wide {
            wide::steps(&mut self.rows, self.selected, inputs, errors);
        } else {
            for (&row, error) in self.selected.iter().zip(errors) {
                step(&mut self.rows[row].0, inputs, error);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod wide {
    //! The loops with AVX2; what 16 does not divide is left to plain ones.
    //!
    //! They are a part of whoever calls them, and are as fast as they can be where that has AVX2 itself.

    use std::arch::x86_64::*;

    use super::Row;
    use crate::mixer::step;

    /// Whether the functions below may be called.
    pub(super) fn available() -> bool {
        is_x86_feature_detected!("avx2")
    }

    #[inline(always)]
    pub(super) fn products<const N: usize, const S: usize>(
        inputs: &[i16; N],
        rows: &[Row<N>],
        selected: [usize; S],
        sums: &mut [i32; S],
    ) {
        let (xs, x) = inputs.as_chunks::<16>();
        for s in 0..S {
            let (ws, w) = rows[selected[s]].0.as_chunks::<16>();
            // SAFETY: only called where `available` said that there is AVX2.
            sums[s] = unsafe { product_wide(xs, ws) };
            for k in 0..N % 16 {
                sums[s] = sums[s].wrapping_add(i32::from(x[k]) * i32::from(w[k]));
            }
        }
    }

    #[inline(always)]
    pub(super) fn steps<const N: usize, const S: usize>(
        rows: &mut [Row<N>],
        selected: [usize; S],
        inputs: &[i16; N],
        errors: [i16; S],
    ) {
        let (xs, rest) = inputs.as_chunks::<16>();
        for s in 0..S {
            let (ws, last) = rows[selected[s]].0.as_chunks_mut::<16>();
            // SAFETY: only called where `available` said that there is AVX2.
            unsafe { step_wide(ws, xs, errors[s]) };
            for k in 0..N % 16 {
                step(std::array::from_mut(&mut last[k]), &[rest[k]], errors[s]);
            }
        }
    }

    /// The sum of products, wrapping. There must be AVX2.
    #[inline(always)]
    unsafe fn product_wide(xs: &[[i16; 16]], ws: &[[i16; 16]]) -> i32 {
        // SAFETY: there is AVX2.
        unsafe {
            let mut sum = _mm256_setzero_si256();
            for (x, w) in xs.iter().zip(ws) {
                sum = _mm256_add_epi32(sum, _mm256_madd_epi16(load(x), load(w)));
            }
            let half = _mm256_extracti128_si256::<1>(sum);
            let sum = _mm_add_epi32(_mm256_castsi256_si128(sum), half);
            let sum = _mm_add_epi32(sum, _mm_shuffle_epi32::<0b00_00_11_10>(sum));
            let sum = _mm_add_epi32(sum, _mm_shuffle_epi32::<1>(sum));
            _mm_cvtsi128_si32(sum)
        }
    }

    /// Moves weights along the gradient. There must be AVX2.
    #[inline(always)]
    unsafe fn step_wide(ws: &mut [[i16; 16]], xs: &[[i16; 16]], error: i16) {
        // SAFETY: there is AVX2; a chunk has 32 bytes, and no alignment is needed.
        unsafe {
            let error = _mm256_set1_epi16(error);
            for (w, x) in ws.iter_mut().zip(xs) {
                let x = load(x);
                let upper = _mm256_mulhi_epi16(x, error);
                let round = _mm256_srli_epi16::<15>(_mm256_mullo_epi16(x, error));
                let moved = _mm256_adds_epi16(load(w), _mm256_add_epi16(upper, round));
                _mm256_storeu_si256(w.as_mut_ptr().cast(), moved);
            }
        }
    }

    /// Sixteen numbers. There must be AVX2.
    #[inline(always)]
    unsafe fn load(chunk: &[i16; 16]) -> __m256i {
        // SAFETY: there is AVX2; a chunk has 32 bytes, and no alignment is needed.
        unsafe { _mm256_loadu_si256(chunk.as_ptr().cast()) }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod wide {
    //! Never available here.

    use super::Row;

    pub(super) fn available() -> bool {
        false
    }

    pub(super) fn products<const N: usize, const S: usize>(
        _: &[i16; N],
        _: &[Row<N>],
        _: [usize; S],
        _: &mut [i32; S],
    ) {
    }

    pub(super) fn steps<const N: usize, const S: usize>(
        _: &mut [Row<N>],
        _: [usize; S],
        _: &[i16; N],
        _: [i16; S],
    ) {
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same layer with and without wide sums, fed alike.
    fn both<const N: usize>(steps: &[(Vec<i16>, [usize; 3], bool)]) {
        let tables = Logistic::new();
        let counts = [1, 3, 5];
        let (mut fast, mut plain) =
            (Layer::<N, 3>::new(counts, 3000, 9), Layer::<N, 3>::new(counts, 3000, 9));
        plain.wide = false;
        for (opinions, sets, bit) in steps {
            let inputs = std::array::from_fn(|k| opinions[k]);
            assert_eq!(fast.mix(&inputs, *sets, &tables), plain.mix(&inputs, *sets, &tables));
            assert_eq!(fast.p1(), plain.p1());
            fast.update(&inputs, *bit);
            plain.update(&inputs, *bit);
        }
        assert!(fast.rows.iter().zip(&plain.rows).all(|(a, b)| a.0 == b.0));
    }

    proptest! {
        #[test]
        fn wide_sums_are_the_plain_ones(steps in prop::collection::vec((prop::collection::vec(any::<i16>(), 37), prop::array::uniform3(0usize..7), any::<bool>()), 0..60)) {
            both::<16>(&steps);
            both::<32>(&steps);
            both::<37>(&steps);
            both::<5>(&steps);
        }
    }

    #[test]
    fn who_is_right_gains() {
        let tables = Logistic::new();
        let mut layer = Layer::<2, 2>::new([3, 1], 4000, 8);
        let mut state = 1u32;
        let mut wrong = 0;
        for step in 0..4000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let bit = state >> 31 == 1;
            let inputs = [if bit { 400 } else { -400 }, ((state >> 8) as i16) >> 6];
            layer.mix(&inputs, [1, 0], &tables);
            wrong += usize::from(step > 3000 && (layer.p1()[0] >= 1 << 14) != bit);
            layer.update(&inputs, bit);
        }
        assert!(wrong < 10, "{wrong} wrong of 1000");
        let [untaught, taught] = layer.mix(&[400, 0], [7, 7], &tables);
        assert_eq!(i32::from(untaught), (400 * 4000) >> UNIT_BITS);
        assert!(taught > untaught);
    }
}
