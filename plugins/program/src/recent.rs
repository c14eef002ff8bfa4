//! The words that stood just before, by rank: what REPEAT names.
//!
//! Both sides count, from the last token back, the words that have not been counted yet and
//! were not guessed in vain just now.

use pressmark_coding::lexicon::Lexicon;
use pressmark_coding::token::Kind;

use crate::ops::REACH;

/// The places of the recent words in the order of their ranks, the nearest first. `is_latest`
/// tells whether a place is the most recent one of its token, `rejects` are what was guessed in
/// vain.
pub(crate) fn recent<'a>(
    tokens: &'a [u32],
    lexicon: &'a Lexicon,
    is_latest: impl Fn(usize) -> bool + 'a,
    rejects: &'a [u32],
) -> impl Iterator<Item = usize> + 'a {
    let count = tokens.len();
    (count.saturating_sub(REACH)..count).rev().filter(move |&place| {
        let token = tokens[place];
        lexicon.kind(token) == Kind::Word && is_latest(place) && !rejects.contains(&token)
    })
}
