//! One cell of a packer: a context for every question, and what of the evidence stands in it.
//!
//! Where a log has labelled questions, they are asked about the whole session, and the labelled
//! pages are the evidence. Elsewhere every turn of the agent that quotes from earlier pages makes
//! a case: the question is what was said to it just before, the pages are all before that, and
//! the evidence is what it quotes from them. What also stands in the question needs no memory
//! and is no evidence. A strategy sees questions and pages; evidence stays here.

use std::collections::HashSet;
use std::ops::Range;

use pressmark_datasets::evidence::{self, Index, Said, lines_of, rendered};
use pressmark_datasets::{Dataset, Session};
use pressmark_protocol::{
    Observations, PackPage, PackQuestion, PackResult, PackSession, Packed, Phase, Protocol,
    Success, Task,
};
use pressmark_reports::State;
use pressmark_reports::record::Channel;
use pressmark_reports::statistics::median;

use super::cell::CellRun;
use crate::memfile::MemFile;
use crate::worker::Ending;

/// Words of a run that shows that a page is in a context.
const RUN: usize = 8;

/// Sessions with their questions, and what answers need, question by question.
pub(super) struct Cases {
    sessions: Vec<PackSession>,
    /// As a worker reads them.
    input: MemFile,
    bytes: u64,
    /// By session and question.
    needs: Vec<Vec<Vec<Need>>>,
}

/// One thing that an answer needs.
struct Need {
    /// The pages that hold it.
    pages: Vec<usize>,
    /// Its words; a whole page has none and is judged by being chosen.
    words: Option<String>,
}

impl Cases {
    /// Of a dataset with sessions.
    pub(super) fn of(dataset: &Dataset) -> Result<Cases, String> {
        let sessions = dataset.sessions.as_ref().ok_or_else(|| {
            format!(
                "dataset {} has format {} and no sessions to pack: a packer takes format = \
                 \"sessions\"",
                dataset.id, dataset.format
            )
        })?;
        let (sessions, needs): (Vec<_>, Vec<_>) = sessions.iter().map(case).unzip();
        let json = serde_json::to_vec(&sessions).expect("plain values");
        let input = MemFile::of("sessions", &[&json])
            .map_err(|error| format!("dataset {}: {error}", dataset.id))?;
        Ok(Cases { sessions, input, bytes: json.len() as u64, needs })
    }

    fn questions(&self) -> u64 {
        self.sessions.iter().map(|session| session.questions.len() as u64).sum()
    }
}

fn case(session: &Session) -> (PackSession, Vec<Vec<Need>>) {
    let page = |turn: &pressmark_datasets::Turn| PackPage {
        role: turn.role.clone(),
        tool: turn.tool.clone().unwrap_or_default(),
        text: turn.text.clone(),
    };
    let pages: Vec<PackPage> = session.turns.iter().map(page).collect();
    let (questions, needs) =
        if session.questions.is_empty() { quotations(session) } else { labelled(session) };
    (PackSession { pages, questions }, needs)
}

fn labelled(session: &Session) -> (Vec<PackQuestion>, Vec<Vec<Need>>) {
    let asked = session.questions.iter().filter(|question| !question.evidence.is_empty());
    let one = |question: &pressmark_datasets::Question| {
        let need = |&page: &usize| Need { pages: vec![page], words: None };
        let needs = question.evidence.iter().map(need).collect();
        (PackQuestion { text: question.text.clone(), pages: session.turns.len() }, needs)
    };
    asked.map(one).unzip()
}

fn quotations(session: &Session) -> (Vec<PackQuestion>, Vec<Vec<Need>>) {
    let said: Vec<Said<'_>> = session.turns.iter().map(Said::from).collect();
    // What was said is the end of its line.
    let places: Vec<Range<usize>> = lines_of(&said)
        .into_iter()
        .zip(&said)
        .map(|(line, said)| line.end - said.text.len()..line.end)
        .collect();
    let document = rendered(&said);
    let mut index = Index::new(&document);
    let is_agent = |turn: &usize| said[*turn].role == "assistant";
    let mut cases = Vec::new();
    for turn in (0..said.len()).filter(is_agent) {
        // The turn that it answers: others of the agent may stand between.
        let Some(question) = (0..turn).rev().find(|turn| !is_agent(turn)) else { continue };
        index.extend(places[turn - 1].end);
        let mut needs = Vec::new();
        for quote in index.quoted(&[said[turn].text.as_bytes()]) {
            let page = |place: &Range<usize>| {
                let page = places.partition_point(|page| page.end < place.end);
                (places[page].start <= place.start).then_some(page)
            };
            let words = words(&document[quote.places[0].clone()]).join(" ");
            let mut pages: Vec<usize> = quote.places.iter().filter_map(page).collect();
            pages.dedup();
            let is_new = pages.last().is_some_and(|&last| last < question);
            if is_new && !pages.is_empty() {
                needs.push(Need { pages, words: Some(words) });
            }
        }
        if !needs.is_empty() {
            let text = said[question].text.to_owned();
            cases.push((PackQuestion { text, pages: question }, needs));
        }
    }
    cases.into_iter().unzip()
}

