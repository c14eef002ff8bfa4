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

use pressmark_coding::cost::{BIT, CostTable};
use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::range::{Decoder, Encoder, Metered, Teacher};
use pressmark_coding::token::{IMPLIED, Kind, Token, tokenise};
use pressmark_sdk::{CODED, Error, Port, Result, opened, store};

use crate::literal::LiteralModel;
use crate::matcher::{Matcher, matches};
use crate::ops::{Op, OpModel, Place};
use crate::parse::Problem;
use crate::record::Record;
use crate::report::Report;

/// How the encoder looks for programs. Nothing of it concerns the decoder.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How earlier occurrences are found.
    pub matcher: Matcher,
    /// The longest distance of a copy in tokens; 0 is unlimited.
    pub window: usize,
    /// Whether COPY may be used.
    pub copy: bool,
    /// Whether REPEAT may be used.
    pub repeat: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { matcher: Matcher::SuffixArray, window: 0, copy: true, repeat: true }
    }
}

const LARGEST: usize = i32::MAX as usize;

/// Tokens are counted in 32 bits.
fn too_large(bytes: usize) -> Error {
    Error::Unsupported(format!(
        "an input of {bytes} bytes is too long: together with its priming text it must stay below 2 GiB"
    ))
}

/// The state that encoder and decoder share.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    lexicon: Lexicon,
    model: LiteralModel,
    /// Bytes taken in.
    bytes: usize,
}

impl Machine {
    /// Learns a text before the first byte.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for a text too long.
    pub fn prime(&mut self, text: &[u8]) -> Result<()> {
        for token in self.cut(text)? {
            let number = self.lexicon.number(token.kind, token.bytes(text));
            self.model.pass(&mut Teacher, &self.lexicon, number);
        }
        self.model.begin_text();
        Ok(())
    }

    fn cut(&mut self, text: &[u8]) -> Result<Vec<Token>> {
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > LARGEST {
            return Err(too_large(text.len()));
        }
        let mut tokens = Vec::new();
        tokenise(text, 0, &mut tokens);
        Ok(tokens)
    }

    fn place(&self) -> Place {
        let (expected, level) = self.model.passage();
        Place { position: self.model.past().len() as u32, expected, level }
    }

    /// Plans the program of `input`: passes over it once, then parses.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for an input too long, [`Error::Failed`] if the suffix sorter
    /// refuses, and those of the port.
    pub fn plan<'c>(
        mut self,
        input: &[u8],
        settings: Settings,
        costs: &'c CostTable,
        port: &mut impl Port,
    ) -> Result<Plan<'c>> {
        let tokens = self.cut(input)?;
        let start = self.model.past().len();
        let mut record = Record::new(costs);
        let mut places = Vec::with_capacity(tokens.len());
        let stride = tokens.len() / CALLS + 1;
        for (index, token) in tokens.iter().enumerate() {
            if index % stride == 0 {
                port.progress(0)?;
            }
            let number = self.lexicon.number(token.kind, token.bytes(input));
            places.push(self.place());
            self.model.pass(&mut record, &self.lexicon, number);
            record.end_token();
        }
        let numbers = self.model.past().to_vec();
        drop(self);
        let found = matches(settings.matcher, &numbers, start).map_err(Error::Failed)?;
        let problem = Problem {
            tokens: &numbers,
            start,
            prices: record.prices(),
            places: &places,
            matches: &found,
            window: if settings.window == 0 { usize::MAX } else { settings.window },
            copy: settings.copy,
            repeat: settings.repeat,
        };
        let program = problem.solve(costs);
        Ok(Plan { tokens, record, places, program, costs })
    }

    /// Encodes `input` into `port`.
    ///
    /// # Errors
    ///
    /// Those of [`Machine::plan`] and of the port.
    pub fn encode(self, input: &[u8], settings: Settings, port: &mut impl Port) -> Result<Report> {
        if input.is_empty() {
            return Ok(Report::default());
        }
        let costs = CostTable::new();
        self.plan(input, settings, &costs, port)?.write(input, port)
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
        let mut ops = OpModel::new();
        let mut report = Report::default();
        let mut output = Output { port, done: 0, length, stride: length / CALLS + 1, next: 0 };
        while output.done < length {
            if io.overrun() {
                return Err(Error::damaged("it ends too early"));
            }
            let place = self.place();
            let op = ops
                .code(&mut io, place, Op::Literal)
                .map_err(|_| Error::damaged("an operation points before the beginning"))?;
            // A token without bytes is always followed by one that has some.
            if op.tokens() > (output.left() as u64).saturating_mul(2) {
                return Err(Error::damaged("an operation produces too much"));
            }
            report.count(op);
            let source = match op {
                Op::Literal => {
                    let previous = self.model.previous();
                    let left = output.left();
                    let number = self
                        .model
                        .read(&mut io, &mut self.lexicon, left)
                        .map_err(|_| Error::damaged("a word is longer than what is left"))?;
                    output.token(previous, &self.lexicon, number)?;
                    continue;
                }
                Op::Copy { source, .. } => source,
                Op::Repeat { period, .. } => place.position - period,
            };
            for offset in 0..op.tokens() as usize {
                let number = self.model.past()[source as usize + offset];
                output.token(self.model.previous(), &self.lexicon, number)?;
                self.model.pass(&mut Teacher, &self.lexicon, number);
            }
        }
        output.port.progress(length)?;
        Ok(report)
    }
}

