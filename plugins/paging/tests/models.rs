//! Each policy against an obvious slow version of it, on random traces with pages of many
//! sizes: the same hits, and the same evictions in the same order.

use std::collections::HashSet;

use pressmark_paging::adaptive::Adaptive;
use pressmark_paging::policies::{Arc, Clock, Fifo, Lfu, Lirs, Lru, S3Fifo, Sieve, TwoQ, WTinyLfu};
use pressmark_paging::policy::Policy;
use pressmark_paging::sketch::Sketch;
use proptest::prelude::*;

/// A page in a plain list, whose first is the oldest.
#[derive(Debug, Clone, Copy)]
struct Page {
    key: u64,
    size: u64,
    note: u64,
}

type Pages = Vec<Page>;

fn weight(pages: &[Page]) -> u64 {
    pages.iter().map(|page| page.size).sum()
}

/// What ghosts count: those without size as 1, if that is more.
fn ghostly(pages: &[Page]) -> u64 {
    weight(pages).max(pages.len() as u64)
}

fn take(pages: &mut Pages, key: u64) -> Option<Page> {
    let at = pages.iter().position(|page| page.key == key)?;
    Some(pages.remove(at))
}

fn find(pages: &mut Pages, key: u64) -> Option<&mut Page> {
    pages.iter_mut().find(|page| page.key == key)
}

/// A slow policy.
trait Model {
    fn new(capacity: u64) -> Self;
    /// The lists of resident pages.
    fn resident(&mut self) -> Vec<&mut Pages>;
    fn hit(&mut self, key: u64);
    fn miss(&mut self, page: Page, room: &mut Room);
    fn evict(&mut self) -> u64;
    fn see(&mut self, _key: u64) {}
    fn forget(&mut self, key: u64) {
        self.resident().into_iter().for_each(|pages| _ = take(pages, key));
    }
}

/// The capacity, and who left.
struct Room {
    capacity: u64,
    gone: Vec<u64>,
}

impl Room {
    fn make(&mut self, model: &mut impl Model, size: u64) {
        while model.resident().iter().map(|pages| weight(pages)).sum::<u64>() + size > self.capacity
        {
            self.gone.push(model.evict());
        }
    }
}

fn step(model: &mut impl Model, capacity: u64, key: u64, size: u64) -> (bool, Vec<u64>) {
    model.see(key);
    let mut room = Room { capacity, gone: Vec::new() };
    let hit = model.resident().iter().any(|pages| pages.iter().any(|page| page.key == key));
    if size > capacity {
        if hit {
            model.forget(key);
        }
        return (hit, vec![key]);
    }
    if hit {
        for pages in model.resident() {
            find(pages, key).into_iter().for_each(|page| page.size = size);
        }
        model.hit(key);
        room.make(model, 0);
    } else {
        model.miss(Page { key, size, note: 0 }, &mut room);
    }
    (hit, room.gone)
}

/// The policies of one queue: name, hit, victim, and what is forgotten.
macro_rules! queue {
    ($name:ident, $hit:expr, $victim:expr) => {
        struct $name {
            pages: Pages,
            hand: Option<u64>,
            clock: u64,
        }

        impl Model for $name {
            fn new(_capacity: u64) -> Self {
                Self { pages: Vec::new(), hand: None, clock: 0 }
            }
            fn resident(&mut self) -> Vec<&mut Pages> {
                vec![&mut self.pages]
            }
            fn see(&mut self, _key: u64) {
                self.clock += 1;
            }
            fn hit(&mut self, key: u64) {
                let hit: fn(&mut Self, u64) = $hit;
                hit(self, key);
            }
            fn miss(&mut self, page: Page, room: &mut Room) {
                room.make(self, page.size);
                self.pages.push(page);
            }
            fn evict(&mut self) -> u64 {
                let victim: fn(&mut Self) -> u64 = $victim;
                let key = victim(self);
                self.forget(key);
                key
            }
            fn forget(&mut self, key: u64) {
                let at = self.pages.iter().position(|page| page.key == key);
                if self.hand == Some(key) {
                    self.hand = at.and_then(|at| self.pages.get(at + 1)).map(|page| page.key);
                }
                take(&mut self.pages, key);
            }
        }
    };
}

fn renew(pages: &mut Pages, key: u64) {
    let page = take(pages, key);
    pages.extend(page);
}

fn mark(pages: &mut Pages, key: u64) {
    find(pages, key).into_iter().for_each(|page| page.note = 1);
}

