//! Packers to compare with: whole pages in order of a simple score, the last one cut.

use std::cmp::Reverse;

use pressmark_sdk::{PackRequest, Page};

use super::bm25::{Index, ONE};
use super::context::{Context, Packed};

/// The fewest scalar values of a page that is cut, as in the original: 50 tokens.
pub const LEAST_CUT: u64 = 200;
/// Turns that the original meant to pin.
const PINNED_TURNS: usize = 3;

/// Packs pages in this order until one does not fit whole; that one is cut.
pub fn pack(request: &PackRequest<'_>, order: impl IntoIterator<Item = usize>) -> Packed {
    let mut context = Context::new(request);
    for page in order {
        let room = context.left();
        if !context.add_page(page, LEAST_CUT) || context.left() < LEAST_CUT.min(room / 8) {
            // Shorter pages of a lower rank would still fit: that is a choice of its own.
            break;
        }
    }
    context.finish()
}

/// The newest first.
pub fn recency(request: &PackRequest<'_>) -> Vec<usize> {
    (0..request.pages.len()).rev().collect()
}

/// What the original meant: the system's prompt and the last turns are pinned; of the others a
/// page is kept by its place in the session and by its kind, as its working set weighs them.
pub fn importance(request: &PackRequest<'_>) -> Vec<usize> {
    let count = request.pages.len();
    let score = |at: usize| {
        let page = &request.pages[at];
        let pinned = page.role == "system" || count - at <= PINNED_TURNS;
        (pinned, 4 * 10 * at + 4 * worth(page) * count)
    };
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|&at| Reverse((score(at), at)));
    order
}

/// Tenths of what a page is worth by its kind: an artifact leaves before a transcript.
fn worth(page: &Page<'_>) -> usize {
    if page.role == "tool" { 4 } else { 3 }
}

/// By BM25 of the page for the question; the newest first among equals.
pub fn bm25(index: &Index, request: &PackRequest<'_>) -> Vec<usize> {
    let query: Vec<_> = index.query(request.question).iter().map(|&word| (word, ONE)).collect();
    let scores = index.scores(&query);
    let mut order: Vec<usize> = (0..request.pages.len()).collect();
    order.sort_by_key(|&at| Reverse((scores[at], at)));
    order
}
