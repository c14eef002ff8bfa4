//! A program made, priced and written: the encoder's side of the machine.
//!
//! The machine passes over the whole input once, which records and prices every token's
//! guesses and spelling; the parse chooses copies and repeats; then the program is written,
//! replaying the record.
//!
//! Cost: 2 bytes per decision and some 60 per token.

use pressmark_coding::cost::{BIT, CostTable};
use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::range::{BitIo, Encoder, Pricer};
use pressmark_coding::token::Token;
use pressmark_sdk::{CODED, Error, Port, Result, store};

use crate::literal::Derivation;
use crate::machine::{CALLS, Machine, Settings};
use crate::matcher::matches;
use crate::ops::{Op, OpModel};
use crate::parse::{Problem, Seen, Way, place};
use crate::record::Record;
use crate::report::Report;

/// One operation of a plan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) op: Op,
    /// How its first token comes without a copy or a repeat.
    pub(crate) way: Way,
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

/// What a program refers to.
#[derive(Debug)]
pub(crate) struct Passages {
    /// Where the input begins among `numbers`.
    pub(crate) start: usize,
    /// All tokens, priming text first.
    pub(crate) numbers: Vec<u32>,
    pub(crate) lexicon: Lexicon,
    pub(crate) derivations: Vec<Derivation>,
}

/// A program with all that is needed to write it down, or to show it.
#[derive(Debug)]
pub struct Plan<'c> {
    settings: Settings,
    tokens: Vec<Token>,
    passages: Passages,
    record: Record<'c>,
    seen: Vec<Seen>,
    /// What passages saved, and those over replaced words; units of 2^-20 bit.
    saved: [i64; 2],
    program: Vec<Op>,
    costs: &'c CostTable,
}

/// The part of the work that writing is, one in so many; the rest is planning.
const WRITING: usize = 4;

/// The progress told when so many bytes are planned.
fn planned(bytes: usize) -> usize {
    bytes - bytes.div_ceil(WRITING)
}

impl<'c> Plan<'c> {
    pub(crate) fn new(
        mut machine: Machine,
        input: &[u8],
        costs: &'c CostTable,
        port: &mut impl Port,
    ) -> Result<Self> {
        let tokens = machine.cut(input)?;
        let start = machine.model.past().len();
        let mut record = Record::new(costs);
        let mut seen = Vec::with_capacity(tokens.len());
        let mut rejects = Vec::new();
        let mut derivations = Vec::new();
        machine.model.compare();
        let stride = tokens.len() / CALLS + 1;
        for (index, &token) in tokens.iter().enumerate() {
            if index % stride == 0 {
                port.progress(planned(token.start as usize))?;
            }
            let (number, fresh) = machine.number(token, input);
            let previous = machine.model.previous();
            let guess = machine.model.guess(&mut record, &machine.lexicon, Some(number));
            record.end_part();
            let way = if guess.is_some() { machine.way() } else { Way::Spelled };
            let mut this = machine.seen(previous, way);
            if guess.is_none() {
                rejects.extend(machine.model.rejects());
                if let Some(found) = machine.surprise(&mut record, costs, number, fresh) {
                    this.way = Way::Derived(derivations.len() as u32);
                    derivations.push(found);
                }
            }
            let price = record.end_part();
            if guess.is_none() {
                machine.model.note_spelled(price);
            }
            this.rejects = rejects.len() as u32;
            seen.push(this);
        }
        let Machine { lexicon, model, settings, .. } = machine;
        let (numbers, saved) = (model.past().to_vec(), model.saved());
        drop(model);
        let found = matches(settings.matcher, &numbers, start).map_err(Error::Failed)?;
        let problem = Problem {
            tokens: &numbers,
            lexicon: &lexicon,
            start,
            prices: record.prices(),
            seen: &seen,
            rejects: &rejects,
            matches: &found,
            window: settings.reach(),
            copy: settings.copy,
            repeat: settings.repeat,
        };
        let program = problem.solve(costs);
        let passages = Passages { start, numbers, lexicon, derivations };
        Ok(Self { settings, tokens, passages, record, seen, saved, program, costs })
    }

    /// Passes token `at` and what follows it by the same operation through `io`.
    fn code<Io: BitIo>(&self, io: &mut Io, ops: &mut OpModel, at: usize, op: Op) {
        self.record.replay(io, 2 * at);
        let way = self.seen[at].way;
        if way.is_open() {
            // Operations of our own making are in range.
            let _ = ops.code(io, place(&self.seen, self.passages.start, at), op);
            if op == way.own() {
                self.record.replay(io, 2 * at + 1);
            }
        }
    }

    /// The operations in order, each with its price as it will be coded.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece> {
        let mut ops = OpModel::new();
        let (mut at, mut byte) = (0, 0);
        self.program.iter().map(move |&op| {
            let mut io = Pricer::new(self.costs);
            let prices = self.record.prices();
            let mut price = u64::from(prices[2 * at]);
            if self.seen[at].way.is_open() {
                // Operations of our own making are in range.
                let _ = ops.code(&mut io, place(&self.seen, self.passages.start, at), op);
                if op == self.seen[at].way.own() {
                    price += u64::from(prices[2 * at + 1]);
                }
            }
            let end = at + op.tokens() as usize;
            let mut literal = prices[2 * at..2 * end].iter().map(|&p| u64::from(p)).sum();
            if let Way::Derived(number) = self.seen[at].way {
                literal += self.passages.derivations[number as usize].saved;
            }
            let last = self.tokens[end - 1];
            let piece = Piece {
                op,
                way: self.seen[at].way,
                position: self.passages.start + at,
                tokens: end - at,
                start: byte,
                end: (last.start + last.len) as usize,
                price: price + io.total,
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

    /// What the operations refer to.
    pub(crate) fn passages(&self) -> &Passages {
        &self.passages
    }

    /// Writes the archive.
    pub(crate) fn write(self, input: &[u8], port: &mut impl Port) -> Result<Report> {
        let total: u64 = self.pieces().map(|piece| piece.price).sum();
        let mut report = Report::default();
        report.ideal_bits = total as f64 / BIT as f64;
        if total / BIT / 8 + 9 > input.len() as u64 {
            report.ideal_bits = 8.0 * input.len() as f64;
            store(input, port)?;
            return Ok(report);
        }
        port.write(&[CODED])?;
        let mut io = Encoder::new(Vec::new());
        self.settings.agree(&mut io);
        let mut ops = OpModel::new();
        let (mut at, mut next, mut written) = (0, 0, 1);
        for piece in self.pieces() {
            if piece.start >= next {
                let code = io.take_final();
                written += code.len();
                port.write(&code)?;
                report.curve.push((piece.start, written));
                port.progress(planned(input.len()) + piece.start / WRITING)?;
                next = piece.start + input.len() / CALLS + 1;
            }
            self.code(&mut io, &mut ops, at, piece.op);
            report.count(piece.op, piece.way);
            report.price(piece.op, piece.way, piece.price, piece.literal);
            at += piece.tokens;
        }
        let code = io.finish();
        written += code.len();
        port.write(&code)?;
        report.curve.push((input.len(), written));
        port.progress(input.len())?;
        report.followed(self.saved);
        Ok(report)
    }
}