queue!(SlowFifo, |_, _| {}, |model| model.pages[0].key);
queue!(SlowLru, |model, key| renew(&mut model.pages, key), |model| model.pages[0].key);
queue!(SlowClock, |model, key| mark(&mut model.pages, key), |model| {
    while model.pages[0].note == 1 {
        model.pages[0].note = 0;
        model.pages.rotate_left(1);
    }
    model.pages[0].key
});
queue!(SlowSieve, |model, key| mark(&mut model.pages, key), |model| {
    loop {
        let hand = model.hand.unwrap_or(model.pages[0].key);
        let at = model.pages.iter().position(|page| page.key == hand).unwrap_or(0);
        if model.pages[at].note == 0 {
            model.hand = Some(hand);
            return hand;
        }
        model.pages[at].note = 0;
        model.hand = model.pages.get(at + 1).map(|page| page.key);
    }
});
// The note is hits, and when there were so many.
queue!(
    SlowLfu,
    |model, key| {
        let clock = model.clock;
        let page = find(&mut model.pages, key).expect("a hit");
        page.note = (((page.note >> 32) + 1) << 32) | clock;
        renew(&mut model.pages, key);
    },
    |model| model.pages.iter().min_by_key(|page| page.note).expect("someone").key
);

struct SlowS3Fifo {
    capacity: u64,
    small: Pages,
    main: Pages,
    ghosts: Pages,
}

impl Model for SlowS3Fifo {
    fn new(capacity: u64) -> Self {
        Self { capacity, small: vec![], main: vec![], ghosts: vec![] }
    }
    fn resident(&mut self) -> Vec<&mut Pages> {
        vec![&mut self.small, &mut self.main]
    }
    fn hit(&mut self, key: u64) {
        for pages in self.resident() {
            find(pages, key).into_iter().for_each(|page| page.note = (page.note + 1).min(3));
        }
    }
    fn miss(&mut self, page: Page, room: &mut Room) {
        let ghost = take(&mut self.ghosts, page.key);
        room.make(self, page.size);
        if ghost.is_some() { &mut self.main } else { &mut self.small }.push(page);
    }
    fn evict(&mut self) -> u64 {
        loop {
            if weight(&self.main) > self.capacity - self.capacity / 10 && !self.main.is_empty()
                || self.small.is_empty()
            {
                let mut page = self.main.remove(0);
                if page.note == 0 {
                    return page.key;
                }
                page.note -= 1;
                self.main.push(page);
            } else {
                let mut page = self.small.remove(0);
                let hits = std::mem::take(&mut page.note);
                if hits >= 2 {
                    self.main.push(page);
                    continue;
                }
                self.ghosts.push(page);
                while ghostly(&self.ghosts) > self.capacity * 9 / 10 {
                    self.ghosts.remove(0);
                }
                return page.key;
            }
        }
    }
}

struct SlowTwoQ {
    capacity: u64,
    queue: Pages,
    main: Pages,
    ghosts: Pages,
}

impl Model for SlowTwoQ {
    fn new(capacity: u64) -> Self {
        Self { capacity, queue: vec![], main: vec![], ghosts: vec![] }
    }
    fn resident(&mut self) -> Vec<&mut Pages> {
        vec![&mut self.queue, &mut self.main]
    }
    fn hit(&mut self, key: u64) {
        renew(&mut self.main, key);
    }
    fn miss(&mut self, page: Page, room: &mut Room) {
        let ghost = take(&mut self.ghosts, page.key);
        room.make(self, page.size);
        if ghost.is_some() { &mut self.main } else { &mut self.queue }.push(page);
    }
    fn evict(&mut self) -> u64 {
        let from_queue = weight(&self.queue) > self.capacity / 4 || self.main.is_empty();
        if !from_queue || self.queue.is_empty() {
            return self.main.remove(0).key;
        }
        let page = self.queue.remove(0);
        self.ghosts.push(page);
        while ghostly(&self.ghosts) > self.capacity / 2 {
            self.ghosts.remove(0);
        }
        page.key
    }
}

/// Lists T1, T2, B1 and B2 of the paper.
struct SlowArc {
    capacity: u64,
    target: f64,
    t1: Pages,
    t2: Pages,
    b1: Pages,
    b2: Pages,
    in_b2: bool,
}

