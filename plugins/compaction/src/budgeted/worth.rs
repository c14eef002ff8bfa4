//! What a piece tells: the sum of what its words tell.
//!
//! The measure knows no field names and no language but a few English words. A word counts
//!
//! * by its shape: an identifier (with a digit: a code, a number of five digits or more) most, a
//!   short number least, a capital or a word of errors, decisions and duties more than others;
//! * by rarity: half as much where it is as frequent as can be;
//! * by use: more where several turns have it already, because what was taken up is taken up again;
//! * by novelty: less than half where a piece that is kept has it. This is what drops repeated
//!   lines and boiler-plate: all their words are known. An exact copy of a kept piece tells nothing.
//!
//! A piece counts by position (four times as much at the end as at the start, rising with the
//! square), by speaker (an agent's own turns digest what tools returned), and more if it asks.
//!
//! All arithmetic is on integers. Words are known by a hash: two of them may be taken for one,
//! on every machine alike.

use std::ops::Range;

use super::blocks;
use super::pieces::Pieces;
use super::repeats::{self, repeats};
use super::words::{self, Made, Word, Words};

/// What a shape counts.
const WORD: u8 = 2;
const CAPITAL: u8 = 4;
const CUE: u8 = 5;
const NUMBER: u8 = 1;
const IDENTIFIER: u8 = 32;
/// Bytes of the shortest identifier.
const IDENTIFIER_BYTES: usize = 4;
/// Digits of a number that counts as an identifier.
const LONG_NUMBER: usize = 5;
/// Eighths that are left of a word that is known.
const KNOWN: u16 = 3;
/// The most turns that raise what a word counts.
const MOST_TURNS: u8 = 3;

/// Words of errors, decisions, duties and open ends, in lower case.
const CUES: [&str; 24] = [
    "agreed",
    "cannot",
    "confirmed",
    "crash",
    "decided",
    "decision",
    "denied",
    "error",
    "exception",
    "fail",
    "failed",
    "failure",
    "fatal",
    "fixed",
    "important",
    "invalid",
    "must",
    "never",
    "panic",
    "refused",
    "remember",
    "required",
    "solved",
    "warning",
];

/// What is known of a word.
#[derive(Clone, Copy, Default)]
struct Entry {
    /// The last turn that had it, from 1.
    turn: u32,
    count: u16,
    turns: u8,
    /// What its shape counts.
    shape: u8,
}

/// All words, numbered from 1 in the order in which they come: frequent ones stand close together.
///
/// It is small at first and grows with the words, so that it stays in the fastest memory that holds
/// them.
struct Table {
    /// The upper bits of a word's hash and its number; 0 where the slot is free.
    slots: Vec<u64>,
    shift: u32,
    /// What `shift` is when it grows no more.
    least_shift: u32,
    entries: Vec<Entry>,
}

impl Table {
    /// Slots that are tried; a word that finds none of them free shares the last.
    const REACH: usize = 8;
    /// Words that there is room for from the beginning.
    const FEW: usize = 1024;
    /// Slots, as a power of two.
    const BITS: std::ops::RangeInclusive<u32> = 12..=20;
    /// Bits of a slot that are a number's.
    const NUMBER: u64 = (1 << (*Self::BITS.end() + 1)) - 1;

    /// A table for a document of `bytes` bytes.
    fn new(bytes: usize) -> Self {
        let mut entries = Vec::with_capacity(Self::FEW);
        entries.push(Entry::default());
        let first = *Self::BITS.start();
        let least_shift = 64 - Self::most_bits(bytes);
        Self { slots: Self::slots(first), shift: 64 - first, least_shift, entries }
    }

    /// The most slots for a document, as a power of two: one for every 12 to 24 bytes. Where all
    /// are taken, words share.
    fn most_bits(bytes: usize) -> u32 {
        (bytes / 24).max(1).ilog2().clamp(*Self::BITS.start(), *Self::BITS.end())
    }

    /// The most bytes that one takes for a document of `bytes` bytes, and the most words in it.
    fn allocated(bytes: usize) -> (usize, usize) {
        let slots = (1 << Self::most_bits(bytes)) + Self::REACH;
        // While it grows there are half as many beside; so it is with the entries.
        let growing = slots + slots / 2 + Self::REACH;
        let entries = (3 * slots).max(Self::FEW);
        (growing * size_of::<u64>() + entries * size_of::<Entry>(), slots + 1)
    }

    fn slots(bits: u32) -> Vec<u64> {
        vec![0; (1 << bits) + Self::REACH]
    }

