//! Evidence: what later turns of a session quote from the turns before.
//!
//! Where a log has no labels, the session itself says what was worth keeping: its first part is
//! the document that a strategy may shorten without seeing more, and what the agent repeats in
//! the rest, in what it says and in the arguments of its calls, is evidence. Results of tools
//! and what the user says are no evidence: they come from outside, not from memory.
//!
//! Texts are compared by their words (runs of letters, digits, `_` and bytes from 0x80 up), so
//! that `"id": "OI5L9G"` in a result and `{"id":"OI5L9G"}` in a call agree. A quotation is
//!
//! * a run of at least [`PASSAGE_WORDS`] equal words that is [`PASSAGE_BYTES`] long in the
//!   document, as long as it can be made, or
//! * a single word with a digit and at least [`NAME_BYTES`] bytes: an identifier, a code, a number.
//!
//! The same quotation counts once, and all its places in the document are known: keeping one of
//! them is enough.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use crate::sessions::Turn;
use crate::synthetic::Rng;

/// The fewest words of a quoted passage.
pub const PASSAGE_WORDS: usize = 4;
/// The fewest bytes of a quoted passage, from its first word to its last.
pub const PASSAGE_BYTES: usize = 24;
/// The fewest bytes of a quoted identifier.
pub const NAME_BYTES: usize = 5;

/// Something that a later turn repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Where it stands in the document, in order: at least one place.
    pub places: Vec<Range<usize>>,
    /// A run of words; otherwise a single identifier.
    pub passage: bool,
}

/// A document, and what is quoted from it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The first part of a session as text.
    pub document: Vec<u8>,
    /// Each quotation once, in the order in which they are made.
    pub evidence: Vec<Quote>,
}

/// One turn: who speaks, through which tool if any, and what is said.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// `user`, `assistant`, `tool`, …
    pub role: &'a str,
    /// The tool that is called or that answers.
    pub tool: Option<&'a str>,
    /// The text, the arguments, or the result.
    pub text: &'a str,
}

impl<'a> From<&'a Turn> for Said<'a> {
    fn from(turn: &'a Turn) -> Self {
        Said { role: &turn.role, tool: turn.tool.as_deref(), text: &turn.text }
    }
}

