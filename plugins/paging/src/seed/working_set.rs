//! The working set: the context window (L0) and the hot cache (L1).
//!
//! Scores are as in the original but for its penalty for thrashing, which is dead there: a
//! page with a penalty is protected and never a candidate, so that all candidates have none.

use std::collections::HashMap;

/// Turns for which a page is safe after it was faulted in, and after it was evicted.
const FAULT_SAFE: u64 = 2;
const EVICTION_SAFE: u64 = 3;
/// History is looked through every so many turns, and dropped when it is older than this.
const CLEAN_EVERY: u64 = 10;
const KEEP: u64 = 20;

/// What protects pages that came or went a moment ago.
#[derive(Debug, Default)]
pub struct AntiThrash {
    on: bool,
    turn: u64,
    faults: HashMap<u64, u64>,
    evictions: HashMap<u64, u64>,
}

impl AntiThrash {
    /// Protects if `on`.
    pub fn new(on: bool) -> Self {
        Self { on, ..Self::default() }
    }

    fn new_turn(&mut self) {
        self.turn += 1;
        if self.turn.is_multiple_of(CLEAN_EVERY) {
            let turn = self.turn;
            self.faults.retain(|_, &mut at| turn - at <= KEEP);
            self.evictions.retain(|_, &mut at| turn - at <= KEEP);
        }
    }

    fn fault(&mut self, key: u64) {
        if self.on {
            self.faults.insert(key, self.turn);
        }
    }

    fn eviction(&mut self, key: u64) {
        if self.on {
            self.evictions.insert(key, self.turn);
        }
    }

    fn protects(&self, key: u64) -> bool {
        let within = |history: &HashMap<u64, u64>, turns| {
            history.get(&key).is_some_and(|&at| self.turn - at < turns)
        };
        within(&self.faults, FAULT_SAFE) || within(&self.evictions, EVICTION_SAFE)
    }
}

/// The candidate with the lowest score, the first of those alike.
fn lowest(scores: impl Iterator<Item = (usize, f64)>) -> Option<usize> {
    scores
        .fold(None, |best: Option<(usize, f64)>, (at, score)| match best {
            Some((_, lowest)) if lowest <= score => best,
            _ => Some((at, score)),
        })
        .map(|(at, _)| at)
}

/// Pages in order of arrival within a capacity, and what protects some of them: what both tiers
/// share.
#[derive(Debug)]
struct Pages {
    capacity: u64,
    used: u64,
    order: Vec<u64>,
    sizes: HashMap<u64, u64>,
    history: AntiThrash,
}

impl Pages {
    fn new(capacity: u64, history: AntiThrash) -> Self {
        Self { capacity, used: 0, order: Vec::new(), sizes: HashMap::new(), history }
    }

    /// Sees that a page is there, if it fits beside those that are protected; else it goes to
    /// `gone` itself. Those with the lowest `score`, of a page and its place in the order
    /// from 0 to 1, leave for it. Returns whether the page was there.
    fn admit(
        &mut self,
        key: u64,
        size: u64,
        score: impl Fn(f64, u64) -> f64,
        gone: &mut impl FnMut(u64),
    ) -> bool {
        let before = self.sizes.get(&key).copied();
        if before == Some(size) {
            return true;
        }
        if before.is_some() {
            // Another size than before: as if it came anew, which the original has not.
            self.remove(key);
        } else {
            self.history.fault(key);
        }
        while size > self.capacity.saturating_sub(self.used) {
            let length = self.order.len() as f64;
            let open = self.order.iter().enumerate();
            let open = open.filter(|&(_, &page)| !self.history.protects(page));
            let victim = lowest(open.map(|(at, &page)| (at, score(at as f64 / length, page))));
            let Some(victim) = victim.filter(|_| size <= self.capacity) else {
                gone(key);
                return before.is_some();
            };
            let page = self.order[victim];
            self.remove(page);
            self.history.eviction(page);
            gone(page);
        }
        self.order.push(key);
        self.sizes.insert(key, size);
        self.used += size;
        before.is_some()
    }

