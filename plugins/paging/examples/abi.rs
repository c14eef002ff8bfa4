//! What the plugin interface costs an access, one by one and in batches.
//!
//! `abi [ACCESSES] [PAGES] [CAPACITY]`: a zipf trace, by default of 10 million accesses to a million
//! pages with room for 1,000. The same policy is called as Rust code, with and without the
//! look-ahead that batches allow, and through the C functions of its strategy, from where evictions
//! are told to a host; all four take turns. Printed are nanoseconds of processor time an access,
//! the least of nine rounds, and what the interface adds. With as much room as pages nothing is
//! evicted after the first accesses, and what is added is the calls alone.

use std::time::Instant;

use pressmark_paging::plugin::{FIFO, LRU};
use pressmark_paging::policies::{Fifo, Lru};
use pressmark_paging::policy::Policy;
use pressmark_paging::table::AHEAD;
use pressmark_sdk::testing::drive;
use pressmark_sdk::{Access, AccessKind, Descriptor, Result};

#[path = "../tests/common/mod.rs"]
mod common;

const ROUNDS: usize = 9;

/// Hits, and pages that left.
fn called<P: Policy>(capacity: u64, trace: &[Access], ahead: bool) -> (u64, u64) {
    let mut policy = P::new(capacity);
    let (mut hits, mut gone) = (0, 0);
    let mut keys = [0; AHEAD];
    for accesses in trace.chunks(AHEAD) {
        if ahead {
            for (key, access) in keys.iter_mut().zip(accesses) {
                *key = access.key();
            }
            std::hint::black_box(policy.touch(&keys[..accesses.len()]));
        }
        for access in accesses {
            hits += u64::from(policy.access(access.key(), access.size(), &mut |_| gone += 1));
        }
    }
    (hits, gone)
}

fn measure<P: Policy>(
    name: &str,
    strategy: &'static Descriptor,
    capacity: u64,
    trace: &[Access],
) -> Result<()> {
    let began = Instant::now();
    let mut least = [f64::INFINITY; 4];
    let mut counted = (0, 0);
    for _ in 0..ROUNDS {
        for (least, way) in least.iter_mut().zip(0..) {
            let start = common::seconds(began);
            counted = match way {
                0 | 1 => called::<P>(capacity, trace, way == 1),
                _ => drive(strategy, &[], capacity, trace, way == 3)?,
            };
            let spent = (common::seconds(began) - start) * 1e9 / trace.len() as f64;
            *least = least.min(spent);
        }
    }
    let [plain, ahead, single, batched] = least;
    let share = |count| count as f64 / trace.len() as f64;
    println!(
        "{name}: hits {:.3}, evictions {:.3} an access; called {plain:.1} ns, with look-ahead {ahead:.1}; \
         through the ABI {single:.1} one by one ({:+.1}), {batched:.1} in batches ({:+.1})",
        share(counted.0),
        share(counted.1),
        single - plain,
        batched - ahead,
    );
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| {
        arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (accesses, pages) = (number(0, 10_000_000), number(1, 1_000_000));
    let capacity = number(2, 1_000);
    let keys = common::numbered(common::Zipf::new(pages, 42).take(accesses as usize));
    let read = |key| Access::new(AccessKind::Read, u64::from(key), 1, 0);
    let trace: Vec<Access> = keys.into_iter().map(read).collect();
    println!("{accesses} accesses to {pages} pages, room for {capacity}");
    measure::<Fifo>("fifo", &FIFO, capacity, &trace)?;
    measure::<Lru>("lru", &LRU, capacity, &trace)
}
