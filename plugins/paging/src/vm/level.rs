//! The four levels at which a page can stand in a context.
//!
//! In the original they were numbers: its default compressor wrote another one and left the text
//! as it was, 400 characters and 100 tokens at every level. Here a level is the parts of the text
//! that are shown, so that each is shorter than the one before it or is not used:
//!
//! | level | shown |
//! |---|---|
//! | full | everything |
//! | reduced | the pieces that say most for their length, half of the text |
//! | abstract | fewer of them, an eighth |
//! | reference | the beginning of the first line |
//!
//! What a piece says is the sum of the rarities of its words, names counting more, as
//! [`recall`](super::recall) weighs them.

use std::ops::Range;

use pressmark_sdk::Page;

use super::bm25::Index;
use super::frame;
use super::recall::weight;
use super::text::{chars, end_of, line_end};

/// How much of a page is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Everything.
    #[default]
    Full,
    /// Half.
    Reduced,
    /// An eighth.
    Abstract,
    /// The beginning of its first line.
    Reference,
}

impl Level {
    /// All, the longest first.
    pub const ALL: [Level; 4] = [Level::Full, Level::Reduced, Level::Abstract, Level::Reference];

    /// By the number that a reader uses.
    pub fn from_number(number: u64) -> Option<Level> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        ["full", "reduced", "abstract", "reference"][self as usize]
    }
}

/// Bytes of a piece of a long text, and of a short one.
const PIECES: Range<usize> = 24..200;
/// A text has about so many pieces, as far as that allows.
const COUNT: usize = 24;
/// Scalar values of a reference.
const REFERENCE: u64 = 48;

/// One level of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// The parts of the text, in order and apart.
    pub ranges: Vec<Range<usize>>,
    /// Scalar values of the page at this level, with all that surrounds it; the most there are if
    /// the text is too short for the level.
    pub chars: u64,
    /// What its words are worth.
    pub worth: u64,
}

/// A page at all levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels([Shown; 4]);

impl Levels {
    /// Of the page of this number, which `index` holds.
    pub fn of(number: usize, page: &Page<'_>, index: &Index) -> Self {
        let text = page.text;
        let length = chars(text);
        let mut pieces: Vec<(u64, Range<usize>)> = pieces(text)
            .into_iter()
            .map(|piece| (worth(index, text, std::slice::from_ref(&piece)), piece))
            .collect();
        // By worth for each scalar value; what comes first in the text comes first among equals.
        pieces.sort_by(|(one, a), (other, b)| {
            let rate = |worth: u64, of: &Range<usize>| {
                (u128::from(worth) << 16) / u128::from(chars(&text[of.clone()]).max(1))
            };
            rate(*other, b).cmp(&rate(*one, a)).then(a.start.cmp(&b.start))
        });
        let best = |most: u64| {
            let mut left = most;
            let mut taken: Vec<Range<usize>> = Vec::new();
            for (_, piece) in &pieces {
                let length = chars(&text[piece.clone()]);
                if length <= left {
                    left -= length;
                    taken.push(piece.clone());
                }
            }
            joined(taken)
        };
        let whole = 0..text.len();
        let ranges = [vec![whole], best(length / 2), best(length / 8), vec![reference(text)]];
        Self(ranges.map(|ranges| {
            // Nothing but a gap is no level: then it is never the shorter one.
            let chars = frame::page_chars(number, page, &ranges);
            let chars = if ranges.is_empty() { u64::MAX } else { chars };
            Shown { chars, worth: worth(index, text, &ranges), ranges }
        }))
    }

    /// One of them.
    pub fn at(&self, level: Level) -> &Shown {
        &self.0[level as usize]
    }

    /// The next level that is shorter than this one, if there is one.
    pub fn below(&self, level: Level) -> Option<Level> {
        let chars = self.at(level).chars;
        let lower = Level::ALL.into_iter().filter(|&lower| lower > level);
        lower.into_iter().find(|&lower| self.at(lower).chars < chars)
    }

    /// The shortest level that shows as many of these words, given as the index numbers them, as
    /// the whole page has.
    pub fn showing(&self, text: &[u8], index: &Index, words: &[u32]) -> Level {
        let shows = |level: Level| {
            let shown = words_in(index, text, &self.at(level).ranges);
            words.iter().filter(|word| shown.binary_search(word).is_ok()).count()
        };
        let all = shows(Level::Full);
        let is_used = |level: &Level| self.at(*level).chars <= self.at(Level::Full).chars;
        let used = Level::ALL.into_iter().rev().filter(is_used);
        let shortest = used.into_iter().find(|&level| shows(level) == all);
        shortest.unwrap_or_default()
    }
}