    /// The number of a word; `shape` is asked for that of a new one.
    #[inline]
    fn number(&mut self, hash: u64, shape: impl FnOnce() -> u8) -> usize {
        let first = (hash >> self.shift) as usize;
        let slot = self.slots[first];
        if (slot ^ hash) & !Self::NUMBER == 0 && slot != 0 {
            return (slot & Self::NUMBER) as usize;
        }
        self.search(hash, shape)
    }

    #[inline(never)]
    fn search(&mut self, hash: u64, shape: impl FnOnce() -> u8) -> usize {
        if 2 * self.entries.len() > self.slots.len() && self.shift > self.least_shift {
            self.grow();
        }
        let first = (hash >> self.shift) as usize;
        let mut number = 0;
        for slot in &mut self.slots[first..first + Self::REACH] {
            if *slot == 0 {
                number = self.entries.len();
                *slot = hash & !Self::NUMBER | number as u64;
                self.entries.push(Entry { shape: shape(), ..Entry::default() });
                return number;
            }
            number = (*slot & Self::NUMBER) as usize;
            if (*slot ^ hash) & !Self::NUMBER == 0 {
                return number;
            }
        }
        number
    }

    /// Twice the slots.
    fn grow(&mut self) {
        self.shift -= 1;
        let old = std::mem::replace(&mut self.slots, Self::slots(64 - self.shift));
        for word in old.into_iter().filter(|&slot| slot != 0) {
            let first = (word >> self.shift) as usize;
            let free = self.slots[first..first + Self::REACH].iter_mut().find(|slot| **slot == 0);
            // With half of them free there is one, but for what nobody meets by chance: such a word
            // is new when it comes again.
            free.into_iter().for_each(|slot| *slot = word);
        }
    }
}

/// Whether a hash is that of a cue: in lower case, with a first capital, in capitals.
fn is_cue(hash: u64) -> bool {
    let first = (hash >> CUE_SHIFT) as usize;
    CUE_SLOTS[first..].iter().take_while(|&&cue| cue != 0).any(|&cue| cue == hash)
}

const CUE_SHIFT: u32 = 55;
/// The hashes of cues from where they belong on; 0 where a slot is free.
const CUE_SLOTS: [u64; (1 << (64 - CUE_SHIFT)) + 16] = {
    let mut slots = [0; (1 << (64 - CUE_SHIFT)) + 16];
    let mut cue = 0;
    while cue < CUE_HASHES.len() {
        let mut slot = (CUE_HASHES[cue] >> CUE_SHIFT) as usize;
        while slots[slot] != 0 {
            slot += 1;
        }
        slots[slot] = CUE_HASHES[cue];
        cue += 1;
    }
    slots
};

/// The hashes of all cues: in lower case, with a first capital, in capitals.
const CUE_HASHES: [u64; 3 * CUES.len()] = {
    let mut hashes = [0; 3 * CUES.len()];
    let mut at = 0;
    while at < hashes.len() {
        let cue = CUES[at / 3].as_bytes();
        // No cue is as long.
        let mut word = [0; 16];
        word.split_at_mut(cue.len()).0.copy_from_slice(cue);
        let capitals = [0, 1, cue.len()][at % 3];
        word.split_at_mut(capitals).0.make_ascii_uppercase();
        hashes[at] = words::hash(word.split_at(cue.len()).0);
        at += 1;
    }
    hashes
};

/// The words of a document and what they tell.
pub(crate) struct Worth {
    /// By number: eight times what a word counts, or less if it is known.
    told: Vec<u16>,
    /// Which words are known.
    known: Vec<bool>,
    /// The numbers of all words, in order.
    words: Vec<u32>,
    pieces: Vec<Piece>,
    /// For each piece the first that is the same, or nothing; see [`Worth::gains`].
    firsts: Vec<u32>,
    /// Hashes of kept pieces, by their low bits.
    copies: Vec<u32>,
}

/// A piece: its words, a hash of them, and what it counts.
#[derive(Clone, Copy)]
struct Piece {
    first: u32,
    hash: u32,
    /// How many words it has; of more than fit only those count.
    words: u16,
    factor: u16,
}

impl Piece {
    fn words(self) -> Range<usize> {
        self.first as usize..self.first as usize + usize::from(self.words)
    }
}

/// The most bytes that a [`Worth`] takes while it is made, of so many words and pieces.
pub(super) fn allocated(length: usize, words: usize, pieces: usize) -> usize {
    let (table, distinct) = Table::allocated(length);
    let each = size_of::<Piece>() + 4 * size_of::<u32>();
    table
        + distinct * (size_of::<u16>() + size_of::<bool>())
        + words * size_of::<u32>()
        + pieces * each
        + repeats::allocated(length, pieces)
}

