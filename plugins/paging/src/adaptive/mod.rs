//! The adaptive policy: experts play the trace in shadow caches, and the cache follows the one
//! that does best of late.
//!
//! While pages are few, each expert's shadow has the full capacity. The cache holds its pages
//! in two lists, those that the leader holds too and the *strangers*, and victims are
//! strangers as long as there are any: after a change of leader the cache turns into what the
//! leader's would be, at a miss for each page that differs and is wanted, and no work at all.
//!
//! There are two ways to the lead. By hits of late, which finds phases and makes the cache
//! better than any fixed policy, but loses where policies only take turns; so it is open while
//! the cache's own misses are next to those of the best expert over the whole trace (the
//! *allowance*). By all hits, which is slow and never far from that expert, at any time.
//!
//! With many pages, shadows would cost too much. Then the leader runs at full size itself, and
//! the experts are judged on a sample of the pages with a capacity scaled alike (C. Waldspurger,
//! T. Saemundson, I. Ahmad and N. Park, Cache Modeling and Optimization using Miniature
//! Simulations, USENIX ATC 2017). A new leader starts from the pages that are there.

mod experts;

use crate::index::hash;
use crate::policy::{Policy, bounded};
use crate::table::{List, Table};
use experts::{Expert, FIRST};

/// An expert's shadow has no more pages than this; above, the sample is thinned.
const SHADOW: u64 = 1 << 14;
/// The sample is thinned to a quarter at a time.
const THINNING: u32 = 2;
/// The margin is full after so many times the capacity in accesses.
const RAMP: f64 = 4.0;
/// Hits that an expert may be ahead by chance, before anything was evicted.
const CHANCE: f64 = 8.0;
/// Of the pages that a new leader has and the cache lacks, one in so many is taken to be a miss
/// that the old leader would not have had.
const WANTED: f64 = 10.0;
/// How far the cache may be behind the best expert and still follow what did well of late: a
/// share of all accesses, or of the capacity while these are few.
const ALLOWANCE: (f64, f64) = (0.002, 0.1);

/// The adaptive policy; see the front page of the module.
#[derive(Debug)]
pub struct Adaptive {
    capacity: u64,
    judges: Vec<Judge>,
    leader: usize,
    /// Who led before.
    deposed: usize,
    /// Judges see a key if so many low bits of its hash are 0.
    thinned: u32,
    /// Accesses that the judges saw.
    seen: u64,
    /// When scores are discounted next, in accesses that the judges saw.
    discount_at: u64,
    /// What a lead must exceed beside the margin: what the last change that was thought of
    /// would have cost.
    cost: f64,
    /// The margin is multiplied by it: doubled when a leader that was deposed comes back, for
    /// then they only take turns.
    patience: f64,
    cache: Cache,
    /// Changes of leader.
    switches: u64,
    /// The cache's hits, of accesses that the judges saw.
    hits: f64,
    /// Pages that left the cache, of those that the judges see.
    evicted: f64,
}

/// An expert in its shadow cache.
#[derive(Debug)]
struct Judge {
    expert: Expert,
    /// Its hits, discounted.
    score: f64,
    /// All of its hits.
    total: f64,
}

/// The cache itself.
#[derive(Debug)]
enum Cache {
    /// Follows the leader's shadow.
    Follow(Follower),
    /// Is the leader at full size.
    Run(Expert),
}

#[derive(Debug)]
struct Follower {
    table: Table,
    /// Pages that the leader holds too.
    common: List,
    strangers: List,
}

impl Follower {
    fn new() -> Self {
        let mut table = Table::default();
        let [common, strangers] = [(); 2].map(|()| table.list());
        Self { table, common, strangers }
    }

    fn used(&self) -> u64 {
        self.table.weight(self.common) + self.table.weight(self.strangers)
    }

    fn len(&self) -> u64 {
        self.table.len(self.common) + self.table.len(self.strangers)
    }

    /// An access, after the leader's: `kept` says whether the leader has the page now.
    fn access(
        &mut self,
        key: u64,
        size: u64,
        kept: bool,
        capacity: u64,
        gone: &mut impl FnMut(u64),
    ) -> bool {
        let found = self.table.find(key);
        if size > capacity {
            gone(key);
            if let Some(slot) = found {
                self.table.remove(slot);
            }
            return found.is_some();
        }
        let list = if kept { self.common } else { self.strangers };
        if let Some(slot) = found {
            self.table.resize(slot, size);
            self.table.renew(slot, list);
        } else {
            self.table.insert(key, size, list);
        }
        while self.used() > capacity {
            let strange = self.table.oldest(self.strangers);
            let Some(victim) = strange.or_else(|| self.table.oldest(self.common)) else { break };
            gone(self.table.remove(victim));
        }
        found.is_some()
    }

