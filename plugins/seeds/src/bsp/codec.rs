//! Texts to archives and back.
//!
//! An archive is a byte that names its form, then either the bytes themselves or the code: the
//! number of words, the gap before the first, then line by line (see [`super::line`]).

use std::ops::Range;

use pressmark_coding::adaptive::NumberModel;
use pressmark_coding::cost::CostTable;
use pressmark_coding::range::{Decoder, Encoder, Teacher, Wire};
use pressmark_sdk::{CODED, Error, Port, Result, opened, write_shorter};

use super::engine::{Engine, Settings};
use super::learner::Seen;
use super::line::{Given, LineCoder, Models, Said};
use super::machine::{Op, Program};
use super::report::Report;
use super::text;
use super::wire::{Meter, Part, check};

/// Longer texts are refused: places are counted in 32 bits.
const LONGEST: usize = 1 << 31;
/// How often progress is told, at least, over enough words.
const CALLS: usize = 512;

/// A coder, ready for one text, primed or not.
#[derive(Debug, Clone)]
pub struct Coder {
    engine: Engine,
    models: Models,
    settings: Settings,
    /// The kind of the last gap.
    before: u32,
    report: Report,
}

/// A line looked at.
struct Looked {
    seen: Seen,
    program: Option<(Program, bool)>,
}

impl Coder {
    /// A coder that knows nothing.
    pub fn new(settings: Settings) -> Self {
        Self {
            engine: Engine::new(settings),
            models: Models::default(),
            settings,
            before: 0,
            report: Report::default(),
        }
    }

    /// The system behind the code.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Learns a text that both sides have.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a text too long.
    pub fn prime(&mut self, text: &[u8]) -> Result<()> {
        let costs = CostTable::new();
        self.walk(text, &spans(text)?, &mut Meter::new(Teacher, &costs), &mut |_| Ok(()))
    }

    /// What was learned is written and read, as the original's benchmark does; then nothing more
    /// is learned. A coder that has learned no line goes on learning.
    fn begin(&mut self) {
        self.report = Report::default();
        if self.engine.steps() > 0 {
            self.engine.reload();
        }
    }

    /// Encodes a text.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a text too long, and those of the port.
    pub fn encode(mut self, text: &[u8], port: &mut impl Port) -> Result<Report> {
        if text.is_empty() {
            return Ok(Report::default());
        }
        let spans = spans(text)?;
        self.begin();
        let costs = CostTable::new();
        let mut meter = Meter::new(Encoder::new(vec![CODED]), &costs);
        NumberModel::new().code(&mut meter, spans.len() as u32);
        let (mut done, mut next) = (0, 0);
        self.walk(text, &spans, &mut meter, &mut |bytes: &[u8]| {
            done += bytes.len();
            if done >= next {
                next = done + text.len() / CALLS + 1;
                port.progress(done)?;
            }
            Ok(())
        })?;
        let mut report = self.finished(&meter);
        report.characters = text::counted_characters(text);
        let archive = meter.io.finish();
        report.stored = write_shorter(&archive, text, port)?;
        if report.stored {
            report.ideal_bits = 8.0 * text.len() as f64;
        }
        Ok(report)
    }

    /// Decodes a text of `length` bytes.
    ///
    /// # Errors
    /// [`Error::BadInput`], and those of the port.
    pub fn decode(mut self, archive: &[u8], length: usize, port: &mut impl Port) -> Result<Report> {
        let Some(code) = opened(archive, length, port)? else {
            return Ok(Report { stored: true, ..Report::default() });
        };
        self.begin();
        let costs = CostTable::new();
        let mut meter = Meter::new(Decoder::new(code), &costs);
        let mut left = NumberModel::new().code(&mut meter, 0);
        if left as usize > length {
            return Err(Error::damaged("it has more words than bytes"));
        }
        let (mut done, mut next) = (0, 0);
        let mut write = |bytes: &[u8]| {
            if bytes.len() > length - done {
                return Err(Error::damaged("it holds more bytes than it should"));
            }
            port.write(bytes)?;
            done += bytes.len();
            if done >= next {
                next = done + length / CALLS + 1;
                port.progress(done)?;
            }
            Ok(())
        };
        let mut room = length;
        self.first_gap(&mut meter, None, room, left == 0, &mut write)?;
        room -= self.models.layout.bytes(self.before).len();
        while left > 0 {
            let mut made = 0;
            let said = self.line(&mut meter, None, left, room, &mut |bytes: &[u8]| {
                made += bytes.len();
                write(bytes)
            })?;
            room -= made.min(room);
            left -= said.words.len() as u32;
            let looked = self.look(&said.words);
            self.take(&said, &looked, left == 0);
        }
        if done != length {
            return Err(Error::damaged("it holds fewer bytes than it should"));
        }
        port.progress(length)?;
        Ok(self.finished(&meter))
    }

