//! The machine: from text to program to bytes, and back.
//!
//! [`Machine`] is the state both sides share: the tokens known and the literal model.
//! Priming runs it over a text without writing anything. To encode, the machine first
//! passes over the whole input, recording and pricing every literal; then the parse
//! chooses the program; then the program is written, replaying the record. To decode,
//! the operations are carried out one by one, and whatever they produce the machine
//! learns, so that it stays in the encoder's state.
//!
//! Cost: see the modules; together about 1 µs per byte to encode, 0.8 to decode.

use pressmark_coding::cost::CostTable;
use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::range::{BitIo, Decoder, Teacher};
use pressmark_coding::token::{IMPLIED, Kind, Token, tokenise};
use pressmark_sdk::{Error, Port, Result, opened};

use crate::guess::{Author, Cursors};
use crate::literal::{Derivation, LiteralModel};
use crate::matcher::Matcher;
use crate::ops::{Op, OpModel};
use crate::parse::{Seen, Way, place};
use crate::plan::Plan;
use crate::recent::recent;
use crate::report::Report;

/// Which operators are used, and how the encoder looks for copies.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How earlier occurrences are found; the encoder's affair alone.
    pub matcher: Matcher,
    /// How far back passages may lie that are copied or followed, in tokens; 0 is unlimited.
    pub window: usize,
    /// Whether COPY may be used, of passages that are named or followed.
    pub copy: bool,
    /// Whether REPEAT may be used.
    pub repeat: bool,
    /// Whether passages are followed over replaced words.
    pub template: bool,
    /// Whether words may be derived from others.
    pub transform: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let matcher = Matcher::SuffixArray;
        Self { matcher, window: 0, copy: true, repeat: true, template: true, transform: true }
    }
}

impl Settings {
    /// How far back a passage may lie.
    pub(crate) fn reach(self) -> usize {
        if self.window == 0 { usize::MAX } else { self.window }
    }

    /// Passes through `io` what the machine learns differently by, at hardly any price when it is
    /// as usual; returns whether the writer's settings are these.
    pub(crate) fn agree<Io: BitIo>(self, io: &mut Io) -> bool {
        let usual = [self.copy, self.template, self.transform, self.window == 0];
        let mut agree = usual.into_iter().all(|setting| io.bit(SURE, setting) == setting);
        if agree && self.window != 0 {
            let bits = (0..32).map(|level| self.window >> level & 1 == 1);
            agree = bits.into_iter().all(|bit| io.bit(1 << 14, bit) == bit);
        }
        agree
    }
}

/// The probability, of 32768, that a setting is as usual.
const SURE: u16 = 32767;

const LARGEST: usize = i32::MAX as usize;

/// Tokens are counted in 32 bits.
fn too_large(bytes: usize) -> Error {
    Error::Unsupported(format!(
        "an input of {bytes} bytes is too long: together with its priming text it must stay below 2 GiB"
    ))
}

/// The state that encoder and decoder share.
#[derive(Debug, Clone)]
pub struct Machine {
    pub(crate) settings: Settings,
    pub(crate) lexicon: Lexicon,
    pub(crate) model: LiteralModel,
    /// Of 65536 words not guessed, how many were new lately.
    novelty: u32,
    /// Bytes taken in.
    bytes: usize,
}

impl Default for Machine {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl Machine {
    /// A machine that has learned nothing.
    pub fn new(settings: Settings) -> Self {
        let mut model = LiteralModel::new();
        let (copy, template, window) = (settings.copy, settings.template, settings.reach());
        model.set_cursors(Cursors { copy, template, window });
        Self { settings, lexicon: Lexicon::default(), model, novelty: 0, bytes: 0 }
    }

    /// Learns a text before the first byte.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for a text too long.
    pub fn prime(&mut self, text: &[u8]) -> Result<()> {
        let costs = CostTable::new();
        for token in self.cut(text)? {
            let (number, fresh) = self.number(token, text);
            if self.model.guess(&mut Teacher, &self.lexicon, Some(number)).is_none() {
                self.surprise(&mut Teacher, &costs, number, fresh);
            }
        }
        self.model.begin_text();
        Ok(())
    }

