//! The packer that chooses excerpts: what the next answer is likely to need, once.
//!
//! The newest pages come first, whole, as far as they fit into a share of the budget: an answer
//! follows closely on what was said last, whatever its words are.
//!
//! For the rest pages are cut into segments of some sentences. A segment is worth
//!
//! * its names (identifiers, codes, numbers), by rarity: an answer that calls a tool repeats
//!   names, and rarely one that the question says;
//! * its words, by rarity: more if the question holds them and few segments do;
//! * half of what its neighbours score for the question by BM25: what stands before and after a
//!   hit explains it.
//!
//! All that is multiplied by an age factor, `FRESH` over the pages since: what was said last
//! is asked for most. Segments are taken greedily by worth for each scalar value that they cost
//! in the context. A word that the context already holds counts half from then on, so that what
//! is said twice is rarely taken twice. All is integer arithmetic; ties go to the newer segment.

use std::collections::BinaryHeap;
use std::ops::Range;

use pressmark_sdk::{PackRequest, Page};

use super::bm25::{BITS, Index, ONE, Word};
use super::context::{Context, Packed};
use super::text::segments;

/// What a name is worth beyond a word of its rarity.
const NAME: u64 = 8 * ONE;
/// What any word is worth.
const ANY: u64 = ONE / 2;
/// What a word of the question is worth beyond that, if few segments hold it.
const ASKED: u64 = ONE;
/// A word is in few segments if it is in one of so many, and one more.
const FEW: usize = 16;
/// How much more the newest page is worth than the oldest.
const FRESH: u64 = 256;
/// What the newest pages may take before anything is chosen: a share of the budget in per cent,
/// and at most so many scalar values, 320 tokens.
const NEWEST: (u64, u64) = (60, 4 * 320);

/// The weight of a word that the question does not hold.
fn plain(index: &Index, word: Word) -> u64 {
    if index.is_name(word) { ANY + NAME } else { ANY }
}

/// What holding a word is worth, whatever is asked.
pub fn weight(index: &Index, word: Word) -> u64 {
    (index.idf(word) * plain(index, word)) >> BITS
}

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
        self.begin(request, &mut context, &mut worth);
        let first = |at: usize| Candidate { rate: u64::MAX, at };
        let mut queue: BinaryHeap<Candidate> = (0..self.segments.len()).map(first).collect();
        while let Some(Candidate { at, .. }) = queue.pop() {
            let Segment { page, range } = &self.segments[at];
            let Some(cost) = context.cost(*page, range) else { continue };
            if cost > context.left() as i64 {
                continue;
            }
            // What was taken since may have changed it: it must still be the best.
            let rate = worth.of(at) / cost.max(16) as u64;
            if queue.peek().is_some_and(|next| next.rate > rate) {
                queue.push(Candidate { rate, at });
            } else if rate > 0 && context.add(*page, range) {
                worth.take(at);
            }
        }
        context.finish()
    }

    /// Takes the newest pages.
    fn begin(&self, request: &PackRequest<'_>, context: &mut Context<'_>, worth: &mut Worth<'_>) {
        let mut share = (context.left() * NEWEST.0 / 100).min(NEWEST.1) as i64;
        let mut end = self.segments.len();
        for (page, &first) in self.firsts.iter().enumerate().rev() {
            let whole = 0..request.pages[page].text.len();
            share -= context.cost(page, &whole).unwrap_or(0);
            if share < 0 {
                break;
            }
            context.add(page, &whole);
            (first..end).for_each(|at| worth.take(at));
            end = first;
        }
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
    /// By segment: what its neighbours give it.
    beside: Vec<u64>,
    /// By segment: its age factor.
    fresh: Vec<u64>,
    /// By word: what holding it is worth.
    words: Vec<u64>,
    /// By word: whether the context holds it.
    held: Vec<bool>,
}

impl<'a> Worth<'a> {
    fn new(memory: &'a Memory, request: &PackRequest<'_>) -> Self {
        let (index, segments) = (&memory.index, &memory.segments);
        let asked = index.query(request.question);
        let query: Vec<(Word, u64)> = asked.iter().map(|&word| (word, ONE)).collect();
        let scores = index.scores(&query);
        let score = |at: Option<usize>| at.and_then(|at| scores.get(at)).copied().unwrap_or(0);
        let beside = (0..segments.len())
            .map(|at| (score(at.checked_sub(1)) + score(at.checked_add(1))) / 2)
            .collect();
        let pages = request.pages.len();
        let fresh = segments.iter().map(|one| 1 + FRESH / (pages - one.page + 1) as u64).collect();
        let mut weights: Vec<u64> =
            (0..index.distinct() as Word).map(|word| plain(index, word)).collect();
        for word in asked {
            if index.places(word).count() <= segments.len() / FEW + 1 {
                weights[word as usize] += ASKED;
            }
        }
        let worth = |(word, weight)| (index.idf(word) * weight) >> BITS;
        let words = (0..).zip(weights).map(worth).collect();
        Self { memory, beside, fresh, words, held: vec![false; index.distinct()] }
    }

    fn of(&self, at: usize) -> u64 {
        let gain = |&word: &Word| self.words[word as usize] >> u8::from(self.held[word as usize]);
        let sum = self.memory.index.words_of(at).iter().map(gain).sum::<u64>();
        (self.beside[at] + sum) * self.fresh[at]
    }

    fn take(&mut self, at: usize) {
        for &word in self.memory.index.words_of(at) {
            self.held[word as usize] = true;
        }
    }
}
