//! What followed what: a log of accesses in which the earlier occurrences of a page or a tool
//! are found at once (the history buffer of K. J. Nesbit and J. E. Smith, Data Cache
//! Prefetching Using a Global History Buffer, HPCA 2004).

use std::collections::{HashMap, VecDeque};

use pressmark_sdk::{Access, AccessKind};

/// Accesses that are remembered; older ones are forgotten, and what is kept is bounded by it.
const MOST: usize = 1 << 16;
/// Earlier occurrences that are looked at.
const OCCURRENCES: u32 = 2;
/// Accesses after each of them that are looked at.
const FOLLOWING: usize = 24;

/// One access.
#[derive(Debug, Clone, Copy)]
struct Event {
    key: u64,
    size: u64,
    turn: u64,
    kind: AccessKind,
    /// The place of the access before to the same page or tool, if there was one.
    before: Option<u64>,
}

impl Event {
    /// What tells a page from all others, and from a tool of the same number.
    fn what(&self) -> (bool, u64) {
        (self.kind == AccessKind::Tool, self.key)
    }
}

/// A page that followed an earlier occurrence of what was accessed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follower {
    /// The page.
    pub key: u64,
    /// Its size at its last access.
    pub size: u64,
    /// Whether it followed in the next turn, and not in the same.
    pub next_turn: bool,
    /// Whether that was its own last access.
    pub is_last: bool,
    /// Whether it was written there.
    pub is_written: bool,
    /// How many accesses later it came, from 1 on.
    pub distance: u64,
    /// Bit i: it followed the i-th last occurrence.
    pub occurrences: u32,
}

/// The log.
#[derive(Debug, Default)]
pub struct History {
    events: VecDeque<Event>,
    /// The place of the oldest event.
    first: u64,
    /// By page and by tool, the place of the last event.
    last: HashMap<(bool, u64), u64>,
}

impl History {
    /// Adds an access.
    pub fn add(&mut self, access: &Access) {
        let (key, size, turn, kind) = (access.key(), access.size(), access.turn(), access.kind());
        let event = Event { key, size, turn, kind, before: None };
        let place = self.first + self.events.len() as u64;
        let before = self.last.insert(event.what(), place);
        self.events.push_back(Event { before, ..event });
        if self.events.len() > MOST
            && let Some(oldest) = self.events.pop_front()
        {
            if self.last.get(&oldest.what()) == Some(&self.first) {
                self.last.remove(&oldest.what());
            }
            self.first += 1;
        }
    }

    fn at(&self, place: u64) -> Option<&Event> {
        self.events.get(usize::try_from(place.checked_sub(self.first)?).ok()?)
    }

    /// Gathers the pages that followed the key of the newest access at its earlier occurrences,
    /// in the same turn or the next one, nearest first; each page once.
    pub fn followers(&self, found: &mut Vec<Follower>) {
        found.clear();
        let Some(newest) = self.events.back() else { return };
        let mut origin = newest.before;
        for bit in 0..OCCURRENCES {
            let Some((place, event)) = origin.and_then(|place| Some((place, self.at(place)?)))
            else {
                return;
            };
            let from = (place - self.first) as usize + 1;
            let followed = self.events.range(from..).take(FOLLOWING);
            // The newest access is itself no follower.
            let followed =
                (place + 1..).zip(followed).filter(|(_, next)| next.what() != newest.what());
            for (at, next) in followed {
                let turns = next.turn.wrapping_sub(event.turn);
                if turns > 1 {
                    break;
                }
                if next.kind == AccessKind::Tool {
                    continue;
                }
                if let Some(known) = found.iter_mut().find(|known| known.key == next.key) {
                    known.occurrences |= 1 << bit;
                    continue;
                }
                let last = self.last.get(&next.what()).copied().unwrap_or(at);
                found.push(Follower {
                    key: next.key,
                    size: self.at(last).map_or(next.size, |event| event.size),
                    next_turn: turns == 1,
                    is_last: last == at,
                    is_written: next.kind == AccessKind::Write,
                    distance: at - place,
                    occurrences: 1 << bit,
                });
            }
            origin = event.before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(accesses: &[(u64, u64, AccessKind)]) -> Vec<(u64, bool, u32)> {
        let mut history = History::default();
        for &(key, turn, kind) in accesses {
            history.add(&Access::new(kind, key, 1, turn));
        }
        let mut found = Vec::new();
        history.followers(&mut found);
        found.into_iter().map(|one| (one.key, one.next_turn, one.occurrences)).collect()
    }

    #[test]
    fn what_followed_is_found() {
        use AccessKind::{Read, Tool, Write};
        let trace = [
            (1, 0, Read),
            (2, 0, Read),
            (9, 1, Tool),
            (3, 1, Write),
            (4, 2, Read),
            (1, 3, Read),
            (3, 3, Read),
            (5, 4, Read),
            (1, 5, Read),
        ];
        // After turn 3: 3 at once and 5 in the next turn; after turn 0: 2, and 3 again.
        assert_eq!(log(&trace), [(3, false, 0b11), (5, true, 0b01), (2, false, 0b10)]);
        assert_eq!(log(&trace[..3]), []);
    }

    #[test]
    fn a_tool_has_followers_too() {
        use AccessKind::{Read, Tool};
        let trace = [(7, 0, Tool), (1, 1, Read), (7, 2, Tool)];
        assert_eq!(log(&trace), [(1, true, 0b01)]);
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let mut history = History::default();
        for at in 0..MOST as u64 + 1000 {
            history.add(&Access::new(AccessKind::Read, at, 1, at));
        }
        assert_eq!((history.events.len(), history.last.len()), (MOST, MOST));
        history.add(&Access::new(AccessKind::Read, 5, 1, 1 << 40));
        let mut found = vec![];
        history.followers(&mut found);
        assert_eq!(found, []);
    }
}