/// How often progress is told, at least, over a run of enough tokens.
const CALLS: usize = 512;

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

/// One operation of a plan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) op: Op,
    /// Tokens before it, priming text included.
    pub(crate) position: usize,
    /// Tokens it produces.
    pub(crate) tokens: usize,
    /// The bytes of the input it produces.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// What it costs, and what its tokens would have cost as literals; units of 2^-20 bit.
    pub(crate) price: u64,
    pub(crate) literal: u64,
}

/// A program with all that is needed to write it down, or to show it.
#[derive(Debug)]
pub struct Plan<'c> {
    tokens: Vec<Token>,
    record: Record<'c>,
    places: Vec<Place>,
    program: Vec<Op>,
    costs: &'c CostTable,
}

impl Plan<'_> {
    /// The operations in order, each with its price as it will be coded.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece> {
        let mut ops = OpModel::new();
        let (mut at, mut byte) = (0, 0);
        self.program.iter().map(move |&op| {
            let mut teacher = Teacher;
            let mut io = Metered::new(&mut teacher, self.costs);
            // Operations of our own making are in range.
            let _ = ops.code(&mut io, self.places[at], op);
            let end = at + op.tokens() as usize;
            let literal = self.record.prices()[at..end].iter().map(|&p| u64::from(p)).sum();
            let own = if op == Op::Literal { literal } else { 0 };
            let last = self.tokens[end - 1];
            let piece = Piece {
                op,
                position: self.places[at].position as usize,
                tokens: end - at,
                start: byte,
                end: (last.start + last.len) as usize,
                price: io.total + own,
                literal,
            };
            (at, byte) = (end, piece.end);
            piece
        })
    }

    /// Spreads the price of every operation, in bits, evenly over the bytes it produces.
    pub(crate) fn spread(&self, bits: &mut [f64]) {
        for piece in self.pieces() {
            let bytes = &mut bits[piece.start..piece.end];
            let share = piece.price as f64 / BIT as f64 / bytes.len().max(1) as f64;
            bytes.fill(share);
        }
    }

    fn write(self, input: &[u8], port: &mut impl Port) -> Result<Report> {
        let total: u64 = self.pieces().map(|piece| piece.price).sum();
        let mut report = Report { ideal_bits: total as f64 / BIT as f64, ..Report::default() };
        if total / BIT / 8 + 9 > input.len() as u64 {
            report.ideal_bits = 8.0 * input.len() as f64;
            store(input, port)?;
            return Ok(report);
        }
        port.write(&[CODED])?;
        let mut io = Encoder::new(Vec::new());
        let mut ops = OpModel::new();
        let (mut at, mut next) = (0, 0);
        for piece in self.pieces() {
            if piece.start >= next {
                port.write(&io.take_final())?;
                port.progress(piece.start)?;
                next = piece.start + input.len() / CALLS + 1;
            }
            // Operations of our own making are in range.
            let _ = ops.code(&mut io, self.places[at], piece.op);
            if piece.op == Op::Literal {
                self.record.replay(&mut io, at);
            }
            report.count(piece.op);
            report.price(piece.op, piece.price, piece.literal);
            at += piece.tokens;
        }
        port.write(&io.finish())?;
        port.progress(input.len())?;
        Ok(report)
    }
}
