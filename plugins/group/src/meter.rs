//! Counts what each source pays, on the way to the coder.

/// Who pays for a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Words found through active groups.
    Group,
    /// Words found through the words before them.
    Word,
    /// Words that neither explains, spelled.
    Spelling,
    /// What stands between words.
    Layout,
    /// Capitals.
    Case,
}

impl From<Source> for usize {
    fn from(source: Source) -> Self {
        source as Self
    }
}

/// How many sources there are.
pub const SOURCES: usize = 5;
/// Their names, in the order of [`Source`].
pub const NAMES: [&str; SOURCES] = ["group", "word", "spelling", "layout", "case"];

/// Books what each source pays.
pub type Meter<'a, Io> = pressmark_coding::meter::Meter<'a, Io, SOURCES>;
