//! The code of a line: what a decoder needs beside the original's idea, and no more.
//!
//! | said | how |
//! |---|---|
//! | gaps | first, up to one with a line feed: the decoder then knows how many words come |
//! | mode | one adaptive flag |
//! | groups: active ones, surprises | as ascending sets among all that both sides know |
//! | groups: which members are false | one adaptive flag each |
//! | groups: order and repetition | each word as an index into those the set allows after the two words before, then after one, then into all its words; else a literal |
//! | program | operations and run lengths adaptive; distances and copy lengths flat, as the original prices them |
//! | literal | a flag, then flat over the words known: the original's price, without its factor of two for words unknown; or spelled |
//! | case | after each word: lower, first, all, or spelled |

use std::ops::Range;

use pressmark_coding::adaptive::{AdaptiveBit, NumberModel, SymbolModel};
use pressmark_coding::range::Wire;
use pressmark_sdk::{Error, Result};

use super::engine::Engine;
use super::features::{NONE, UNIVERSE};
use super::hash::Map;
use super::layout::Layout;
use super::learner::{Seen, TOP_K};
use super::machine::{COPY, Op, PATTERN};
use super::text::Case;
use super::wire::{Meter, Part, SetModel, Speller, check, flat};

/// All that adapts in the code of lines.
#[derive(Debug, Clone)]
pub struct Models {
    /// Gaps.
    pub layout: Layout,
    /// Words both sides know.
    pub known: u32,
    cases: Vec<SymbolModel>,
    written: Speller,
    mode: AdaptiveBit,
    active: SetModel,
    hallucinated: AdaptiveBit,
    surprise: SetModel,
    allowed: [AdaptiveBit; 3],
    /// By the operation before; 3 stands for none.
    ops: [SymbolModel; 4],
    run: NumberModel,
    count: NumberModel,
    is_known: AdaptiveBit,
    letters: Speller,
}

/// Knows nothing.
impl Default for Models {
    fn default() -> Self {
        Self {
            layout: Layout::default(),
            known: 0,
            cases: vec![SymbolModel::new(2); 256],
            written: Speller::default(),
            mode: AdaptiveBit::new(),
            active: SetModel::default(),
            hallucinated: AdaptiveBit::new(),
            surprise: SetModel::default(),
            allowed: [AdaptiveBit::new(); 3],
            ops: std::array::from_fn(|_| SymbolModel::new(2)),
            run: NumberModel::new(),
            count: NumberModel::new(),
            is_known: AdaptiveBit::new(),
            letters: Speller::default(),
        }
    }
}

/// A line to be said.
#[derive(Debug)]
pub struct Given<'a> {
    /// The text that holds it.
    pub text: &'a [u8],
    /// Where its words stand in the text.
    pub spans: &'a [Range<u32>],
    /// Where the gap after the last word ends.
    pub end: usize,
    /// The words.
    pub words: &'a [u32],
    /// What the groups make of it.
    pub seen: &'a Seen,
    /// How many features were known before it.
    pub features: u32,
    /// The program, where it is cheaper than the groups by the original's prices.
    pub plan: Option<&'a [Op]>,
}

impl Given<'_> {
    fn written(&self, at: usize) -> &[u8] {
        let span = &self.spans[at];
        &self.text[span.start as usize..span.end as usize]
    }

    fn gap(&self, at: usize) -> &[u8] {
        let end = self.spans.get(at + 1).map_or(self.end, |span| span.start as usize);
        &self.text[self.spans[at].end as usize..end]
    }
}

/// What was said in a line.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Its words.
    pub words: Vec<u32>,
    /// The gaps after them.
    pub gaps: Vec<u32>,
    /// Words by literal, copy and repeat in a program.
    pub produced: [u64; 3],
    /// How often each of them was used.
    pub used: [u64; 3],
}

/// One line on its way.
pub struct LineCoder<'l, 'm, W, Out> {
    /// What adapts.
    pub models: &'l mut Models,
    /// Where the bits go.
    pub meter: &'l mut Meter<'m, W>,
    /// The system.
    pub engine: &'l mut Engine,
    /// The line, where it is known.
    pub given: Option<&'l Given<'l>>,
    /// Whether there is a machine.
    pub machine: bool,
    /// The kind of the gap before the line.
    pub before: u32,
    /// Bytes that the rest of the text can have.
    pub limit: usize,
    /// Takes each word as it was written, with the gap after it.
    pub out: Out,
    /// What was said so far.
    pub said: Said,
}

impl<W: Wire, Out: FnMut(&[u8]) -> Result<()>> LineCoder<'_, '_, W, Out> {
    /// Codes a line of at most `most` words, which is more than none.
    ///
    /// # Errors
    /// [`Error::BadInput`], and those of `out`.
    pub fn code(mut self, most: u32) -> Result<Said> {
        self.gaps(most)?;
        let mut program = self.given.is_some_and(|given| given.plan.is_some());
        if self.machine {
            program = self.models.mode.code(self.meter, program);
            self.meter.book(Part::Mode);
        }
        if program {
            self.program()?
        } else {
            self.groups()?
        }
        Ok(self.said)
    }

