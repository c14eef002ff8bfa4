//! A session's pages as virtual memory: what `paging.vm` shows of them in a context.
//!
//! Unlike `paging.pack`, which chooses anew for every question, this keeps what it shows from
//! answer to answer and changes as little as it must:
//!
//! 1. what was said since comes into the context as it is;
//! 2. pages are *faulted* in: those that the question asks for in so many words
//!    (`page_fault(12, 0)`), then those that it is most about, each at the shortest level that
//!    shows what the question holds, and at most so many in a turn;
//! 3. while it is too much, a page is lowered by one level, or leaves if it is at the last:
//!    the one that loses least for the room it gives. What is said (by rarity, as everywhere)
//!    counts more the fresher a page is; pinned pages (the system's, and the last turns') are
//!    lowered only if no others are left, and one that was faulted in is passed over in two
//!    contexts.
//!
//! The original had one cap of faults in its handler, another in a class that nothing used and a
//! third in the manifest, failed faults were free, and those for pages that were there counted;
//! here there is one, an option, and what counts is a page that changes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashSet, VecDeque};

use pressmark_sdk::{PackRequest, Page};

use super::bm25::{Index, Word};
use super::context::{Context, Packed};
use super::level::{Level, Levels};
use super::log::{Cause, Log, Place};
use super::pack_cache::{Key, PackCache};
use super::pages::{PageTable, Tier};
use super::working_set::MOST_PASSES;

/// What the fresh count more than the old, as in `paging.pack`.
const FRESH: u64 = 256;
/// What can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Most faults served in a turn.
    pub faults: usize,
    /// Pages of the last turns that are pinned.
    pub pinned_turns: usize,
    /// Contexts that are remembered.
    pub contexts: usize,
    /// Whether pages have levels; without, they leave at once.
    pub levels: bool,
}

/// Counts since the beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Faults asked for, and those served.
    pub faults: [u64; 2],
    /// Pages that were to be lowered, and those passed over for having been faulted in.
    pub lowered: [u64; 2],
    /// By context, the pages of the session; by level, those shown.
    pub pages: u64,
    /// See `pages`.
    pub shown: [u64; 4],
}

/// A page that was taken up.
#[derive(Debug)]
struct Kept {
    levels: Levels,
    mark: u64,
    /// The number of pages there were when it came or was last faulted in.
    fresh: usize,
    is_system: bool,
    /// How often it is passed over yet.
    passes: u8,
}

/// A page that can be lowered, and where to. The greatest is the one that is not pinned and loses
/// least for the room it gives.
type Step = (Reverse<(bool, u128, usize)>, Place);

/// The pages of a session.
#[derive(Debug)]
pub struct Paged {
    settings: Settings,
    table: PageTable,
    index: Index,
    pages: Vec<Kept>,
    cache: PackCache,
    /// The turn of the last context: its faults.
    turn: Option<u64>,
    served: usize,
    counts: Counts,
}

impl Paged {
    /// An empty session.
    pub fn new(settings: Settings, log: Log) -> Self {
        Self {
            settings,
            table: PageTable::new(log),
            index: Index::default(),
            pages: Vec::new(),
            cache: PackCache::new(settings.contexts),
            turn: None,
            served: 0,
            counts: Counts::default(),
        }
    }

    /// Where the pages are, and the log.
    pub fn table(&self) -> &PageTable {
        &self.table
    }

    /// Counts since the beginning.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Contexts asked for, and those found in the pack cache.
    pub fn cached(&self) -> (u64, u64) {
        self.cache.counts
    }

