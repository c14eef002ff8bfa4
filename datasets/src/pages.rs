//! From sessions to page accesses: the log of an agent as a trace for a cache.
//!
//! A page is a turn, or a tool's result for given arguments. Saying something writes
//! a page; calling a tool is an access of its own kind; and a page is read when
//!
//! 1. a tool is called again with the same arguments (a file is read again), or
//! 2. a later turn quotes it: repeats a long enough run of its bytes, or
//! 3. a question needs it: where a log has labelled questions, they are asked in order after
//!    its last turn, each a turn of its own, and the labels stand for the quotations.
//!
//! Quotations are found as Manber (1994) finds similar files and rsync finds blocks:
//! every page is indexed at fixed steps by a hash of a window, every later turn is
//! searched at every place with a rolling hash, and what the hash finds is compared
//! byte by byte. A run of [`QUOTE`] bytes is never missed; time is linear.

use std::collections::HashMap;

use crate::sessions::{Session, Turn};
use crate::trace::{Access, Kind};

/// Bytes of a window: shorter repetitions are not looked for.
const WINDOW: usize = 48;
/// Distance of the windows that are indexed.
const STEP: usize = 16;
/// A repetition of so many bytes is always found.
pub const QUOTE: usize = WINDOW + STEP - 1;
/// Multiplier of the rolling hash, odd and without pattern.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The accesses of `sessions`, in order.
///
/// Turns are numbered through all sessions and keys are dense in the order of first
/// appearance. A page keeps the size that it had first: its bytes, 1 for a tool.
pub fn accesses(sessions: &[Session]) -> Vec<Access> {
    let mut pager = Pager::default();
    for session in sessions {
        // Names of results hold within a session: elsewhere the same call may answer
        // differently.
        pager.results.clear();
        let labelled = !session.questions.is_empty();
        let first = pager.pages.len();
        for turn in &session.turns {
            if labelled {
                pager.write(&turn.text);
                pager.turns += 1;
            } else {
                pager.turn(turn);
            }
        }
        for question in &session.questions {
            for turn in &question.evidence {
                pager.access(first + turn, Kind::Read);
            }
            pager.turns += 1;
        }
    }
    pager.accesses
}

#[derive(Default)]
struct Pager<'s> {
    accesses: Vec<Access>,
    /// The text of every page, empty for tools.
    pages: Vec<&'s str>,
    sizes: Vec<u64>,
    tools: HashMap<&'s str, usize>,
    /// The page of each call's result, by tool and arguments.
    results: HashMap<(&'s str, &'s str), usize>,
    /// The call whose result is awaited.
    call: Option<(&'s str, &'s str)>,
    /// The last page and place of each window hash.
    windows: HashMap<u64, (usize, usize)>,
    turns: u64,
}

impl<'s> Pager<'s> {
    fn turn(&mut self, turn: &'s Turn) {
        let tool = turn.tool.as_deref();
        // Reads come first: what is quoted was there before it was said.
        let quoted = self.quoted(&turn.text);
        for page in quoted {
            self.access(page, Kind::Read);
        }
        match (turn.role.as_str(), tool) {
            ("assistant", Some(tool)) => {
                let next = self.pages.len();
                let key = *self.tools.entry(tool).or_insert(next);
                if key == next {
                    self.page("");
                }
                self.access(key, Kind::Tool);
                self.call = Some((tool, &turn.text));
            }
            ("tool", _) => {
                let call = self.call.take();
                match call.and_then(|call| self.results.get(&call).copied()) {
                    Some(page) => {
                        // The page now holds what the tool says today.
                        self.pages[page] = &turn.text;
                        self.index(page);
                        self.access(page, Kind::Read);
                    }
                    None => {
                        let page = self.write(&turn.text);
                        if let Some(call) = call {
                            self.results.insert(call, page);
                        }
                    }
                }
            }
            _ => {
                self.write(&turn.text);
            }
        }
        self.turns += 1;
    }

    /// A new page that is written.
    fn write(&mut self, text: &'s str) -> usize {
        let page = self.page(text);
        self.index(page);
        self.access(page, Kind::Write);
        page
    }

    fn page(&mut self, text: &'s str) -> usize {
        self.pages.push(text);
        self.sizes.push((text.len() as u64).max(1));
        self.pages.len() - 1
    }

    fn access(&mut self, page: usize, kind: Kind) {
        let size = self.sizes[page];
        self.accesses.push(Access { key: page as u64, size, turn: self.turns, kind });
    }

    fn index(&mut self, page: usize) {
        let bytes = self.pages[page].as_bytes();
        for (number, window) in bytes.windows(WINDOW).step_by(STEP).enumerate() {
            self.windows.insert(hash(window), (page, number * STEP));
        }
    }

