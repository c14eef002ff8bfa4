//! The host's own books: nothing that a plugin says of itself is taken on trust.
//!
//! A replay keeps the set of resident pages from what the plugin reports as evicted and
//! fetched, counts hits from that set, and checks the capacity after every access. A
//! compaction's spans must lie in the document, in order, and its output in the budget; a
//! context's pages must be pages of the session, and its tokens in the budget.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use pressmark_abi::PmAccess;
use pressmark_protocol::{CacheResult, Failure, Phase};

use crate::host::List;
use crate::instance::{Instance, misbehaved};

/// Accesses handed over at a time.
const BATCH: usize = 4096;
const ACCESS_BYTES: usize = 32;
/// The curve of hits is thinned out when it has so many points.
const MOST_POINTS: usize = 1024;

/// Checks the spans that a compaction claims to have kept.
pub(crate) fn spans(kept: &[(u64, u64)], document_len: u64) -> Result<(), Failure> {
    let mut end = 0;
    for &(start, len) in kept {
        let next = start.checked_add(len).filter(|&next| next <= document_len);
        match next {
            Some(next) if start >= end => end = next,
            _ => {
                return Err(misbehaved(
                    Phase::Compact,
                    format!(
                        "the kept span of {len} bytes at {start} is out of order or outside the \
                         document of {document_len} bytes"
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// Checks that a compaction or a context kept to its budget.
pub(crate) fn budget(
    output: &[u8],
    budget: Option<u64>,
    tokens: bool,
    phase: Phase,
) -> Result<(), Failure> {
    let Some(budget) = budget else { return Ok(()) };
    let (used, unit) =
        if tokens { (tokens_of(output), "tokens") } else { (output.len() as u64, "bytes") };
    if used <= budget {
        return Ok(());
    }
    Err(misbehaved(phase, format!("wrote {used} {unit} on a budget of {budget}")))
}

/// Tokens of a text, as the header counts them: four Unicode scalar values, rounded up.
pub(crate) fn tokens_of(text: &[u8]) -> u64 {
    let scalars = text.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as u64;
    scalars.div_ceil(4)
}

/// Checks that the pages of a context are among `count`, each once.
pub(crate) fn chosen(chosen: &[u64], count: usize) -> Result<(), Failure> {
    let mut seen = vec![false; count];
    for &page in chosen {
        let place = usize::try_from(page).ok().and_then(|page| seen.get_mut(page));
        let broken = match place.map(|seen| std::mem::replace(seen, true)) {
            Some(false) => continue,
            Some(true) => format!("chose page {page} twice"),
            None => format!("chose page {page} of {count}"),
        };
        return Err(misbehaved(Phase::Pack, broken));
    }
    Ok(())
}

/// Replays a trace, read from `trace` to its end.
pub(crate) fn replay(
    instance: &mut Instance,
    trace: &mut impl Read,
    capacity: u64,
) -> Result<CacheResult, Failure> {
    let (cache, raw) = instance.cache()?;
    let reset = instance.call(cache.reset, pressmark_abi::CACHE_1, Phase::Replay)?;
    let begin_turn = instance.call(cache.begin_turn, pressmark_abi::CACHE_1, Phase::Replay)?;
    let access = instance.call(cache.access, pressmark_abi::CACHE_1, Phase::Replay)?;
    // SAFETY: the header's contract, here and in the calls below: the instance is alive, the
    // arrays have the lengths that are stated, the lists are lists.
    instance.status(unsafe { reset(raw, capacity) }, Phase::Replay)?;

    let mut books = Books::new(capacity);
    let mut evicted = List::Keys(Vec::new());
    let mut prefetched = List::Keys(Vec::new());
    let mut hits = vec![0u8; BATCH];
    let mut spent = Duration::ZERO;
    let mut turn = None;
    let mut reader = BatchReader::new(trace);
    loop {
        let batch = reader.next_batch().map_err(|error| {
            misbehaved(Phase::Replay, format!("the trace cannot be read: {error}"))
        })?;
        if batch.is_empty() {
            break;
        }
        if turn != Some(batch[0].turn) {
            turn = Some(batch[0].turn);
            let start = Instant::now();
            // SAFETY: see above.
            let status =
                unsafe { begin_turn(raw, batch[0].turn, evicted.handle(), prefetched.handle()) };
            spent += start.elapsed();
            instance.status(status, Phase::Replay)?;
            books.settle_turn(&mut evicted, &mut prefetched)?;
        }
        let start = Instant::now();
        let status = match cache.access_batch {
            // SAFETY: see above.
            Some(access_batch) => unsafe {
                access_batch(
                    raw,
                    batch.as_ptr(),
                    batch.len() as u64,
                    hits.as_mut_ptr(),
                    evicted.handle(),
                    prefetched.handle(),
                )
            },
            None => {
                let mut status = pressmark_abi::OK;
                for (index, (one, hit)) in batch.iter().zip(&mut hits).enumerate() {
                    let marks = (keys(&mut evicted).len(), keys(&mut prefetched).len());
                    // SAFETY: see above.
                    status =
                        unsafe { access(raw, one, hit, evicted.handle(), prefetched.handle()) };
                    for (list, mark) in [(&mut evicted, marks.0), (&mut prefetched, marks.1)] {
                        for entry in &mut keys(list)[mark..] {
                            entry.1 = index as u64;
                        }
                    }
                    if status != pressmark_abi::OK {
                        break;
                    }
                }
                status
            }
        };
        spent += start.elapsed();
        instance.status(status, Phase::Replay)?;
        books.settle(batch, &hits, &mut evicted, &mut prefetched)?;
    }
    let mut result = books.result;
    result.curve.push((result.accesses, result.hits));
    result.seconds = spent.as_secs_f64();
    Ok(result)
}

fn keys(list: &mut List) -> &mut Vec<(u64, u64)> {
    match list {
        List::Keys(keys) => keys,
        List::Spans(_) => unreachable!("replays make key lists"),
    }
}

/// Which pages are resident, and what has been counted.
struct Books {
    capacity: u64,
    used: u64,
    /// By key.
    pages: Vec<PageState>,
    /// Accesses between two points of the curve.
    stride: u64,
    result: CacheResult,
}

#[derive(Clone, Copy, Default)]
struct PageState {
    size: u64,
    seen: bool,
    resident: bool,
    prefetched: bool,
}

impl Books {
    fn new(capacity: u64) -> Books {
        Books { capacity, used: 0, pages: Vec::new(), stride: 1, result: CacheResult::default() }
    }

    /// Settles what a turn's beginning fetched and evicted.
    fn settle_turn(&mut self, evicted: &mut List, prefetched: &mut List) -> Result<(), Failure> {
        for (key, _) in keys(prefetched).drain(..) {
            self.prefetch(key)?;
        }
        for (key, _) in keys(evicted).drain(..) {
            self.evict(key)?;
        }
        self.check_capacity()
    }

    /// Settles a batch, access by access.
    fn settle(
        &mut self,
        batch: &[PmAccess],
        hits: &[u8],
        evicted: &mut List,
        prefetched: &mut List,
    ) -> Result<(), Failure> {
        let mut gone = std::mem::take(keys(evicted)).into_iter().peekable();
        let mut come = std::mem::take(keys(prefetched)).into_iter().peekable();
        for (index, (access, &hit)) in batch.iter().zip(hits).enumerate() {
            self.access(access, hit)?;
            while let Some((key, _)) = come.next_if(|&(_, at)| at <= index as u64) {
                self.prefetch(key)?;
            }
            while let Some((key, _)) = gone.next_if(|&(_, at)| at <= index as u64) {
                self.evict(key)?;
            }
            self.check_capacity()?;
        }
        if let Some((key, at)) = come.next().or(gone.next()) {
            return Err(broke(format!("key {key} was reported at access {at}, past its batch")));
        }
        Ok(())
    }

    fn access(&mut self, access: &PmAccess, hit: u8) -> Result<(), Failure> {
        if access.kind == pressmark_abi::ACCESS_TOOL {
            return Ok(());
        }
        let page = self.page(access.key);
        let was = *page;
        *page = PageState { size: access.size, seen: true, resident: true, prefetched: false };
        if was.resident != (hit == 1) {
            return Err(broke(format!(
                "key {} was {}resident and the plugin reported a {}",
                access.key,
                if was.resident { "" } else { "not " },
                if hit == 1 { "hit" } else { "miss" }
            )));
        }
        self.result.accesses += 1;
        if was.resident {
            self.result.hits += 1;
            self.result.prefetch_used += u64::from(was.prefetched);
            self.used = self.used - was.size + access.size;
        } else {
            self.result.misses += 1;
            self.result.compulsory_misses += u64::from(!was.seen);
            self.used += access.size;
        }
        if self.result.accesses.is_multiple_of(self.stride) {
            self.result.curve.push((self.result.accesses, self.result.hits));
            if self.result.curve.len() == MOST_POINTS {
                self.stride *= 2;
                let stride = self.stride;
                self.result.curve.retain(|(accesses, _)| accesses.is_multiple_of(stride));
            }
        }
        Ok(())
    }

    fn prefetch(&mut self, key: u64) -> Result<(), Failure> {
        let page = self.page(key);
        if page.resident {
            return Err(broke(format!("key {key} was fetched ahead while it was resident")));
        }
        page.resident = true;
        page.prefetched = true;
        page.size = page.size.max(1);
        let size = page.size;
        self.used += size;
        self.result.prefetched += 1;
        Ok(())
    }

    fn evict(&mut self, key: u64) -> Result<(), Failure> {
        let page = self.page(key);
        if !page.resident {
            return Err(broke(format!("key {key} was evicted and was not resident")));
        }
        page.resident = false;
        page.prefetched = false;
        let size = page.size;
        self.used -= size;
        self.result.evictions += 1;
        Ok(())
    }

    fn check_capacity(&self) -> Result<(), Failure> {
        if self.used <= self.capacity {
            return Ok(());
        }
        Err(broke(format!("{} units were resident in a cache of {}", self.used, self.capacity)))
    }

    fn page(&mut self, key: u64) -> &mut PageState {
        let key = usize::try_from(key).unwrap_or(usize::MAX).min(MOST_KEYS);
        if key >= self.pages.len() {
            self.pages.resize(key + 1, PageState::default());
        }
        &mut self.pages[key]
    }
}

/// Keys are numbered from 0 by the harness; a plugin that invents others shares this one.
const MOST_KEYS: usize = 1 << 32;

fn broke(message: String) -> Failure {
    misbehaved(Phase::Replay, message)
}

/// Reads accesses, at most [`BATCH`] of one turn at a time.
struct BatchReader<'a, R> {
    trace: &'a mut R,
    bytes: Vec<u8>,
    batch: Vec<PmAccess>,
    pending: Option<PmAccess>,
    position: usize,
    end: usize,
}

impl<'a, R: Read> BatchReader<'a, R> {
    fn new(trace: &'a mut R) -> Self {
        BatchReader {
            trace,
            bytes: vec![0; BATCH * ACCESS_BYTES],
            batch: Vec::with_capacity(BATCH),
            pending: None,
            position: 0,
            end: 0,
        }
    }

    fn next_batch(&mut self) -> io::Result<&[PmAccess]> {
        self.batch.clear();
        self.batch.extend(self.pending.take());
        while self.batch.len() < BATCH {
            let Some(access) = self.next_access()? else { break };
            if self.batch.first().is_some_and(|first| first.turn != access.turn) {
                self.pending = Some(access);
                break;
            }
            self.batch.push(access);
        }
        Ok(&self.batch)
    }

    fn next_access(&mut self) -> io::Result<Option<PmAccess>> {
        if self.position == self.end {
            self.refill()?;
            if self.end == 0 {
                return Ok(None);
            }
        }
        let bytes = &self.bytes[self.position..self.position + ACCESS_BYTES];
        self.position += ACCESS_BYTES;
        let word = |index: usize| {
            u64::from_ne_bytes(bytes[index * 8..index * 8 + 8].try_into().expect("eight bytes"))
        };
        Ok(Some(PmAccess {
            key: word(0),
            size: word(1),
            turn: word(2),
            kind: word(3) as u32,
            reserved0: 0,
        }))
    }

    /// Fills the buffer as far as the trace goes; a torn access at its end is an error.
    fn refill(&mut self) -> io::Result<()> {
        let mut filled = 0;
        while filled < self.bytes.len() {
            match self.trace.read(&mut self.bytes[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        if filled % ACCESS_BYTES != 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.position = 0;
        self.end = filled;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(key: u64) -> PmAccess {
        PmAccess { key, size: 1, turn: 0, kind: 0, reserved0: 0 }
    }

    fn settle(books: &mut Books, key: u64, hit: u8, gone: &[u64]) -> Result<(), Failure> {
        let mut evicted = List::Keys(gone.iter().map(|&key| (key, 0)).collect());
        let mut prefetched = List::Keys(Vec::new());
        books.settle(&[access(key)], &[hit], &mut evicted, &mut prefetched)
    }

    #[test]
    fn the_books_count_and_check() {
        let mut books = Books::new(2);
        settle(&mut books, 7, 0, &[]).unwrap();
        settle(&mut books, 8, 0, &[]).unwrap();
        settle(&mut books, 7, 1, &[]).unwrap();
        settle(&mut books, 9, 0, &[8]).unwrap();
        assert_eq!((books.result.hits, books.result.misses), (1, 3));
        assert_eq!((books.result.compulsory_misses, books.result.evictions), (3, 1));
        assert!(settle(&mut books, 8, 1, &[]).is_err(), "a claimed hit on an evicted page");
    }

    #[test]
    fn a_cache_that_overfills_is_caught() {
        let mut books = Books::new(1);
        settle(&mut books, 1, 0, &[]).unwrap();
        let failure = settle(&mut books, 2, 0, &[]).unwrap_err();
        assert!(failure.message.contains("2 units"), "{}", failure.message);
        assert!(settle(&mut Books::new(1), 1, 0, &[5]).is_err(), "evicted and never resident");
    }

    #[test]
    fn spans_and_budgets_are_checked() {
        spans(&[(0, 3), (3, 2), (9, 1)], 10).unwrap();
        spans(&[(0, 3), (2, 2)], 10).unwrap_err();
        spans(&[(9, 2)], 10).unwrap_err();
        spans(&[(u64::MAX, 2)], 10).unwrap_err();
        budget("äöü".as_bytes(), Some(1), true, Phase::Compact).unwrap();
        budget("äöü".as_bytes(), Some(5), false, Phase::Compact).unwrap_err();
        chosen(&[2, 0], 3).unwrap();
        chosen(&[2, 2], 3).unwrap_err();
        chosen(&[3], 3).unwrap_err();
        chosen(&[u64::MAX], 3).unwrap_err();
    }
}
