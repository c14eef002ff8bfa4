//! What no cache can beat, and what order is worth: bounds of a trace.

use std::collections::{BTreeSet, HashMap};

use crate::synthetic::Rng;
use crate::trace::{Access, Kind};

/// Hits of the policy that knows the future (Belady 1966): the resident page that is used again
/// last, or never, gives way; a page that was asked for is always taken in.
///
/// With pages of one size no policy without prefetching has more hits; with others the rule is
/// only a good one. Tool calls look nothing up. A page larger than `capacity` never stays.
///
/// Cost: O(n log n) time, 24 bytes per access.
pub fn belady(accesses: &[Access], capacity: u64) -> u64 {
    let lookups: Vec<&Access> =
        accesses.iter().filter(|access| access.kind != Kind::Tool).collect();
    let mut next = vec![usize::MAX; lookups.len()];
    let mut upcoming = HashMap::new();
    for (at, access) in lookups.iter().enumerate().rev() {
        next[at] = upcoming.insert(access.key, at).unwrap_or(usize::MAX);
    }
    // Resident pages by their next use; size and next use by key.
    let mut order: BTreeSet<(usize, u64)> = BTreeSet::new();
    let mut resident: HashMap<u64, (u64, usize)> = HashMap::new();
    let (mut used, mut hits) = (0, 0);
    for (at, access) in lookups.iter().enumerate() {
        if let Some((size, due)) = resident.remove(&access.key) {
            order.remove(&(due, access.key));
            used -= size;
            hits += 1;
        }
        if access.size > capacity {
            continue;
        }
        while used + access.size > capacity {
            let Some((_, gone)) = order.pop_last() else { break };
            used -= resident.remove(&gone).map_or(0, |(size, _)| size);
        }
        order.insert((next[at], access.key));
        resident.insert(access.key, (access.size, next[at]));
        used += access.size;
    }
    hits
}

/// The same accesses in an order drawn by `seed`: what a policy keeps of its hits then is what
/// the popularity of pages gives, the rest is what their order gave. Turns stay in place.
pub fn shuffled(accesses: &[Access], seed: u64) -> Vec<Access> {
    let mut shuffled = accesses.to_vec();
    Rng::new(seed).shuffle(&mut shuffled);
    for (access, original) in shuffled.iter_mut().zip(accesses) {
        access.turn = original.turn;
    }
    shuffled
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reads(keys: &[u64]) -> Vec<Access> {
        keys.iter().map(|&key| Access { key, size: 1, turn: 0, kind: Kind::Read }).collect()
    }

    /// The most hits of any way to choose victims, by trying all.
    fn best(keys: &[u64], resident: &[u64], capacity: usize) -> u64 {
        let Some((&key, rest)) = keys.split_first() else { return 0 };
        if resident.contains(&key) {
            return 1 + best(rest, resident, capacity);
        }
        let mut with = resident.to_vec();
        with.push(key);
        if with.len() <= capacity {
            return best(rest, &with, capacity);
        }
        let without = |gone: usize| {
            let mut left = with.clone();
            left.remove(gone);
            best(rest, &left, capacity)
        };
        (0..capacity).map(without).max().unwrap_or(0)
    }

    #[test]
    fn sizes_count_and_tools_do_not() {
        let access = |key, size, kind| Access { key, size, turn: 0, kind };
        let trace = [
            access(0, 2, Kind::Write),
            access(9, 1, Kind::Tool),
            access(1, 2, Kind::Read),
            access(2, 9, Kind::Read),
            access(0, 2, Kind::Read),
            access(9, 1, Kind::Tool),
            access(1, 2, Kind::Read),
        ];
        assert_eq!(belady(&trace, 4), 2);
        assert_eq!(belady(&trace, 2), 0);
        assert_eq!(belady(&[], 2), 0);
    }

    proptest! {
        #[test]
        fn nothing_has_more_hits(keys in prop::collection::vec(0u64..5, 0..11), capacity in 1usize..4) {
            prop_assert_eq!(belady(&reads(&keys), capacity as u64), best(&keys, &[], capacity));
        }

        #[test]
        fn a_shuffle_keeps_accesses(keys in prop::collection::vec(0u64..50, 0..200), seed: u64) {
            let mut there: Vec<u64> = shuffled(&reads(&keys), seed).iter().map(|a| a.key).collect();
            let mut keys = keys;
            keys.sort_unstable();
            there.sort_unstable();
            prop_assert_eq!(keys, there);
        }
    }
}
