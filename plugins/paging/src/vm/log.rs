//! The mutation log: every change of place of every page, from which any turn can be had again.

use std::collections::BTreeMap;

use super::level::Level;
use super::pages::Tier;

/// Where a page is and how much of it is shown there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its tier.
    pub tier: Tier,
    /// Its level, which matters in the context.
    pub level: Level,
}

/// Why a page changed its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It was not known before.
    Came,
    /// It was accessed, or asked for.
    Asked,
    /// Others needed the room.
    Room,
    /// It is too large for where it was.
    Size,
    /// It was not asked for in a long time.
    Age,
}

impl Cause {
    /// All.
    pub const ALL: [Cause; 5] = [Cause::Came, Cause::Asked, Cause::Room, Cause::Size, Cause::Age];

    /// Its name.
    pub fn name(self) -> &'static str {
        ["came", "asked", "room", "size", "age"][self as usize]
    }
}

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mutation {
    /// The turn, never falling from one entry to the next.
    pub turn: u64,
    /// The page.
    pub key: u64,
    /// Where it was, if it was known.
    pub from: Option<Place>,
    /// Where it is now.
    pub to: Place,
    /// Why.
    pub cause: Cause,
}

/// Changes in order, or only how many there were.
#[derive(Debug, Clone, Default)]
pub struct Log {
    entries: Option<Vec<Mutation>>,
    counts: [u64; Cause::ALL.len()],
}

impl Log {
    /// One that keeps every change, and not only counts.
    pub fn keeping() -> Self {
        Self { entries: Some(Vec::new()), ..Self::default() }
    }

    /// Adds a change; its turn is at least that of the one before.
    pub fn add(&mut self, mutation: Mutation) {
        self.counts[mutation.cause as usize] += 1;
        if let Some(entries) = &mut self.entries {
            entries.push(mutation);
        }
    }

    /// All that was kept.
    pub fn entries(&self) -> &[Mutation] {
        self.entries.as_deref().unwrap_or_default()
    }

    /// How many changes there were, by cause.
    pub fn counts(&self) -> [u64; Cause::ALL.len()] {
        self.counts
    }

    /// The pages and their places at the end of a turn, from the log alone.
    pub fn replay(&self, turn: u64) -> BTreeMap<u64, Place> {
        let until = self.entries().iter().take_while(|entry| entry.turn <= turn);
        until.map(|entry| (entry.key, entry.to)).collect()
    }
}