impl Model for SlowArc {
    fn new(capacity: u64) -> Self {
        let [t1, t2, b1, b2] = [const { Vec::new() }; 4];
        Self { capacity, target: 0.0, t1, t2, b1, b2, in_b2: false }
    }
    fn resident(&mut self) -> Vec<&mut Pages> {
        vec![&mut self.t1, &mut self.t2]
    }
    fn hit(&mut self, key: u64) {
        let page = take(&mut self.t1, key).or_else(|| take(&mut self.t2, key));
        self.t2.extend(page);
    }
    fn miss(&mut self, page: Page, room: &mut Room) {
        let (b1, b2) = (weight(&self.b1) as f64, weight(&self.b2) as f64);
        let step = |of: f64, to: f64| (of / to.max(1.0)).max(1.0);
        let was_in_b1 = take(&mut self.b1, page.key).is_some();
        self.in_b2 = take(&mut self.b2, page.key).is_some();
        if was_in_b1 || self.in_b2 {
            self.target = if was_in_b1 {
                (self.target + step(b2, b1)).min(self.capacity as f64)
            } else {
                (self.target - step(b1, b2)).max(0.0)
            };
            room.make(self, page.size);
            self.in_b2 = false;
            return self.t2.push(page);
        }
        while ghostly(&self.t1) + ghostly(&self.b1) + page.size > self.capacity {
            if !self.b1.is_empty() {
                self.b1.remove(0);
            } else if !self.t1.is_empty() {
                room.gone.push(self.t1.remove(0).key);
            } else {
                break;
            }
        }
        let all = |model: &Self| -> u64 {
            [&model.t1, &model.t2, &model.b1, &model.b2].map(|pages| ghostly(pages)).iter().sum()
        };
        while all(self) + page.size > 2 * self.capacity && !self.b2.is_empty() {
            self.b2.remove(0);
        }
        room.make(self, page.size);
        self.t1.push(page);
    }
    fn evict(&mut self) -> u64 {
        let t1 = weight(&self.t1) as f64;
        let first = t1 > self.target || self.in_b2 && t1 == self.target || self.t2.is_empty();
        let (from, to) = if first && !self.t1.is_empty() {
            (&mut self.t1, &mut self.b1)
        } else {
            (&mut self.t2, &mut self.b2)
        };
        let page = from.remove(0);
        to.push(page);
        page.key
    }
}

/// All pages ever seen in one stack; the note of a page is 1 if it is low. A high page is
/// resident if it is in the queue.
struct SlowLirs {
    low_capacity: u64,
    capacity: u64,
    /// Low pages, high pages and ghosts in order of access.
    stack: Pages,
    queue: Pages,
    /// Ghosts in order of eviction.
    ghosts: Vec<u64>,
    low: Pages,
}

impl SlowLirs {
    fn set_low(&mut self, key: u64, low: bool, size: u64) {
        take(&mut self.low, key);
        if low {
            self.low.push(Page { key, size, note: 0 });
        }
    }
    fn is_low(&self, key: u64) -> bool {
        self.low.iter().any(|page| page.key == key)
    }
    fn push(&mut self, page: Page) {
        take(&mut self.stack, page.key);
        self.stack.push(page);
    }
    fn prune(&mut self) {
        while let Some(end) = self.stack.first()
            && !self.is_low(end.key)
        {
            let key = self.stack.remove(0).key;
            self.ghosts.retain(|&ghost| ghost != key);
        }
    }
    fn demote(&mut self) {
        self.prune();
        if let Some(key) = self.stack.first().map(|end| end.key) {
            self.stack.remove(0);
            let page = take(&mut self.low, key);
            self.queue.extend(page);
        }
    }
    fn balance(&mut self) {
        while weight(&self.low) > self.low_capacity && !self.low.is_empty() {
            self.demote();
        }
        self.prune();
    }
}