    /// The number of a token, and whether it is a new one.
    pub(crate) fn number(&mut self, token: Token, text: &[u8]) -> (u32, bool) {
        let known = self.lexicon.len();
        let number = self.lexicon.number(token.kind, token.bytes(text));
        (number, number as usize == known)
    }

    /// Passes a token that was not guessed: derives it if it is new and that is possible, or
    /// spells it.
    pub(crate) fn surprise<Io: BitIo>(
        &mut self,
        io: &mut Io,
        costs: &CostTable,
        number: u32,
        fresh: bool,
    ) -> Option<Derivation> {
        let found = if fresh && self.settings.transform {
            self.model.derivation(&self.lexicon, costs, number)
        } else {
            None
        };
        self.learn_novelty(fresh);
        match found {
            Some(found) => self.model.derive(io, &self.lexicon, number, found),
            None => self.model.spell(io, &self.lexicon, number),
        }
        found
    }

    pub(crate) fn cut(&mut self, text: &[u8]) -> Result<Vec<Token>> {
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > LARGEST {
            return Err(too_large(text.len()));
        }
        let mut tokens = Vec::new();
        tokenise(text, 0, &mut tokens);
        Ok(tokens)
    }

    /// What both sides know after a guess of theirs, right or wrong.
    pub(crate) fn seen(&self, previous: Option<Kind>, way: Way) -> Seen {
        let failed = if way.is_open() { self.model.rejects().count() as u8 } else { 0 };
        Seen {
            way,
            failed,
            after_word: previous == Some(Kind::Word),
            novelty: (32 - (self.novelty >> 9).leading_zeros()).min(7) as u8,
            last: self.model.past().last().copied().unwrap_or(0),
            rejects: 0,
        }
    }

    /// Learns whether a token that was not guessed was new.
    fn learn_novelty(&mut self, fresh: bool) {
        let target = u32::from(fresh) << 16;
        self.novelty = self.novelty + (target >> 6) - (self.novelty >> 6);
    }

    /// How the last guess came about.
    pub(crate) fn way(&self) -> Way {
        match self.model.author() {
            Author::Contexts => Way::Guessed,
            Author::Passage(source) => Way::Followed(source),
            Author::Template(source) => Way::Filled(source),
        }
    }

