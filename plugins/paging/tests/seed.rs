//! The seed's counts and hashes equal those of the original, chuk-ai-session-manager 0.8.

mod common;

use std::collections::{HashMap, HashSet};

use common::golden_zipf;
use pressmark_paging::seed::plugin::{L0, L1, PREFETCH, TLB};
use pressmark_paging::seed::prefetch::Prefetcher;
use pressmark_paging::seed::tlb::{Tlb, WithTable};
use pressmark_paging::seed::working_set::{AntiThrash, ContextWindow, HotCache};
use pressmark_sdk::testing::replay;
use pressmark_sdk::{Access, AccessKind};
use sha2::{Digest, Sha256};

/// Names of pages, one a line.
fn lines(pages: &[u64]) -> String {
    pages.iter().map(|page| format!("p{page:05}\n")).collect()
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_trace_is_the_golden_one() {
    let trace = golden_zipf();
    assert_eq!(trace[..10], [98, 3, 23, 172, 272, 0, 0, 1, 41, 0]);
    assert_eq!(
        sha256(&lines(&trace)),
        "eedf374c1025e693165a22cbaafb1fada0a9d001c4c921176cd9e34c6961a1d4"
    );
}

#[test]
fn the_tlb_counts_as_the_original() {
    let trace = golden_zipf();
    for (capacity, hits, recent) in [
        (64, 37_855, "2e60fa3c9f20e477ff07c918d1220a8e6ee153a9f943f3e0788b1579ec56f047"),
        (512, 65_258, "bd1c64f396cdee2d91d97799cfcecd2d41d4e64d894166417cb81504b9c06007"),
    ] {
        let mut tlb = Tlb::new(capacity);
        let mut gone = 0;
        for &page in &trace {
            if !tlb.lookup(page) {
                tlb.insert(page, 1, &mut |_| gone += 1);
            }
        }
        assert_eq!((tlb.hits, tlb.misses, tlb.len()), (hits, 100_000 - hits, capacity));
        assert_eq!(gone, tlb.misses - capacity);
        assert_eq!(sha256(&lines(&tlb.recent())), recent);
    }
    let mut tlb = Tlb::new(0);
    tlb.insert(1, 1, &mut |_| {});
    tlb.insert(2, 1, &mut |_| {});
    assert_eq!(tlb.recent(), [2], "with room for none it holds one");
}

#[test]
fn the_page_table_changes_nothing_and_updates_cost_hits() {
    let trace = golden_zipf();
    for (capacity, hits, updated) in [(64, 37_855, 35_167), (512, 65_258, 60_007)] {
        for mode in ["preregistered", "registered through the wrapper", "on a miss"] {
            let mut pages = WithTable::new(capacity);
            let distinct: Vec<u64> = {
                let mut seen = HashSet::new();
                trace.iter().copied().filter(|&page| seen.insert(page)).collect()
            };
            match mode {
                "preregistered" => distinct.iter().for_each(|&page| pages.preregister(page)),
                "on a miss" => {}
                _ => distinct.iter().for_each(|&page| pages.register(page, 1, &mut |_| {})),
            }
            let mut registered = 0;
            for &page in &trace {
                if !pages.lookup(page, 1, &mut |_| {}) {
                    pages.register(page, 1, &mut |_| {});
                    registered += 1;
                }
            }
            assert_eq!((pages.tlb.hits, pages.known(), pages.tlb.len()), (hits, 4842, capacity));
            assert_eq!(registered, if mode == "on a miss" { 4842 } else { 0 });
        }
        let accesses = accesses(&trace, 1 << 40, |_| 1);
        for page_table in ["true", "false"] {
            let options = [("page_table", page_table), ("update_every", "10")];
            let run = replay(&TLB, &options, capacity, &accesses, true).expect("it runs");
            assert_eq!(run.hits.iter().filter(|&&hit| hit).count(), updated);
            assert_eq!(run.output.channels["tlb"], (100_000, updated as u64));
        }
    }
}

/// Accesses of a trace in turns of a length.
fn accesses(trace: &[u64], turn: usize, size: impl Fn(u64) -> u64) -> Vec<Access> {
    let access = |(at, &page): (usize, &u64)| {
        Access::new(AccessKind::Read, page, size(page), (at / turn) as u64)
    };
    trace.iter().enumerate().map(access).collect()
}

/// What the prefetcher did in a run of the golden protocol.
#[derive(Debug, PartialEq)]
struct Fetched {
    hits: u64,
    issued: usize,
    used: usize,
    covered: usize,
    inserted: usize,
    lists: String,
}

fn prefetched(capacity: u64, with_table: bool) -> Fetched {
    let trace = golden_zipf();
    let mut order = HashMap::new();
    for &page in &trace {
        let next = order.len();
        order.entry(page).or_insert(next);
    }
    let claim = |page| order[&page] % 10 == 0;
    let types: Option<&dyn Fn(u64) -> bool> = if with_table { Some(&claim) } else { None };
    let (mut tlb, mut prefetcher) = (Tlb::new(capacity), Prefetcher::default());
    let mut fetched =
        Fetched { hits: 0, issued: 0, used: 0, covered: 0, inserted: 0, lists: String::new() };
    for (turn, block) in trace.chunks(32).enumerate() {
        let pages = prefetcher.pages(types);
        for &page in pages.iter() {
            if !tlb.contains(page) {
                tlb.insert(page, 1, &mut |_| {});
                fetched.inserted += 1;
            }
        }
        fetched.issued += pages.len();
        fetched.used += pages.iter().filter(|page| block.contains(page)).count();
        fetched.covered += block.iter().filter(|page| pages.contains(page)).count();
        let names: Vec<String> = pages.iter().map(|page| format!("p{page:05}")).collect();
        fetched.lists += &(names.join(",") + "\n");
        for &page in block {
            if !tlb.lookup(page) {
                tlb.insert(page, 1, &mut |_| {});
            }
            prefetcher.record_access(page);
        }
        prefetcher.record_tool(turn as u64 % 7, turn as u64, block);
        if turn % 8 == 7 {
            prefetcher.set_summary(block[0]);
        }
    }
    fetched.hits = tlb.hits;
    fetched.lists = sha256(&fetched.lists);
    fetched
}

#[test]
fn the_prefetcher_fetches_as_the_original() {
    let with = "484b9d2d7e64394887ee456d027aef92ef98f15e5ec1e59e923d45c4b0b9448f";
    let without = "38af8d3b86ff28ba5e2d03c4bf2dc8910ff8dea95ae983d8b66338ba4c4d02b5";
    for (capacity, table, hits, inserted) in [
        (64, true, 37_992, 671),
        (64, false, 37_992, 670),
        (512, true, 65_258, 0),
        (512, false, 65_258, 0),
    ] {
        let (issued, used, covered) =
            if table { (12_222, 8291, 20_891) } else { (12_235, 8301, 20_907) };
        let lists = if table { with } else { without }.to_string();
        let expected = Fetched { hits, issued, used, covered, inserted, lists };
        assert_eq!(prefetched(capacity, table), expected);
    }
}

/// The same protocol told through a trace: tool calls at the end of each turn.
#[test]
fn a_trace_tells_the_prefetcher_the_same() {
    let mut trace = Vec::new();
    for (turn, block) in golden_zipf().chunks(32).enumerate() {
        let turn = turn as u64;
        trace.extend(block.iter().map(|&page| Access::new(AccessKind::Read, page, 1, turn)));
        trace.push(Access::new(AccessKind::Tool, turn % 7, 0, turn));
    }
    for (capacity, claims, hits, covered) in
        [(64, "10", 37_992, 20_891), (64, "0", 37_992, 20_907), (512, "10", 65_258, 20_891)]
    {
        let options = [("claim_every", claims), ("summary_every", "8")];
        let run = replay(&PREFETCH, &options, capacity, &trace, false).expect("it runs");
        assert_eq!(run.hits.iter().filter(|&&hit| hit).count(), hits);
        assert_eq!(run.prefetches > 0, capacity == 64);
        assert_eq!(run.output.channels["tlb"], (100_000, hits as u64));
        assert_eq!(run.output.channels["prefetch"], (100_000, covered));
    }
}

fn tokens(page: u64) -> u64 {
    50 + page * 37 % 400
}

fn importance(page: u64) -> f64 {
    (page % 11) as f64 / 10.0
}

#[test]
fn the_context_window_evicts_as_the_original() {
    let trace = &golden_zipf()[..20_000];
    for (important, anti_thrash, hits, victims, left, used) in [
        (false, false, 6447, V0, F0, 14_916),
        (false, true, 6447, V0, F0, 14_916),
        (true, false, 3984, V1, F1, 14_999),
        (true, true, 5099, V2, F2, 14_772),
    ] {
        let mut window = ContextWindow::new(15_000, AntiThrash::new(anti_thrash));
        let (mut found, mut gone) = (0, Vec::new());
        for (at, &page) in trace.iter().enumerate() {
            if at > 0 && at % 10 == 0 {
                window.new_turn();
            }
            let important = |page| if important { importance(page) } else { 0.5 };
            found += u64::from(window.access(page, tokens(page), important, &mut |page| {
                gone.push(page);
            }));
        }
        assert_eq!((found, window.used()), (hits, used));
        assert_eq!(sha256(&lines(&gone)), victims);
        assert_eq!(sha256(&lines(window.pages())), left);
    }
    let accesses = accesses(trace, 10, tokens);
    let run = replay(&L0, &[], 15_000, &accesses, true).expect("it runs");
    assert_eq!(run.hits.iter().filter(|&&hit| hit).count(), 6447);
}

const V0: &str = "d7046e32677bfd4df3548569e3f8b2f04e9ed99e43b724d0c68452afc0bfc359";
const F0: &str = "af1d712d3d0f33e45870ca77648ec825ca2ee9b89beb9bc21add6cc387af419a";
const V1: &str = "e21afab7a4dafca6ed3fa39a8633dc2dc3f3e1834f2075b650cd6a7c8b4c3efd";
const F1: &str = "83771da066f9e666a0b0fb1b4eed4274027811713eb0513aff01b5ec5d34233c";
const V2: &str = "355c0aa0e71411f27853ae9f6c5042d837544368a3865e473dc9edfbf2f751e7";
const F2: &str = "6b3cd3bea9528da7452f12f5d17e730910cfe9e292f9e1c19e4beccebee5e3e6";

#[test]
fn the_hot_cache_evicts_as_the_original() {
    let trace = &golden_zipf()[..5000];
    for (anti_thrash, hits, victims) in [
        (false, 1969, "6c03e05ecd47d45c75e97968d3c052d33c26dc0911eb3d732d50b9f50478fea5"),
        (true, 1975, "fe69d236eeac505aecdf2ddbb833fd401fee1b4f36cfdedfa4e01b12e797eb3f"),
    ] {
        let mut cache = HotCache::new(100, AntiThrash::new(anti_thrash));
        let (mut found, mut gone) = (0, Vec::new());
        for (at, &page) in trace.iter().enumerate() {
            if at > 0 && at % 10 == 0 {
                cache.new_turn();
            }
            let now = 60 * (at as u64 + 1);
            found += u64::from(cache.access(page, 1, now, importance, &mut |page| {
                gone.push(page);
            }));
        }
        assert_eq!(found, hits);
        assert_eq!(sha256(&lines(&gone)), victims);
    }
    let run = replay(&L1, &[], 100, &accesses(trace, 10, |_| 1), true).expect("it runs");
    let hits = run.hits.iter().filter(|&&hit| hit).count();
    assert!((1..2500).contains(&hits));
}
