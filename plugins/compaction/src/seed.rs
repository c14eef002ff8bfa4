//! The compaction tree of oxios-memory 1.38.1, line for line, defects included.
//!
//! One step over a text of `n` lines at a level with ratio `r` and floor `f`:
//!
//! 1. fewer than five lines, or `keep = min(n, max(trunc(n·r), f)) = n`: unchanged;
//! 2. structural lines are kept, however many: trimmed, they are empty or begin with `#`,
//!    `[`, `*`, `---` or `===`;
//! 3. `q = max(keep/3, 2)` further lines are kept from the top, then as many from the end;
//! 4. if `keep` is not reached, every `s`-th of the lines left is kept,
//!    `s = trunc(max(left/missing, 1))`;
//! 5. each gap becomes a line `... (k lines omitted) ...`; lines are joined by LF.
//!
//! Further steps take markers for lines. Time and memory are linear.

use std::ops::Range;

use crate::level::Level;

/// A text without this many lines is never changed.
const LEAST_LINES: usize = 5;

/// A compacted text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compacted {
    /// The text.
    pub text: Vec<u8>,
    /// The ranges of the document that stand in it, in order: lines without their ends, or
    /// all of an unchanged document.
    pub kept: Vec<Range<usize>>,
}

/// One line on its way up the tree.
#[derive(Clone)]
enum Line {
    /// A range of the document, without its line end.
    Source(Range<usize>),
    /// What the tree itself wrote.
    Made(Vec<u8>),
}

/// The steps from `from` up to `to`; none if `to` is not above `from`.
pub fn compact(document: &[u8], from: Level, to: Level) -> Compacted {
    let mut current: Option<Vec<Line>> = None;
    for level in Level::ALL.into_iter().filter(|level| (from..to).contains(level)) {
        let shorter = match &current {
            None => step(document, &split(document), level),
            Some(lines) => step(document, &split_again(document, lines), level),
        };
        // A text that is left alone keeps its own line ends.
        current = shorter.or(current);
    }
    current.map_or_else(|| unchanged(document), |lines| join(document, &lines))
}

/// The document cut into `entries` runs of equally many lines (the last takes the rest), joined
/// by lines `---`, taken one step up from `level` and headed by a line that says so. One entry
/// is a step alone; none is an empty text.
pub fn promote(document: &[u8], level: Level, entries: usize) -> Compacted {
    let lines = split(document);
    match entries {
        0 => Compacted { text: Vec::new(), kept: Vec::new() },
        1 => step(document, &lines, level)
            .map_or_else(|| unchanged(document), |shorter| join(document, &shorter)),
        _ => {
            let size = lines.len() / entries;
            let mut joined = Vec::with_capacity(lines.len() + entries);
            for entry in 0..entries {
                if entry > 0 {
                    joined.push(Line::Made(b"---".to_vec()));
                }
                let end = if entry + 1 == entries { lines.len() } else { (entry + 1) * size };
                let part = &lines[entry * size..end];
                if part.is_empty() {
                    // An empty entry is an empty line between two rules.
                    joined.push(Line::Made(Vec::new()));
                }
                joined.extend_from_slice(part);
            }
            let shorter = step(document, &split_again(document, &joined), level).unwrap_or(joined);
            let name = level.next().map_or("Root", Level::name);
            let head = format!("[{name} summary from {entries} entries]");
            let head = std::iter::once(Line::Made(head.into_bytes()));
            join(document, &head.chain(shorter).collect::<Vec<_>>())
        }
    }
}

/// One step; `None` leaves the text alone.
fn step(document: &[u8], lines: &[Line], level: Level) -> Option<Vec<Line>> {
    let count = lines.len();
    let keep = level.kept_lines(count);
    if count < LEAST_LINES || keep >= count {
        return None;
    }
    let mut kept: Vec<bool> =
        lines.iter().map(|line| is_structural(line.bytes(document))).collect();
    let ends = (keep / 3).max(2);
    mark((0..count).filter(|&at| !kept[at]).take(ends).collect(), &mut kept);
    mark((0..count).rev().filter(|&at| !kept[at]).take(ends).collect(), &mut kept);
    let marked = kept.iter().filter(|&&kept| kept).count();
    if marked < keep {
        let middle: Vec<usize> = (0..count).filter(|&at| !kept[at]).collect();
        let stride = (middle.len() / (keep - marked)).max(1);
        mark(middle.into_iter().step_by(stride).take(keep - marked).collect(), &mut kept);
    }
    let mut shorter = Vec::with_capacity(2 * marked.max(keep));
    let mut omitted = 0;
    for (line, kept) in lines.iter().zip(kept) {
        if !kept {
            omitted += 1;
            continue;
        }
        if omitted > 0 {
            shorter.push(Line::Made(format!("... ({omitted} lines omitted) ...").into_bytes()));
            omitted = 0;
        }
        shorter.push(line.clone());
    }
    // The last line is always kept: nothing is omitted after it.
    Some(shorter)
}

fn mark(chosen: Vec<usize>, kept: &mut [bool]) {
    for at in chosen {
        kept[at] = true;
    }
}

/// Whether the original takes a line for structure.
fn is_structural(line: &[u8]) -> bool {
    let line = trimmed(line);
    line.is_empty()
        || matches!(line[0], b'#' | b'[' | b'*')
        || line.starts_with(b"---")
        || line.starts_with(b"===")
}

/// The line without Unicode whitespace around it; without ASCII whitespace, if it is no UTF-8.
fn trimmed(line: &[u8]) -> &[u8] {
    match std::str::from_utf8(line) {
        Ok(line) => line.trim().as_bytes(),
        Err(_) => line.trim_ascii(),
    }
}

impl Line {
    fn bytes<'a>(&'a self, document: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Source(range) => &document[range.clone()],
            Self::Made(text) => text,
        }
    }
}

/// The lines of a document, without their ends (LF or CR LF).
fn split(document: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in document.split_inclusive(|&byte| byte == b'\n') {
        let end = start + line.len();
        let text =
            line.strip_suffix(b"\n").map_or(line, |text| text.strip_suffix(b"\r").unwrap_or(text));
        lines.push(Line::Source(start..start + text.len()));
        start = end;
    }
    lines
}

/// What the lines would be, had they been joined by LF and split again: an empty last line is
/// lost, and so is a CR that now stands before LF.
fn split_again(document: &[u8], lines: &[Line]) -> Vec<Line> {
    let mut again = lines.to_vec();
    if let Some((_, before)) = again.split_last_mut() {
        for line in before {
            if line.bytes(document).ends_with(b"\r") {
                match line {
                    Line::Source(range) => range.end -= 1,
                    Line::Made(text) => text.truncate(text.len() - 1),
                }
            }
        }
    }
    again.pop_if(|line| line.bytes(document).is_empty());
    again
}

fn unchanged(document: &[u8]) -> Compacted {
    let all = 0..document.len();
    Compacted { text: document.to_vec(), kept: if all.is_empty() { vec![] } else { vec![all] } }
}

/// Joins lines by LF, without one at the end.
fn join(document: &[u8], lines: &[Line]) -> Compacted {
    let length = lines.iter().map(|line| line.bytes(document).len() + 1).sum();
    let mut text = Vec::with_capacity(length);
    let mut kept = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            text.push(b'\n');
        }
        text.extend_from_slice(line.bytes(document));
        if let Line::Source(range) = line {
            kept.push(range.clone());
        }
    }
    Compacted { text, kept }
}
