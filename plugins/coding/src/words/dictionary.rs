//! The words and gaps so far, numbered in the order in which they were spelled.

use super::{LONGEST, MOST_GAPS, MOST_WORDS, is_letter};

/// A bounded set of tokens. All its memory is taken at the beginning.
#[derive(Debug)]
pub struct Dictionary {
    words: List,
    gaps: List,
}

impl Dictionary {
    /// An empty one for up to `most` words and half as many gaps, or [`MOST_WORDS`] and
    /// [`MOST_GAPS`] if that is less.
    pub fn new(most: usize) -> Self {
        let [words, gaps] = Self::most(most);
        Self { words: List::new(words), gaps: List::new(gaps) }
    }

    /// The most words and gaps.
    pub fn most(most: usize) -> [usize; 2] {
        [most.min(MOST_WORDS), (most / 2).min(MOST_GAPS)]
    }

    /// What [`Dictionary::new`] allocates, in bytes.
    pub fn allocated(most: usize) -> usize {
        Self::most(most).map(List::allocated).iter().sum()
    }

    /// The number of a token, if it has one.
    #[inline]
    pub fn find(&self, token: &[u8]) -> Option<usize> {
        if token.first().is_some_and(|&byte| is_letter(byte)) {
            self.words.find(token)
        } else {
            self.gaps.find(token).map(|gap| MOST_WORDS + gap)
        }
    }

    /// The token of a number.
    #[inline]
    pub fn get(&self, number: usize) -> Option<&[u8]> {
        match number.checked_sub(MOST_WORDS) {
            None => self.words.get(number),
            Some(gap) => self.gaps.get(gap),
        }
    }

    /// Numbers a token of up to [`LONGEST`] bytes, unless it has a number or there is no room.
    pub fn add(&mut self, token: &[u8]) {
        if token.first().is_some_and(|&byte| is_letter(byte)) {
            self.words.add(token);
        } else {
            self.gaps.add(token);
        }
    }
}

/// Tokens of one kind.
#[derive(Debug)]
struct List {
    bytes: Vec<u8>,
    /// Where each token ends.
    ends: Vec<u32>,
    /// Open addressing with linear probing: number plus one, or 0 for an empty place.
    places: Vec<u16>,
    most: usize,
}

impl List {
    fn new(most: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(most * LONGEST),
            ends: Vec::with_capacity(most),
            places: vec![0; Self::places(most)],
            most,
        }
    }

    fn allocated(most: usize) -> usize {
        most * (LONGEST + size_of::<u32>()) + Self::places(most) * size_of::<u16>()
    }

    fn places(most: usize) -> usize {
        (2 * most + 1).next_power_of_two()
    }

    fn find(&self, token: &[u8]) -> Option<usize> {
        let mut place = self.place(token);
        loop {
            let number = usize::from(self.places[place]).checked_sub(1)?;
            if self.get(number) == Some(token) {
                return Some(number);
            }
            place = (place + 1) & (self.places.len() - 1);
        }
    }

    fn get(&self, number: usize) -> Option<&[u8]> {
        let end = *self.ends.get(number)? as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] as usize };
        self.bytes.get(start..end)
    }

    fn add(&mut self, token: &[u8]) {
        if self.ends.len() == self.most || token.len() > LONGEST || self.find(token).is_some() {
            return;
        }
        let mut place = self.place(token);
        while self.places[place] != 0 {
            place = (place + 1) & (self.places.len() - 1);
        }
        self.bytes.extend_from_slice(token);
        self.ends.push(self.bytes.len() as u32);
        self.places[place] = self.ends.len() as u16;
    }

    fn place(&self, token: &[u8]) -> usize {
        // The first and last bytes and the length tell most tokens apart; a number is what is equal.
        let ends = match (token.first_chunk(), token.last_chunk()) {
            (Some(first), Some(last)) => [u64::from_le_bytes(*first), u64::from_le_bytes(*last)],
            _ => match (token.first_chunk(), token.last_chunk()) {
                (Some(first), Some(last)) => {
                    [u32::from_le_bytes(*first), u32::from_le_bytes(*last)].map(u64::from)
                }
                _ => {
                    let at = |at: usize| u64::from(token.get(at).copied().unwrap_or(0));
                    [at(0) | at(1) << 8, at(token.len().saturating_sub(1))]
                }
            },
        };
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let hash = (ends[0].wrapping_mul(SPREAD) ^ ends[1].rotate_left(32)).wrapping_mul(SPREAD);
        let hash = (hash ^ token.len() as u64).wrapping_mul(SPREAD);
        (hash >> 32) as usize & (self.places.len() - 1)
    }
}
