//! Vectors of numbers, by what the processor has for them.
//!
//! Loops that all time is spent in are written for any [`Vectors`], eight numbers at a time, and
//! compiled for each [`Unit`]: plain code, AVX2, AVX-512. Only single operations rounded as IEEE 754
//! says, in the same order everywhere: all units give the same bits.
//!
//! A sum is kept in [`LANES`] parts, number `k` being added to part `k % LANES`, and the parts
//! are added pair by pair at the end. This order is what vector units of 4, 8 or 16 numbers
//! can all follow, and a product is rounded before it is added (no fused operation).

/// Numbers that are processed together.
pub const LANES: usize = 16;

/// The most of [`LANES`] that inputs fill.
pub const MOST_WIDTH: usize = 8;

/// Evaluates an expression in which `$W` is a constant, the width at hand: loops over it are none, and
/// nothing in them is checked.
macro_rules! sized {
    ($width:expr, $W:ident => $sized:expr) => {
        match $width {
            0 | 1 => sized!(@ 1, $W => $sized),
            2 => sized!(@ 2, $W => $sized),
            3 => sized!(@ 3, $W => $sized),
            4 => sized!(@ 4, $W => $sized),
            5 => sized!(@ 5, $W => $sized),
            6 => sized!(@ 6, $W => $sized),
            7 => sized!(@ 7, $W => $sized),
            _ => sized!(@ 8, $W => $sized),
        }
    };
    (@ $constant:literal, $W:ident => $sized:expr) => {{
        const $W: usize = $constant;
        $sized
    }};
}
pub(crate) use sized;

/// Some inputs or weights: a cache line.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes(pub [f32; LANES]);

#[allow(unsafe_code)]
impl Lanes {
    /// Eight and eight of them.
    #[inline(always)]
    pub fn eights(&self) -> &[[f32; 8]] {
        self.0.as_chunks().0
    }

    /// As [`Lanes::eights`].
    #[inline(always)]
    pub fn eights_mut(&mut self) -> &mut [[f32; 8]] {
        self.0.as_chunks_mut().0
    }

    /// All numbers in a row.
    #[inline]
    pub fn flat(lanes: &mut [Self]) -> &mut [f32] {
        // SAFETY: `Lanes` is `[f32; LANES]` in C's layout; its size is a multiple of its
        // alignment, so there is nothing between two of them.
        unsafe { std::slice::from_raw_parts_mut(lanes.as_mut_ptr().cast(), lanes.len() * LANES) }
    }
}

/// What does the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Plain code.
    Plain,
    /// 8 numbers at a time.
    Avx2,
    /// 16 numbers at a time.
    Avx512,
}

impl Unit {
    /// The fastest that this processor has.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx2") {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") {
                return Self::Avx2;
            }
        }
        Self::Plain
    }

    /// Does a task with this unit, or plain code where the processor has no such unit.
    #[inline]
    #[allow(unsafe_code)]
    pub fn run<T: Task>(self, task: T) -> T::Output {
        match self.or_plain() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: such a unit is left only where the processor was found to have it.
            Self::Avx2 => unsafe { wide::with_avx2(task) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Self::Avx512 => unsafe { wide::with_avx512(task) },
            _ => task.run(Plain),
        }
    }

    /// This one, or plain code where the processor has no such unit.
    #[inline]
    fn or_plain(self) -> Self {
        let has = match (self, Self::best()) {
            (Self::Plain, _) | (_, Self::Avx512) => true,
            (wanted, best) => wanted == best,
        };
        if has { self } else { Self::Plain }
    }
}

/// Something to be done with vectors; see [`Unit::run`].
pub trait Task {
    /// What comes of it.
    type Output;
    /// Does it. Must be inlined always, as must what is to use wide registers in it.
    fn run(self, vectors: impl Vectors) -> Self::Output;
}

/// Operations on eight numbers or on [`Lanes`], compiled into the code around them. Who has one has
/// the unit.
pub trait Vectors: Copy {
    /// Eight numbers.
    type Floats: Copy;
    /// Eight words of 32 bits.
    type Words: Copy;

    /// Does a task in a function of its own: small ones are compiled to better code.
    fn apart<T: Task>(self, task: T) -> T::Output;
    /// The product of two vectors.
    fn dot<const W: usize>(self, a: &[Lanes; W], b: &[Lanes; W]) -> f32;
    /// Adds `times` as much as `from` to `to`.
    fn add<const W: usize>(self, to: &mut [Lanes; W], from: &[Lanes; W], times: f32);

