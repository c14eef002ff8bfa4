//! Where a document can be cut: lines, labels of speakers, and ends within a line.

use pressmark_coding::classes::{Signs, classes};

use super::blocks::{self, BLOCK, filled};

/// Lines up to so many bytes are never cut.
pub(super) const SHORT_LINE: usize = 160;
/// A piece of so many bytes ends at the next end of a sentence, an object or an array,
pub(super) const ENOUGH_FOR_SENTENCE: usize = 24;
/// of so many at the next comma or semicolon,
const ENOUGH_FOR_CLAUSE: usize = 40;
/// of so many at the next blank,
const ENOUGH_FOR_WORD: usize = 120;
/// and of so many at the next byte that begins a character.
const MOST: usize = 200;
/// The longest label of a speaker.
const LABEL: usize = 40;

/// Where a byte stands first.
#[inline]
fn find(text: &[u8], wanted: u8) -> Option<usize> {
    // Eight bytes at a time: a zero byte of `word` is the byte wanted (Mycroft, 1987).
    const ONES: u64 = u64::MAX / 255;
    let mut at = 0;
    for chunk in text.as_chunks::<8>().0 {
        let word = u64::from_le_bytes(*chunk) ^ (ONES * u64::from(wanted));
        let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
        if zeros != 0 {
            return Some(at + zeros.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    text[at..].iter().position(|&byte| byte == wanted).map(|end| at + end)
}

/// Places to cut lines, found from the signs of a block at a time.
pub(super) struct Cutter<'d> {
    document: &'d [u8],
    signs: fn(&[u8; BLOCK]) -> Signs,
    /// The block at hand, its signs, and its places to cut.
    number: usize,
    last: Signs,
    places: Places,
}

/// Places to cut in a block, a bit each.
#[derive(Clone, Copy, Default)]
struct Places {
    /// Behind a blank or comma where a sentence, an object or an array ends,
    sentences: u64,
    /// where a clause or a member ends,
    clauses: u64,
    /// and behind any blank.
    blanks: u64,
}

impl<'d> Cutter<'d> {
    pub(super) fn of(document: &'d [u8]) -> Self {
        let (last, places) = Default::default();
        Self { document, signs: classes().signs, number: usize::MAX, last, places }
    }

    /// The next place to cut a line, behind a cut at `start`; `None` if what would be left before
    /// `to`, its end, is not worth a piece of its own.
    #[inline]
    pub(super) fn next(&mut self, start: usize, to: usize) -> Option<usize> {
        let last = to.checked_sub(ENOUGH_FOR_SENTENCE + 1)?;
        let first = start + ENOUGH_FOR_SENTENCE;
        for number in first / BLOCK..=last / BLOCK {
            let block = self.places(number);
            let base = number * BLOCK;
            let places = block.sentences & from(first, base)
                | block.clauses & from(start + ENOUGH_FOR_CLAUSE, base)
                | block.blanks & from(start + ENOUGH_FOR_WORD, base);
            let most = start + MOST;
            if base + BLOCK > most {
                // Neither behind what could end a piece, nor within a character or what begins a
                // marker.
                let document = self.document;
                let anywhere = |&at: &usize| {
                    !matches!(document[at - 1], b' ' | b'\t' | b',' | b'[' | b'~')
                        && document[at] & 0xC0 != 0x80
                };
                let end = if places == 0 { base + BLOCK } else { base + first_bit(places) };
                let stop = end.min(last + 1);
                if let Some(at) = (most.max(base)..stop).find(anywhere) {
                    return Some(at);
                }
            }
            if places != 0 {
                return Some(base + first_bit(places)).filter(|&at| at <= last);
            }
        }
        None
    }

    /// The places of a block.
    #[inline]
    fn places(&mut self, number: usize) -> Places {
        if number != self.number {
            let before = match number.checked_sub(1) {
                Some(before) if before == self.number => self.last,
                Some(before) => self.signs(before),
                None => Signs::default(),
            };
            self.last = self.signs(number);
            self.places = Places::of(&self.last, &before);
            self.number = number;
        }
        self.places
    }

    #[inline]
    fn signs(&self, number: usize) -> Signs {
        let (whole, rest) = self.document.as_chunks();
        whole.get(number).map_or_else(|| (self.signs)(&filled(rest)), self.signs)
    }
}

impl Places {
    /// Those of signs behind others.
    #[inline]
    fn of(now: &Signs, before: &Signs) -> Self {
        let moved = |now: u64, before: u64, by: u32| now << by | before >> (64 - by);
        let blank = moved(now.blanks, before.blanks, 1);
        let marks = now.commas | now.semicolons;
        let marked = moved(marks, before.commas | before.semicolons, 2);
        let strong = |by| moved(now.strong, before.strong, by);
        let member = moved(now.commas, before.commas, 1) & now.openings;
        Self {
            sentences: blank & (strong(2) | marked & strong(3)) | member & strong(2),
            clauses: blank & marked | member,
            blanks: blank,
        }
    }
}

fn first_bit(mask: u64) -> usize {
    mask.trailing_zeros() as usize
}

/// The bits of a block at `base` that stand for `place` and all behind it.
#[inline]
fn from(place: usize, base: usize) -> u64 {
    let offset = place.saturating_sub(base);
    if offset < BLOCK { u64::MAX << offset } else { 0 }
}

/// Lines, and the labels of speakers at their front: `name: `, where the first word of the name
/// comes so more than once.
pub(super) struct Labels {
    pub(super) lines: Vec<Labelled>,
    /// How many labels begin with a word, by hash; two are enough.
    counts: [u8; Labels::SLOTS],
}

/// A line, and what looks like a label at its front.
#[derive(Clone, Copy)]
pub(super) struct Labelled {
    /// Where it begins.
    pub(super) start: u32,
    /// The label's first word, by hash.
    slot: u16,
    /// Bytes of the label; 0 if there is none.
    width: u8,
}

impl Labels {
    const SLOTS: usize = 1024;
    /// Those of a document from `start` on.
    pub(super) fn of(document: &[u8], ends: &[u64], start: usize) -> Self {
        let lines = Vec::with_capacity(blocks::lines(ends));
        let mut labels = Self { lines, counts: [0; Self::SLOTS] };
        if start < document.len() {
            labels.line(document, start);
        }
        for (number, &ends) in ends.iter().enumerate().skip(start / BLOCK) {
            let base = number * BLOCK;
            let mut ends = ends & from(start, base);
            while ends != 0 {
                let next = base + first_bit(ends) + 1;
                ends &= ends - 1;
                if next < document.len() {
                    labels.line(document, next);
                }
            }
        }
        labels
    }

    /// Takes in the line at `at`.
    #[inline]
    fn line(&mut self, document: &[u8], at: usize) {
        let (width, slot) = Self::read(&document[at..]).unwrap_or((0, 0));
        if width > 0 {
            let count = &mut self.counts[usize::from(slot)];
            *count = count.saturating_add(1);
        }
        self.lines.push(Labelled { start: at as u32, slot, width });
    }

    /// Bytes of the label of a line.
    pub(super) fn width(&self, line: usize) -> Option<usize> {
        let Labelled { width, slot, .. } = self.lines[line];
        (width > 0 && self.counts[usize::from(slot)] > 1).then_some(usize::from(width))
    }

    /// Bytes and slot of what looks like a label at the front of a text.
    #[inline]
    fn read(text: &[u8]) -> Option<(u8, u16)> {
        if !text.first()?.is_ascii_alphabetic() {
            return None;
        }
        // Most lines have no colon there.
        let front = &text[..text.len().min(LABEL)];
        let end = find(front, b':').filter(|&end| text.get(end + 1) == Some(&b' '))?;
        let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let name = &text[..end];
        let first = name.iter().position(|&byte| byte == b' ').unwrap_or(end);
        let slot = name[..first]
            .iter()
            .fold(0, |slot, &byte| (slot * 31 + usize::from(byte)) % Self::SLOTS);
        name.iter().all(|&byte| part(byte) || byte == b' ').then_some((end as u8 + 2, slot as u16))
    }
}