    fn remove(&mut self, key: u64) {
        self.used -= self.sizes.remove(&key).unwrap_or(0);
        self.order.retain(|&page| page != key);
    }
}

/// The context window: pages in order of arrival, within a budget of tokens.
#[derive(Debug)]
pub struct ContextWindow(Pages);

impl ContextWindow {
    /// Empty, for so many tokens.
    pub fn new(budget: u64, history: AntiThrash) -> Self {
        Self(Pages::new(budget, history))
    }

    /// A turn begins.
    pub fn new_turn(&mut self) {
        self.0.history.new_turn();
    }

    /// An access; pages that leave go to `gone`. Hits move nothing, so that the order of
    /// eviction is that of arrival unless importance, a number from 0 to 1 for each page, says
    /// otherwise. A page that does not fit while all others are protected is not admitted:
    /// it goes to `gone` itself.
    pub fn access(
        &mut self,
        key: u64,
        tokens: u64,
        importance: impl Fn(u64) -> f64,
        gone: &mut impl FnMut(u64),
    ) -> bool {
        self.0.admit(key, tokens, |place, page| 0.4 * place + 0.4 * importance(page), gone)
    }

    /// Tokens in use.
    pub fn used(&self) -> u64 {
        self.0.used
    }

    /// Pages in order of arrival.
    pub fn pages(&self) -> &[u64] {
        &self.0.order
    }
}

/// The hot cache: a number of pages, scored by age, accesses and importance.
#[derive(Debug)]
pub struct HotCache {
    pages: Pages,
    /// Of every page ever seen: seconds at its last access, and accesses.
    accessed: HashMap<u64, (u64, u64)>,
}

impl HotCache {
    /// Empty, for so many pages.
    pub fn new(capacity: u64, history: AntiThrash) -> Self {
        Self { pages: Pages::new(capacity, history), accessed: HashMap::new() }
    }

    /// A turn begins.
    pub fn new_turn(&mut self) {
        self.pages.history.new_turn();
    }

    /// An access at a time in seconds, which never goes back; otherwise as
    /// [`ContextWindow::access`]. The original knows no sizes but 1.
    pub fn access(
        &mut self,
        key: u64,
        size: u64,
        now: u64,
        importance: impl Fn(u64) -> f64,
        gone: &mut impl FnMut(u64),
    ) -> bool {
        let score = |_, page| {
            let (last, accesses) = self.accessed.get(&page).copied().unwrap_or((0, 0));
            let recency = 1.0 / (1.0 + (now - last) as f64 / 3600.0);
            let frequency = (ln(1 + accesses) / 10.0).min(1.0);
            0.3 * recency + 0.2 * frequency + 0.3 * importance(page)
        };
        let hit = self.pages.admit(key, size, score, gone);
        if self.pages.sizes.contains_key(&key) {
            let accessed = self.accessed.entry(key).or_insert((0, 0));
            *accessed = (now, accessed.1 + 1);
        }
        hit
    }
}

/// The natural logarithm of a number, at least 1, in exact steps: the same on all machines,
/// and within a unit or two of the last place.
fn ln(number: u64) -> f64 {
    let exponent = number.ilog2();
    let mut mantissa = number as f64 / (1u64 << exponent) as f64;
    let mut twos = f64::from(exponent);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        twos += 1.0;
    }
    // ln m = 2 (s + s^3/3 + s^5/5 + ...) for s = (m - 1) / (m + 1), at most 0.172.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let series = (0..14).rev().fold(0.0, |sum, term| sum * s * s + 1.0 / f64::from(2 * term + 1));
    twos * std::f64::consts::LN_2 + 2.0 * s * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_logarithms() {
        for number in (1..5000).chain([u64::MAX, 1 << 40, (1 << 53) + 1]) {
            let library = (number as f64).ln();
            assert!((ln(number) - library).abs() <= 4.0 * f64::EPSILON * library, "{number}");
        }
    }
}
