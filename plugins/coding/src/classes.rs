//! What bytes are, 64 at a time: a mask for each of some classes.
//!
//! Words, lines and places to cut are found from such masks: a run of ones begins and ends where a mask
//! differs from itself moved by one, and a rule about neighbours is an `and` of masks that are moved.
//! With AVX2 where there is; the plain loop gives the same bits.
//!
//! Cost: some 30 instructions for the words and lines of 64 bytes with AVX2, some 50 for their signs.

/// Bytes of a block.
pub const BLOCK: usize = 64;

/// Where the words and lines of a block are, a mask each: the first byte has the lowest bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Block {
    /// Bytes of words: letters, digits, `_`, and from 0x80 up.
    pub words: u64,
    /// Line feeds.
    pub ends: u64,
}

/// The signs of a block, a mask each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs {
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

/// What tells the classes of a block.
///
/// It is called for each block: with the loop over blocks in the wide function, the compiler takes the
/// masks apart.
#[derive(Debug, Clone, Copy)]
pub struct Classes {
    /// Words and lines.
    pub block: fn(&[u8; BLOCK]) -> Block,
    /// Signs.
    pub signs: fn(&[u8; BLOCK]) -> Signs,
}

/// What tells classes as fast as can be here.
pub fn classes() -> Classes {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        return Classes { block: wide::block, signs: wide::signs };
    }
    PLAIN
}

/// On every machine.
const PLAIN: Classes = Classes { block: plain_block, signs: plain_signs };

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

fn plain_block(block: &[u8; BLOCK]) -> Block {
    Block {
        words: mask(block, |byte| {
            let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
            let digit = byte.wrapping_sub(b'0') < 10;
            letter | digit | (byte == b'_') | (byte >= 0x80)
        }),
        ends: mask(block, |byte| byte == b'\n'),
    }
}

fn plain_signs(block: &[u8; BLOCK]) -> Signs {
    Signs {
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

    use super::{BLOCK, Block, Signs};

    pub(super) fn block(block: &[u8; BLOCK]) -> Block {
        // SAFETY: only chosen where there is AVX2.
        unsafe { block_wide(block) }
    }

    pub(super) fn signs(block: &[u8; BLOCK]) -> Signs {
        // SAFETY: only chosen where there is AVX2.
        unsafe { signs_wide(block) }
    }

    #[target_feature(enable = "avx2")]
    fn block_wide(block: &[u8; BLOCK]) -> Block {
        let [low, high] = halves(block);
        let [words, ends] = both([block_half(low), block_half(high)]);
        Block { words, ends }
    }

    #[target_feature(enable = "avx2")]
    fn signs_wide(block: &[u8; BLOCK]) -> Signs {
        let [low, high] = halves(block);
        let [blanks, commas, semicolons, strong, openings] =
            both([signs_half(low), signs_half(high)]);
        Signs { blanks, commas, semicolons, strong, openings }
    }

    /// The masks of 32 bytes, in the order of [`Block`].
    #[inline]
    #[target_feature(enable = "avx2")]
    fn block_half(bytes: __m256i) -> [u32; 2] {
        let small = _mm256_or_si256(bytes, all(0x20));
        let letter = up_to(_mm256_sub_epi8(small, all(b'a')), 25);
        let digit = up_to(_mm256_sub_epi8(bytes, all(b'0')), 9);
        let named = _mm256_or_si256(digit, is(bytes, b'_'));
        // The highest bit of a byte is that of its mask already.
        let word = _mm256_or_si256(_mm256_or_si256(letter, named), bytes);
        [mask(word), mask(is(bytes, b'\n'))]
    }

    /// The masks of 32 bytes, in the order of [`Signs`].
    #[inline]
    #[target_feature(enable = "avx2")]
    fn signs_half(bytes: __m256i) -> [u32; 5] {
        let small = _mm256_or_si256(bytes, all(0x20));
        let sentence = _mm256_or_si256(is(bytes, b'.'), is(bytes, b'?'));
        let closed = _mm256_or_si256(is(bytes, b'!'), is(small, b'}'));
        [
            mask(_mm256_or_si256(is(bytes, b' '), is(bytes, b'\t'))),
            mask(is(bytes, b',')),
            mask(is(bytes, b';')),
            mask(_mm256_or_si256(sentence, closed)),
            mask(_mm256_or_si256(is(bytes, b'"'), is(small, b'{'))),
        ]
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn halves(block: &[u8; BLOCK]) -> [__m256i; 2] {
        let (low, high) = block.split_at(BLOCK / 2);
        // SAFETY: each half of a block has 32 bytes; no alignment is needed.
        let load = |half: &[u8]| unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
        [load(low), load(high)]
    }

    /// Masks of a block from those of its halves.
    #[inline(always)]
    fn both<const N: usize>([low, high]: [[u32; N]; 2]) -> [u64; N] {
        std::array::from_fn(|at| u64::from(low[at]) | u64::from(high[at]) << 32)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn all(byte: u8) -> __m256i {
        _mm256_set1_epi8(byte as i8)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn is(bytes: __m256i, byte: u8) -> __m256i {
        _mm256_cmpeq_epi8(bytes, all(byte))
    }

    /// Unsigned: not above `most` where the lesser of both is the byte itself.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn up_to(bytes: __m256i, most: u8) -> __m256i {
        _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, all(most)), bytes)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn mask(found: __m256i) -> u32 {
        _mm256_movemask_epi8(found) as u32
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
            prop_assert_eq!((classes().block)(&block), plain_block(&block));
            prop_assert_eq!((classes().signs)(&block), plain_signs(&block));
        }
    }

    #[test]
    fn every_byte_has_its_classes() {
        for byte in 0..=u8::MAX {
            let block = [byte; BLOCK];
            let (words, signs) = (plain_block(&block), plain_signs(&block));
            assert_eq!((classes().block)(&block), words, "{byte}");
            assert_eq!((classes().signs)(&block), signs, "{byte}");
            let all = |is: bool| if is { u64::MAX } else { 0 };
            assert_eq!(signs.strong, all(b".?!}]".contains(&byte)), "{byte}");
            assert_eq!(signs.openings, all(b"\"{[".contains(&byte)), "{byte}");
            let word = byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
            assert_eq!(words.words, all(word), "{byte}");
        }
    }
}
