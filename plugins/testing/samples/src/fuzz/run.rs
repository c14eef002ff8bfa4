//! The loop: choose an archive, hurt it, decode it, look at what happened, keep what is new.

use std::collections::{BTreeMap, HashSet};
use std::error::Error as StdError;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use pressmark_sdk::Result;
use pressmark_sdk::testing::Output;

use super::DEADLINE;
use super::mutate::{Random, mutate};
use super::target::{Archive, Case, Target, kind};

/// Archives kept of a target; later ones take the place of earlier ones.
const KEPT: usize = 400;

/// What came of all runs.
#[derive(Default)]
struct Totals {
    runs: u64,
    kinds: BTreeMap<&'static str, u64>,
    slowest: (Duration, String),
    peak: (u64, String),
    findings: BTreeMap<String, Finding>,
}

/// A fault, with the shortest archive that shows it.
struct Finding {
    count: u64,
    fault: String,
    target: String,
    case: Case,
}

/// Fuzzes the targets in turn until the time is over.
pub(super) fn run(
    id: &str,
    mut targets: Vec<Target<'_>>,
    time: Duration,
    seed: u64,
) -> Result<(), Box<dyn StdError>> {
    let folder = std::env::temp_dir().join("pressmark-fuzz").join(id);
    fs::create_dir_all(&folder)?;
    let at_hand = AtHand::new(&folder)?;
    let began = Instant::now();
    // When the run at hand began, in ms since `began`, plus one; 0 between runs.
    let clock = AtomicU64::new(0);
    let mut totals = Totals::default();
    let mut seen: Vec<HashSet<u64>> = targets.iter().map(|_| HashSet::new()).collect();
    let mut random = Random(seed);
    std::thread::scope(|scope| -> Result<(), Box<dyn StdError>> {
        let watch = scope.spawn(|| watch(&clock, began, &at_hand.path));
        while began.elapsed() < time {
            let which = random.below(targets.len());
            let target = &mut targets[which];
            let (case, length) = choose(target, totals.runs, &mut random);
            at_hand.write(&case.archive)?;
            clock.store(began.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
            let start = Instant::now();
            let (output, result) = target.decode(&case);
            let took = start.elapsed();
            clock.store(0, Ordering::Relaxed);
            totals.add(target, &case, &output, &result, took);
            let mut new = false;
            for sight in sights(&output, &result) {
                new |= seen[which].insert(sight);
            }
            if new {
                keep(target, Archive { bytes: case.archive, length }, &mut random);
            }
        }
        clock.store(u64::MAX, Ordering::Relaxed);
        watch.thread().unpark();
        Ok(())
    })?;
    totals.print(id, &targets, began.elapsed(), seed);
    totals.save(&folder)
}

/// The file that holds the archive of the run at hand, for the case that the process dies.
struct AtHand {
    path: PathBuf,
    file: fs::File,
}

impl AtHand {
    fn new(folder: &Path) -> std::io::Result<AtHand> {
        let path = folder.join("at-hand.bin");
        let file = fs::File::create(&path)?;
        Ok(AtHand { path, file })
    }

    fn write(&self, archive: &[u8]) -> std::io::Result<()> {
        self.file.set_len(archive.len() as u64)?;
        self.file.write_all_at(archive, 0)
    }
}

/// Ends the process if a run does not end, and says where its archive is.
fn watch(clock: &AtomicU64, began: Instant, at_hand: &Path) {
    loop {
        std::thread::park_timeout(Duration::from_secs(1));
        match clock.load(Ordering::Relaxed) {
            u64::MAX => return,
            0 => {}
            start => {
                let took = began.elapsed().saturating_sub(Duration::from_millis(start));
                if took > DEADLINE {
                    println!("FINDING hang: {took:.0?} without an end; {}", at_hand.display());
                    std::process::exit(1);
                }
            }
        }
    }
}

/// The next case, and the length of the text that its archive came from. Now and then an
/// archive as it is, for another length, or bytes that never were an archive.
fn choose(target: &Target<'_>, runs: u64, random: &mut Random) -> (Case, u64) {
    let pick = |random: &mut Random| {
        // Half of the time one of the latest that were kept.
        let all = target.archives.len();
        let from = if random.one_in(2) { all.saturating_sub(32) } else { 0 };
        &target.archives[from + random.below(all - from)]
    };
    let (one, other) = (pick(random), pick(random));
    let bytes = match random.below(40) {
        _ if (runs as usize) < target.archives.len() => one.bytes.clone(),
        0 => one.bytes.clone(),
        1 => (0..random.small(12)).map(|_| random.next() as u8).collect(),
        _ => mutate(&one.bytes, &other.bytes, random),
    };
    (target.case(bytes, one.length, random), one.length)
}

fn keep(target: &mut Target<'_>, archive: Archive, random: &mut Random) {
    if target.archives.len() >= KEPT {
        let gone = random.below(target.archives.len());
        target.archives.remove(gone);
    }
    target.archives.push(archive);
}

/// What can be told of a run from outside, each to the nearest power of two.
fn sights(output: &Output, result: &Result<()>) -> Vec<u64> {
    let size = |n: u64| 64 - n.leading_zeros();
    let hash = |sight: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        sight(&mut hasher);
        hasher.finish()
    };
    // Numbers within a message are places and counts.
    let message: String = match result {
        Ok(()) => String::new(),
        Err(error) => error.to_string().chars().filter(|c| !c.is_ascii_digit()).collect(),
    };
    let written = size(output.bytes.len() as u64);
    let mut sights = vec![
        hash(&|h| ("end", kind(result), &message, written).hash(h)),
        hash(&|h| ("memory", size(output.host_peak)).hash(h)),
        hash(&|h| ("progress", size(output.progress_calls), written).hash(h)),
    ];
    for (name, (lookups, hits)) in &output.channels {
        sights.push(hash(&|h| (name, size(*lookups), size(*hits)).hash(h)));
    }
    for (name, value) in &output.metrics {
        sights.push(hash(&|h| (name, size(value.abs().min(1e18) as u64)).hash(h)));
    }
    sights
}

