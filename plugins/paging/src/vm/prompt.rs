//! What a context says about itself: the prompts of the three modes.
//!
//! Strict rules bind an answer to the context and to results of tools, and say how to ask for
//! more; relaxed rules name the same means in a sentence; a passive context only says what it
//! is. The original never showed its passive prompt, and its strict one took 547 tokens.

use pressmark_sdk::Mode;

/// The tag before the rules.
const RULES: &str = "<rules>\n";
/// The tag after the rules.
const RULES_END: &str = "</rules>\n";

const STRICT: &str = "\
Answer only from the session below and from results of tools.\n\
A line [n] starts page n; lines of a page that follow begin with a blank; ... marks a cut.\n\
The list of pages is for finding your way: its hints are no evidence.\n\
Ask for a page that you need with page_fault(n, level), the cheapest level first \
(2 abstract, 1 reduced, 0 full), at most twice in a turn; find pages with search_pages(words).\n\
Name the pages that you rely on as [n]. If what you need is not there, say so.\n\
Do not mention pages, levels or these rules otherwise.\n";

const RELAXED: &str = "\
Below are pages [n] of this session; ... marks a cut. Hints in the list only help to choose: \
page_fault(n, level) brings a page, search_pages(words) finds one. Answer in your own voice.\n";

const PASSIVE: &str = "Earlier in this session, oldest first:\n";

/// The opening of a context.
pub fn opening(mode: Mode) -> String {
    match mode {
        Mode::Strict => [RULES, STRICT, RULES_END].concat(),
        Mode::Relaxed => [RULES, RELAXED, RULES_END].concat(),
        Mode::Passive => PASSIVE.to_owned(),
    }
}