/// The piece that is being read.
struct Open {
    end: u32,
    /// The turn it is in, from 1.
    turn: u32,
    /// Its first word, and a hash of those so far.
    first: u32,
    hash: u32,
}

impl Worth {
    /// Reads all words of a document; `blocks` says where they are.
    pub(crate) fn new(document: &[u8], mut blocks: Vec<u64>, pieces: &Pieces<'_>) -> Self {
        let firsts = repeats(document, pieces, &mut blocks);
        let mut table = Table::new(document.len());
        let mut worth = Self {
            told: Vec::new(),
            known: Vec::new(),
            words: Vec::with_capacity(blocks::words(&blocks)),
            pieces: Vec::with_capacity(pieces.len()),
            firsts,
            copies: vec![0; (2 * pieces.len() + 1).next_power_of_two()],
        };
        let words = worth.read(document, &blocks, pieces, &mut table);
        worth.factors(document, pieces);
        let log = (words as u32 | 1).ilog2() + 1;
        let rarity =
            std::array::from_fn(|frequent| (16 - 8 * (frequent as u32).min(log) / log) as u16);
        worth.told = table.entries.iter().map(|entry| 8 * entry.weight(&rarity)).collect();
        worth.known = vec![false; worth.told.len()];
        worth
    }

    /// Reads the words of all pieces; how many they are.
    fn read(
        &mut self,
        document: &[u8],
        blocks: &[u64],
        pieces: &Pieces<'_>,
        table: &mut Table,
    ) -> usize {
        let end = |piece| pieces.span(piece, piece + 1).end as u32;
        let mut open = Open { end: end(0), turn: pieces.turn(0) as u32 + 1, first: 0, hash: 0 };
        let mut repeated = 0;
        let mut all = Words::of(document, blocks, pieces.span(0, 0).start);
        while let Some(some) = all.some() {
            for word in some {
                // A word belongs to the piece in which it begins.
                while word.start >= open.end {
                    repeated += self.close(&open, table);
                    let piece = self.pieces.len();
                    let turn = pieces.turn(piece) as u32 + 1;
                    open = Open { end: end(piece), turn, first: self.words.len() as u32, hash: 0 };
                }
                let number = table.number(word.hash, || shape(document, word));
                table.entries[number].came(open.turn);
                self.words.push(number as u32);
                open.hash = (open.hash.rotate_left(5) ^ number as u32).wrapping_mul(0x9e37_79b1);
            }
        }
        while self.pieces.len() < pieces.len() {
            repeated += self.close(&open, table);
            let piece = self.pieces.len().min(pieces.len() - 1);
            let turn = pieces.turn(piece) as u32 + 1;
            open = Open { end: 0, turn, first: self.words.len() as u32, hash: 0 };
        }
        self.words.len() + repeated
    }

    /// A piece is read to its end; how many words it has by repetition.
    fn close(&mut self, open: &Open, table: &mut Table) -> usize {
        let piece = self.pieces.len();
        let words = self.words.len() - open.first as usize;
        let words = u16::try_from(words).unwrap_or(u16::MAX);
        let own = Piece { first: open.first, hash: open.hash, words, factor: 0 };
        match self.firsts.get(piece) {
            Some(&first) if first as usize != piece => {
                let same = self.pieces[first as usize];
                let words = &self.words[same.words()];
                words.iter().for_each(|&word| table.entries[word as usize].came(open.turn));
                self.pieces.push(same);
                words.len()
            }
            _ => {
                self.pieces.push(own);
                0
            }
        }
    }

    /// What each piece counts by place, speaker and question.
    fn factors(&mut self, document: &[u8], pieces: &Pieces<'_>) {
        let count = pieces.len();
        let mut speaker = (usize::MAX, 0);
        for piece in 0..count {
            let turn = pieces.turn(piece);
            if speaker.0 != turn {
                speaker = (turn, speaks(&document[pieces.turn_start(piece)..]));
            }
            let asks = document[pieces.span(piece, piece + 1)].trim_ascii_end().ends_with(b"?");
            self.pieces[piece].factor = place(piece, count) * speaker.1 * if asks { 5 } else { 4 };
        }
    }