    /// Sorts pages by whether a new leader holds them.
    fn follow(&mut self, leader: &Expert) {
        for (key, _) in self.pages() {
            if let Some(slot) = self.table.find(key) {
                let list = if leader.holds(key) { self.common } else { self.strangers };
                self.table.renew(slot, list);
            }
        }
    }

    fn pages(&self) -> Vec<(u64, u64)> {
        [self.strangers, self.common].iter().flat_map(|&list| self.table.pages(list)).collect()
    }
}

impl Adaptive {
    /// What a shadow has room for, in pages of the size that pages have on average: hits are counted
    /// by pages, too. The first judge has no ghosts.
    fn shadow(&self) -> f64 {
        let first = &self.judges[0].expert;
        let units = (self.capacity >> self.thinned) as f64;
        (units * first.keys() as f64 / first.used().max(1) as f64).min(SHADOW as f64)
    }

    /// How many hits an expert must be ahead of the leader to take its place: a thirty-second
    /// of the capacity, and less before there was time to be far ahead. While the cache has evicted
    /// few pages, a thirty-second of these: it lacks no more, and no more can be lost on the change.
    fn margin(&self) -> f64 {
        let shadow = self.shadow();
        let age = (self.seen as f64 / (shadow * RAMP)).clamp(0.25, 1.0);
        let full = (2.0 + shadow / 32.0) * age;
        full.min(CHANCE + self.evicted / 32.0) * self.patience
    }

    /// Lets all judges see an access; returns whether the leader has the page then.
    #[inline]
    fn judge(&mut self, key: u64, size: u64) -> bool {
        let mut kept = true;
        let mut recent = (self.leader, f64::MIN);
        let mut overall = (self.leader, f64::MIN);
        for (at, judge) in self.judges.iter_mut().enumerate() {
            let hit = if at == self.leader
                && let Cache::Follow(Follower { table, strangers, .. }) = &mut self.cache
            {
                judge.expert.access(key, size, &mut |gone| {
                    kept &= gone != key;
                    if let Some(slot) = table.find(gone) {
                        table.renew(slot, *strangers);
                    }
                })
            } else {
                judge.expert.access(key, size, &mut |_| {})
            };
            if hit {
                judge.score += 1.0;
                judge.total += 1.0;
                if judge.score > recent.1 {
                    recent = (at, judge.score);
                }
                if judge.total > overall.1 {
                    overall = (at, judge.total);
                }
            }
        }
        self.seen += 1;
        if let Some(next) = self.successor(recent, overall) {
            self.switch(next);
            kept = self.judges[next].expert.holds(key);
        }
        if self.seen >= self.discount_at {
            self.discount_at = self.seen + 1000 + (self.shadow() * 8.0) as u64;
            self.judges.iter_mut().for_each(|judge| judge.score /= 2.0);
            self.cost /= 2.0;
            self.patience = (self.patience * 31.0 / 32.0).max(1.0);
        }
        kept
    }

    /// Who takes the lead, given those that hit now and have the best score and the most hits.
    #[inline]
    fn successor(&mut self, recent: (usize, f64), overall: (usize, f64)) -> Option<usize> {
        let lead = recent.1 - self.judges[self.leader].score;
        if lead > self.least() && self.affords() && self.pays(recent.0, lead) {
            return Some(recent.0);
        }
        let gain = overall.1 - self.judges[self.leader].total;
        let fades = self.judges[overall.0].score < self.judges[self.leader].score;
        (gain > self.least() && !fades && self.pays(overall.0, gain)).then_some(overall.0)
    }

    /// What a lead must exceed.
    fn least(&self) -> f64 {
        self.margin().max(self.cost)
    }

    /// Whether the cache is close enough to the best expert to follow what did well of late.
    #[cold]
    fn affords(&self) -> bool {
        let most = self.judges.iter().map(|judge| judge.total).fold(0.0, f64::max);
        let (of_accesses, of_capacity) = ALLOWANCE;
        let allowance = (self.seen as f64 * of_accesses).max(self.shadow() * of_capacity);
        most - self.hits <= allowance
    }

    /// Whether a lead is worth the change: some of the pages that the cache lacks are misses.
    #[cold]
    fn pays(&mut self, candidate: usize, lead: f64) -> bool {
        let pages = self.judges[candidate].expert.pages();
        let missing = pages.iter().filter(|(key, _)| !self.holds(*key)).count();
        self.cost = missing as f64 / WANTED * self.patience;
        lead > self.cost
    }

    #[cold]
    fn switch(&mut self, leader: usize) {
        self.switches += 1;
        self.cost = 0.0;
        if leader == self.deposed {
            self.patience *= 2.0;
        }
        self.deposed = std::mem::replace(&mut self.leader, leader);
        let leader = &self.judges[leader].expert;
        match &mut self.cache {
            Cache::Follow(follower) => follower.follow(leader),
            Cache::Run(expert) => {
                let mut fresh = leader.fresh(self.capacity);
                for (key, size) in expert.pages() {
                    fresh.access(key, size, &mut |_| {});
                }
                *expert = fresh;
            }
        }
    }

