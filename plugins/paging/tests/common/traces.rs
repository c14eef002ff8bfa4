//! Traces of many kinds, to compare policies on.

use std::collections::HashMap;

use serde_json::Value;

use super::Zipf;

/// A name and the pages in order of access.
pub(crate) type Trace = (&'static str, Vec<u64>);

/// Pages of one kind of trace do not meet those of another.
const APART: u64 = 1 << 32;

/// Zipf with weights 1/rank^(3/4), by the product of a square root and a fourth root.
fn flat_zipf(length: usize, seed: u64) -> Vec<u64> {
    let weight = |rank: u64| (1e9 / ((rank as f64).sqrt() * (rank as f64).sqrt().sqrt())) as u64;
    Zipf::weighted((1..=5_000).map(weight), 7 + seed).take(length).collect()
}

/// A zipf working set, run over by scans of pages that never come back.
fn scans(length: usize, seed: u64) -> Vec<u64> {
    let mut zipf = Zipf::new(4_000, 11 + seed);
    let mut next = APART;
    let mut trace = Vec::with_capacity(length);
    while trace.len() < length {
        trace.extend(zipf.by_ref().take(3_000));
        trace.extend(next..next + 1_500);
        next += 1_500;
    }
    trace.truncate(length);
    trace
}

/// One long loop.
fn cycle(length: usize, pages: u64) -> Vec<u64> {
    (0..length as u64).map(|at| at % pages).collect()
}

/// A working set that wanders: nine in ten accesses to a window of 600 pages whose start
/// moves one page every 20 accesses, the others to old pages.
fn shifting(length: usize, seed: u64) -> Vec<u64> {
    let mut random = Zipf::new(1, 13 + seed);
    let mut trace = Vec::with_capacity(length);
    for at in 0..length as u64 {
        let start = at / 20;
        let draw = random.random() >> 8;
        trace.push(if draw % 10 < 9 { start + draw / 10 % 600 } else { draw / 10 % (start + 600) });
    }
    trace
}

/// A working set that jumps: every 10,000 accesses a zipf over other pages.
fn jumping(length: usize, seed: u64) -> Vec<u64> {
    let zipf = Zipf::new(2_000, 17 + seed).take(length);
    zipf.enumerate().map(|(at, page)| (at as u64 / 10_000) * APART + page).collect()
}

/// Phases of all kinds.
fn mixed(length: usize, seed: u64) -> Vec<u64> {
    let part = length / 5;
    let mut trace: Vec<u64> = Zipf::new(3_000, 19 + seed).take(part).collect();
    trace.extend(cycle(part, 1_500).iter().map(|page| page + APART));
    trace.extend(shifting(part, seed).iter().map(|page| page + 2 * APART));
    trace.extend(scans(part, seed).iter().map(|page| page + 3 * APART));
    trace.extend(Zipf::new(3_000, 23 + seed).take(part));
    trace
}

/// Recent pages again, near ones more often: stack distances fall off as a power.
fn recent(length: usize, seed: u64) -> Vec<u64> {
    let mut depths = Zipf::new(3_000, 29 + seed);
    let mut stack: Vec<u64> = (0..3_000).collect();
    let mut next = stack.len() as u64;
    let mut trace = Vec::with_capacity(length);
    for _ in 0..length {
        let depth = depths.next().unwrap_or(0) as usize;
        let page = stack.remove(stack.len() - 1 - depth);
        // One in sixteen is replaced by a new page: what is old fades.
        let new = depths.random().is_multiple_of(16);
        next += u64::from(new);
        let page = if new { next } else { page };
        stack.push(page);
        trace.push(page);
    }
    trace
}

/// The traces that are generated, each of so many accesses; with another seed the loop has
/// another length, and all else other draws.
pub(crate) fn generated(length: usize, seed: u64) -> Vec<Trace> {
    vec![
        ("zipf", Zipf::new(5_000, 42 + seed).take(length).collect()),
        ("zipf_flat", flat_zipf(length, seed)),
        ("scans", scans(length, seed)),
        ("loop", cycle(length, 3_000 - seed * 700 % 2_500)),
        ("shifting", shifting(length, seed)),
        ("jumping", jumping(length, seed)),
        ("recent", recent(length, seed)),
        ("mixed", mixed(length, seed)),
    ]
}

/// Two traces of tau-bench trajectories (a JSON array of runs with `traj`): the arguments of
/// tool calls, a page for each name and value; and quotations, a page for each message,
/// accessed when a later message of its run repeats at least 24 bytes of it.
pub(crate) fn sessions(json: &[u8]) -> serde_json::Result<Vec<Trace>> {
    let runs: Value = serde_json::from_slice(json)?;
    let (mut arguments, mut quotations) = (Vec::new(), Vec::new());
    let mut numbers: HashMap<String, u64> = HashMap::new();
    let mut first = 0;
    for run in runs.as_array().into_iter().flatten() {
        let messages = run["traj"].as_array().map_or(&[][..], Vec::as_slice);
        let mut windows: HashMap<&[u8], u64> = HashMap::new();
        for (message, number) in messages.iter().zip(first..) {
            let calls = message["tool_calls"].as_array().into_iter().flatten();
            for call in calls {
                let text = call["function"]["arguments"].as_str().unwrap_or("{}");
                let values: Value = serde_json::from_str(text).unwrap_or(Value::Null);
                for (name, value) in values.as_object().into_iter().flatten() {
                    let next = numbers.len() as u64;
                    arguments.push(*numbers.entry(format!("{name}={value}")).or_insert(next));
                }
            }
            let text = message["content"].as_str().unwrap_or("").as_bytes();
            let mut last = None;
            for window in text.windows(24) {
                if let Some(&page) = windows.get(window)
                    && last != Some(page)
                {
                    quotations.push(page);
                    last = Some(page);
                }
            }
            windows.extend(text.windows(24).map(|window| (window, number)));
        }
        first += messages.len() as u64;
    }
    Ok(vec![("tool_arguments", arguments), ("quotations", quotations)])
}