/// The words of a text as evidence has them.
fn words(text: &[u8]) -> Vec<String> {
    let word = |place: Range<usize>| String::from_utf8_lossy(&text[place]).into_owned();
    evidence::words(text).into_iter().map(word).collect()
}

/// Sums over contexts.
#[derive(Default)]
struct Sums {
    questions: u64,
    any: u64,
    all: u64,
    needed: u64,
    found: u64,
    chosen: u64,
    relevant: u64,
    tokens: u64,
}

impl Sums {
    /// Judges one context; says what is wrong with what it claims.
    fn add(
        &mut self,
        pages: &[PackPage],
        needs: &[Need],
        packed: &Packed,
        context: &[u8],
    ) -> Result<(), String> {
        let said = words(context);
        for &page in &packed.chosen {
            if !stands_in(&words(pages[page as usize].text.as_bytes()), &said) {
                return Err(format!("chose page {page}, of which nothing is in the context"));
            }
        }
        let text = format!(" {} ", said.join(" "));
        let is_chosen = |page: &usize| packed.chosen.contains(&(*page as u64));
        let is_found = |need: &&Need| match &need.words {
            Some(words) => text.contains(&format!(" {words} ")),
            None => need.pages.iter().any(is_chosen),
        };
        let found = needs.iter().filter(is_found).count() as u64;
        let holds = |page: &u64| needs.iter().any(|need| need.pages.contains(&(*page as usize)));
        self.questions += 1;
        self.needed += needs.len() as u64;
        self.found += found;
        self.any += u64::from(found > 0);
        self.all += u64::from(found == needs.len() as u64);
        self.chosen += packed.chosen.len() as u64;
        self.relevant += packed.chosen.iter().filter(|page| holds(page)).count() as u64;
        self.tokens += packed.tokens;
        Ok(())
    }
}

/// Whether a run of the page's words, or all of a few, stands in what is said.
fn stands_in(page: &[String], said: &[String]) -> bool {
    let run = page.len().min(RUN);
    if run == 0 {
        return true;
    }
    let runs: HashSet<&[String]> = said.windows(run).collect();
    page.windows(run).any(|run| runs.contains(run))
}

impl CellRun<'_> {
    /// Packs every context once.
    pub(super) fn pack(&mut self, cases: &Cases) -> std::io::Result<Result<(), Ending>> {
        let budget = self.units(0);
        let (result, output, observations) = match self.packed(cases, budget)? {
            Ok(done) => done,
            Err(ending) => return Ok(Err(ending)),
        };
        self.seconds.push(result.seconds);
        let seconds = median(&self.seconds).filter(|seconds| *seconds > 0.0);
        let questions = cases.questions() as f64;
        self.figure("contexts_per_second", "1/s", seconds.map(|seconds| questions / seconds));
        if self.seconds.len() > 1 {
            return Ok(Ok(()));
        }
        self.observe(&observations);
        let mut sums = Sums::default();
        let mut packed = result.packed.iter();
        let mut start = 0;
        for (session, needs) in cases.sessions.iter().zip(&cases.needs) {
            for (needs, packed) in needs.iter().zip(packed.by_ref()) {
                let end = start + packed.bytes as usize;
                let context = output.get(start..end);
                let judged = context
                    .ok_or_else(|| "wrote less than it was said to".to_owned())
                    .and_then(|context| sums.add(&session.pages, needs, packed, context));
                if let Err(reason) = judged {
                    return Ok(Err(broke(reason)));
                }
                start = end;
            }
        }
        self.judged(&sums, budget);
        self.record.host_alloc_peak_bytes = Some(result.memory.host_alloc_peak);
        self.record.rss_peak_delta_bytes = result.memory.rss_peak_delta;
        self.record.max_rss_bytes = result.memory.max_rss;
        Ok(Ok(()))
    }

    fn judged(&mut self, sums: &Sums, budget: u64) {
        let per = |count: u64, of: u64| (of > 0).then(|| count as f64 / of as f64);
        for (name, unit, value) in [
            ("budget", "tokens", Some(budget as f64)),
            ("questions", "", Some(sums.questions as f64)),
            ("evidence_recall", "", per(sums.found, sums.needed)),
            ("recall_any", "", per(sums.any, sums.questions)),
            ("recall_all", "", per(sums.all, sums.questions)),
            ("page_precision", "", per(sums.relevant, sums.chosen)),
            ("pages_per_context", "", per(sums.chosen, sums.questions)),
            ("tokens_per_context", "tokens", per(sums.tokens, sums.questions)),
            ("tokens_per_hit", "tokens", per(sums.tokens, sums.found)),
            ("budget_use", "", per(sums.tokens, sums.questions.saturating_mul(budget))),
        ] {
            self.figure(name, unit, value);
        }
        for (name, lookups, hits) in [
            ("evidence", sums.needed, sums.found),
            ("questions with all evidence", sums.questions, sums.all),
            ("pages that hold evidence", sums.chosen, sums.relevant),
        ] {
            self.record.channels.push(Channel { name: name.into(), lookups, hits });
        }
    }

    #[allow(clippy::type_complexity, reason = "used once, and named where it is taken apart")]
    fn packed(
        &self,
        cases: &Cases,
        budget: u64,
    ) -> std::io::Result<Result<(PackResult, Vec<u8>, Observations), Ending>> {
        let task = Task::Pack { budget, mode: self.experiment().mode.unwrap_or_default() };
        // Four bytes for each of the four scalar values of a token.
        let most = cases.questions().saturating_mul(budget).saturating_mul(16).max(cases.bytes);
        Ok(match self.work(task, &cases.input, Protocol::Cold, most)? {
            Err(ending) => Err(ending),
            Ok(done) => match done.success {
                Success::Packed(result) => Ok((result, done.output.bytes()?, done.observations)),
                _ => return Err(std::io::Error::other("a worker answered another question")),
            },
        })
    }
}

