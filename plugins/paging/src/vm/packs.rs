//! `paging.vm` over a session: its contexts, and its log in words.

use std::fmt::Write as _;

use pressmark_sdk::{
    Chosen, Explain, Host, Mode, Pack, PackRequest, Page, Result, Sink, count_tokens,
};

use super::level::Level;
use super::log::{Cause, Log, Mutation, Place};
use super::machine::tell_moves;
use super::pages::Tier;
use super::plugin::{mark, write};
use super::session::{Counts, Paged, Settings};

/// Pages at levels behind `pressmark.draft.pack/1`.
pub(super) struct Packs {
    host: Host,
    settings: Settings,
    budget: u64,
    turn: Option<u64>,
    paged: Paged,
    told: Told,
}

/// What the channels were told.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    counts: Counts,
    cached: (u64, u64),
    moves: [u64; Cause::ALL.len()],
}

impl Packs {
    /// Explains with this budget, and the context of this turn, else of the last one.
    pub(super) fn new(host: &Host, settings: Settings, budget: u64, turn: Option<u64>) -> Self {
        let (paged, told) = (Paged::new(settings, Log::default()), Told::default());
        Self { host: host.clone(), settings, budget, turn, paged, told }
    }

    fn tell(&mut self) {
        let (counts, cached) = (self.paged.counts(), self.paged.cached());
        let now = Told { counts, cached, moves: self.paged.table().log.counts() };
        let told = std::mem::replace(&mut self.told, now);
        let host = &self.host;
        let pair = |now: [u64; 2], told: [u64; 2]| [now[0] - told[0], now[1] - told[1]];
        let [asked, served] = pair(now.counts.faults, told.counts.faults);
        host.channel("faults served", asked, served);
        let [lowered, passed] = pair(now.counts.lowered, told.counts.lowered);
        host.channel("passed over for being asked for", lowered + passed, passed);
        let pages = now.counts.pages - told.counts.pages;
        for level in Level::ALL {
            let shown = now.counts.shown[level as usize] - told.counts.shown[level as usize];
            host.channel(&format!("pages shown: {}", level.name()), pages, shown);
        }
        host.channel("pack cache", cached.0 - told.cached.0, cached.1 - told.cached.1);
        tell_moves(host, now.moves, told.moves);
    }
}

impl Pack for Packs {
    fn pack(
        &mut self,
        request: &PackRequest<'_>,
        out: &mut Sink<'_>,
        chosen: &mut Chosen<'_>,
    ) -> Result<()> {
        let marks = request.pages.iter().map(mark);
        let known = self.paged.marks().count();
        if known > request.pages.len() || !marks.take(known).eq(self.paged.marks()) {
            // Another session, or an earlier place of this one.
            self.paged = Paged::new(self.settings, Log::default());
            self.told = Told::default();
        }
        let packed = self.paged.pack(request, mark);
        self.tell();
        write(&packed, out, chosen)
    }
}

impl Explain for Packs {
    fn explain(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let text = String::from_utf8_lossy(input);
        out.write(explained(&text, self.settings, self.budget, self.turn).as_bytes())
    }
}

/// What a session does to its pages, and the context after a turn, else the last one. Paragraphs
/// are pages, each said in a turn of its own, by whom it begins with if that is a role and a
/// colon; each is answered with a context.
fn explained(text: &str, settings: Settings, budget: u64, turn: Option<u64>) -> String {
    let pages: Vec<Page<'_>> = (0..).zip(paragraphs(text)).map(page).collect();
    let mut paged = Paged::new(settings, Log::keeping());
    let request = |count: usize| PackRequest {
        question: pages[count - 1].text,
        pages: &pages[..count],
        budget,
        mode: Mode::Passive,
    };
    for count in 1..=pages.len() {
        paged.pack(&request(count), mark);
    }
    let mut told = format!("# {} pages, {budget} tokens\n", pages.len());
    let log = &paged.table().log;
    log.entries().iter().for_each(|mutation| line(&mut told, mutation));
    if let Some(last) = (pages.len() as u64).checked_sub(1) {
        let turn = turn.unwrap_or(last).min(last);
        let again = paged.again(&request(turn as usize + 1), turn);
        let _ = write!(told, "\n# after turn {turn}\n");
        told.push_str(&String::from_utf8_lossy(&again.bytes));
    }
    told
}

/// The paragraphs of a text: what blank lines part.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").map(|paragraph| paragraph.trim_matches('\n')).filter(|one| !one.is_empty())
}

fn page((turn, paragraph): (u64, &str)) -> Page<'_> {
    let roles = ["system", "user", "assistant", "tool"];
    let said = paragraph.split_once(": ").filter(|(role, _)| roles.contains(role));
    let (role, text) = said.unwrap_or(("user", paragraph));
    Page { text: text.as_bytes(), role, tool: "", turn, tokens: count_tokens(text.as_bytes()) }
}

/// A change in words.
fn line(told: &mut String, mutation: &Mutation) {
    let words = |Place { tier, level }: Place| match tier {
        Tier::Context => format!("{}, {}", tier.name(), level.name()),
        _ => tier.name().to_owned(),
    };
    let Mutation { turn, key, from, to, cause } = *mutation;
    let from = from.map_or_else(|| "new".to_owned(), words);
    let _ = writeln!(told, "turn {turn}: page {key}: {from} -> {} ({})", words(to), cause.name());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_told_and_any_turn_shown() {
        let said =
            |at: u64| format!("tool: record {at} says that code{at}9 opens the door, ").repeat(9);
        let text = (0..9).map(said).collect::<Vec<_>>().join("\n\n");
        let settings = Settings { faults: 2, pinned_turns: 2, contexts: 0, levels: true };
        let told = |turn| explained(&text, settings, 150, turn);
        let last = told(None);
        assert!(
            last.starts_with("# 9 pages, 150 tokens\nturn 0: page 0: new -> context, full (came)")
        );
        assert!(last.contains("context, full -> context, reduced (room)"), "{last}");
        assert!(last.contains("# after turn 8\n") && last.contains("\n[8] tool: "), "{last}");
        let early = told(Some(2));
        let (log, context) = early.split_once("# after turn 2\n").expect("that turn");
        assert!(last.starts_with(log) && context.contains("\n[2] tool: "), "{early}");
        assert!(!context.contains("[3]"));
        assert_eq!(explained("\n\n", settings, 150, None), "# 0 pages, 150 tokens\n");
    }
}