    /// Judges by a smaller sample from now on.
    #[cold]
    fn thin(&mut self) {
        self.thinned += THINNING;
        let pages = match &self.cache {
            Cache::Follow(follower) => follower.pages(),
            Cache::Run(expert) => expert.pages(),
        };
        let scaled = self.capacity >> self.thinned;
        self.hits /= f64::from(1u32 << THINNING);
        self.evicted /= f64::from(1u32 << THINNING);
        self.seen >>= THINNING;
        self.discount_at >>= THINNING;
        for Judge { expert, score, total } in &mut self.judges {
            *score /= f64::from(1u32 << THINNING);
            *total /= f64::from(1u32 << THINNING);
            *expert = expert.fresh(scaled);
            for &(key, size) in pages.iter().filter(|(key, _)| sampled(*key, self.thinned)) {
                expert.access(key, size, &mut |_| {});
            }
        }
        if let Cache::Follow(_) = self.cache {
            let mut expert = self.judges[self.leader].expert.fresh(self.capacity);
            for &(key, size) in &pages {
                expert.access(key, size, &mut |_| {});
            }
            self.cache = Cache::Run(expert);
        }
    }

    /// How often the leader changed.
    pub fn switches(&self) -> u64 {
        self.switches
    }
}

#[inline]
fn sampled(key: u64, thinned: u32) -> bool {
    hash(key) & ((1 << thinned) - 1) == 0
}

impl Policy for Adaptive {
    fn new(capacity: u64) -> Self {
        let capacity = bounded(capacity);
        let judge = |expert| Judge { expert, score: 0.0, total: 0.0 };
        Self {
            capacity,
            judges: Expert::all(capacity).into_iter().map(judge).collect(),
            leader: FIRST,
            deposed: FIRST,
            thinned: 0,
            seen: 0,
            discount_at: 0,
            cost: 0.0,
            patience: 1.0,
            cache: Cache::Follow(Follower::new()),
            switches: 0,
            hits: 0.0,
            evicted: 0.0,
        }
    }

    fn access(&mut self, key: u64, size: u64, gone: &mut impl FnMut(u64)) -> bool {
        match &mut self.cache {
            Cache::Run(expert) => {
                let Self { thinned, evicted, .. } = self;
                let hit = expert.access(key, size, &mut |left| {
                    *evicted += f64::from(u8::from(sampled(left, *thinned)));
                    gone(left);
                });
                if sampled(key, self.thinned) {
                    self.judge(key, size);
                    self.hits += f64::from(u8::from(hit));
                    if self.judges[0].expert.keys() as u64 > SHADOW {
                        self.thin();
                    }
                }
                hit
            }
            Cache::Follow(_) => {
                let kept = self.judge(key, size);
                let Cache::Follow(follower) = &mut self.cache else { return false };
                let evicted = &mut self.evicted;
                let hit = follower.access(key, size, kept, self.capacity, &mut |left| {
                    *evicted += 1.0;
                    gone(left);
                });
                self.hits += f64::from(u8::from(hit));
                if follower.len() > SHADOW {
                    self.thin();
                }
                hit
            }
        }
    }

    fn touch(&self, keys: &[u64]) -> u32 {
        match &self.cache {
            Cache::Follow(follower) => follower.table.touch(keys, true),
            Cache::Run(expert) => expert.touch(keys),
        }
    }

    fn used(&self) -> u64 {
        match &self.cache {
            Cache::Follow(follower) => follower.used(),
            Cache::Run(expert) => expert.used(),
        }
    }

    fn holds(&self, key: u64) -> bool {
        match &self.cache {
            Cache::Follow(follower) => follower.table.find(key).is_some(),
            Cache::Run(expert) => expert.holds(key),
        }
    }

    fn pages(&self) -> Vec<(u64, u64)> {
        match &self.cache {
            Cache::Follow(follower) => follower.pages(),
            Cache::Run(expert) => expert.pages(),
        }
    }

    fn leader(&self) -> Option<&'static str> {
        Some(self.judges[self.leader].expert.name())
    }

    fn keys(&self) -> usize {
        match &self.cache {
            Cache::Follow(follower) => follower.table.keys(),
            Cache::Run(expert) => expert.keys(),
        }
    }

    fn bytes(&self) -> usize {
        let judges: usize = self.judges.iter().map(|judge| judge.expert.bytes()).sum();
        judges
            + match &self.cache {
                Cache::Follow(follower) => follower.table.bytes(),
                Cache::Run(expert) => expert.bytes(),
            }
    }
}