impl Model for SlowLirs {
    fn new(capacity: u64) -> Self {
        let low_capacity = capacity - (capacity / 100).max(1).min(capacity);
        let [stack, queue, low] = [const { Vec::new() }; 3];
        Self { low_capacity, capacity, stack, queue, ghosts: Vec::new(), low }
    }
    fn resident(&mut self) -> Vec<&mut Pages> {
        vec![&mut self.low, &mut self.queue]
    }
    fn hit(&mut self, key: u64) {
        let in_stack = self.stack.iter().any(|page| page.key == key);
        let low = find(&mut self.low, key).copied();
        let page = low.or_else(|| find(&mut self.queue, key).copied()).expect("a hit");
        self.push(page);
        if low.is_some() {
            self.prune();
        } else if in_stack {
            take(&mut self.queue, key);
            self.set_low(key, true, page.size);
            self.balance();
        } else {
            renew(&mut self.queue, key);
        }
    }
    fn miss(&mut self, page: Page, room: &mut Room) {
        if let Some(at) = self.ghosts.iter().position(|&ghost| ghost == page.key) {
            self.ghosts.remove(at);
            self.push(page);
            self.set_low(page.key, true, page.size);
            self.balance();
            return room.make(self, 0);
        }
        let low = weight(&self.low) + page.size <= self.low_capacity;
        room.make(self, page.size);
        self.push(page);
        if low {
            self.set_low(page.key, true, page.size);
        } else {
            self.queue.push(page);
            self.prune();
        }
    }
    fn evict(&mut self) -> u64 {
        if self.queue.is_empty() {
            self.demote();
            self.prune();
        }
        let page = self.queue.remove(0);
        if let Some(entry) = find(&mut self.stack, page.key) {
            entry.size = page.size;
            self.ghosts.push(page.key);
            let ghosts = |model: &Self| -> Pages {
                let is = |page: &&Page| model.ghosts.contains(&page.key);
                model.stack.iter().filter(is).copied().collect()
            };
            while ghostly(&ghosts(self)) > self.capacity {
                let oldest = self.ghosts.remove(0);
                take(&mut self.stack, oldest);
            }
        }
        page.key
    }
    fn forget(&mut self, key: u64) {
        for pages in [&mut self.stack, &mut self.queue, &mut self.low] {
            take(pages, key);
        }
        self.prune();
    }
}

struct SlowWTinyLfu {
    capacity: u64,
    window: Pages,
    probation: Pages,
    protected: Pages,
    seen: Sketch,
}

impl Model for SlowWTinyLfu {
    fn new(capacity: u64) -> Self {
        let [window, probation, protected] = [const { Vec::new() }; 3];
        Self { capacity, window, probation, protected, seen: Sketch::default() }
    }
    fn resident(&mut self) -> Vec<&mut Pages> {
        vec![&mut self.window, &mut self.probation, &mut self.protected]
    }
    fn see(&mut self, key: u64) {
        self.seen.add(key);
    }
    fn hit(&mut self, key: u64) {
        renew(&mut self.window, key);
        let page = take(&mut self.probation, key).or_else(|| take(&mut self.protected, key));
        self.protected.extend(page);
        let window = (self.capacity / 100).max(1);
        while weight(&self.protected) > (self.capacity - window) / 5 * 4
            && !self.protected.is_empty()
        {
            self.probation.push(self.protected.remove(0));
        }
    }
    fn miss(&mut self, page: Page, room: &mut Room) {
        self.window.push(page);
        while weight(&self.window) > (self.capacity / 100).max(1) {
            let candidate = self.window.remove(0);
            let used: u64 = self.resident().iter().map(|pages| weight(pages)).sum();
            if used + candidate.size <= self.capacity {
                self.probation.push(candidate);
                continue;
            }
            let main = if self.probation.is_empty() { &self.protected } else { &self.probation };
            match main.first().map(|victim| victim.key) {
                Some(victim) if self.seen.estimate(candidate.key) > self.seen.estimate(victim) => {
                    self.window.insert(0, candidate);
                    self.forget(victim);
                    room.gone.push(victim);
                }
                _ => room.gone.push(candidate.key),
            }
        }
        room.make(self, 0);
    }
    fn evict(&mut self) -> u64 {
        let lists = [&mut self.probation, &mut self.protected, &mut self.window];
        lists.into_iter().find(|pages| !pages.is_empty()).expect("someone").remove(0).key
    }
}

fn agree<P: Policy, M: Model>(capacity: u64, trace: &[(u64, u64)]) -> Result<(), TestCaseError> {
    let (mut policy, mut model) = (P::new(capacity), M::new(capacity));
    for (at, &(key, size)) in trace.iter().enumerate() {
        let mut gone = Vec::new();
        let hit = policy.access(key, size, &mut |key| gone.push(key));
        let expected = step(&mut model, capacity, key, size);
        prop_assert_eq!((hit, gone), expected, "access {} of {:?}", at, trace);
        let used: u64 = model.resident().iter().map(|pages| weight(pages)).sum();
        prop_assert_eq!(policy.used(), used);
    }
    let mut pages: Vec<_> = policy.pages();
    pages.sort_unstable();
    let resident = model.resident();
    let mut expected: Vec<_> =
        resident.iter().flat_map(|pages| pages.iter().map(|page| (page.key, page.size))).collect();
    expected.sort_unstable();
    prop_assert_eq!(pages, expected);
    Ok(())
}

