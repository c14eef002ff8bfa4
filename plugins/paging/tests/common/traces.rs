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

/// The kinds of trace that [`drawn`] knows.
pub(crate) const KINDS: [&str; 12] = [
    "zipf",
    "loop",
    "uniform",
    "shifting",
    "recent",
    "bursts",
    "scans",
    "blocks",
    "loop+zipf",
    "loops",
    "two",
    "phases",
];

/// A trace of a kind, its parameters drawn from the seed: skews, lengths of loops, sizes of
/// working sets, how they shift, how long phases are.
pub(crate) fn drawn(kind: usize, length: usize, seed: u64) -> Vec<u64> {
    let mut random = Zipf::new(1, seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ kind as u64);
    (0..8).for_each(|_| _ = random.random());
    part(kind, length, &mut random)
}

/// A number of a range, small ones as often as large ones by their order of magnitude.
fn between(random: &mut Zipf, least: u64, most: u64) -> u64 {
    let part = (random.random() % 1024) as f64 / 1024.0;
    (least as f64 * (most as f64 / least as f64).powf(part)) as u64
}

fn skewed(random: &mut Zipf, most: u64) -> Zipf {
    let pages = between(random, most / 20, most);
    let skew = 0.5 + (random.random() % 80) as f64 / 100.0;
    let weight = move |rank: u64| (1e12 / (rank as f64).powf(skew)) as u64 + 1;
    Zipf::weighted((1..=pages).map(weight), random.random())
}

/// Accesses of two traces in turns, of the first one this many of a hundred.
fn mingled(first: Vec<u64>, second: Vec<u64>, percent: u64, random: &mut Zipf) -> Vec<u64> {
    let length = first.len();
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut next = |_| {
        if (random.random() >> 8) % 100 < percent {
            first.next()
        } else {
            second.next().map(|page| page + APART)
        }
    };
    (0..length).filter_map(&mut next).collect()
}

fn part(kind: usize, length: usize, random: &mut Zipf) -> Vec<u64> {
    match KINDS[kind] {
        "zipf" => skewed(random, 20_000).take(length).collect(),
        "loop" => cycle(length, between(random, 200, 8_000)),
        "uniform" => {
            let pages = between(random, 300, 10_000);
            (0..length).map(|_| (random.random() >> 4) % pages).collect()
        }
        "shifting" => {
            let (window, steps) = (between(random, 100, 3_000), between(random, 3, 100));
            let inside = 80 + random.random() % 20;
            let draw = |at: u64| {
                let (start, draw) = (at / steps, random.random() >> 4);
                let inside = draw % 100 < inside;
                if inside { start + draw / 100 % window } else { draw / 100 % (start + window) }
            };
            (0..length as u64).map(draw).collect()
        }
        "recent" => {
            let deep = between(random, 300, 3_000);
            let (mut depths, new) = (skewed(random, deep), between(random, 4, 100));
            let mut stack: Vec<u64> = (0..depths.cumulative.len() as u64).collect();
            let mut next = stack.len() as u64;
            let mut access = |_| {
                let page = stack.remove(stack.len() - 1 - depths.next().unwrap_or(0) as usize);
                let fresh = depths.random().is_multiple_of(new);
                next += u64::from(fresh);
                stack.push(if fresh { next } else { page });
                stack[stack.len() - 1]
            };
            (0..length).map(&mut access).collect()
        }
        "bursts" => {
            // A page comes a few times within a window, then only as any old page does.
            let (times, window) = (between(random, 2, 12), between(random, 20, 4_000));
            let old = random.random() % 30;
            let mut trace = vec![u64::MAX; length];
            let mut next = 0;
            for at in 0..length {
                if trace[at] != u64::MAX {
                    continue;
                }
                if next > 0 && (random.random() >> 4) % 100 < old {
                    trace[at] = (random.random() >> 4) % next;
                    continue;
                }
                for _ in 0..times {
                    let later = at + ((random.random() >> 4) % window) as usize;
                    if let Some(place) = trace.get_mut(later) {
                        *place = next;
                    }
                }
                trace[at] = next;
                next += 1;
            }
            trace
        }
        "scans" => {
            let mut zipf = skewed(random, 10_000);
            let (work, scan) = (between(random, 500, 8_000), between(random, 300, 6_000));
            let again = random.random().is_multiple_of(3);
            let (mut next, mut trace) = (APART, Vec::with_capacity(length));
            while trace.len() < length {
                trace.extend(zipf.by_ref().take(work as usize));
                trace.extend(next..next + scan);
                next += if again { 0 } else { scan };
            }
            trace.truncate(length);
            trace
        }
        "blocks" => {
            // A block is gone through a few times, then the next one; all of them again.
            let (block, times) = (between(random, 20, 2_000), between(random, 2, 10));
            let blocks = between(random, 2, 40);
            let at = |at: u64| {
                let (step, turn) = (at % block, at / block);
                turn / times % blocks * block + step
            };
            (0..length as u64).map(at).collect()
        }
        "loop+zipf" => {
            let first = cycle(length, between(random, 200, 6_000));
            let second = skewed(random, 10_000).take(length).collect();
            let percent = 10 + random.random() % 80;
            mingled(first, second, percent, random)
        }
        "loops" => {
            let first = cycle(length, between(random, 100, 1_000));
            let second = cycle(length, between(random, 1_000, 8_000));
            let percent = 10 + random.random() % 80;
            mingled(first, second, percent, random)
        }
        "two" => {
            let [first, second] = [(); 2].map(|()| {
                let kind = (random.random() >> 4) % 10;
                part(kind as usize, length, random)
            });
            let percent = 10 + random.random() % 80;
            mingled(first, second, percent, random)
        }
        _ => {
            let parts = 2 + (random.random() >> 4) % 3;
            let mut parts: Vec<_> = (0..parts)
                .map(|_| {
                    let kind = (random.random() >> 4) % 11;
                    part(kind as usize, length, random).into_iter()
                })
                .collect();
            let phase = between(random, length as u64 / 50, length as u64 / 3);
            let mut trace = Vec::with_capacity(length);
            while trace.len() < length {
                let at = (random.random() >> 4) % parts.len() as u64;
                let phase = phase / 2 + (random.random() >> 4) % phase;
                let pages = parts[at as usize].by_ref().take(phase as usize);
                trace.extend(pages.map(|page| page + at * 8 * APART));
            }
            trace.truncate(length);
            trace
        }
    }
}