impl Totals {
    fn add(
        &mut self,
        target: &Target<'_>,
        case: &Case,
        output: &Output,
        result: &Result<()>,
        took: Duration,
    ) {
        let about = || {
            let (archive, written) = (case.archive.len(), output.bytes.len());
            format!("{archive} bytes claimed to give {}, gave {written}", case.claimed)
        };
        self.runs += 1;
        let short = result.is_ok() && output.bytes.len() as u64 != case.claimed;
        *self.kinds.entry(if short { "ok, other length" } else { kind(result) }).or_default() += 1;
        if took > self.slowest.0 {
            self.slowest = (took, about());
        }
        if output.host_peak > self.peak.0 {
            self.peak = (output.host_peak, about());
        }
        let Some(fault) = target.fault(case, output, result) else { return };
        // One finding for each text without its numbers, with its shortest archive.
        let name: String = fault.chars().filter(|c| !c.is_ascii_digit()).collect();
        let new = || Finding {
            count: 0,
            fault: fault.clone(),
            target: target.name(),
            case: case.clone(),
        };
        let finding = self.findings.entry(name).or_insert_with(new);
        if case.archive.len() < finding.case.archive.len() {
            *finding = Finding { count: finding.count, ..new() };
        }
        finding.count += 1;
    }

    fn print(&self, id: &str, targets: &[Target<'_>], took: Duration, seed: u64) {
        println!(
            "{id}: {} executions in {:.0} s ({:.0} a second), seed {seed}",
            self.runs,
            took.as_secs_f64(),
            self.runs as f64 / took.as_secs_f64()
        );
        for target in targets {
            let (kept, bound) = (target.archives.len(), target.bound.text());
            println!("  [{}]: {kept} archives kept; may take {bound}", target.name());
        }
        for (kind, count) in &self.kinds {
            println!("  {kind}: {count}");
        }
        println!("  slowest: {:.3} s, {}", self.slowest.0.as_secs_f64(), self.slowest.1);
        println!("  greatest peak: {} bytes, {}", self.peak.0, self.peak.1);
    }

    fn save(&self, folder: &Path) -> Result<(), Box<dyn StdError>> {
        for (number, finding) in self.findings.values().enumerate() {
            let Finding { count, fault, target, case } = finding;
            let path: PathBuf = folder.join(format!("finding-{number}.bin"));
            fs::write(&path, &case.archive)?;
            println!(
                "FINDING, {count} times: {fault}\n  [{target}], claimed {}, {:?}: {}",
                case.claimed,
                case.feed,
                path.display()
            );
        }
        match self.findings.len() {
            0 => {
                println!("  no findings");
                Ok(())
            }
            n => Err(format!("{n} findings").into()),
        }
    }
}
