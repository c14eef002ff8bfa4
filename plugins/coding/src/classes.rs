//! What bytes are, 64 at a time: a mask for each of some classes.
//!
//! Words, lines and places to cut are found from such masks: a run of ones begins and ends where a mask
//! differs from itself moved by one, and a rule about neighbours is an `and` of masks that are moved.
//! With AVX2 where there is; the plain loop gives the same bits.
//!
//! Cost: some 70 instructions for 64 bytes with AVX2.

/// Bytes of a block.
pub const BLOCK: usize = 64;

/// Bytes of a block by class, a mask for each: the first byte has the lowest bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Classes {
    /// Bytes of words: letters, digits, `_`, and from 0x80 up.
    pub words: u64,
    /// Line feeds.
    pub ends: u64,
    /// Blanks and tabs.
    pub blanks: u64,
    /// `,`.
    pub commas: u64,
    /// `;`.
    pub semicolons: u64,
    /// `.`, `?`, `!`, `}` and `]`.
    pub strong: u64,
    /// `"`, `{` and `[`.
    pub openings: u64,
}

/// What tells the classes of a block, as fast as can be here.
///
/// It is called for each block: with the loop over blocks in the wide function, the compiler takes the
/// masks apart.
pub fn classes() -> fn(&[u8; BLOCK]) -> Classes {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        return wide::classes;
    }
    plain
}

/// A mask of the bytes of a block for which `is` holds, by a plain loop.
#[inline(always)]
fn mask(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    // Without branches, so that the compiler looks at many bytes at a time.
    let mut parts = [0; BLOCK];
    for (part, &byte) in parts.iter_mut().zip(block) {
        *part = u8::from(is(byte));
    }
    // A multiplication gathers the lowest bits of eight bytes.
    let gathered =
        |bytes: &[u8; 8]| u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    let bytes = parts.as_chunks::<8>().0.iter().enumerate();
    bytes.fold(0, |mask, (at, bytes)| mask | gathered(bytes) << (8 * at))
}

/// The classes of a block, on every machine.
fn plain(block: &[u8; BLOCK]) -> Classes {
    Classes {
        words: mask(block, |byte| {
            let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
            let digit = byte.wrapping_sub(b'0') < 10;
            letter | digit | (byte == b'_') | (byte >= 0x80)
        }),
        ends: mask(block, |byte| byte == b'\n'),
        blanks: mask(block, |byte| (byte == b' ') | (byte == b'\t')),
        commas: mask(block, |byte| byte == b','),
        semicolons: mask(block, |byte| byte == b';'),
        strong: mask(block, |byte| {
            (byte == b'.') | (byte == b'?') | (byte == b'!') | (byte | 0x20 == b'}')
        }),
        openings: mask(block, |byte| (byte == b'"') | (byte | 0x20 == b'{')),
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod wide {
    //! The same with AVX2.

    use std::arch::x86_64::*;

    use super::{BLOCK, Classes};

    pub(super) fn classes(block: &[u8; BLOCK]) -> Classes {
        // SAFETY: only chosen where there is AVX2.
        unsafe { classes_wide(block) }
    }

    #[target_feature(enable = "avx2")]
    fn classes_wide(block: &[u8; BLOCK]) -> Classes {
        let (low, high) = block.split_at(BLOCK / 2);
        let (low, high) = (half(low), half(high));
        let both = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        Classes {
            words: both(low[0], high[0]),
            ends: both(low[1], high[1]),
            blanks: both(low[2], high[2]),
            commas: both(low[3], high[3]),
            semicolons: both(low[4], high[4]),
            strong: both(low[5], high[5]),
            openings: both(low[6], high[6]),
        }
    }

    /// The masks of 32 bytes, in the order of [`Classes`].
    #[inline]
    #[target_feature(enable = "avx2")]
    fn half(bytes: &[u8]) -> [u32; 7] {
        debug_assert_eq!(bytes.len(), 32);
        // SAFETY: half of a block has 32 bytes; no alignment is needed.
        let bytes = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
        let all = |byte: u8| _mm256_set1_epi8(byte as i8);
        let is = |bytes, byte| _mm256_cmpeq_epi8(bytes, all(byte));
        // Unsigned: not above `most` where the lesser of both is the byte itself.
        let up_to = |bytes, most| _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, all(most)), bytes);
        let mask = |found| _mm256_movemask_epi8(found) as u32;
        let small = _mm256_or_si256(bytes, all(0x20));
        let letter = up_to(_mm256_sub_epi8(small, all(b'a')), 25);
        let digit = up_to(_mm256_sub_epi8(bytes, all(b'0')), 9);
        let named = _mm256_or_si256(digit, is(bytes, b'_'));
        // The highest bit of a byte is that of its mask already.
        let word = _mm256_or_si256(_mm256_or_si256(letter, named), bytes);
        let sentence = _mm256_or_si256(is(bytes, b'.'), is(bytes, b'?'));
        let closed = _mm256_or_si256(is(bytes, b'!'), is(small, b'}'));
        [
            mask(word),
            mask(is(bytes, b'\n')),
            mask(_mm256_or_si256(is(bytes, b' '), is(bytes, b'\t'))),
            mask(is(bytes, b',')),
            mask(is(bytes, b';')),
            mask(_mm256_or_si256(sentence, closed)),
            mask(_mm256_or_si256(is(bytes, b'"'), is(small, b'{'))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn wide_and_plain_agree(bytes in prop::array::uniform32(any::<u16>())) {
            let mut block = [0; BLOCK];
            for (pair, word) in block.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
                *pair = word.to_le_bytes();
            }
            prop_assert_eq!(classes()(&block), plain(&block));
        }
    }

    #[test]
    fn every_byte_has_its_classes() {
        for byte in 0..=u8::MAX {
            let block = [byte; BLOCK];
            let found = plain(&block);
            assert_eq!(classes()(&block), found, "{byte}");
            let all = |is: bool| if is { u64::MAX } else { 0 };
            assert_eq!(found.strong, all(b".?!}]".contains(&byte)), "{byte}");
            assert_eq!(found.openings, all(b"\"{[".contains(&byte)), "{byte}");
            let word = byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
            assert_eq!(found.words, all(word), "{byte}");
        }
    }
}