impl Case {
    /// The first `turns` of a session as the document, and what the agent quotes from it in the
    /// others.
    pub fn of(session: &[Said<'_>], turns: usize) -> Self {
        let (before, after) = session.split_at(turns.min(session.len()));
        let document = rendered(before);
        let own = after.iter().filter(|said| said.role == "assistant");
        let later: Vec<&[u8]> = own.map(|said| said.text.as_bytes()).collect();
        let evidence = quoted(&document, &later);
        Self { document, evidence }
    }
}

/// Turns as text: `role: text` or `role tool: text`, each from the start of a line.
pub fn rendered(turns: &[Said<'_>]) -> Vec<u8> {
    let mut text = Vec::new();
    for said in turns {
        render(said, &mut text);
    }
    text
}

/// Where each turn stands in what [`rendered`] gives, without its line end: `role: text`.
pub fn lines_of(turns: &[Said<'_>]) -> Vec<Range<usize>> {
    let mut text = Vec::new();
    let line = |said: &Said<'_>| {
        let start = text.len();
        render(said, &mut text);
        start..text.len() - 1
    };
    turns.iter().map(line).collect()
}

fn render(said: &Said<'_>, text: &mut Vec<u8>) {
    text.extend_from_slice(said.role.as_bytes());
    if let Some(tool) = said.tool {
        text.push(b' ');
        text.extend_from_slice(tool.as_bytes());
    }
    text.extend_from_slice(b": ");
    text.extend_from_slice(said.text.as_bytes());
    text.push(b'\n');
}

/// What `later` quotes from `document`, each quotation once, in the order of `later`.
///
/// Time is linear, but for words that come again and again.
pub fn quoted(document: &[u8], later: &[&[u8]]) -> Vec<Quote> {
    let mut index = Index::new(document);
    index.extend(document.len());
    index.quoted(later)
}

/// The words of the first part of a document by what they say, to find quotations from it. The
/// part grows, so that what each turn quotes from those before is found in one pass.
#[derive(Debug)]
pub struct Index<'a> {
    document: &'a [u8],
    /// How far the part reaches.
    end: usize,
    words: Vec<Range<usize>>,
    /// Where runs of words begin, by number of word.
    starts: HashMap<[&'a [u8]; PASSAGE_WORDS], Vec<usize>>,
    names: HashMap<&'a [u8], Vec<Range<usize>>>,
}

impl<'a> Index<'a> {
    /// Of the first 0 bytes.
    pub fn new(document: &'a [u8]) -> Self {
        let (words, starts, names) = Default::default();
        Self { document, end: 0, words, starts, names }
    }

    /// Makes the part reach to `end`, which lies between words and not before the last one.
    pub fn extend(&mut self, end: usize) {
        let from = self.words.len();
        let added = words(&self.document[self.end..end]).into_iter();
        self.words.extend(added.map(|word| word.start + self.end..word.end + self.end));
        self.end = end;
        let text = |word: &Range<usize>| &self.document[word.clone()];
        let first = (from + 1).saturating_sub(PASSAGE_WORDS);
        for (at, run) in (first..).zip(self.words[first..].windows(PASSAGE_WORDS)) {
            let run = std::array::from_fn(|index| text(&run[index]));
            self.starts.entry(run).or_default().push(at);
        }
        for word in self.words[from..].iter().filter(|word| is_name(text(word))) {
            self.names.entry(text(word)).or_default().push(word.clone());
        }
    }

    /// What `later` quotes from the part, as [`quoted`].
    pub fn quoted(&self, later: &[&[u8]]) -> Vec<Quote> {
        let Self { document, words, starts, names, .. } = self;
        let mut seen = BTreeSet::new();
        let mut quotes = Vec::new();
        for text in later {
            let said: Vec<&[u8]> = self::words(text).into_iter().map(|word| &text[word]).collect();
            let mut at = 0;
            while at < said.len() {
                let run = said[at..].first_chunk::<PASSAGE_WORDS>();
                let places =
                    run.and_then(|run| starts.get(run)).map(Vec::as_slice).unwrap_or_default();
                let agree = |&start: &usize| {
                    let pairs = words[start..].iter().zip(&said[at..]);
                    pairs.take_while(|(word, said)| document[(*word).clone()] == ***said).count()
                };
                let length = places.iter().map(agree).max().unwrap_or(0);
                let longest = places.iter().filter(|start| agree(start) == length);
                let places: Vec<Range<usize>> = longest
                    .map(|&start| words[start].start..words[start + length - 1].end)
                    .filter(|place| place.len() >= PASSAGE_BYTES)
                    .collect();
                let (places, passage) = if places.is_empty() {
                    (names.get(said[at]).cloned().unwrap_or_default(), false)
                } else {
                    (places, true)
                };
                at += if passage { length } else { 1 };
                if places.first().is_some_and(|place| seen.insert((place.start, place.end))) {
                    quotes.push(Quote { places, passage });
                }
            }
        }
        quotes
    }
}

fn is_name(word: &[u8]) -> bool {
    word.len() >= NAME_BYTES && word.iter().any(u8::is_ascii_digit)
}

/// The words of a text, in order: runs of letters, digits, `_` and bytes from 0x80 up.
pub fn words(text: &[u8]) -> Vec<Range<usize>> {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut words = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let start = at;
        while at < text.len() && part(text[at]) {
            at += 1;
        }
        if at > start {
            words.push(start..at);
        } else {
            at += 1;
        }
    }
    words
}

/// How much of the evidence is still there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recall {
    /// Quotations with a place that was kept whole.
    pub found: u64,
    /// All quotations.
    pub total: u64,
}

impl Recall {
    /// Counts the quotations that `kept` still holds. The kept spans are in order and do not
    /// overlap; spans that touch are one.
    pub fn of(evidence: &[Quote], kept: &[Range<usize>]) -> Self {
        let mut merged: BTreeMap<usize, usize> = BTreeMap::new();
        for span in kept {
            match merged.last_entry() {
                Some(mut last) if *last.get() == span.start => *last.get_mut() = span.end,
                _ => _ = merged.insert(span.start, span.end),
            }
        }
        let holds = |place: &Range<usize>| {
            merged.range(..=place.start).next_back().is_some_and(|(_, &end)| place.end <= end)
        };
        let found = evidence.iter().filter(|quote| quote.places.iter().any(holds)).count();
        Self { found: found as u64, total: evidence.len() as u64 }
    }

    /// The share that was found; `None` without evidence.
    pub fn share(self) -> Option<f64> {
        (self.total > 0).then(|| self.found as f64 / self.total as f64)
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { found: self.found + other.found, total: self.total + other.total }
    }
}

/// Spans of `document` that hold just `bytes` bytes of lines drawn at random, in order: whole
/// lines, and the first bytes of one more. The baseline that a strategy must beat.
pub fn random_lines(document: &[u8], bytes: usize, seed: u64) -> Vec<Range<usize>> {
    let mut lines = lines(document);
    Rng::new(seed).shuffle(&mut lines);
    let mut left = bytes;
    let mut kept = Vec::new();
    for line in lines {
        let length = line.len().min(left);
        if length > 0 {
            kept.push(line.start..line.start + length);
            left -= length;
        }
    }
    kept.sort_by_key(|span| span.start);
    kept
}

