//! The text so far, or as much of its end as there is room for.

use crate::memory::prefetch;

/// The last bytes of a text, by their positions in the whole.
#[derive(Debug)]
pub struct Past {
    bytes: Vec<u8>,
    mask: usize,
    length: usize,
}

impl Past {
    /// Keeps all of a text of up to `all` bytes in `room` bytes, or the last `2^k <= room`.
    pub fn new(all: usize, room: usize) -> Self {
        let kept = Self::kept(all, room);
        let mask = if kept < all { kept - 1 } else { usize::MAX };
        Self { bytes: vec![0; kept], mask, length: 0 }
    }

    /// How many bytes are kept: what [`Past::new`] allocates.
    pub fn kept(all: usize, room: usize) -> usize {
        if all <= room { all } else { 1 << room.max(1).ilog2() }
    }

    /// Appends a byte.
    #[inline]
    pub fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length & self.mask) {
            *place = byte;
        }
        self.length += 1;
    }

    /// How many bytes there were.
    #[inline]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The position of the oldest byte that is kept.
    #[inline]
    pub fn oldest(&self) -> usize {
        self.length.saturating_sub(self.bytes.len())
    }

    /// Has the byte at a position fetched.
    #[inline]
    pub fn touch(&self, position: usize) {
        prefetch(&self.bytes, position & self.mask);
    }

    /// The byte at a position; another one if it is not kept any more.
    #[inline]
    pub fn at(&self, position: usize) -> u8 {
        self.bytes.get(position & self.mask).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_kept_is_right(text in prop::collection::vec(any::<u8>(), 1..300), room in 1usize..400) {
            let mut past = Past::new(text.len(), room);
            for (k, &byte) in text.iter().enumerate() {
                past.push(byte);
                prop_assert_eq!(past.len(), k + 1);
                let kept = (past.oldest()..=k).map(|at| past.at(at));
                prop_assert!(kept.eq(text[past.oldest()..=k].iter().copied()));
            }
            prop_assert!(past.len() - past.oldest() > room.min(text.len()) / 2);
            prop_assert!(Past::kept(text.len(), room) <= room);
        }
    }
}
