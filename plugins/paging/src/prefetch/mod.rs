//! A policy that fetches ahead what followed before.
//!
//! Agents repeat themselves: a task is tried again, a file is read again after the same search, a
//! group of records is quoted together. So whenever a page is accessed or a tool is called, the
//! pages that followed it the last times ([`history`]) are predicted, and those are fetched whose
//! kind of prediction came true often enough of late ([`confidence`]).
//!
//! The policy underneath plays the trace alone, as a shadow without any fetching. The cache
//! holds what the shadow holds but for what fetched pages displaced, so that both sides of the
//! account are exact: a hit that the shadow has not is gained, a hit of the shadow that the cache
//! has not is lost. A page is fetched if its chance is at least [`LEAST`] and more than what its
//! size cost of late in lost hits (cost and benefit as in R. H. Patterson, G. A. Gibson, E.
//! Ginting, D. Stodolsky and J. Zelenka, Informed Prefetching and Caching, SOSP 1995).
//!
//! Pollution is bounded three times: fetched pages that were not used have at most three
//! quarters of the capacity, and on a miss they leave before any page that the policy keeps; the
//! more hits were lost to them of late, the likelier a page must be; and while the cache has some
//! hits less than the shadow all in all, nothing is fetched. Only pages that were accessed before
//! are ever fetched.

pub mod confidence;
pub mod history;
pub mod plugin;

use pressmark_sdk::{Access, AccessKind};

use crate::policy::{Policy, bounded};
use crate::table::{List, Slot, Table};
use confidence::Confidence;
use history::{Follower, History};

/// A page with a smaller chance is not fetched.
pub const LEAST: f64 = 1.0 / 6.0;
/// A page that was fetched stays for so many accesses, as far as other fetched pages go: those
/// predicted next would otherwise push out those that come first.
const HOLD: u32 = 8;
/// Hits behind the shadow at which nothing is fetched any more, and lookups for one more.
const ALLOWANCE: u64 = 3;
const ALLOWED_EVERY: u64 = 4096;
/// What was fetched and lost further back than so many capacities counts half.
const MEMORY: f64 = 32.0;

/// What a prefetching cache tells.
pub trait Events {
    /// The page leaves.
    fn gone(&mut self, key: u64);
    /// The page was fetched ahead and is there.
    fn fetched(&mut self, key: u64);
}

/// Counts of pages fetched after something, and of those accessed later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fetches {
    /// Pages that were fetched.
    pub fetched: u64,
    /// Those that were accessed before they left.
    pub used: u64,
}

/// A policy that fetches ahead; see the front page of the module.
#[derive(Debug)]
pub struct Prefetching<P> {
    capacity: u64,
    /// Without fetching.
    shadow: P,
    table: Table,
    /// Pages that the shadow has as well, or did when they came.
    kept: List,
    /// Pages that the shadow evicted.
    strangers: List,
    /// Pages that were fetched and not accessed since. The note says when, and after what.
    fetched: List,
    history: History,
    confidence: Confidence,
    /// Hits lost of late, and units fetched.
    lost: f64,
    units: f64,
    /// By what they were fetched after: a page, a tool.
    pub fetches: [Fetches; 2],
    /// Lookups, and hits.
    lookups: u64,
    hits: u64,
    /// Hits that the shadow had.
    pub alone: u64,
    followers: Vec<Follower>,
    /// Pages that left in this access: the host hears of them after those that came.
    left: Vec<u64>,
}

impl<P: Policy> Prefetching<P> {
    /// An empty cache.
    pub fn new(capacity: u64) -> Self {
        let capacity = bounded(capacity);
        let mut table = Table::default();
        let [kept, strangers, fetched] = [(); 3].map(|()| table.list());
        Self {
            capacity,
            shadow: P::new(capacity),
            table,
            kept,
            strangers,
            fetched,
            history: History::default(),
            confidence: Confidence::default(),
            lost: 0.0,
            units: 1.0,
            fetches: [Fetches::default(); 2],
            lookups: 0,
            hits: 0,
            alone: 0,
            followers: Vec::new(),
            left: Vec::new(),
        }
    }

    /// What the pages in the cache weigh.
    pub fn used(&self) -> u64 {
        [self.kept, self.strangers, self.fetched].map(|list| self.table.weight(list)).iter().sum()
    }

