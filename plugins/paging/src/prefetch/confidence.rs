//! How often predictions of a kind came true of late.
//!
//! Every prediction of a page that is not there is watched, whether the page was fetched or
//! not: it came true if the page is accessed within [`SOON`] accesses. A kind of prediction that
//! stopped paying is thus not fetched any more, and is again when it would pay. A kind that was
//! seldom seen is taken to be as its *family* is, the kinds that have the first features in common.

use std::collections::{HashMap, VecDeque};

use super::history::Follower;

/// Accesses within which a prediction must come true.
pub const SOON: u64 = 32;
/// After so many trials what is older counts half.
const TRIALS: u16 = 64;

/// What is known of one kind of prediction.
#[derive(Debug, Clone, Copy, Default)]
struct Class {
    trials: u16,
    true_ones: u16,
}

/// A prediction under way.
#[derive(Debug, Clone, Copy)]
struct Watched {
    class: usize,
    due: u64,
    /// How often the page was predicted since.
    times: u32,
}

impl Class {
    /// The chance of one more, if without trials it is `prior`: it weighs as much as four.
    fn chance(self, prior: f64) -> f64 {
        (f64::from(self.true_ones) + 4.0 * prior) / (f64::from(self.trials) + 4.0)
    }

    fn learn(&mut self, is_true: bool) {
        self.trials += 1;
        self.true_ones += u16::from(is_true);
        if self.trials > TRIALS {
            self.trials /= 2;
            self.true_ones /= 2;
        }
    }
}

/// Learned chances; see the front page of the module.
#[derive(Debug)]
pub struct Confidence {
    classes: Vec<Class>,
    families: [Class; FAMILIES],
    watched: HashMap<u64, Watched>,
    /// Watched pages in order of time.
    queue: VecDeque<(u64, u64)>,
    now: u64,
}

impl Default for Confidence {
    fn default() -> Self {
        let (watched, queue) = (HashMap::new(), VecDeque::new());
        let (classes, families) = (vec![Class::default(); CLASSES], [Class::default(); FAMILIES]);
        Self { classes, families, watched, queue, now: 0 }
    }
}

/// Families of kinds: those of the first four features.
const FAMILIES: usize = 2 * 2 * 2 * 2;
/// Kinds of a family.
const KINDS: usize = 3 * 4 * 5;
/// Kinds of predictions.
const CLASSES: usize = FAMILIES * KINDS;
/// The chance of a prediction of which nothing is known.
const UNKNOWN: f64 = 0.25;

/// The kind of a prediction: whether a tool was called or a page accessed, what is known of the
/// follower, and how often the page was predicted of late.
fn class(after_tool: bool, follower: &Follower, times: u32) -> usize {
    let steps = |number: u64, most: u32| number.ilog2().min(most) as usize;
    let parts = [
        (usize::from(after_tool), 2),
        (usize::from(follower.next_turn), 2),
        (usize::from(follower.is_last), 2),
        (usize::from(follower.is_written), 2),
        (follower.occurrences as usize - 1, 3),
        (steps(times.into(), 3), 4),
        (steps(follower.distance, 4), 5),
    ];
    parts.iter().fold(0, |class, (part, of)| class * of + part)
}

impl Confidence {
    /// One more access; of a page unless it is a tool's.
    pub fn access(&mut self, page: Option<u64>) {
        self.now += 1;
        if let Some(watched) = page.and_then(|page| self.watched.remove(&page)) {
            self.learn(watched.class, true);
        }
        while let Some((page, _)) = self.queue.pop_front_if(|(_, due)| *due <= self.now) {
            let is_due = |watched: &Watched| watched.due <= self.now;
            if self.watched.get(&page).is_some_and(is_due)
                && let Some(watched) = self.watched.remove(&page)
            {
                self.learn(watched.class, false);
            }
        }
    }

    fn learn(&mut self, class: usize, is_true: bool) {
        self.classes[class].learn(is_true);
        self.families[class / KINDS].learn(is_true);
    }

    /// A page that is not there was predicted: the chance that it is accessed soon. What is
    /// learned from it is learned of the last of several predictions.
    pub fn predict(&mut self, after_tool: bool, follower: &Follower) -> f64 {
        let (now, queue) = (self.now, &mut self.queue);
        let watched = self.watched.entry(follower.key).or_insert_with(|| {
            queue.push_back((follower.key, now + SOON));
            Watched { class: 0, due: now + SOON, times: 0 }
        });
        watched.times = watched.times.saturating_add(1);
        watched.class = class(after_tool, follower, watched.times);
        let family = self.families[watched.class / KINDS].chance(UNKNOWN);
        self.classes[watched.class].chance(family)
    }

    /// Accesses so far.
    pub fn now(&self) -> u64 {
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follower(key: u64) -> Follower {
        Follower {
            key,
            size: 1,
            next_turn: false,
            is_last: true,
            is_written: false,
            distance: 1,
            occurrences: 1,
        }
    }

    #[test]
    fn what_comes_true_is_believed() {
        let mut confidence = Confidence::default();
        for key in 0..100 {
            confidence.predict(false, &follower(key));
            confidence.access(Some(key));
        }
        assert!(confidence.predict(false, &follower(100)) > 0.9);
        // Another kind is not.
        assert_eq!(confidence.predict(true, &follower(101)), 0.25);
    }

    #[test]
    fn what_does_not_is_not() {
        let mut confidence = Confidence::default();
        for key in 0..100 {
            confidence.predict(false, &follower(key));
            confidence.access(None);
        }
        (0..SOON).for_each(|_| confidence.access(None));
        assert!(confidence.predict(false, &follower(100)) < 0.05);
        assert_eq!((confidence.watched.len(), confidence.queue.len()), (1, 1));
    }

    #[test]
    fn classes_are_as_many_as_said() {
        let most = Follower {
            next_turn: true,
            is_written: true,
            distance: 24,
            occurrences: 3,
            ..follower(1)
        };
        assert_eq!(class(true, &most, u32::MAX), CLASSES - 1);
        assert_eq!(class(false, &Follower { is_last: false, ..follower(1) }, 1), 0);
    }
}