    /// What tells the pages that were taken up from others.
    pub fn marks(&self) -> impl Iterator<Item = u64> + '_ {
        self.pages.iter().map(|page| page.mark)
    }

    /// Packs a context. The first pages of the request are those of the last one; `mark` tells
    /// pages from each other.
    pub fn pack(&mut self, request: &PackRequest<'_>, mark: impl Fn(&Page<'_>) -> u64) -> Packed {
        let turn = request.pages.last().map_or(0, |page| page.turn);
        self.table.begin_turn(turn);
        if self.turn != Some(turn) {
            (self.turn, self.served) = (Some(turn), 0);
        }
        for page in &request.pages[self.pages.len()..] {
            self.come(page, mark(page));
        }
        self.faults(request);
        let context = Context::new(request);
        self.make_room(context.left());
        self.counts.pages += self.pages.len() as u64;
        let places: Vec<Place> =
            (0..self.pages.len()).filter_map(|page| self.place(page)).collect();
        for place in places.iter().filter(|place| place.tier == Tier::Context) {
            self.counts.shown[place.level as usize] += 1;
        }
        let pages = self.marks().zip(places.iter().copied()).collect();
        let key = Key { budget: request.budget, mode: request.mode, pages };
        let pages = &self.pages;
        self.cache.get(key, || write(context, pages, (0..).zip(places)))
    }

    /// The context of an earlier turn, from the log alone. The request has the pages and the mode
    /// of that time.
    pub fn again(&self, request: &PackRequest<'_>, turn: u64) -> Packed {
        let places: BTreeMap<u64, Place> = self.table.log.replay(turn);
        let places = places.into_iter().map(|(page, place)| (page as usize, place));
        write(Context::new(request), &self.pages, places)
    }

    fn place(&self, page: usize) -> Option<Place> {
        self.table.get(page as u64).map(|entry| entry.place)
    }

    fn come(&mut self, page: &Page<'_>, mark: u64) {
        let number = self.pages.len();
        self.index.add(page.text);
        let levels = Levels::of(number, page, &self.index);
        self.table.access(number as u64, levels.at(Level::Full).chars, true);
        let is_system = page.role == "system";
        self.pages.push(Kept { levels, mark, fresh: number, is_system, passes: 0 });
    }

    /// Serves the faults of a question.
    fn faults(&mut self, request: &PackRequest<'_>) {
        let words = self.index.query(request.question);
        let asked = asked_for(request.question);
        let asked = asked.into_iter().filter(|(page, _)| *page < self.pages.len());
        let mut wanted: Vec<(usize, Level)> = asked.collect();
        for word in words.into_iter().filter(|&word| self.index.is_name(word)) {
            let holders: Vec<usize> = self.index.places(word).collect();
            let shows = |page: &&usize| {
                let level = self.place(**page).filter(|place| place.tier == Tier::Context);
                level.is_some_and(|place| self.level_of(request, **page, word) >= place.level)
            };
            // The newest page that shows it, or else the newest that has it.
            let page = holders.iter().rev().find(shows).or(holders.last());
            wanted.extend(page.map(|&page| (page, self.level_of(request, page, word))));
        }
        for (page, level) in wanted {
            let Some(place) = self.place(page) else { continue };
            if place.tier == Tier::Context && place.level <= level {
                // It is there: no fault, but it is wanted still.
                self.pages[page].fresh = self.pages.len() - 1;
                continue;
            }
            self.counts.faults[0] += 1;
            if self.served == self.settings.faults {
                continue;
            }
            self.served += 1;
            self.counts.faults[1] += 1;
            self.put(page, Place { tier: Tier::Context, level }, Cause::Asked);
            self.pages[page].fresh = self.pages.len() - 1;
            self.pages[page].passes = MOST_PASSES;
        }
    }

    /// The shortest level of a page that shows a word.
    fn level_of(&self, request: &PackRequest<'_>, page: usize, word: Word) -> Level {
        if !self.settings.levels {
            return Level::Full;
        }
        self.pages[page].levels.showing(request.pages[page].text, &self.index, &[word])
    }

    fn put(&mut self, page: usize, place: Place, cause: Cause) {
        let chars = self.pages[page].levels.at(place.level).chars;
        self.table.set(page as u64, place, chars, cause);
    }

    /// Lowers pages until they fit into so many scalar values, the cheapest first.
    fn make_room(&mut self, room: u64) {
        if self.table.size(Tier::Context) <= room {
            return;
        }
        let pins = self.pins(room / 2);
        let next = |paged: &Self, page: usize| -> Option<Step> {
            let (rate, place) = paged.step(page)?;
            Some((Reverse((pins[page], rate, page)), place))
        };
        let mut steps: BinaryHeap<Step> =
            (0..self.pages.len()).filter_map(|page| next(self, page)).collect();
        let mut passed = VecDeque::new();
        while self.table.size(Tier::Context) > room {
            // Where nothing else is left, what was passed over first.
            let Some(step) = steps.pop().or_else(|| passed.pop_front()) else { break };
            let (Reverse((_, _, page)), place) = step;
            let passes = &mut self.pages[page].passes;
            if *passes > 0 && !steps.is_empty() {
                *passes -= 1;
                self.counts.lowered[1] += 1;
                passed.push_back(step);
                continue;
            }
            self.counts.lowered[0] += 1;
            self.put(page, place, Cause::Room);
            steps.extend(next(self, page));
        }
    }

    /// Whether each page is pinned: the last turns' and the system's, as far as they fit.
    fn pins(&self, room: u64) -> Vec<bool> {
        let count = self.pages.len();
        let mut pins = vec![false; count];
        let last = (0..count).rev().take(self.settings.pinned_turns);
        let system = (0..count).filter(|&page| self.pages[page].is_system);
        let mut left = room;
        for page in last.chain(system) {
            let chars = self.pages[page].levels.at(Level::Full).chars;
            if !pins[page] && chars <= left {
                left -= chars;
                pins[page] = true;
            }
        }
        pins
    }

    /// The next step down of a page that is shown: what it loses for the room it gives.
    fn step(&self, page: usize) -> Option<(u128, Place)> {
        let place = self.place(page).filter(|place| place.tier == Tier::Context)?;
        let kept = &self.pages[page];
        let now = kept.levels.at(place.level);
        let lower = kept.levels.below(place.level).filter(|_| self.settings.levels);
        let (worth, chars, place) = match lower {
            Some(level) => {
                let after = kept.levels.at(level);
                (after.worth, after.chars, Place { tier: Tier::Context, level })
            }
            None => (0, 0, Place { tier: Tier::Store, level: Level::Full }),
        };
        let fresh = 1 + FRESH / (self.pages.len() - kept.fresh) as u64;
        let lost = u128::from(now.worth.saturating_sub(worth)) * u128::from(fresh);
        Some(((lost << 32) / u128::from(now.chars - chars), place))
    }
}