    fn count(&self) -> usize {
        self.said.gaps.len()
    }

    fn gaps(&mut self, most: u32) -> Result<()> {
        let mut room = self.limit;
        for at in 0..most as usize {
            let given = self.given.map(|given| given.gap(at));
            let kind = self.models.layout.code(self.meter, given, room)?;
            let bytes = self.models.layout.bytes(kind);
            room -= bytes.len();
            self.said.gaps.push(kind);
            check(self.meter)?;
            if bytes.contains(&b'\n') {
                break;
            }
        }
        self.meter.book(Part::Layout);
        Ok(())
    }

    /// Takes the next word: its case follows.
    fn push(&mut self, word: u32) -> Result<()> {
        let at = self.said.words.len();
        if at == self.count() {
            return Err(Error::damaged("a line has too many words"));
        }
        let lower = String::from_utf8_lossy(self.engine.features().spelling(word)).into_owned();
        let written = self.given.map(|given| given.written(at));
        let wanted = written.map_or(Case::Lower, |written| Case::of(&lower, written));
        let before = at.checked_sub(1).map_or(self.before, |last| self.said.gaps[last]);
        let symbols = &mut self.models.cases[Layout::symbol(before)];
        let case = Case::ALL[symbols.code(self.meter, wanted as u32) as usize];
        let mut bytes = match case.write(&lower) {
            Some(text) => text.into_bytes(),
            None => {
                self.models.written.code(self.meter, written.unwrap_or_default(), self.limit)?
            }
        };
        self.meter.book(Part::Case);
        bytes.extend_from_slice(self.models.layout.bytes(self.said.gaps[at]));
        self.said.words.push(word);
        check(self.meter)?;
        (self.out)(&bytes)
    }

    /// A word by its number among those known, or by its letters.
    fn literal(&mut self) -> Result<u32> {
        let wanted = self.given.map(|given| given.words[self.said.words.len()]);
        let known = self.models.known;
        let is_known = wanted.is_some_and(|word| word < known);
        if self.models.is_known.code(self.meter, is_known) {
            if known == 0 {
                return Err(Error::damaged("a word is said to be known before any is"));
            }
            let word = flat(self.meter, known, wanted.unwrap_or(0));
            self.meter.book(Part::Literal);
            return Ok(word);
        }
        self.meter.book(Part::Literal);
        let letters = wanted.map(|word| self.engine.features().spelling(word).to_vec());
        // A letter can be longer in lower case, but not twice as long.
        let limit = self.limit.saturating_mul(2);
        let letters = self.models.letters.code(self.meter, &letters.unwrap_or_default(), limit)?;
        self.meter.book(Part::Spelling);
        let letters = String::from_utf8(letters)
            .map_err(|_| Error::damaged("a word is spelled in bytes that are no letters"))?;
        let word = self.engine.word(&letters);
        if word != known {
            return Err(Error::damaged("a known word is spelled"));
        }
        self.models.known += 1;
        Ok(word)
    }