    /// One access; true if the page was there. It is there afterwards unless it is gone.
    pub fn access(&mut self, access: &Access, events: &mut impl Events) -> bool {
        self.left.clear();
        let is_tool = access.kind() == AccessKind::Tool;
        let hit = !is_tool && self.look_up(access.key(), access.size(), events);
        self.confidence.access((!is_tool).then_some(access.key()));
        self.history.add(access);
        let mut followers = std::mem::take(&mut self.followers);
        self.history.followers(&mut followers);
        for follower in &followers {
            if self.table.find(follower.key).is_none() {
                let chance = self.confidence.predict(is_tool, follower);
                self.consider(follower, is_tool, chance, events);
            }
        }
        self.followers = followers;
        hit
    }

    fn look_up(&mut self, key: u64, size: u64, events: &mut impl Events) -> bool {
        let Self { table, kept, strangers, .. } = self;
        let mut is_kept = true;
        let alone = self.shadow.access(key, size, &mut |gone| {
            is_kept &= gone != key;
            if let Some(slot) = table.find(gone)
                && table.list_of(slot) == *kept
            {
                table.renew(slot, *strangers);
            }
        });
        let found = self.table.find(key);
        self.lookups += 1;
        self.hits += u64::from(found.is_some());
        self.alone += u64::from(alone);
        if alone && found.is_none() {
            self.lost += 1.0;
        }
        if let Some(slot) = found
            && self.table.list_of(slot) == self.fetched
        {
            self.fetches[(self.table.note(slot) & 1) as usize].used += 1;
        }
        if size > self.capacity {
            if let Some(slot) = found {
                self.table.remove(slot);
            }
            self.tell_gone(key, events);
            return found.is_some();
        }
        let list = if is_kept { self.kept } else { self.strangers };
        match found {
            Some(slot) => {
                self.table.resize(slot, size);
                self.table.renew(slot, list);
            }
            None => drop(self.table.insert(key, size, list)),
        }
        while self.used() > self.capacity {
            let oldest = |list| self.table.oldest(list);
            let victim = oldest(self.strangers).or_else(|| oldest(self.fetched));
            let Some(victim) = victim.or_else(|| oldest(self.kept)) else { break };
            self.evict(victim, events);
        }
        found.is_some()
    }

    fn evict(&mut self, slot: Slot, events: &mut impl Events) {
        let key = self.table.remove(slot);
        self.tell_gone(key, events);
    }

    fn tell_gone(&mut self, key: u64, events: &mut impl Events) {
        self.left.push(key);
        events.gone(key);
    }

    /// Fetches a page if it is likely to pay.
    fn consider(
        &mut self,
        page: &Follower,
        after_tool: bool,
        chance: f64,
        events: &mut impl Events,
    ) {
        if self.alone > self.hits + ALLOWANCE + self.lookups / ALLOWED_EVERY {
            return;
        }
        // The host takes a page without size for one unit until it is accessed.
        let size = page.size.max(1);
        let cost = self.lost / self.units * size as f64;
        let room = self.capacity - self.capacity / 4;
        if chance < LEAST.max(cost) || size > room || self.left.contains(&page.key) {
            return;
        }
        if !self.is_room(size, room) {
            return;
        }
        while self.table.weight(self.fetched) + size > room
            && let Some(oldest) = self.table.oldest(self.fetched)
        {
            self.evict(oldest, events);
        }
        while self.used() + size > self.capacity {
            let oldest = |list| self.table.oldest(list);
            let victim = oldest(self.strangers).or_else(|| oldest(self.kept));
            let Some(victim) = victim else { return };
            self.evict(victim, events);
        }
        let slot = self.table.insert(page.key, size, self.fetched);
        self.table.set_note(slot, self.clock() << 1 | u32::from(after_tool));
        events.fetched(page.key);
        self.fetches[usize::from(after_tool)].fetched += 1;
        self.units += size as f64;
        if self.units > MEMORY * self.capacity as f64 {
            self.units /= 2.0;
            self.lost /= 2.0;
        }
    }

    /// The time as notes have it.
    fn clock(&self) -> u32 {
        self.confidence.now() as u32 & (u32::MAX >> 1)
    }

    /// Accesses since a page was fetched.
    fn age(&self, slot: Slot) -> u32 {
        self.clock().wrapping_sub(self.table.note(slot) >> 1) & (u32::MAX >> 1)
    }

    /// Whether fetched pages leave room for one more, those that must stay for a while aside.
    fn is_room(&self, size: u64, room: u64) -> bool {
        let mut weight = self.table.weight(self.fetched) + size;
        let mut next = self.table.oldest(self.fetched);
        while weight > room {
            let Some(slot) = next.filter(|&slot| self.age(slot) >= HOLD) else { return false };
            weight -= self.table.size(slot);
            next = self.table.newer(slot);
        }
        true
    }
}