    /// Plans the program of `input`: passes over it once, then parses.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for an input too long, [`Error::Failed`] if the suffix sorter
    /// refuses, and those of the port.
    pub fn plan<'c>(
        self,
        input: &[u8],
        costs: &'c CostTable,
        port: &mut impl Port,
    ) -> Result<Plan<'c>> {
        Plan::new(self, input, costs, port)
    }

    /// Encodes `input` into `port`.
    ///
    /// # Errors
    ///
    /// Those of [`Machine::plan`] and of the port.
    pub fn encode(self, input: &[u8], port: &mut impl Port) -> Result<Report> {
        if input.is_empty() {
            return Ok(Report::default());
        }
        let costs = CostTable::new();
        Plan::new(self, input, &costs, port)?.write(input, port)
    }

    /// Decodes `length` bytes of `archive` into `port`.
    ///
    /// # Errors
    ///
    /// [`Error::BadInput`], and those of the port.
    pub fn decode(mut self, archive: &[u8], length: usize, port: &mut impl Port) -> Result<Report> {
        let Some(code) = opened(archive, length, port)? else {
            return Ok(Report::default());
        };
        let mut io = Decoder::new(code);
        if !self.settings.agree(&mut io) {
            return Err(Error::damaged("it was made with another window or other operators"));
        }
        let mut ops = OpModel::new();
        let mut report = Report::default();
        let mut output = Output { port, done: 0, length, stride: length / CALLS + 1, next: 0 };
        while output.done < length {
            if io.overrun() {
                return Err(Error::damaged("it ends too early"));
            }
            let previous = self.model.previous();
            if let Some(number) = self.model.guess(&mut io, &self.lexicon, None) {
                report.count(Op::Literal, self.way());
                output.token(previous, &self.lexicon, number)?;
                continue;
            }
            let seen = self.seen(previous, Way::Spelled);
            let place = place(&[seen], self.model.past().len(), 0);
            let op = ops
                .code(&mut io, place, Op::Literal)
                .map_err(|_| Error::damaged("an operation points before the beginning"))?;
            // A token without bytes is always followed by one that has some.
            if op.tokens() > (output.left() as u64).saturating_mul(2) {
                return Err(Error::damaged("an operation produces too much"));
            }
            report.count(op, Way::Spelled);
            let left = output.left();
            let known = self.lexicon.len();
            let number = match op {
                Op::Literal => self.model.read(&mut io, &mut self.lexicon, left),
                Op::Transform => self.model.read_derived(&mut io, &mut self.lexicon, left),
                Op::Copy { .. } | Op::Repeat { .. } => {
                    let source = self.source(op)?;
                    self.copy(source, op.tokens(), &mut output)?;
                    continue;
                }
            };
            self.learn_novelty(self.lexicon.len() > known);
            let number =
                number.map_err(|_| Error::damaged("a word is longer than what is left"))?;
            output.token(previous, &self.lexicon, number)?;
        }
        output.port.progress(length)?;
        Ok(report)
    }

    /// Where the tokens of a copy or a repeat come from.
    fn source(&self, op: Op) -> Result<usize> {
        match op {
            Op::Repeat { rank, .. } => {
                let rejects: Vec<u32> = self.model.rejects().collect();
                let is_latest = |place| self.model.is_latest(place);
                recent(self.model.past(), &self.lexicon, is_latest, &rejects)
                    .nth(rank as usize)
                    .ok_or_else(|| Error::damaged("a repeat names no word"))
            }
            Op::Copy { source, .. } => Ok(source as usize),
            Op::Literal | Op::Transform => Ok(self.model.past().len()),
        }
    }

    /// Takes in tokens from `source` on; the first was not guessed.
    fn copy<P: Port>(
        &mut self,
        source: usize,
        tokens: u64,
        output: &mut Output<'_, P>,
    ) -> Result<()> {
        for offset in 0..tokens as usize {
            let number = self.model.past()[source + offset];
            output.token(self.model.previous(), &self.lexicon, number)?;
            if offset == 0 || self.model.guess(&mut Teacher, &self.lexicon, Some(number)).is_none()
            {
                self.learn_novelty(false);
                self.model.spell(&mut Teacher, &self.lexicon, number);
            }
        }
        Ok(())
    }
}

/// How often progress is told, at least, over a run of enough tokens.
pub(crate) const CALLS: usize = 512;

struct Output<'o, P> {
    port: &'o mut P,
    done: usize,
    length: usize,
    stride: usize,
    next: usize,
}

impl<P: Port> Output<'_, P> {
    fn left(&self) -> usize {
        self.length - self.done
    }

    fn token(&mut self, previous: Option<Kind>, lexicon: &Lexicon, number: u32) -> Result<()> {
        let (kind, bytes) = (lexicon.kind(number), lexicon.bytes(number));
        let after_word = previous == Some(Kind::Word);
        let implied = after_word && kind == Kind::Word;
        if bytes.len() + usize::from(implied) > self.left() || kind == Kind::Gap && !after_word {
            return Err(Error::damaged("a token cannot stand where it is put"));
        }
        if implied {
            self.port.write(&[IMPLIED])?;
        }
        self.port.write(bytes)?;
        self.done += bytes.len() + usize::from(implied);
        if self.done >= self.next {
            self.port.progress(self.done)?;
            self.next = self.done + self.stride;
        }
        Ok(())
    }
}