    fn literals(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            let word = self.literal()?;
            self.push(word)?;
        }
        Ok(())
    }

    fn program(&mut self) -> Result<()> {
        let (mut before, mut step) = (3, 0);
        while self.said.words.len() < self.count() {
            let wanted = self.given.and_then(|given| given.plan?.get(step).copied());
            let symbol = match wanted {
                Some(Op::Copy { .. }) => 1,
                Some(Op::Repeat { .. }) => 2,
                _ => 0,
            };
            let op = self.models.ops[before].code(self.meter, symbol) as usize;
            let first = self.said.words.len();
            match op {
                0 => {
                    let wanted =
                        if let Some(Op::Literal { length, .. }) = wanted { length } else { 1 };
                    let length = self.models.run.code(self.meter, wanted as u32 - 1);
                    self.meter.book(Part::Operation);
                    self.literals(length as usize + 1)?;
                }
                1 => self.copy(wanted)?,
                2 => self.repeat(wanted)?,
                _ => return Err(Error::damaged("an operation is none")),
            }
            self.said.used[op] += 1;
            self.said.produced[op] += (self.said.words.len() - first) as u64;
            (before, step) = (op, step + 1);
        }
        Ok(())
    }

    fn copy(&mut self, wanted: Option<Op>) -> Result<()> {
        let (mut source, mut length) = (0, 0);
        if let Some(Op::Copy { source: from, length: words }) = wanted {
            (source, length) = (from, words - COPY.start());
        }
        let context = self.engine.context(self.count()).to_vec();
        if context.is_empty() {
            return Err(Error::damaged("a copy has nothing before it"));
        }
        let source = flat(self.meter, context.len() as u32, source as u32) as usize;
        let lengths = (COPY.end() - COPY.start() + 1) as u32;
        let length = flat(self.meter, lengths, length as u32) as usize + COPY.start();
        self.meter.book(Part::Operation);
        let words = context.get(source..source + length);
        let words = words.ok_or_else(|| Error::damaged("a copy ends after its source"))?;
        words.iter().try_for_each(|&word| self.push(word))
    }

    fn repeat(&mut self, wanted: Option<Op>) -> Result<()> {
        let (mut period, mut count) = (1, 2);
        if let Some(Op::Repeat { period: words, count: times }) = wanted {
            (period, count) = (words, times);
        }
        let period = flat(self.meter, PATTERN as u32, period as u32 - 1) as usize + 1;
        let count = self.models.count.code(self.meter, count as u32 - 2);
        self.meter.book(Part::Operation);
        let first = self.said.words.len();
        self.literals(period)?;
        for _ in 0..=count {
            for at in first..first + period {
                self.push(self.said.words[at])?;
            }
        }
        Ok(())
    }

    /// A line from groups: its set, then its words one by one.
    fn groups(&mut self) -> Result<()> {
        let set = self.set()?;
        let allowed = Allowed::new(&set, self.engine);
        while self.said.words.len() < self.count() {
            let word = self.allowed_word(&allowed)?;
            self.push(word)?;
        }
        Ok(())
    }

    /// The features of the line that both sides know, ascending.
    fn set(&mut self) -> Result<Vec<u32>> {
        let store = self.engine.store();
        let mut ranks = Vec::new();
        if let Some(given) = self.given {
            let rank =
                |number: &u32| store.alive().binary_search(number).unwrap_or_default() as u32;
            ranks.extend(given.seen.active.iter().map(rank));
            ranks.sort_unstable();
        }
        let alive = store.alive().len() as u32;
        let ranks = self.models.active.code(self.meter, &ranks, alive, TOP_K as u32)?;
        self.meter.book(Part::Active);
        let store = self.engine.store();
        let groups = ranks.iter().filter_map(|&rank| store.get(store.alive()[rank as usize]));
        let mut set: Vec<u32> = groups.flat_map(|group| &group.members).copied().collect();
        set.sort_unstable();
        set.dedup();
        let given = self.given;
        let hallucination = given.map_or(&[][..], |given| &given.seen.hallucination);
        set.retain(|feature| {
            let is_false = hallucination.binary_search(feature).is_ok();
            !self.models.hallucinated.code(self.meter, is_false)
        });
        self.meter.book(Part::Hallucination);
        let features = given.map_or(self.engine.features().learned(), |given| given.features);
        let bound = features.min(UNIVERSE);
        let mut surprise = given.map_or(Vec::new(), |given| given.seen.surprise.clone());
        surprise.truncate(surprise.partition_point(|&feature| feature < bound));
        set.extend(self.models.surprise.code(self.meter, &surprise, bound, bound)?);
        self.meter.book(Part::Surprise);
        set.sort_unstable();
        set.dedup();
        Ok(set)
    }

    /// A word that the set allows here, or any.
    fn allowed_word(&mut self, allowed: &Allowed) -> Result<u32> {
        let at = self.said.words.len();
        let wanted = self.given.map(|given| given.words[at]);
        let last = |back: usize| at.checked_sub(back).map_or(NONE, |at| self.said.words[at]);
        let contexts = [(last(2), last(1)), (NONE, last(1)), (NONE, NONE)];
        // At the start of a line there are fewer words before.
        let fewer = 2usize.saturating_sub(at);
        for (flag, context) in self.models.allowed.iter_mut().zip(contexts).skip(fewer) {
            let Some(words) = allowed.words.get(&context) else { continue };
            let place = wanted.and_then(|wanted| words.iter().position(|&word| word == wanted));
            if flag.code(self.meter, place.is_some()) {
                let place = flat(self.meter, words.len() as u32, place.unwrap_or(0) as u32);
                self.meter.book(Part::Order);
                return Ok(words[place as usize]);
            }
        }
        self.meter.book(Part::Order);
        self.literal()
    }
}

/// The words a set allows after two words, after one, and at all.
struct Allowed {
    words: Map<(u32, u32), Vec<u32>>,
}

impl Allowed {
    fn new(set: &[u32], engine: &Engine) -> Self {
        let mut words: Map<(u32, u32), Vec<u32>> = Map::default();
        for &feature in set {
            let (context, word) = match engine.features().key(feature) {
                [word, NONE, _] => ((NONE, NONE), word),
                [before, word, NONE] => ((NONE, before), word),
                [first, before, word] => ((first, before), word),
            };
            words.entry(context).or_default().push(word);
        }
        Self { words }
    }
}