/// The end of a cell whose plugin broke a rule that only the harness can check.
fn broke(reason: String) -> Ending {
    Ending {
        state: State::PluginError,
        reason: format!("the plugin broke a rule of the ABI: {reason}"),
        phase: Phase::Pack,
        signal: None,
        code: None,
        observations: Observations::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pressmark_datasets::{Question, Turn};

    fn turn(role: &str, text: &str) -> Turn {
        Turn { role: role.into(), tool: None, text: text.into(), time: None }
    }

    fn session(turns: Vec<Turn>) -> Session {
        Session { id: "s".into(), turns, questions: Vec::new() }
    }

    #[test]
    fn a_quotation_is_evidence_unless_the_question_says_it() {
        let session = session(vec![
            turn("tool", "the record of Ann has id KX4471 and zip 12345"),
            turn("assistant", "hello"),
            turn("user", "cancel 12345, please"),
            turn("assistant", "cancel(KX4471, 12345)"),
        ]);
        let (packed, needs) = case(&session);
        assert_eq!(
            packed.questions,
            [PackQuestion { text: "cancel 12345, please".into(), pages: 2 }]
        );
        assert_eq!(needs[0].len(), 1, "the number stands in the question");
        assert_eq!(
            (&needs[0][0].pages[..], needs[0][0].words.as_deref()),
            (&[0][..], Some("KX4471"))
        );
        let mut sums = Sums::default();
        let context = b"[0] tool: has id \"KX4471\" and";
        let packed = |chosen| Packed { bytes: 0, tokens: 7, chosen };
        sums.add(&packed_pages(&session), &needs[0], &packed(vec![]), context).unwrap();
        assert_eq!((sums.found, sums.all, sums.relevant), (1, 1, 0));
        let claim = sums.add(&packed_pages(&session), &needs[0], &packed(vec![0]), context);
        assert!(claim.is_err(), "five words of ten show nothing");
    }

    fn packed_pages(session: &Session) -> Vec<PackPage> {
        case(session).0.pages
    }

    #[test]
    fn labelled_pages_are_evidence() {
        let mut session = session(vec![turn("Ann", "I moved to Rome"), turn("Ben", "Nice")]);
        for evidence in [vec![0], vec![]] {
            session.questions.push(Question { text: "Where?".into(), evidence });
        }
        let (packed, needs) = case(&session);
        assert_eq!((packed.questions.len(), packed.questions[0].pages, needs.len()), (1, 2, 1));
        let mut sums = Sums::default();
        let chosen = Packed { bytes: 0, tokens: 7, chosen: vec![0] };
        sums.add(&packed.pages, &needs[0], &chosen, b"[0] Ann: I moved to Rome").unwrap();
        assert_eq!((sums.found, sums.all, sums.relevant), (1, 1, 1));
    }
}
