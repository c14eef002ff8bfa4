//! One cell of a compaction: shorten every document, and see what is left of the evidence.
//!
//! A session is cut in two. Its first half is the document; what the agent quotes from it in the
//! second half, or what labelled questions need, is evidence that the strategy does not see. What
//! a summary keeps of it is set against keeping random lines and the last bytes of the document,
//! as many bytes as the summary has.

use std::ops::Range;

use pressmark_datasets::evidence::{
    Case, Quote, Recall, Said, last_bytes, lines_of, random_lines, rendered,
};
use pressmark_datasets::{Dataset, Session};
use pressmark_protocol::{CompactResult, Protocol, Success, Task};
use pressmark_reports::record::Channel;
use pressmark_reports::statistics::median;

use super::cell::CellRun;
use crate::memfile::MemFile;
use crate::worker::Ending;

/// Draws of random lines.
const DRAWS: u64 = 20;

/// The documents of a dataset with what later turns need of them.
pub(super) fn cases(dataset: &Dataset) -> Vec<Case> {
    match &dataset.sessions {
        Some(sessions) => sessions.iter().map(case).collect(),
        None => {
            let bytes = |range: &Range<usize>| dataset.bytes[range.clone()].to_vec();
            let documents = dataset.documents.iter().map(bytes);
            documents.map(|document| Case { document, evidence: Vec::new() }).collect()
        }
    }
}

fn case(session: &Session) -> Case {
    let turns: Vec<Said<'_>> = session.turns.iter().map(Said::from).collect();
    if session.questions.is_empty() {
        return Case::of(&turns, turns.len() / 2);
    }
    let places = lines_of(&turns);
    // A turn that two questions need counts twice, as the labels do.
    let needed = session.questions.iter().flat_map(|question| &question.evidence);
    let quote = |&turn: &usize| Quote { places: [places[turn].clone()].into(), passage: true };
    Case { document: rendered(&turns), evidence: needed.map(quote).collect() }
}

/// Sums over documents.
#[derive(Default)]
struct Sums {
    input: u64,
    output: u64,
    kept: u64,
    longer: u64,
    recall: Recall,
    last: Recall,
    random: Vec<Recall>,
    seconds: f64,
}

impl CellRun<'_> {
    /// Compacts every document once.
    pub(super) fn compact(&mut self, cases: &[Case]) -> std::io::Result<Result<(), Ending>> {
        let mut sums = Sums { random: vec![Recall::default(); DRAWS as usize], ..Sums::default() };
        // What is left is the same in every repeat; only times are taken again.
        let first = self.seconds.is_empty();
        for case in cases {
            let result = match self.compacted(&case.document)? {
                Ok(result) => result,
                Err(ending) => return Ok(Err(ending)),
            };
            sums.add(case, &result);
            if first {
                sums.judge(case, &result);
            }
        }
        self.seconds.push(sums.seconds);
        let seconds = median(&self.seconds).filter(|seconds| *seconds > 0.0);
        self.figure("mb_per_s", "MB/s", seconds.map(|seconds| sums.input as f64 / 1e6 / seconds));
        if !first {
            return Ok(Ok(()));
        }
        for (name, bytes) in [("input", sums.input), ("output", sums.output), ("kept", sums.kept)] {
            self.figure(&format!("{name}_bytes"), "bytes", Some(bytes as f64));
        }
        let share = (sums.input > 0).then(|| sums.output as f64 / sums.input as f64);
        self.figure("output_share", "", share);
        self.figure("documents_longer", "documents", Some(sums.longer as f64));
        if let Some(recall) = sums.recall.share() {
            let random: Vec<f64> = sums.random.iter().filter_map(|recall| recall.share()).collect();
            let mean = random.iter().sum::<f64>() / random.len() as f64;
            let squares: f64 = random.iter().map(|share| (share - mean).powi(2)).sum();
            let deviation = (squares / (random.len() - 1) as f64).sqrt();
            self.figure("evidence_recall", "", Some(recall));
            self.figure("evidence_recall_random", "", Some(mean));
            self.figure("evidence_recall_random_sd", "", Some(deviation));
            self.figure("evidence_recall_last", "", sums.last.share());
            self.figure("evidence_lift", "", Some(recall - mean));
            for (name, recall) in [("evidence", sums.recall), ("evidence, last bytes", sums.last)] {
                let (lookups, hits) = (recall.total, recall.found);
                self.record.channels.push(Channel { name: name.into(), lookups, hits });
            }
        }
        Ok(Ok(()))
    }

    fn compacted(&self, document: &[u8]) -> std::io::Result<Result<CompactResult, Ending>> {
        let input = MemFile::of("document", &[document])?;
        let length = document.len() as u64;
        let task = Task::Compact { budget: Some(self.units(length)), tokens: false };
        Ok(match self.work(task, &input, Protocol::Cold, length)? {
            Err(ending) => Err(ending),
            Ok(done) => match done.success {
                Success::Compacted(result) => Ok(result),
                _ => return Err(std::io::Error::other("a worker answered another question")),
            },
        })
    }
}

impl Sums {
    fn add(&mut self, case: &Case, result: &CompactResult) {
        let length = case.document.len() as u64;
        self.input += length;
        self.output += result.output_bytes;
        self.kept += result.kept.iter().map(|(_, length)| length).sum::<u64>();
        self.longer += u64::from(result.output_bytes > length);
        self.seconds += result.seconds;
    }

    fn judge(&mut self, case: &Case, result: &CompactResult) {
        let span = |&(start, length): &(u64, u64)| start as usize..(start + length) as usize;
        let spans: Vec<Range<usize>> = result.kept.iter().map(span).collect();
        let bytes = result.output_bytes as usize;
        let recall = |spans: &[Range<usize>]| Recall::of(&case.evidence, spans);
        self.recall = self.recall.and(recall(&spans));
        self.last = self.last.and(recall(&last_bytes(&case.document, bytes)));
        for (seed, random) in self.random.iter_mut().enumerate() {
            *random = random.and(recall(&random_lines(&case.document, bytes, seed as u64)));
        }
    }
}