    /// The pages that `text` quotes, each once, in the order of the quotations.
    fn quoted(&self, text: &str) -> Vec<usize> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        if bytes.len() < WINDOW {
            return found;
        }
        // The weight of the byte that leaves the window.
        let leaving = (1..WINDOW).fold(1u64, |weight, _| weight.wrapping_mul(BASE));
        let mut rolling = hash(&bytes[..WINDOW]);
        for start in 0..=bytes.len() - WINDOW {
            if start > 0 {
                let old = symbol(bytes[start - 1]).wrapping_mul(leaving);
                rolling = rolling.wrapping_sub(old).wrapping_mul(BASE);
                rolling = rolling.wrapping_add(symbol(bytes[start + WINDOW - 1]));
            }
            if let Some(&(page, place)) = self.windows.get(&rolling)
                && !found.contains(&page)
                && self.pages[page].as_bytes().get(place..place + WINDOW)
                    == Some(&bytes[start..start + WINDOW])
            {
                found.push(page);
            }
        }
        found
    }
}

fn hash(window: &[u8]) -> u64 {
    window.iter().fold(0, |hash, &byte| hash.wrapping_mul(BASE).wrapping_add(symbol(byte)))
}

/// No byte stands for nothing.
fn symbol(byte: u8) -> u64 {
    u64::from(byte) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::Question;
    use proptest::prelude::*;

    fn turn(role: &str, tool: Option<&str>, text: &str) -> Turn {
        Turn { role: role.into(), tool: tool.map(Into::into), text: text.into(), time: None }
    }

    fn session(turns: Vec<Turn>) -> Vec<Session> {
        vec![Session { id: "s".into(), turns, questions: Vec::new() }]
    }

    /// `(key, turn, kind)` of the accesses.
    fn told(sessions: &[Session]) -> Vec<(u64, u64, Kind)> {
        accesses(sessions).into_iter().map(|a| (a.key, a.turn, a.kind)).collect()
    }

    #[test]
    fn a_file_that_is_read_again_is_the_same_page() {
        let sessions = session(vec![
            turn("user", None, "fix it"),
            turn("assistant", Some("read"), "a.py"),
            turn("tool", Some("read"), "x = 1"),
            turn("assistant", Some("read"), "b.py"),
            turn("tool", Some("read"), "y = 1"),
            turn("assistant", Some("read"), "a.py"),
            turn("tool", Some("read"), "x = 2"),
        ]);
        assert_eq!(
            told(&sessions),
            [
                (0, 0, Kind::Write),
                (1, 1, Kind::Tool),
                (2, 2, Kind::Write),
                (1, 3, Kind::Tool),
                (3, 4, Kind::Write),
                (1, 5, Kind::Tool),
                (2, 6, Kind::Read),
            ]
        );
    }

    #[test]
    fn a_quotation_reads_the_quoted_page() {
        let said = "the quick brown fox jumps over the lazy dog while the cat watches it";
        let sessions = session(vec![
            turn("user", None, said),
            turn("user", None, "something else"),
            turn("assistant", None, &format!("You said: {said}, did you not?")),
        ]);
        assert_eq!(
            told(&sessions),
            [(0, 0, Kind::Write), (1, 1, Kind::Write), (0, 2, Kind::Read), (2, 2, Kind::Write),]
        );
    }

    #[test]
    fn questions_read_their_evidence() {
        let mut sessions = session(vec![turn("Ann", None, "a"), turn("Ben", None, "b")]);
        for evidence in [vec![1], vec![0, 1]] {
            sessions[0].questions.push(Question { text: "?".into(), evidence });
        }
        let reads: Vec<_> =
            told(&sessions).into_iter().filter(|(_, _, kind)| *kind == Kind::Read).collect();
        assert_eq!(reads, [(1, 2, Kind::Read), (0, 3, Kind::Read), (1, 3, Kind::Read)]);
    }

    proptest! {
        /// The promise of QUOTE, against every offset in both pages.
        #[test]
        fn long_repetitions_are_found(
            before in "[a-m]{0,40}", quote in "[a-z]{63}", after in "[a-m]{0,40}",
            other in "[0-9]{0,40}",
        ) {
            prop_assert_eq!(quote.len(), QUOTE);
            let sessions = session(vec![
                turn("user", None, &format!("{before}{quote}{after}")),
                turn("user", None, &format!("{other}{quote}{other}")),
            ]);
            prop_assert!(told(&sessions).contains(&(0, 1, Kind::Read)));
        }

        #[test]
        fn texts_without_common_runs_quote_nothing(a in "[a-m]{0,200}", b in "[n-zäö]{0,200}") {
            let sessions = session(vec![turn("user", None, &a), turn("user", None, &b)]);
            prop_assert_eq!(told(&sessions), [(0, 0, Kind::Write), (1, 1, Kind::Write)]);
        }
    }
}
