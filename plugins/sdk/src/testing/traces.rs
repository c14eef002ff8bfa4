//! The audit of a cache: the host keeps its own set of resident keys.

use std::collections::HashMap;

use super::host::TestList;
use super::session::Session;
use super::{Output, Replay};
use crate::{Access, AccessKind, Error, Result};

/// Resident keys and their sizes.
struct Residents {
    sizes: HashMap<u64, u64>,
    used: u64,
    capacity: u64,
    prefetches: u64,
}

impl Residents {
    fn insert(&mut self, key: u64, size: u64) {
        self.used -= self.sizes.insert(key, size).unwrap_or(0);
        self.used += size;
    }

    fn evict(&mut self, key: u64) -> Result<()> {
        match self.sizes.remove(&key) {
            Some(size) => self.used -= size,
            None => return Err(Error::Failed(format!("{key} was evicted, but not resident"))),
        }
        Ok(())
    }

    /// Keys fetched ahead come before what they displace; sizes are those known, else 1.
    fn take(&mut self, evicted: &[(u64, u64)], prefetched: &[(u64, u64)]) -> Result<()> {
        for &(key, _) in prefetched {
            self.insert(key, 1);
            self.prefetches += 1;
        }
        evicted.iter().try_for_each(|&(key, _)| self.evict(key))?;
        if self.used > self.capacity {
            return Err(Error::Failed(format!(
                "{} units are resident, the capacity is {}",
                self.used, self.capacity
            )));
        }
        Ok(())
    }

    /// One access with what the strategy said about it.
    fn step(
        &mut self,
        access: &Access,
        hit: u8,
        evicted: &[(u64, u64)],
        prefetched: &[(u64, u64)],
    ) -> Result<()> {
        if access.kind() != AccessKind::Tool {
            let resident = self.sizes.contains_key(&access.key());
            if hit != u8::from(resident) {
                let key = access.key();
                return Err(Error::Failed(format!("hit {hit} for {key}, resident: {resident}")));
            }
            self.insert(access.key(), access.size());
        }
        self.take(evicted, prefetched)
    }
}

/// The entries of one access in a batch's list.
fn of_access(list: &TestList, index: u64) -> &[(u64, u64)] {
    let from = list.0.partition_point(|&(_, at)| at < index);
    let to = list.0.partition_point(|&(_, at)| at <= index);
    &list.0[from..to]
}

pub(super) fn replay(
    session: &mut Session,
    capacity: u64,
    accesses: &[Access],
    batch: bool,
) -> Result<Replay> {
    session.reset(capacity)?;
    let mut residents = Residents { sizes: HashMap::new(), used: 0, capacity, prefetches: 0 };
    let mut hits = Vec::with_capacity(accesses.len());
    for turn in accesses.chunk_by(|a, b| a.turn() == b.turn()) {
        let [evicted, prefetched] = session.begin_turn(turn[0].turn())?;
        residents.take(&evicted.0, &prefetched.0)?;
        let mut flags = vec![u8::MAX; turn.len()];
        if batch {
            let [evicted, prefetched] = session.access_batch(turn, &mut flags)?;
            for list in [&evicted, &prefetched] {
                if !list.0.is_sorted_by_key(|&(_, index)| index) {
                    return Err(Error::Failed("the index falls within a batch".into()));
                }
            }
            for (index, (access, &hit)) in turn.iter().zip(&flags).enumerate() {
                let (evicted, prefetched) =
                    (of_access(&evicted, index as u64), of_access(&prefetched, index as u64));
                residents.step(access, hit, evicted, prefetched)?;
            }
        } else {
            for (access, hit) in turn.iter().zip(&mut flags) {
                let [evicted, prefetched] = session.access(access, hit)?;
                residents.step(access, *hit, &evicted.0, &prefetched.0)?;
            }
        }
        hits.extend(flags.iter().map(|&hit| hit == 1));
    }
    let heard = std::mem::take(&mut *session.host.heard.borrow_mut());
    let output = Output {
        metrics: heard.metrics,
        channels: heard.channels,
        series: heard.series,
        ..Output::default()
    };
    Ok(Replay { hits, prefetches: residents.prefetches, output })
}

/// Accesses that a host hands over at a time.
const BATCH: usize = 4096;

/// Hits, and keys that were told.
pub(super) fn drive(
    session: &mut Session,
    capacity: u64,
    accesses: &[Access],
    batch: bool,
) -> Result<(u64, u64)> {
    session.reset(capacity)?;
    let mut flags = [0; BATCH];
    let mut lists = [TestList::default(), TestList::default()];
    let (mut hits, mut told) = (0, 0);
    for accesses in accesses.chunks(BATCH) {
        session.drive(accesses, &mut flags, &mut lists, batch)?;
        hits += flags[..accesses.len()].iter().map(|&hit| u64::from(hit)).sum::<u64>();
        for TestList(keys) in &mut lists {
            told += keys.len() as u64;
            keys.clear();
        }
    }
    Ok((hits, told))
}
