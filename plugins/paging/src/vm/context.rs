//! A context under construction: what is shown of which page, within a budget.

use std::collections::BTreeMap;
use std::ops::Range;

use pressmark_sdk::{Mode, PackRequest, Page};

use super::text::{chars, end_of, line_end, words};
use super::{frame, manifest, prompt};

/// Words of a run that shows that a page is there.
const RUN: usize = 8;

/// Budgets beyond that are as good as none.
const MOST: u64 = 1 << 40;

/// A finished context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// What is written.
    pub bytes: Vec<u8>,
    /// The pages of which enough is there to name them.
    pub chosen: Vec<usize>,
    /// Scalar values that the budget had left.
    pub left: u64,
}

/// Which parts of which pages are shown. What is added is within the budget, or is not added.
#[derive(Debug)]
pub struct Context<'a> {
    pages: &'a [Page<'a>],
    mode: Mode,
    /// By page: ranges of its text, in order, apart, none empty but for an empty text.
    shown: BTreeMap<usize, Vec<Range<usize>>>,
    opening: String,
    /// Scalar values kept for the manifest.
    listed: u64,
    /// Scalar values that may still be added.
    left: u64,
}

impl<'a> Context<'a> {
    /// An empty context. Rules are left out where they would take more than half of the budget,
    /// and a manifest gets at most an eighth of it.
    pub fn new(request: &PackRequest<'a>) -> Self {
        let room = 4 * request.budget.min(MOST);
        let mut opening = prompt::opening(request.mode);
        if chars(opening.as_bytes()) > room / 2 {
            opening.clear();
        }
        let listed = if request.mode == Mode::Passive { 0 } else { room / 8 };
        let left = room - chars(opening.as_bytes()) - listed;
        let (pages, mode) = (request.pages, request.mode);
        Self { pages, mode, shown: BTreeMap::new(), opening, listed, left }
    }

    /// Scalar values that may still be added.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// What is shown of a page.
    pub fn ranges(&self, page: usize) -> &[Range<usize>] {
        self.shown.get(&page).map_or(&[], Vec::as_slice)
    }

    /// Scalar values that one more range of a page costs; `None` if it is shown already.
    pub fn cost(&self, page: usize, range: &Range<usize>) -> Option<i64> {
        let after = with(self.ranges(page), range)?;
        Some(self.chars(page, &after) - self.now(page))
    }

    /// Shows one more range of a page, if there is room.
    pub fn add(&mut self, page: usize, range: &Range<usize>) -> bool {
        let Some(after) = with(self.ranges(page), range) else { return false };
        let Some(left) = self.left.checked_add_signed(self.now(page) - self.chars(page, &after))
        else {
            return false;
        };
        self.left = left;
        self.shown.insert(page, after);
        true
    }

    /// Shows exactly these ranges of a page, in order and apart, if there is room.
    pub fn show(&mut self, page: usize, ranges: &[Range<usize>]) -> bool {
        let change = self.now(page) - self.chars(page, ranges);
        let Some(left) = self.left.checked_add_signed(change) else { return false };
        self.left = left;
        self.shown.insert(page, ranges.to_vec());
        true
    }

    /// Shows a page whole, or as much of its beginning as there is room for, at least `least`
    /// scalar values.
    pub fn add_page(&mut self, page: usize, least: u64) -> bool {
        let text = self.pages[page].text;
        if self.add(page, &(0..text.len())) {
            return true;
        }
        // Line ends and what marks the cut take room as well: halve until it fits.
        let (mut fits, mut more) = (0, chars(text));
        while more - fits > 1 {
            let middle = fits + (more - fits) / 2;
            let cost = self.cost(page, &(0..end_of(text, middle)));
            if cost.is_some_and(|cost| cost <= self.left as i64) {
                fits = middle;
            } else {
                more = middle;
            }
        }
        fits >= least.max(1) && self.add(page, &(0..end_of(text, fits)))
    }

    fn chars(&self, page: usize, ranges: &[Range<usize>]) -> i64 {
        frame::page_chars(page, &self.pages[page], ranges) as i64
    }

    fn now(&self, page: usize) -> i64 {
        self.shown.get(&page).map_or(0, |ranges| self.chars(page, ranges))
    }

    /// Writes it all down, pages in the order of the session.
    pub fn finish(self) -> Packed {
        let mut bytes = Vec::new();
        let listed = match self.mode {
            Mode::Passive => String::new(),
            _ => {
                let whole = |page: usize| self.shown.contains_key(&page);
                manifest::manifest(self.pages, whole, self.listed)
            }
        };
        if !self.shown.is_empty() || !listed.is_empty() {
            bytes.extend_from_slice(self.opening.as_bytes());
            bytes.extend_from_slice(listed.as_bytes());
        }
        let mut chosen = Vec::new();
        for (&number, ranges) in &self.shown {
            frame::page(&mut bytes, number, &self.pages[number], ranges);
            if is_named(self.pages[number].text, ranges) {
                chosen.push(number);
            }
        }
        Packed { bytes, chosen, left: self.left }
    }
}

/// The ranges with one more, joined where they touch; `None` if it adds nothing.
fn with(ranges: &[Range<usize>], more: &Range<usize>) -> Option<Vec<Range<usize>>> {
    if ranges.iter().any(|range| range.start <= more.start && more.end <= range.end) {
        return None;
    }
    let mut joined = more.clone();
    let mut after = Vec::with_capacity(ranges.len() + 1);
    for range in ranges {
        if range.end < joined.start || joined.end < range.start {
            after.push(range.clone());
        } else {
            joined = joined.start.min(range.start)..joined.end.max(range.end);
        }
    }
    let place = after.partition_point(|range| range.start < joined.start);
    after.insert(place, joined);
    Some(after)
}

/// Whether the ranges hold a run of words that shows the page, or all of it.
fn is_named(text: &[u8], ranges: &[Range<usize>]) -> bool {
    // A line end beyond ASCII is part of a word here, and the blank after it cuts that word.
    let cuts = |at: usize| text[at] >= 0x80 && line_end(&text[at..]) > 0;
    let whole = ranges.len() == 1 && ranges[0] == (0..text.len());
    if whole && !(0..text.len()).any(cuts) {
        return true;
    }
    let long = |piece: &[u8]| words(piece).take(RUN + 2).count() == RUN + 2;
    ranges.iter().any(|range| {
        let mut start = range.start;
        let ends = range.clone().filter(|&at| cuts(at)).chain([range.end]);
        // Words at the ends of a piece may be parts of words: those do not count.
        ends.into_iter().any(|end| long(&text[std::mem::replace(&mut start, end)..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pair = (usize, usize);

    fn joined(ranges: &[Pair], more: Pair) -> Option<Vec<Pair>> {
        let ranges: Vec<Range<usize>> = ranges.iter().map(|&(start, end)| start..end).collect();
        let after = with(&ranges, &(more.0..more.1))?;
        Some(after.into_iter().map(|range| (range.start, range.end)).collect())
    }

    #[test]
    fn ranges_join_where_they_touch() {
        assert_eq!(joined(&[], (2, 4)), Some(vec![(2, 4)]));
        assert_eq!(joined(&[(2, 4)], (4, 6)), Some(vec![(2, 6)]));
        assert_eq!(joined(&[(2, 4), (8, 9)], (5, 6)), Some(vec![(2, 4), (5, 6), (8, 9)]));
        assert_eq!(joined(&[(2, 4), (8, 9)], (3, 8)), Some(vec![(2, 9)]));
        assert_eq!(joined(&[(2, 4)], (2, 3)), None);
    }
}