    /// Tells what each piece tells while nothing is kept. Of pieces that are the same byte for byte
    /// it is one, that which tells most, or the last of these: once it is kept, the others tell
    /// nothing.
    pub(crate) fn gains(
        &mut self,
        is_label: impl Fn(usize) -> bool,
        mut tell: impl FnMut(usize, u64),
    ) {
        // The first of those that are the same knows from now on which of them it is: itself or
        // a later one.
        for piece in 0..self.firsts.len() {
            let first = self.firsts[piece] as usize;
            let best = self.firsts[first] as usize;
            let is_better = is_label(best) || self.pieces[piece].factor >= self.pieces[best].factor;
            if is_better && !is_label(piece) {
                self.firsts[first] = piece as u32;
            }
        }
        for (piece, own) in self.pieces.iter().enumerate() {
            let best = match self.firsts.get(piece) {
                Some(&first) if (first as usize) < piece => self.firsts[first as usize] as usize,
                Some(&best) => best as usize,
                None => piece,
            };
            if best == piece && !is_label(piece) {
                tell(piece, self.sum(own) * u64::from(own.factor));
            }
        }
    }

    #[inline]
    fn sum(&self, own: &Piece) -> u64 {
        self.words[own.words()].iter().map(|&word| u64::from(self.told[word as usize])).sum()
    }

    /// What a piece tells beyond what is kept.
    #[inline]
    pub(crate) fn gain(&self, piece: usize) -> u64 {
        let own = self.pieces[piece];
        if own.hash != 0 && self.copies[own.hash as usize & (self.copies.len() - 1)] == own.hash {
            return 0;
        }
        self.sum(&own) * u64::from(own.factor)
    }

    /// A piece is kept: its words are known.
    pub(crate) fn keep(&mut self, piece: usize) {
        let own = self.pieces[piece];
        let mask = self.copies.len() - 1;
        self.copies[own.hash as usize & mask] = own.hash;
        for &word in &self.words[own.words()] {
            if !std::mem::replace(&mut self.known[word as usize], true) {
                self.told[word as usize] = self.told[word as usize] / 8 * KNOWN;
            }
        }
    }
}

impl Entry {
    /// The word came in a turn.
    #[inline]
    fn came(&mut self, turn: u32) {
        self.count = self.count.saturating_add(1);
        self.turns = self.turns.saturating_add(u8::from(self.turn != turn));
        self.turn = turn;
    }

    /// What the word counts, at most `IDENTIFIER` · 16 · 11; `rarity` by the logarithm of its
    /// number.
    #[inline]
    fn weight(&self, rarity: &[u16; 16]) -> u16 {
        let rarity = rarity[(self.count | 1).ilog2() as usize & 15];
        let used = 5 + 2 * u16::from(self.turns.saturating_sub(1).min(MOST_TURNS));
        u16::from(self.shape) * rarity * used
    }
}

/// What the shape of a word counts.
fn shape(text: &[u8], word: &Word) -> u8 {
    if is_cue(word.hash) {
        return CUE;
    }
    let made = Made::of(text, word.start as usize, word.end as usize);
    let long = if made.number { LONG_NUMBER } else { IDENTIFIER_BYTES };
    let long = (word.end - word.start) as usize >= long;
    // By a table, as nobody foretells what comes.
    let shapes = [[WORD, CAPITAL, NUMBER, NUMBER], [WORD, CAPITAL, IDENTIFIER, IDENTIFIER]];
    shapes[usize::from(long)][usize::from(made.digits) << 1 | usize::from(made.capitals)]
}

/// What a position counts: from 256 at the start to 1024 at the end.
fn place(piece: usize, count: usize) -> u16 {
    // Most counts take the shorter division.
    let place = match (u32::try_from(piece << 8), u32::try_from(count)) {
        (Ok(place), Ok(count)) => place / count,
        _ => (piece as u64 * 256 / count as u64) as u32,
    };
    256 + (3 * place * place / 256) as u16
}

/// What the speaker of a turn counts, by the label at its front.
fn speaks(turn: &[u8]) -> u16 {
    // Most turns begin with none of these letters.
    if !matches!(turn.first().map(u8::to_ascii_lowercase), Some(b'a' | b'f' | b'm' | b'o' | b't')) {
        return 3;
    }
    let begins = |word: &&str| {
        turn.get(..word.len()).is_some_and(|front| front.eq_ignore_ascii_case(word.as_bytes()))
            && matches!(turn.get(word.len()), Some(b' ' | b':'))
    };
    if ["assistant", "agent", "ai", "model"].iter().any(begins) {
        6
    } else if ["tool", "function", "observation", "output"].iter().any(begins) {
        2
    } else {
        3
    }
}