/// Writes pages at their levels.
fn write(
    mut context: Context<'_>,
    pages: &[Kept],
    places: impl IntoIterator<Item = (usize, Place)>,
) -> Packed {
    for (number, place) in places {
        if place.tier == Tier::Context {
            context.show(number, &pages[number].levels.at(place.level).ranges);
        }
    }
    context.finish()
}

/// The pages that a question asks for by `page_fault(page, level)`, once each, in order.
fn asked_for(question: &[u8]) -> Vec<(usize, Level)> {
    let call = b"page_fault(";
    let mut asked = HashSet::new();
    let calls = question.windows(call.len()).enumerate().filter(|(_, window)| *window == call);
    let arguments = calls.filter_map(|(at, _)| {
        let rest = &question[at + call.len()..];
        let end = rest.iter().take(24).position(|&byte| byte == b')')?;
        let text = std::str::from_utf8(&rest[..end]).ok()?;
        let (page, level) = text.split_once(',').unwrap_or((text, "0"));
        let level = Level::from_number(level.trim().parse().ok()?)?;
        Some((page.trim().parse().ok()?, level))
    });
    arguments.filter(|(page, _)| asked.insert(*page)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pressmark_sdk::{Mode, count_tokens};
    use proptest::prelude::*;

    const SETTINGS: Settings = Settings { faults: 2, pinned_turns: 2, contexts: 4, levels: true };

    fn said(texts: &[String]) -> Vec<Page<'_>> {
        let page = |turn: usize| {
            let text = texts[turn].as_bytes();
            Page { text, role: "tool", tool: "", turn: turn as u64, tokens: count_tokens(text) }
        };
        (0..texts.len()).map(page).collect()
    }

    fn request<'a>(question: &'a str, pages: &'a [Page<'a>], budget: u64) -> PackRequest<'a> {
        PackRequest { question: question.as_bytes(), pages, budget, mode: Mode::Passive }
    }

    fn mark(page: &Page<'_>) -> u64 {
        page.text.iter().fold(7, |sum, &byte| sum * 31 % 1_000_003 + u64::from(byte))
    }

    /// Twelve pages of 430 characters, each with a name of its own.
    fn records() -> Vec<String> {
        let words = "the weather was fine, the garden was green and the road was long ";
        (0..12).map(|at| format!("{words}{words}{words}code{at}77 {words}{words}{words}")).collect()
    }

    fn places(paged: &Paged) -> Vec<(Tier, Level)> {
        let places = (0..paged.pages.len()).filter_map(|page| paged.place(page));
        places.map(|place| (place.tier, place.level)).collect()
    }

    #[test]
    fn old_pages_are_lowered_and_the_last_are_pinned() {
        let texts = records();
        let pages = said(&texts);
        let mut paged = Paged::new(SETTINGS, Log::default());
        for count in 1..=pages.len() {
            paged.pack(&request("", &pages[..count], 500), mark);
        }
        let places = places(&paged);
        assert_eq!(places[10..], [(Tier::Context, Level::Full); 2], "{places:?}");
        let lowered = |place: &&(Tier, Level)| place.0 == Tier::Context && place.1 > Level::Full;
        assert!(places.iter().filter(lowered).count() > 3, "{places:?}");
        // Without levels fewer pages are shown.
        let mut whole = Paged::new(Settings { levels: false, ..SETTINGS }, Log::default());
        whole.pack(&request("", &pages, 500), mark);
        let shown = |paged: &Paged| paged.counts().shown.iter().sum::<u64>();
        assert_eq!(whole.counts().shown[1..], [0; 3]);
        assert!(
            shown(&whole) < places.iter().filter(|place| place.0 == Tier::Context).count() as u64
        );
    }

    /// The original's three caps disagreed; here there is one, and it holds.
    #[test]
    fn faults_are_capped_by_the_turn() {
        let texts = records();
        let pages = said(&texts);
        let mut paged = Paged::new(SETTINGS, Log::default());
        paged.pack(&request("", &pages[..11], 300), mark);
        let ask =
            "page_fault(0, 0) page_fault(1,1) page_fault(2), page_fault(99, 0) page_fault(3, 9)";
        let packed = paged.pack(&request(ask, &pages[..11], 300), mark);
        assert_eq!(paged.counts().faults, [3, 2]);
        assert!(packed.chosen.contains(&0), "{:?}", packed.chosen);
        assert_eq!(
            places(&paged)[..2],
            [(Tier::Context, Level::Full), (Tier::Context, Level::Reduced)]
        );
        // The same turn serves no more, the next one does; what is there is no fault.
        paged.pack(&request("page_fault(4, 0)", &pages[..11], 300), mark);
        assert_eq!(paged.counts().faults, [4, 2]);
        let packed = paged.pack(&request("page_fault(4, 0) page_fault(0, 3)", &pages, 300), mark);
        assert!(packed.chosen.contains(&4));
        assert_eq!(paged.counts().faults, [5, 3]);
    }

    #[test]
    fn a_name_brings_its_page_back() {
        let texts = records();
        let pages = said(&texts);
        let mut paged = Paged::new(Settings { pinned_turns: 0, ..SETTINGS }, Log::default());
        paged.pack(&request("", &pages, 120), mark);
        assert_eq!(places(&paged)[3].0, Tier::Store);
        let packed = paged.pack(&request("what of code377?", &pages, 120), mark);
        let text = String::from_utf8(packed.bytes).expect("it is text");
        assert!(text.contains("code377"), "{text}");
        let (tier, level) = places(&paged)[3];
        assert!(tier == Tier::Context && level > Level::Full, "at the shortest level: {level:?}");
        assert_eq!(paged.counts().faults, [1, 1]);
    }

    #[test]
    fn what_was_asked_for_stays_for_two_contexts() {
        let texts = records();
        let pages = said(&texts);
        let settings = Settings { pinned_turns: 0, levels: false, ..SETTINGS };
        let mut paged = Paged::new(settings, Log::default());
        let mut shown = Vec::new();
        for count in 8..=pages.len() {
            let question = if count == 9 { "page_fault(0, 0)" } else { "" };
            paged.pack(&request(question, &pages[..count], 230), mark);
            shown.push(places(&paged)[0].0 == Tier::Context);
        }
        assert_eq!(shown, [false, true, true, false, false]);
        assert_eq!(paged.counts().lowered[1], 2);
    }

    #[test]
    fn the_same_context_is_packed_once() {
        let texts = records();
        let pages = said(&texts);
        let mut paged = Paged::new(SETTINGS, Log::default());
        let first = paged.pack(&request("and?", &pages, 300), mark);
        assert_eq!(paged.pack(&request("well?", &pages, 300), mark), first);
        assert_eq!(paged.cached(), (2, 1));
        paged.pack(&request("page_fault(0, 0)", &pages, 300), mark);
        assert_eq!(paged.cached(), (3, 1));
    }

    proptest! {
        /// From the log alone, any turn's context is the one that was written then.
        #[test]
        fn any_context_can_be_had_again(
            texts in prop::collection::vec("([a-d]{1,4}[0-9]{0,4} ){0,60}", 1..14),
            budget in 10u64..300,
        ) {
            let pages = said(&texts);
            let mut paged = Paged::new(SETTINGS, Log::keeping());
            let mut written = Vec::new();
            for count in 1..=pages.len() {
                let question = &texts[count / 2];
                written.push(paged.pack(&request(question, &pages[..count], budget), mark));
                prop_assert!(count_tokens(&written[count - 1].bytes) <= budget);
            }
            for (turn, packed) in written.iter().enumerate() {
                let again = paged.again(&request("", &pages[..=turn], budget), turn as u64);
                prop_assert_eq!(&again.bytes, &packed.bytes);
            }
        }
    }
}
