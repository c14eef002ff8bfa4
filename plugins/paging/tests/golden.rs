//! Misses equal to those of libCacheSim (commit aa0fc40) on the zipf trace, to the last one.

mod common;

use common::{golden_zipf, misses};
use pressmark_paging::policies::{Arc, Clock, Fifo, Lfu, Lru, S3Fifo, Sieve};
use pressmark_paging::policy::Policy;

fn both<P: Policy>() -> [usize; 2] {
    let trace = golden_zipf();
    [misses::<P>(64, &trace), misses::<P>(512, &trace)]
}

#[test]
fn misses_are_those_of_the_original() {
    assert_eq!(both::<Fifo>(), [67_121, 39_410], "FIFO");
    assert_eq!(both::<Lru>(), [62_145, 34_742], "LRU");
    assert_eq!(both::<Clock>(), [60_692, 33_564], "CLOCK");
    assert_eq!(both::<Lfu>(), [51_580, 28_411], "LFU");
    assert_eq!(both::<Sieve>(), [50_467, 28_133], "SIEVE");
    assert_eq!(both::<S3Fifo>(), [50_391, 28_334], "S3-FIFO");
    assert_eq!(both::<Arc>(), [51_562, 29_283], "ARC");
}
