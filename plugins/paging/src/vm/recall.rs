//! The packer that chooses excerpts: what the next answer is likely to need, once.
//!
//! Pages are cut into segments of some sentences. A segment is worth the sum of
//!
//! * the words that it shares with the query, by BM25. The query is the question and, with
//!   weights that halve from page to page, what was said last: "yes, do that" names nothing;
//! * the names that it holds (identifiers, codes, numbers), by rarity: an answer that calls a
//!   tool repeats names, and a name is worth more the later it was last said;
//! * its neighbours: the segments before and after a hit explain it;
//! * its age: of two that say as much, the newer one.
//!
//! Segments are taken greedily by worth for each scalar value that they cost in the context. A
//! word that the context already holds counts for a quarter from then on, so that what is said
//! twice is taken once. All is integer arithmetic; ties go to the newer segment.

use std::collections::BinaryHeap;
use std::ops::Range;

use pressmark_sdk::{PackRequest, Page};

use super::bm25::{BITS, Index, ONE, Word};
use super::context::{Context, Packed};
use super::text::segments;

/// Pages before the question that join the query.
const RECENT: usize = 4;
/// What a known word is still worth, as a shift.
const KNOWN: u32 = 2;

/// One segment of a page.
#[derive(Debug, Clone)]
struct Segment {
    page: usize,
    range: Range<usize>,
}

/// What is kept of a session from call to call.
#[derive(Debug, Default)]
pub struct Memory {
    index: Index,
    segments: Vec<Segment>,
    /// By page: its first segment; one more for the end.
    firsts: Vec<usize>,
}

impl Memory {
    /// Takes up a page after those that are there.
    pub fn add(&mut self, page: &Page<'_>) {
        let number = self.firsts.len();
        self.firsts.push(self.segments.len());
        for range in segments(page.text) {
            self.index.add(&page.text[range.clone()]);
            self.segments.push(Segment { page: number, range });
        }
    }

    /// How many pages are there.
    pub fn len(&self) -> usize {
        self.firsts.len()
    }

    /// Whether there is no page.
    pub fn is_empty(&self) -> bool {
        self.firsts.is_empty()
    }

    /// Packs a context. The pages of the request are those that were added.
    pub fn pack(&self, request: &PackRequest<'_>) -> Packed {
        let mut context = Context::new(request);
        let mut worth = Worth::new(self, request);
        let first = |at: usize| Candidate { rate: u64::MAX, at };
        let mut queue: BinaryHeap<Candidate> = (0..self.segments.len()).map(first).collect();
        while let Some(Candidate { at, .. }) = queue.pop() {
            let Segment { page, range } = &self.segments[at];
            let Some(cost) = context.cost(*page, range) else { continue };
            if cost > context.left() as i64 {
                continue;
            }
            // What was taken since may have changed it: it must still be the best.
            let rate = (worth.of(at) << 8) / cost.max(16) as u64;
            if queue.peek().is_some_and(|next| next.rate > rate) {
                queue.push(Candidate { rate, at });
            } else if rate > 0 && context.add(*page, range) {
                worth.take(at);
            }
        }
        context.finish()
    }
}

/// A segment with what it was last seen to be worth for each scalar value.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    rate: u64,
    at: usize,
}

/// What segments are worth.
struct Worth<'a> {
    memory: &'a Memory,
    /// By segment: its share in the query, its neighbours' share and its age.
    base: Vec<u64>,
    /// By word: what holding it is worth.
    words: Vec<u64>,
    /// By word: whether the context holds it.
    held: Vec<bool>,
}

impl<'a> Worth<'a> {
    fn new(memory: &'a Memory, request: &PackRequest<'_>) -> Self {
        let index = &memory.index;
        let pages = request.pages.len();
        let mut weights = vec![0u64; index.distinct()];
        let recent = request.pages.iter().rev().take(RECENT).map(|page| page.text);
        for (age, text) in [request.question].into_iter().chain(recent).enumerate() {
            for word in index.query(text) {
                let weight = &mut weights[word as usize];
                *weight = (*weight).max(ONE >> age);
            }
        }
        let asked: Vec<(Word, u64)> =
            (0..).zip(&weights).filter(|(_, w)| **w > 0).map(|(word, w)| (word, *w)).collect();
        let scores = index.scores(&asked);
        let base = (0..memory.segments.len())
            .map(|at| {
                let page = memory.segments[at].page;
                let beside = |other: Option<&u64>| other.copied().unwrap_or(0) / 8;
                let before = beside(at.checked_sub(1).and_then(|at| scores.get(at)));
                let age = (pages - page) as u64;
                scores[at] / 4 + before + beside(scores.get(at + 1)) + 2 * ONE / (age + 1)
            })
            .collect();
        let words = (0..index.distinct() as Word)
            .map(|word| {
                let last = index.places(word).next_back().map_or(0, |at| memory.segments[at].page);
                let age = (pages - last.min(pages)) as u64;
                let idf = index.idf(word);
                let name = if index.is_name(word) { ONE + 4 * ONE / (age + 2) } else { 0 };
                let weight = u128::from(weights[word as usize] + name);
                ((u128::from(idf) * weight) >> BITS) as u64
            })
            .collect();
        Self { memory, base, words, held: vec![false; index.distinct()] }
    }

    fn of(&self, at: usize) -> u64 {
        let gain = |&word: &Word| {
            self.words[word as usize] >> if self.held[word as usize] { KNOWN } else { 0 }
        };
        self.base[at] + self.memory.index.words_of(at).iter().map(gain).sum::<u64>()
    }

    fn take(&mut self, at: usize) {
        for &word in self.memory.index.words_of(at) {
            self.held[word as usize] = true;
        }
    }
}