/// Whatever a policy does, its books must balance.
fn honest<P: Policy>(capacity: u64, trace: &[(u64, u64)]) -> Result<(), TestCaseError> {
    let mut policy = P::new(capacity);
    let mut resident = std::collections::HashMap::new();
    for &(key, size) in trace {
        let was = resident.insert(key, size).is_some();
        let mut gone = Vec::new();
        prop_assert_eq!(policy.access(key, size, &mut |key| gone.push(key)), was);
        for key in gone {
            prop_assert!(resident.remove(&key).is_some(), "{} was not resident", key);
        }
        let used: u128 = resident.values().map(|&size| u128::from(size)).sum();
        prop_assert!(used <= u128::from(capacity));
        prop_assert_eq!(u128::from(policy.used()), used);
        prop_assert!(resident.keys().all(|&key| policy.holds(key)));
        policy.touch(&[key, key.wrapping_add(1)]);
    }
    prop_assert_eq!(policy.pages().len(), resident.len());
    Ok(())
}

/// Few keys, near ones more often, mostly of one size each.
fn traces() -> impl Strategy<Value = Vec<(u64, u64)>> {
    let alike = (0u64..40, Just(1u64));
    let sized = (0u64..25).prop_map(|key| (key, key * 7 % 5));
    let wild = (0u64..12, prop_oneof![0u64..4, Just(1000)]);
    prop_oneof![
        prop::collection::vec(alike, 0..400),
        prop::collection::vec(sized, 0..400),
        prop::collection::vec(wild, 0..200),
    ]
}

macro_rules! agreement {
    ($($name:ident: $policy:ty, $model:ty;)*) => {
        proptest! {
            $(#[test]
            fn $name(capacity in 1u64..30, trace in traces()) {
                agree::<$policy, $model>(capacity, &trace)?;
                honest::<$policy>(capacity, &trace)?;
            })*
        }

        /// Sizes and keys at their ends.
        #[test]
        fn hostile_traces_are_survived() {
            let ends = [0, 1, 2, u64::from(u32::MAX), 1 << 60, u64::MAX - 1, u64::MAX];
            let mut trace = Vec::new();
            for round in 0..3u64 {
                for key in ends {
                    trace.extend(ends.map(|size| (key.wrapping_add(round), size)));
                }
            }
            trace.extend((0..2000).map(|at| (u64::MAX - at % 900, at % 2)));
            for capacity in [0, 1, 10, 1 << 60, u64::MAX] {
                $(honest::<$policy>(capacity, &trace).unwrap();)*
                honest::<Adaptive>(capacity, &trace).unwrap();
            }
        }
    };
}

agreement! {
    fifo: Fifo, SlowFifo;
    lru: Lru, SlowLru;
    clock: Clock, SlowClock;
    lfu: Lfu, SlowLfu;
    sieve: Sieve, SlowSieve;
    s3fifo: S3Fifo, SlowS3Fifo;
    two_q: TwoQ, SlowTwoQ;
    arc: Arc, SlowArc;
    lirs: Lirs, SlowLirs;
    w_tiny_lfu: WTinyLfu, SlowWTinyLfu;
}

proptest! {
    #[test]
    fn adaptive_is_honest(capacity in 1u64..30, trace in traces()) {
        honest::<Adaptive>(capacity, &trace)?;
    }
}

/// Enough pages to pass from shadows to samples, and a change of leader on either side.
#[test]
fn adaptive_is_honest_with_many_pages() {
    let zipf = (0..60_000u64).map(|at| (at * at % 40_009, 1));
    let cycle = (0..120_000u64).map(|at| ((1 << 40) | (at % 30_000), 1 + at % 30_000 % 2));
    let trace: Vec<_> = zipf.chain(cycle).collect();
    let mut policy = Adaptive::new(25_000);
    let (mut resident, mut sizes) = (HashSet::new(), 0);
    for &(key, size) in &trace {
        let was = !resident.insert((key, size));
        sizes += if was { 0 } else { size };
        let hit = policy.access(key, size, &mut |gone| {
            let size = if gone >> 40 == 1 { 1 + (gone & 0xffff) % 30_000 % 2 } else { 1 };
            assert!(resident.remove(&(gone, size)));
            sizes -= size;
        });
        assert_eq!(hit, was);
        assert!(sizes <= 25_000 && sizes == policy.used());
    }
    assert!(resident.iter().all(|&(key, _)| policy.holds(key)));
    assert!(policy.switches() > 0, "the leader is {:?}", policy.leader());
}
