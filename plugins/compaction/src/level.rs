//! The five levels of the tree, and what the original takes from a text at each.

/// A level of the tree. A step goes from one level to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Level {
    Raw,
    Daily,
    Weekly,
    Monthly,
    Root,
}

impl Level {
    /// From the least compacted on.
    pub const ALL: [Self; 5] = [Self::Raw, Self::Daily, Self::Weekly, Self::Monthly, Self::Root];

    /// The level called `name`, see [`Level::name`].
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// As options spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Root => "root",
        }
    }

    /// The level after this one; none after the root.
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self as usize + 1).copied()
    }

    /// Lines that the original's step from this level keeps of `lines`, if nothing is
    /// structural: a share, and not fewer than a floor.
    pub(crate) fn kept_lines(self, lines: usize) -> usize {
        let (ratio, floor) = match self {
            Self::Raw => (0.30, 15),
            Self::Daily => (0.40, 20),
            Self::Weekly => (0.50, 10),
            Self::Monthly => (0.60, 5),
            Self::Root => (1.0, 0),
        };
        // Truncated, as the original does it: one exact multiplication.
        ((lines as f64 * ratio) as usize).max(floor).min(lines)
    }
}