    /// Eight times the same number.
    fn all(self, number: f32) -> Self::Floats;
    /// Eight times the same word.
    fn all_words(self, word: u32) -> Self::Words;
    /// Reads numbers.
    fn floats(self, from: &[f32; 8]) -> Self::Floats;
    /// Reads words.
    fn words(self, from: &[u32; 8]) -> Self::Words;
    /// Writes numbers.
    fn put(self, floats: Self::Floats, to: &mut [f32; 8]);
    /// Writes words.
    fn put_words(self, words: Self::Words, to: &mut [u32; 8]);

    /// `a + b`.
    fn sum(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a - b`.
    fn less(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a * b`.
    fn times(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a / b`.
    fn over(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// The smaller ones; of numbers only.
    fn min(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// The larger ones; of numbers only.
    fn max(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;

    /// Without their signs.
    #[inline(always)]
    fn absolute(self, a: Self::Floats) -> Self::Floats {
        self.of_bits(self.and(self.bits(a), self.all_words(0x7fff_ffff)))
    }
    /// `a`, but 0 where `b < c`; of numbers only.
    fn unless_less(self, a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;

    /// The bits of numbers.
    fn bits(self, floats: Self::Floats) -> Self::Words;
    /// The numbers with these bits.
    fn of_bits(self, words: Self::Words) -> Self::Floats;
    /// Signed whole numbers as numbers.
    fn float(self, words: Self::Words) -> Self::Floats;
    /// Numbers in the range of an `i32`, rounded towards 0.
    fn whole(self, floats: Self::Floats) -> Self::Words;
    /// `a + b`, wrapping.
    fn sum_words(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// `a - b`, wrapping.
    fn less_words(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// The smaller ones.
    fn min_words(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// `a & b`.
    fn and(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// `a | b`.
    fn or(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// `a << N`.
    fn left<const N: i32>(self, a: Self::Words) -> Self::Words;
    /// `a >> N`.
    fn right<const N: i32>(self, a: Self::Words) -> Self::Words;
    /// `a >> N` of signed whole numbers.
    fn right_signed<const N: i32>(self, a: Self::Words) -> Self::Words;
}

/// Sums in plain code.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

impl Vectors for Plain {
    type Floats = [f32; 8];
    type Words = [u32; 8];

    #[inline(never)]
    fn apart<T: Task>(self, task: T) -> T::Output {
        task.run(self)
    }

    #[inline(always)]
    fn dot<const W: usize>(self, a: &[Lanes; W], b: &[Lanes; W]) -> f32 {
        let mut parts = [0f32; LANES];
        for (a, b) in a.iter().zip(b) {
            for ((part, a), b) in parts.iter_mut().zip(a.0).zip(b.0) {
                *part += a * b;
            }
        }
        let mut half = LANES / 2;
        while half > 0 {
            for k in 0..half {
                parts[k] += parts[k + half];
            }
            half /= 2;
        }
        parts[0]
    }

    #[inline(always)]
    fn add<const W: usize>(self, to: &mut [Lanes; W], from: &[Lanes; W], times: f32) {
        for (to, from) in to.iter_mut().zip(from) {
            for (to, from) in to.0.iter_mut().zip(from.0) {
                *to += from * times;
            }
        }
    }

    #[inline(always)]
    fn all(self, number: f32) -> [f32; 8] {
        [number; 8]
    }

    #[inline(always)]
    fn all_words(self, word: u32) -> [u32; 8] {
        [word; 8]
    }

    #[inline(always)]
    fn floats(self, from: &[f32; 8]) -> [f32; 8] {
        *from
    }

    #[inline(always)]
    fn words(self, from: &[u32; 8]) -> [u32; 8] {
        *from
    }

    #[inline(always)]
    fn put(self, floats: [f32; 8], to: &mut [f32; 8]) {
        *to = floats;
    }

    #[inline(always)]
    fn put_words(self, words: [u32; 8], to: &mut [u32; 8]) {
        *to = words;
    }

    #[inline(always)]
    fn sum(self, a: [f32; 8], b: [f32; 8]) -> [f32; 8] {
        std::array::from_fn(|k| a[k] + b[k])
    }

    #[inline(always)]
    fn less(self, a: [f32; 8], b: [f32; 8]) -> [f32; 8] {
        std::array::from_fn(|k| a[k] - b[k])
    }

    #[inline(always)]
    fn times(self, a: [f32; 8], b: [f32; 8]) -> [f32; 8] {
        std::array::from_fn(|k| a[k] * b[k])
    }

    #[inline(always)]
    fn over(self, a: [f32; 8], b: [f32; 8]) -> [f32; 8] {
        std::array::from_fn(|k| a[k] / b[k])
    }

    #[inline(always)]
    fn min(self, a: [f32; 8], b: [f32; 8]) -> [f32; 8] {
        std::array::from_fn(|k| a[k].min(b[k]))
    }

    #[inline(always)]
    fn max(self, a: [f32; 8], b: [f32; 8]) -> [f32; 8] {
        std::array::from_fn(|k| a[k].max(b[k]))
    }

    #[inline(always)]
    fn unless_less(self, a: [f32; 8], b: [f32; 8], c: [f32; 8]) -> [f32; 8] {
        std::array::from_fn(|k| if b[k] < c[k] { 0.0 } else { a[k] })
    }

    #[inline(always)]
    fn bits(self, a: [f32; 8]) -> [u32; 8] {
        a.map(|a| a.to_bits())
    }

    #[inline(always)]
    fn of_bits(self, a: [u32; 8]) -> [f32; 8] {
        a.map(f32::from_bits)
    }

    #[inline(always)]
    fn float(self, a: [u32; 8]) -> [f32; 8] {
        a.map(|a| a as i32 as f32)
    }

    #[inline(always)]
    fn whole(self, a: [f32; 8]) -> [u32; 8] {
        a.map(|a| a as i32 as u32)
    }

    #[inline(always)]
    fn sum_words(self, a: [u32; 8], b: [u32; 8]) -> [u32; 8] {
        std::array::from_fn(|k| a[k].wrapping_add(b[k]))
    }

    #[inline(always)]
    fn less_words(self, a: [u32; 8], b: [u32; 8]) -> [u32; 8] {
        std::array::from_fn(|k| a[k].wrapping_sub(b[k]))
    }

    #[inline(always)]
    fn min_words(self, a: [u32; 8], b: [u32; 8]) -> [u32; 8] {
        std::array::from_fn(|k| a[k].min(b[k]))
    }

    #[inline(always)]
    fn and(self, a: [u32; 8], b: [u32; 8]) -> [u32; 8] {
        std::array::from_fn(|k| a[k] & b[k])
    }

    #[inline(always)]
    fn or(self, a: [u32; 8], b: [u32; 8]) -> [u32; 8] {
        std::array::from_fn(|k| a[k] | b[k])
    }

    #[inline(always)]
    fn left<const N: i32>(self, a: [u32; 8]) -> [u32; 8] {
        a.map(|a| a << N)
    }

    #[inline(always)]
    fn right<const N: i32>(self, a: [u32; 8]) -> [u32; 8] {
        a.map(|a| a >> N)
    }

    #[inline(always)]
    fn right_signed<const N: i32>(self, a: [u32; 8]) -> [u32; 8] {
        a.map(|a| (a as i32 >> N) as u32)
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod wide {
    //! The loops with AVX2 and AVX-512. Products are rounded before they are added: no fused
    //! operations here.

    use std::arch::x86_64::*;

    use super::{Lanes, Task, Vectors};

    /// To be had from [`with_avx2`] alone.
    #[derive(Clone, Copy)]
    pub(super) struct Avx2(());

    /// To be had from [`with_avx512`] alone.
    #[derive(Clone, Copy)]
    pub(super) struct Avx512(());

    #[target_feature(enable = "avx2")]
    pub(super) fn with_avx2<T: Task>(task: T) -> T::Output {
        task.run(Avx2(()))
    }

    #[target_feature(enable = "avx512f,avx2")]
    pub(super) fn with_avx512<T: Task>(task: T) -> T::Output {
        task.run(Avx512(()))
    }

    #[inline(never)]
    #[target_feature(enable = "avx2")]
    fn apart_avx2<T: Task>(task: T) -> T::Output {
        task.run(Avx2(()))
    }

    #[inline(never)]
    #[target_feature(enable = "avx512f,avx2")]
    fn apart_avx512<T: Task>(task: T) -> T::Output {
        task.run(Avx512(()))
    }

    /// Operations on eight numbers, for a unit that has AVX2.
    macro_rules! eight {
        ($($name:ident$(<const $n:ident: i32>)?($($argument:ident: $of:ty),*)$( -> $to:ty)? = $does:expr;)*) => {
            $(
                #[inline(always)]
                fn $name$(<const $n: i32>)?(self, $($argument: $of),*)$( -> $to)? {
                    // SAFETY: who has this has the unit; references are to as many bytes as are read or
                    // written.
                    unsafe { $does }
                }
            )*
        };
    }

    macro_rules! operations {
        () => {
            type Floats = __m256;
            type Words = __m256i;

            eight! {
                all(number: f32) -> __m256 = _mm256_set1_ps(number);
                all_words(word: u32) -> __m256i = _mm256_set1_epi32(word as i32);
                floats(from: &[f32; 8]) -> __m256 = _mm256_loadu_ps(from.as_ptr());
                words(from: &[u32; 8]) -> __m256i = _mm256_loadu_si256(from.as_ptr().cast());
                put(floats: __m256, to: &mut [f32; 8]) = _mm256_storeu_ps(to.as_mut_ptr(), floats);
                put_words(words: __m256i, to: &mut [u32; 8]) =
                    _mm256_storeu_si256(to.as_mut_ptr().cast(), words);
                sum(a: __m256, b: __m256) -> __m256 = _mm256_add_ps(a, b);
                less(a: __m256, b: __m256) -> __m256 = _mm256_sub_ps(a, b);
                times(a: __m256, b: __m256) -> __m256 = _mm256_mul_ps(a, b);
                over(a: __m256, b: __m256) -> __m256 = _mm256_div_ps(a, b);
                min(a: __m256, b: __m256) -> __m256 = _mm256_min_ps(a, b);
                max(a: __m256, b: __m256) -> __m256 = _mm256_max_ps(a, b);
                unless_less(a: __m256, b: __m256, c: __m256) -> __m256 =
                    _mm256_andnot_ps(_mm256_cmp_ps::<_CMP_LT_OQ>(b, c), a);
                bits(floats: __m256) -> __m256i = _mm256_castps_si256(floats);
                of_bits(words: __m256i) -> __m256 = _mm256_castsi256_ps(words);
                float(words: __m256i) -> __m256 = _mm256_cvtepi32_ps(words);
                whole(floats: __m256) -> __m256i = _mm256_cvttps_epi32(floats);
                sum_words(a: __m256i, b: __m256i) -> __m256i = _mm256_add_epi32(a, b);
                less_words(a: __m256i, b: __m256i) -> __m256i = _mm256_sub_epi32(a, b);
                min_words(a: __m256i, b: __m256i) -> __m256i = _mm256_min_epu32(a, b);
                and(a: __m256i, b: __m256i) -> __m256i = _mm256_and_si256(a, b);
                or(a: __m256i, b: __m256i) -> __m256i = _mm256_or_si256(a, b);
                left<const N: i32>(a: __m256i) -> __m256i = _mm256_slli_epi32::<N>(a);
                right<const N: i32>(a: __m256i) -> __m256i = _mm256_srli_epi32::<N>(a);
                right_signed<const N: i32>(a: __m256i) -> __m256i = _mm256_srai_epi32::<N>(a);
            }
        };
    }

    impl Vectors for Avx2 {
        operations!();

        #[inline(always)]
        fn apart<T: Task>(self, task: T) -> T::Output {
            // SAFETY: who has this has the unit.
            unsafe { apart_avx2(task) }
        }

        #[inline(always)]
        fn dot<const W: usize>(self, a: &[Lanes; W], b: &[Lanes; W]) -> f32 {
            // SAFETY: who has this has the unit.
            unsafe { dot_avx2(a, b) }
        }

        #[inline(always)]
        fn add<const W: usize>(self, to: &mut [Lanes; W], from: &[Lanes; W], times: f32) {
            // SAFETY: as above.
            unsafe { add_avx2(to, from, times) }
        }
    }

    impl Vectors for Avx512 {
        operations!();

        #[inline(always)]
        fn apart<T: Task>(self, task: T) -> T::Output {
            // SAFETY: who has this has the unit.
            unsafe { apart_avx512(task) }
        }

        #[inline(always)]
        fn dot<const W: usize>(self, a: &[Lanes; W], b: &[Lanes; W]) -> f32 {
            // SAFETY: as above.
            unsafe { dot_avx512(a, b) }
        }

        #[inline(always)]
        fn add<const W: usize>(self, to: &mut [Lanes; W], from: &[Lanes; W], times: f32) {
            // SAFETY: as above.
            unsafe { add_avx512(to, from, times) }
        }
    }

    /// The lower and upper half of some numbers.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn halves(lanes: &Lanes) -> [__m256; 2] {
        // SAFETY: `Lanes` has 64 bytes and is aligned to 64.
        unsafe { [_mm256_load_ps(lanes.0.as_ptr()), _mm256_load_ps(lanes.0.as_ptr().add(8))] }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn whole(lanes: &Lanes) -> __m512 {
        // SAFETY: `Lanes` has 64 bytes and is aligned to 64.
        unsafe { _mm512_load_ps(lanes.0.as_ptr()) }
    }

    /// The sum of eight parts: those four apart, two apart, then next to each other.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn total(parts: __m256) -> f32 {
        let four = _mm_add_ps(_mm256_castps256_ps128(parts), _mm256_extractf128_ps::<1>(parts));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn dot_avx2<const W: usize>(a: &[Lanes; W], b: &[Lanes; W]) -> f32 {
        let mut parts = [_mm256_setzero_ps(); 2];
        for (a, b) in a.iter().zip(b) {
            let (a, b) = (halves(a), halves(b));
            parts[0] = _mm256_add_ps(parts[0], _mm256_mul_ps(a[0], b[0]));
            parts[1] = _mm256_add_ps(parts[1], _mm256_mul_ps(a[1], b[1]));
        }
        total(_mm256_add_ps(parts[0], parts[1]))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx2")]
    fn dot_avx512<const W: usize>(a: &[Lanes; W], b: &[Lanes; W]) -> f32 {
        let mut parts = _mm512_setzero_ps();
        for (a, b) in a.iter().zip(b) {
            parts = _mm512_add_ps(parts, _mm512_mul_ps(whole(a), whole(b)));
        }
        let upper = _mm512_shuffle_f32x4::<0b11_10_11_10>(parts, parts);
        total(_mm256_add_ps(_mm512_castps512_ps256(parts), _mm512_castps512_ps256(upper)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn add_avx2<const W: usize>(to: &mut [Lanes; W], from: &[Lanes; W], times: f32) {
        let times = _mm256_set1_ps(times);
        for (to, from) in to.iter_mut().zip(from) {
            let (from, [low, high]) = (halves(from), halves(to));
            let low = _mm256_add_ps(low, _mm256_mul_ps(from[0], times));
            let high = _mm256_add_ps(high, _mm256_mul_ps(from[1], times));
            // SAFETY: `Lanes` has 64 bytes and is aligned to 64.
            unsafe {
                _mm256_store_ps(to.0.as_mut_ptr(), low);
                _mm256_store_ps(to.0.as_mut_ptr().add(8), high);
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn add_avx512<const W: usize>(to: &mut [Lanes; W], from: &[Lanes; W], times: f32) {
        let times = _mm512_set1_ps(times);
        for (to, from) in to.iter_mut().zip(from) {
            let moved = _mm512_add_ps(whole(to), _mm512_mul_ps(whole(from), times));
            // SAFETY: `Lanes` has 64 bytes and is aligned to 64.
            unsafe { _mm512_store_ps(to.0.as_mut_ptr(), moved) };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What every operation makes of some numbers and words, as bits.
    struct Operations([[f32; 8]; 3], [[u32; 8]; 2]);

    impl Task for Operations {
        type Output = Vec<[u32; 8]>;

        #[inline(always)]
        fn run(self, v: impl Vectors) -> Self::Output {
            let [a, b, c] = self.0.map(|numbers| v.floats(&numbers));
            let [x, y] = self.1.map(|words| v.words(&words));
            let words = [
                v.bits(a),
                v.whole(a),
                v.sum_words(x, y),
                v.less_words(x, y),
                v.min_words(x, y),
                v.and(x, y),
                v.or(x, v.all_words(5)),
                v.left::<3>(x),
                v.right::<5>(x),
                v.right_signed::<7>(x),
            ];
            let numbers = [
                v.sum(a, b),
                v.less(a, b),
                v.times(a, v.all(0.3)),
                v.over(a, b),
                v.min(a, b),
                v.max(a, b),
                v.absolute(a),
                v.unless_less(a, b, c),
                v.of_bits(v.bits(a)),
                v.float(x),
            ];
            let mut seen = vec![[0; 8]; 20];
            for (seen, words) in seen.iter_mut().zip(words) {
                v.put_words(words, seen);
            }
            for (seen, numbers) in seen[10..].iter_mut().zip(numbers) {
                let mut floats = [0.0; 8];
                v.put(numbers, &mut floats);
                *seen = floats.map(f32::to_bits);
            }
            seen
        }
    }

    proptest! {
        #[test]
        fn every_unit_gives_the_same_bits(numbers in prop::array::uniform3(prop::array::uniform8(-1e6f32..1e6)), words in prop::array::uniform2(any::<[u32; 8]>())) {
            let run = |unit: Unit| unit.run(Operations(numbers, words));
            let plain = run(Unit::Plain);
            prop_assert_eq!(plain[11][0], (numbers[0][0] - numbers[1][0]).to_bits());
            prop_assert_eq!(&plain, &run(Unit::Avx2));
            prop_assert_eq!(&plain, &run(Unit::Avx512));
        }
    }
}