/// The span of the last `bytes` bytes of `document`: what plain truncation keeps.
pub fn last_bytes(document: &[u8], bytes: usize) -> Vec<Range<usize>> {
    let last = document.len().saturating_sub(bytes)..document.len();
    std::iter::once(last).collect()
}

/// Lines with their ends.
fn lines(document: &[u8]) -> Vec<Range<usize>> {
    let mut start = 0;
    let line = |line: &[u8]| {
        start += line.len();
        start - line.len()..start
    };
    document.split_inclusive(|&byte| byte == b'\n').map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<'a>(role: &'a str, text: &'a str) -> Said<'a> {
        Said { role, tool: None, text }
    }

    /// The quoted texts, by their first places.
    fn texts(case: &Case) -> Vec<(&str, usize)> {
        let text = |quote: &Quote| {
            let bytes = &case.document[quote.places[0].clone()];
            (std::str::from_utf8(bytes).expect("it was text"), quote.places.len())
        };
        case.evidence.iter().map(text).collect()
    }

    #[test]
    fn what_the_agent_repeats_is_evidence() {
        let session = [
            said("tool", r#"{"id": "OI5L9G", "name": "Mia", "born": "1990-04-05", "miles": 12}"#),
            said("user", "my number is OI5L9G and I like window seats very much"),
            said("tool", "the reservation OI5L9G is gone 77777"),
            said("user", "I like window seats very much, and 77777"),
            said("assistant", r#"{"id":"OI5L9G","name":"Mia","born":"1990-04-05"}"#),
            said("assistant", "So OI5L9G it is, and OI5L9G again; 12 miles, window seats."),
        ];
        let case = Case::of(&session, 2);
        let run = r#"id": "OI5L9G", "name": "Mia", "born": "1990-04-05"#;
        assert_eq!(texts(&case), [(run, 1), ("OI5L9G", 2)]);
        assert!(case.evidence[0].passage && !case.evidence[1].passage);
        let nothing = Case::of(&session, 99);
        assert!(nothing.evidence.is_empty());
        assert_eq!(nothing.document.len(), rendered(&session).len());
    }

    #[test]
    fn a_part_that_grows_is_as_one_made_at_once() {
        let turns: Vec<String> =
            (0..40).map(|k| format!("turn {k} says {} of ABC{} again", k % 3, k % 7)).collect();
        let session: Vec<Said<'_>> = turns.iter().map(|text| said("user", text)).collect();
        let document = rendered(&session);
        let mut index = Index::new(&document);
        for (line, later) in lines_of(&session).iter().zip(turns.iter().skip(1)) {
            index.extend(line.end);
            let later = [later.as_bytes(), b"says 1 of ABC3 again and ABC55"];
            assert_eq!(index.quoted(&later), quoted(&document[..line.end], &later));
        }
    }

    #[test]
    fn one_whole_place_is_enough() {
        let quote = Quote { places: vec![3..8, 20..25], passage: false };
        let found = |kept: &[Range<usize>]| Recall::of(std::slice::from_ref(&quote), kept).found;
        assert_eq!(found(&[0..8, 9..12]), 1);
        assert_eq!(found(&[0..7, 21..30]), 0);
        assert_eq!(found(&[0..5, 5..9]), 1, "spans that touch are one");
        assert_eq!(found(&[0..5, 6..9, 19..25]), 1);
        assert_eq!(found(&[]), 0);
        assert_eq!(Recall::of(&[], &[]).share(), None);
    }

    #[test]
    fn baselines_have_just_the_bytes_they_are_given() {
        let document: String = (0..50).map(|k| format!("line {k}\n")).collect();
        let document = document.as_bytes();
        for bytes in [0, 1, 7, 100, 390, 500] {
            for seed in 0..5 {
                let random = random_lines(document, bytes, seed);
                let sum: usize = random.iter().map(Range::len).sum();
                assert_eq!(sum, bytes.min(document.len()));
                assert!(random.windows(2).all(|pair| pair[0].end <= pair[1].start));
                assert_eq!(random, random_lines(document, bytes, seed));
            }
            let last: usize = last_bytes(document, bytes).iter().map(Range::len).sum();
            assert_eq!(last, bytes.min(document.len()));
        }
        assert_ne!(random_lines(document, 100, 1), random_lines(document, 100, 2));
    }
}
