//! The prefetcher: which pages to fetch when a turn begins.

use std::cmp::Reverse;
use std::collections::HashMap;

/// Claims that are fetched; the search for them stops at three times as many pages.
const CLAIMS: usize = 3;
/// Tools that are thought of, and pages fetched for each.
const TOOLS: usize = 3;
const PAGES: usize = 3;

/// Counts of keys, and the first few keys in order of count, then of first appearance.
#[derive(Debug)]
pub struct Counter {
    counts: HashMap<u64, (u64, usize)>,
    top: Vec<u64>,
    keep: usize,
}

impl Counter {
    /// Keeps the order of the first `keep` keys.
    pub fn new(keep: usize) -> Self {
        Self { counts: HashMap::new(), top: Vec::new(), keep }
    }

    fn rank(&self, key: u64) -> Reverse<(u64, Reverse<usize>)> {
        let (count, order) = self.counts.get(&key).copied().unwrap_or((0, usize::MAX));
        Reverse((count, Reverse(order)))
    }

    /// Counts a key once more.
    pub fn add(&mut self, key: u64) {
        let order = self.counts.len();
        self.counts.entry(key).or_insert((0, order)).0 += 1;
        // Counts only grow, so only this key can have risen.
        let mut at = self.top.iter().position(|&other| other == key).unwrap_or(self.top.len());
        if at == self.top.len() {
            self.top.push(key);
        }
        while at > 0 && self.rank(key) < self.rank(self.top[at - 1]) {
            self.top.swap(at, at - 1);
            at -= 1;
        }
        self.top.truncate(self.keep);
    }

    /// The keys counted most.
    pub fn top(&self) -> &[u64] {
        &self.top
    }

    /// The place of a key in order of first appearance.
    pub fn order(&self, key: u64) -> Option<usize> {
        self.counts.get(&key).map(|&(_, order)| order)
    }

    /// How many different keys there are.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

/// What is known of a tool.
#[derive(Debug)]
struct Tool {
    key: u64,
    calls: u64,
    last_turn: u64,
    /// Every page ever seen before a call, without end.
    before: Counter,
}

/// The prefetcher.
#[derive(Debug)]
pub struct Prefetcher {
    accesses: Counter,
    tools: Vec<Tool>,
    summary: Option<u64>,
}

impl Default for Prefetcher {
    fn default() -> Self {
        Self { accesses: Counter::new(3 * CLAIMS), tools: Vec::new(), summary: None }
    }
}

impl Prefetcher {
    /// A page was accessed.
    pub fn record_access(&mut self, key: u64) {
        self.accesses.add(key);
    }

    /// A tool was called in a turn, after these pages.
    pub fn record_tool(&mut self, key: u64, turn: u64, before: &[u64]) {
        let at = self.tools.iter().position(|tool| tool.key == key).unwrap_or_else(|| {
            self.tools.push(Tool { key, calls: 0, last_turn: 0, before: Counter::new(PAGES) });
            self.tools.len() - 1
        });
        let tool = &mut self.tools[at];
        tool.calls += 1;
        tool.last_turn = turn;
        before.iter().for_each(|&page| tool.before.add(page));
    }

    /// The summary of the last segment is this page.
    pub fn set_summary(&mut self, key: u64) {
        self.summary = Some(key);
    }

    /// The pages to fetch, at most 13: the last summary, claims among the busiest pages (or
    /// simply the busiest where types are not known), and what the likeliest tools were called
    /// after. A tool is the likelier the later its last call was, and then the more calls.
    pub fn pages(&self, claim: Option<&dyn Fn(u64) -> bool>) -> Vec<u64> {
        let mut pages: Vec<u64> = self.summary.into_iter().collect();
        let mut add = |page: u64| {
            if !pages.contains(&page) {
                pages.push(page);
            }
        };
        let busiest = self.accesses.top().iter().copied();
        match claim {
            Some(claim) => busiest.filter(|&page| claim(page)).take(CLAIMS).for_each(&mut add),
            None => busiest.take(CLAIMS).for_each(&mut add),
        }
        let mut tools: Vec<&Tool> = self.tools.iter().collect();
        tools.sort_by_key(|tool| Reverse((tool.last_turn, tool.calls)));
        for tool in tools.into_iter().take(TOOLS) {
            tool.before.top().iter().copied().for_each(&mut add);
        }
        pages
    }

    /// The accesses by page.
    pub fn accesses(&self) -> &Counter {
        &self.accesses
    }
}