/// The words of parts of a text, each once, in order of number.
fn words_in(index: &Index, text: &[u8], ranges: &[Range<usize>]) -> Vec<u32> {
    let mut words: Vec<u32> =
        ranges.iter().flat_map(|range| index.query(&text[range.clone()])).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn worth(index: &Index, text: &[u8], ranges: &[Range<usize>]) -> u64 {
    words_in(index, text, ranges).into_iter().map(|word| weight(index, word)).sum()
}

/// The beginning of the first line that has one.
fn reference(text: &[u8]) -> Range<usize> {
    let start = (0..text.len())
        .find(|&at| !text[at].is_ascii_whitespace() && line_end(&text[at..]) == 0)
        .unwrap_or(0);
    let rest = &text[start..];
    let line = (0..rest.len()).find(|&at| line_end(&rest[at..]) > 0).unwrap_or(rest.len());
    start..start + line.min(end_of(rest, REFERENCE))
}

/// A text in pieces of some words, which end after a blank where there is one, and never within
/// a scalar value.
fn pieces(text: &[u8]) -> Vec<Range<usize>> {
    let most = (text.len() / COUNT).clamp(PIECES.start, PIECES.end);
    let mut cut = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = (start + most).min(text.len());
        let blank = |at: &usize| text[at - 1].is_ascii_whitespace();
        let whole = |at: &usize| text[*at] & 0xC0 != 0x80;
        let end = if end == text.len() {
            end
        } else {
            let places = start + 1..=end;
            let blank = places.clone().rev().find(blank);
            blank.or_else(|| places.rev().find(whole)).unwrap_or(end)
        };
        cut.push(start..end);
        start = end;
    }
    cut
}

/// Pieces in the order of the text, those that touch as one.
fn joined(mut pieces: Vec<Range<usize>>) -> Vec<Range<usize>> {
    pieces.sort_by_key(|piece| piece.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for piece in pieces {
        match joined.last_mut().filter(|last| last.end == piece.start) {
            Some(last) => last.end = piece.end,
            None => joined.push(piece),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn levels(text: &[u8]) -> (Levels, Index) {
        let mut index = Index::default();
        index.add(b"the weather, the garden and the road are in the text");
        index.add(text);
        let page = Page { text, role: "tool", tool: "", turn: 0, tokens: 0 };
        (Levels::of(1, &page, &index), index)
    }

    /// The original left 400 characters at 100 tokens whatever the level.
    #[test]
    fn each_level_is_shorter() {
        let text =
            "the garden and the road and the weather ".repeat(9) + "code KX4471 of the safe, and";
        let (levels, index) = levels(text.as_bytes());
        let chars = Level::ALL.map(|level| levels.at(level).chars);
        assert_eq!(chars[0], 11 + text.len() as u64);
        assert!(chars[1] < 240 && chars[2] < 85 && chars[3] < 80, "{chars:?}");
        let words = index.query(b"what is the code KX4471");
        assert_eq!(levels.showing(text.as_bytes(), &index, &words), Level::Abstract);
        assert_eq!(levels.below(Level::Full), Some(Level::Reduced));
    }

    #[test]
    fn a_word_has_no_lower_level() {
        let (levels, _) = levels(b"yes");
        assert_eq!(levels.below(Level::Full), None);
    }

    proptest! {
        #[test]
        fn levels_are_parts_of_the_text(text in prop::collection::vec(any::<u8>(), 0..1500)) {
            let (levels, _) = levels(&text);
            let shown = Level::ALL.map(|level| levels.at(level).clone());
            prop_assert!(shown[0].ranges.len() == 1 && shown[0].ranges[0] == (0..text.len()));
            for one in &shown {
                prop_assert!(one.ranges.is_sorted_by(|a, b| a.end < b.start));
                prop_assert!(one.ranges.iter().all(|range| range.end <= text.len()));
            }
            for (one, part) in [(1, 2), (2, 8)] {
                let sum: u64 = shown[one].ranges.iter().map(|r| chars(&text[r.clone()])).sum();
                prop_assert!(sum * part <= chars(&text));
            }
        }

        #[test]
        fn levels_keep_scalar_values_whole(text in "[a-zäö€😀 ,.\n]{0,700}") {
            let (levels, _) = levels(text.as_bytes());
            for range in Level::ALL.iter().flat_map(|&level| levels.at(level).ranges.clone()) {
                prop_assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
            }
        }
    }
}
