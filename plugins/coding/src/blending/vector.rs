//! Sixteen numbers of 16 bits at a time.
//!
//! AVX2 where there is, plain code elsewhere: all operations are on integers, so that both give the
//! same numbers.

use crate::range::Bounds;

/// Sixteen numbers, half a cache line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(32))]
pub(super) struct Row(pub(super) [i16; 16]);

/// [`Bounds`] in a cache line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub(super) struct Parts(pub(super) Bounds);

impl Parts {
    /// All choices alike.
    pub(super) fn even() -> Self {
        Self(std::array::from_fn(|at| at as u16 * 2048))
    }
}

/// What computes with rows.
pub(super) trait Vector: Copy {
    /// The numbers of a row.
    fn load(row: &Row) -> Self;
    /// Writes them to a row.
    fn store(self, row: &mut Row);
    /// Sixteen times the same.
    fn splat(number: i16) -> Self;
    /// Sums; overflowing, they wrap.
    fn plus(self, other: Self) -> Self;
    /// Differences; overflowing, they wrap.
    fn minus(self, other: Self) -> Self;
    /// Products of fractions of 2^15, rounded to nearest.
    fn times(self, other: Self) -> Self;
    /// How many of the last fifteen numbers are not above `bound`.
    fn up_to(self, bound: i16) -> usize;
    /// Writes where parts begin: at these numbers, but for the first, which is 0.
    fn bound(self, parts: &mut Parts);
}

/// On every machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain([i16; 16]);

impl Plain {
    #[inline(always)]
    fn each(self, other: Self, of: impl Fn(i16, i16) -> i16) -> Self {
        Self(std::array::from_fn(|at| of(self.0[at], other.0[at])))
    }
}

impl Vector for Plain {
    #[inline(always)]
    fn load(row: &Row) -> Self {
        Self(row.0)
    }

    #[inline(always)]
    fn store(self, row: &mut Row) {
        row.0 = self.0;
    }

    #[inline(always)]
    fn splat(number: i16) -> Self {
        Self([number; 16])
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.each(other, i16::wrapping_add)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.each(other, i16::wrapping_sub)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.each(other, |one, two| ((i32::from(one) * i32::from(two) + (1 << 14)) >> 15) as i16)
    }

    #[inline(always)]
    fn up_to(self, bound: i16) -> usize {
        self.0[1..].iter().map(|&number| usize::from(number <= bound)).sum()
    }

    #[inline(always)]
    fn bound(self, parts: &mut Parts) {
        for (bound, number) in parts.0.iter_mut().zip(self.0) {
            *bound = number as u16;
        }
        parts.0[0] = 0;
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use wide::Avx2;

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod wide {
    use std::arch::x86_64::*;

    use super::{Parts, Row, Vector};

    /// With AVX2: whoever makes one has seen to it that there is.
    #[derive(Debug, Clone, Copy)]
    pub(in super::super) struct Avx2(__m256i);

    impl Vector for Avx2 {
        #[inline(always)]
        fn load(row: &Row) -> Self {
            // SAFETY: there is AVX2, and a row is 32 bytes at a border of 32 bytes.
            Self(unsafe { _mm256_load_si256(row.0.as_ptr().cast()) })
        }

        #[inline(always)]
        fn store(self, row: &mut Row) {
            // SAFETY: there is AVX2, and a row is 32 bytes at a border of 32 bytes.
            unsafe { _mm256_store_si256(row.0.as_mut_ptr().cast(), self.0) }
        }

        #[inline(always)]
        fn splat(number: i16) -> Self {
            // SAFETY: there is AVX2.
            Self(unsafe { _mm256_set1_epi16(number) })
        }

        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            // SAFETY: there is AVX2.
            Self(unsafe { _mm256_add_epi16(self.0, other.0) })
        }

        #[inline(always)]
        fn minus(self, other: Self) -> Self {
            // SAFETY: there is AVX2.
            Self(unsafe { _mm256_sub_epi16(self.0, other.0) })
        }

        #[inline(always)]
        fn times(self, other: Self) -> Self {
            // SAFETY: there is AVX2.
            Self(unsafe { _mm256_mulhrs_epi16(self.0, other.0) })
        }

        #[inline(always)]
        fn up_to(self, bound: i16) -> usize {
            // SAFETY: there is AVX2.
            let above = unsafe {
                _mm256_movemask_epi8(_mm256_cmpgt_epi16(self.0, _mm256_set1_epi16(bound)))
            };
            // Two bits a number, the first number left out.
            15 - (above as u32 >> 2).count_ones() as usize / 2
        }

        #[inline(always)]
        fn bound(self, parts: &mut Parts) {
            // SAFETY: there is AVX2, and the first sixteen bounds are 32 bytes at a border of 64.
            unsafe {
                let numbers = _mm256_blend_epi16::<1>(self.0, _mm256_setzero_si256());
                let numbers = _mm256_blend_epi32::<0xf0>(numbers, self.0);
                _mm256_store_si256(parts.0.as_mut_ptr().cast(), numbers);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row() -> impl Strategy<Value = Row> {
        // No product of two smallest numbers, which has no place in 16 bits.
        prop::array::uniform16(-32_767..=32_767i16).prop_map(Row)
    }

    /// All operations on two rows and a bound.
    fn all<V: Vector>(one: &Row, two: &Row, bound: i16) -> ([Row; 4], usize, Parts) {
        let (a, b) = (V::load(one), V::load(two));
        let rows = [a.plus(b), a.minus(b), a.times(b), V::splat(bound)].map(|vector| {
            let mut row = Row([0; 16]);
            vector.store(&mut row);
            row
        });
        let mut parts = Parts::even();
        a.bound(&mut parts);
        (rows, a.up_to(bound), parts)
    }

    #[cfg(target_arch = "x86_64")]
    proptest! {
        #[test]
        fn wide_and_plain_agree(one in row(), two in row(), bound in any::<i16>()) {
            if is_x86_feature_detected!("avx2") {
                prop_assert_eq!(all::<Avx2>(&one, &two, bound), all::<Plain>(&one, &two, bound));
            }
        }
    }

    #[test]
    fn fractions_are_multiplied_and_rounded() {
        let half = Row([1 << 14; 16]);
        let ([_, _, product, _], below, bounds) = all::<Plain>(&half, &Row([3; 16]), 1 << 14);
        assert_eq!((product, below), (Row([2; 16]), 15), "one and a half is two");
        assert_eq!((bounds.0[0], bounds.0[1], bounds.0[16]), (0, 1 << 14, 1 << 15));
    }
}