    /// Codes a text whose words stand where `spans` says.
    fn walk<W: Wire>(
        &mut self,
        text: &[u8],
        spans: &[Range<u32>],
        meter: &mut Meter<'_, W>,
        out: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let start = |at: usize| spans.get(at).map_or(text.len(), |span| span.start as usize);
        self.first_gap(meter, Some(&text[..start(0)]), usize::MAX, spans.is_empty(), out)?;
        let mut first = 0;
        while first < spans.len() {
            let ends = |at: &usize| text[spans[*at].end as usize..start(at + 1)].contains(&b'\n');
            let last = (first..spans.len() - 1).find(ends).unwrap_or(spans.len() - 1);
            let spans_here = &spans[first..=last];
            let features = self.engine.features().learned();
            let words: Vec<u32> = spans_here.iter().map(|span| self.word(text, span)).collect();
            let looked = self.look(&words);
            let plan = looked.plan(self, &words);
            let given = Given {
                text,
                spans: spans_here,
                end: start(last + 1),
                words: &words,
                seen: &looked.seen,
                features,
                plan: plan.as_deref(),
            };
            let most = (spans.len() - first) as u32;
            let said = self.line(meter, Some(&given), most, usize::MAX, out)?;
            self.take(&said, &looked, last + 1 == spans.len());
            first = last + 1;
        }
        Ok(())
    }

    fn word(&mut self, text: &[u8], span: &Range<u32>) -> u32 {
        let mut number = 0;
        text::words(&text[span.start as usize..span.end as usize], |word, _| {
            number = self.engine.word(word);
        });
        number
    }

    fn first_gap<W: Wire>(
        &mut self,
        meter: &mut Meter<'_, W>,
        given: Option<&[u8]>,
        limit: usize,
        last: bool,
        out: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        self.before = self.models.layout.code(meter, given, limit)?;
        meter.book(Part::Layout);
        check(meter)?;
        let bytes = self.models.layout.bytes(self.before).to_vec();
        self.wordless(&bytes, true, last);
        out(&bytes)
    }

    fn line<W: Wire>(
        &mut self,
        meter: &mut Meter<'_, W>,
        given: Option<&Given<'_>>,
        most: u32,
        limit: usize,
        out: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<Said> {
        let coder = LineCoder {
            models: &mut self.models,
            meter,
            engine: &mut self.engine,
            given,
            machine: self.settings.machine,
            before: self.before,
            limit,
            out,
            said: Said::default(),
        };
        let said = coder.code(most)?;
        self.before = said.gaps.last().copied().unwrap_or(self.before);
        Ok(said)
    }

    fn look(&mut self, words: &[u32]) -> Looked {
        let seen = self.engine.look(words);
        let program = self.engine.program(words).map(|program| {
            let right = program.is_right(words, self.engine.context(words.len()));
            (program, right)
        });
        Looked { seen, program }
    }

    /// Takes a line into the past, and the lines without words that follow it.
    fn take(&mut self, said: &Said, looked: &Looked, last: bool) {
        self.settle(&said.words, looked);
        self.report.add_said(said);
        let gap = self.models.layout.bytes(self.before).to_vec();
        self.wordless(&gap, false, last);
    }

    fn settle(&mut self, words: &[u32], looked: &Looked) {
        let program = looked.program.as_ref();
        let claim = self.engine.take(words, &looked.seen, program.map(|(program, _)| program));
        let program = program.map(|(program, right)| (program, *right));
        self.report.add(&claim, &looked.seen, program);
    }

    /// Lines that have no word and yet are not blank are lines to the original: whole ones in a
    /// gap, which is the `first` or the `last` of the text or between words.
    fn wordless(&mut self, gap: &[u8], first: bool, last: bool) {
        let mut lines: Vec<&[u8]> = gap.split(|&byte| byte == b'\n').collect();
        if !last {
            lines.pop();
        }
        for line in lines.into_iter().skip(usize::from(!first)) {
            if !text::is_blank(line) {
                let looked = self.look(&[]);
                self.settle(&[], &looked);
            }
        }
    }

    fn finished<W: Wire>(&mut self, meter: &Meter<'_, W>) -> Report {
        let store = self.engine.store();
        let bits = meter.bits();
        Report {
            groups: [store.alive().len() as u64, store.created(), store.merged, store.pruned],
            learned: self.engine.steps(),
            bits,
            ideal_bits: bits.iter().sum(),
            ..std::mem::take(&mut self.report)
        }
    }
}

impl Looked {
    /// The program in an order that executes, if the original would choose its program.
    fn plan(&self, coder: &Coder, words: &[u32]) -> Option<Vec<Op>> {
        let (program, _) = self.program.as_ref()?;
        let chosen = !coder.settings.groups || program.bits < coder.engine.group_bits(&self.seen);
        chosen.then(|| coder.engine.machine().plan(words, coder.engine.context(words.len())))
    }
}

fn spans(text: &[u8]) -> Result<Vec<Range<u32>>> {
    if text.len() >= LONGEST {
        return Err(Error::Unsupported(format!(
            "a text of {} bytes is too long: cut it into pieces of less than 2 GiB",
            text.len()
        )));
    }
    let mut spans = Vec::new();
    text::words(text, |_, span| spans.push(span.start as u32..span.end as u32));
    Ok(spans)
}
