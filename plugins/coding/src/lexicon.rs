//! Every distinct token once, under a dense number.
//!
//! Both sides of a code meet the same tokens in the same order and so give them the
//! same numbers: 0, 1, 2, … by first occurrence. The table is open addressing with
//! linear probing (Knuth, *The Art of Computer Programming* 3, 6.4); nothing depends
//! on its order.
//!
//! Cost: one probe per token, about 16 bytes plus its bytes per distinct token.

use crate::token::Kind;

/// A growing numbered set of tokens.
#[derive(Debug, Clone)]
pub struct Lexicon {
    arena: Vec<u8>,
    /// End of each token in the arena.
    ends: Vec<u32>,
    kinds: Vec<Kind>,
    /// Number plus one, or zero for an empty place.
    table: Vec<u32>,
}

impl Default for Lexicon {
    fn default() -> Self {
        Self { arena: Vec::new(), ends: Vec::new(), kinds: Vec::new(), table: vec![0; 1 << 10] }
    }
}

impl Lexicon {
    /// The number of a token, new or known.
    pub fn number(&mut self, kind: Kind, bytes: &[u8]) -> u32 {
        if self.ends.len() * 2 >= self.table.len() {
            self.grow();
        }
        let mut at = self.place(kind, bytes);
        while self.table[at] != 0 {
            let known = self.table[at] - 1;
            if self.kind(known) == kind && self.bytes(known) == bytes {
                return known;
            }
            at = (at + 1) & (self.table.len() - 1);
        }
        self.arena.extend_from_slice(bytes);
        self.ends.push(self.arena.len() as u32);
        self.kinds.push(kind);
        self.table[at] = self.ends.len() as u32;
        self.ends.len() as u32 - 1
    }

    /// The number of a token, if it is known.
    pub fn find(&self, kind: Kind, bytes: &[u8]) -> Option<u32> {
        let mut at = self.place(kind, bytes);
        loop {
            let known = self.table[at].checked_sub(1)?;
            if self.kind(known) == kind && self.bytes(known) == bytes {
                return Some(known);
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    /// The bytes of a token numbered before.
    #[inline]
    pub fn bytes(&self, number: u32) -> &[u8] {
        let at = number as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.arena[start..self.ends[at] as usize]
    }

    /// The kind of a token numbered before.
    #[inline]
    pub fn kind(&self, number: u32) -> Kind {
        self.kinds[number as usize]
    }

    /// How many distinct tokens there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn place(&self, kind: Kind, bytes: &[u8]) -> usize {
        // FNV-1a, eight bytes at a time, then a multiplicative finish.
        let mut hash = kind as u64 ^ 0xcbf2_9ce4_8422_2325;
        for chunk in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            hash ^= hash >> 29;
        }
        hash = (hash ^ bytes.len() as u64).wrapping_mul(0xff51_afd7_ed55_8ccd);
        (hash >> 32) as usize & (self.table.len() - 1)
    }

    fn grow(&mut self) {
        self.table = vec![0; self.table.len() * 2];
        for number in 0..self.ends.len() as u32 {
            let mut at = self.place(self.kind(number), self.bytes(number));
            while self.table[at] != 0 {
                at = (at + 1) & (self.table.len() - 1);
            }
            self.table[at] = number + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn equal_tokens_share_a_number(words in prop::collection::vec("[abc]{0,3}", 0..3000)) {
            let mut lexicon = Lexicon::default();
            let mut first = std::collections::BTreeMap::new();
            for word in &words {
                let kind = if word.len() == 2 { Kind::Gap } else { Kind::Word };
                let number = lexicon.number(kind, word.as_bytes());
                let next = first.len() as u32;
                prop_assert_eq!(number, *first.entry(word.clone()).or_insert(next));
                prop_assert_eq!(lexicon.find(kind, word.as_bytes()), Some(number));
                prop_assert_eq!(lexicon.bytes(number), word.as_bytes());
                prop_assert_eq!(lexicon.kind(number), kind);
            }
            prop_assert_eq!(lexicon.len(), first.len());
            prop_assert_eq!(lexicon.find(Kind::Word, b"d"), None);
        }
    }

    #[test]
    fn a_word_is_not_a_gap() {
        let mut lexicon = Lexicon::default();
        assert_ne!(lexicon.number(Kind::Word, b""), lexicon.number(Kind::Gap, b""));
    }

    #[test]
    fn many_tokens_keep_their_numbers() {
        let mut lexicon = Lexicon::default();
        for k in 0..10_000u32 {
            assert_eq!(lexicon.number(Kind::Word, k.to_string().as_bytes()), k);
        }
        for k in 0..10_000u32 {
            assert_eq!(lexicon.number(Kind::Word, k.to_string().as_bytes()), k);
        }
    }
}
