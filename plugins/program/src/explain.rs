//! A program as text for a person: what each operator did, and what it cost.
//!
//! One line per statement, with what it cost in bits and what it saved, and the text it
//! produced. In a literal, ‹what was spelled› stands apart from what was guessed; in a
//! template every slot shows what came and what had stood there. Long texts are cut in the
//! middle. A passage of a few tokens that fits by the way is part of the literal around it.

use std::fmt::Write;

use pressmark_coding::cost::BIT;
use pressmark_coding::token::join;

use crate::ops::Op;
use crate::parse::Way;
use crate::plan::{Passages, Piece, Plan};

/// A text longer than this, in characters, is cut in the middle.
const SHOWN: usize = 240;
/// Passages of fewer tokens are not worth a line.
const WORTH_A_LINE: usize = 6;
/// A passage goes on behind a slot of at most so many tokens.
const WIDEST_SLOT: usize = 8;

/// Pieces that make one line.
struct Statement {
    pieces: Vec<Piece>,
    followed: bool,
}

/// The lines of a program, each with its line end.
pub(crate) fn lines<'a>(plan: &'a Plan<'_>, input: &'a [u8]) -> impl Iterator<Item = String> {
    let passages = plan.passages();
    let statements = statements(plan.pieces().collect());
    let head = std::iter::once("    bits   saved  operator   what it made\n".to_owned());
    let body = statements.into_iter().map(move |statement| statement.line(passages, input));
    let total: u64 = plan.pieces().map(|piece| piece.price).sum();
    let percent = 100.0 * bits(total) / 8.0 / input.len().max(1) as f64;
    let total = bits(total);
    let bytes = input.len();
    let foot = format!("{total:8.1}          in all, for {bytes} bytes: {percent:.1} %\n");
    head.chain(body).chain(std::iter::once(foot))
}

fn bits(price: u64) -> f64 {
    price as f64 / BIT as f64
}

/// The source token of a piece that follows a passage.
fn source(piece: &Piece) -> Option<usize> {
    match (piece.op, piece.way) {
        (Op::Literal, Way::Followed(source) | Way::Filled(source)) => Some(source as usize),
        _ => None,
    }
}

/// Gathers pieces into lines: neighbouring literals, passages with their slots, and each of the
/// others alone.
fn statements(pieces: Vec<Piece>) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let length = passage(&pieces[at..]);
        let followed = length >= WORTH_A_LINE;
        let length = length.max(1);
        let these = &pieces[at..at + if followed { length } else { 1 }];
        let plain = |piece: &Piece| piece.op == Op::Literal;
        match statements.last_mut() {
            Some(last)
                if !followed && !last.followed && plain(&these[0]) && plain(&last.pieces[0]) =>
            {
                last.pieces.extend_from_slice(these);
            }
            _ => statements.push(Statement { pieces: these.to_vec(), followed }),
        }
        at += these.len();
    }
    statements
}

/// How many of the first pieces are one passage, slots included.
fn passage(pieces: &[Piece]) -> usize {
    let (mut length, mut next, mut slot) = (0, None, 0);
    for (index, piece) in pieces.iter().enumerate() {
        match (source(piece), next) {
            (Some(from), None) => next = Some(from + 1),
            (Some(from), Some(expected))
                if from >= expected && from <= expected + 2 * WIDEST_SLOT =>
            {
                if slot == 0 && from != expected {
                    break;
                }
                next = Some(from + 1);
            }
            (None, Some(_)) if slot < WIDEST_SLOT && piece.op == Op::Literal => {
                slot += 1;
                continue;
            }
            _ => break,
        }
        slot = 0;
        length = index + 1;
    }
    length
}

impl Statement {
    fn line(&self, passages: &Passages, input: &[u8]) -> String {
        let price: u64 = self.pieces.iter().map(|piece| piece.price).sum();
        let literal: u64 = self.pieces.iter().map(|piece| piece.literal).sum();
        let first = &self.pieces[0];
        let position = first.position;
        let tokens: usize = self.pieces.iter().map(|piece| piece.tokens).sum();
        let text = &input[first.start..self.pieces.last().map_or(first.end, |piece| piece.end)];
        let shown = String::from_utf8_lossy(text);
        // The blank that two words imply says nothing.
        let shown = shown.trim_start_matches(' ');
        let mut saved = first.op != Op::Literal;
        let (operator, what) = match (first.op, first.way) {
            (Op::Copy { source, .. }, _) => (
                "COPY",
                format!("{tokens} tokens from {} back: {shown}", position - source as usize),
            ),
            (Op::Repeat { .. }, _) => ("REPEAT", shown.to_owned()),
            (Op::Transform, Way::Derived(number)) => {
                let derivation = passages.derivations[number as usize];
                let word = passages.lexicon.bytes(derivation.source);
                ("TRANSFORM", format!("{} → {}", String::from_utf8_lossy(word), shown))
            }
            _ if self.followed => {
                saved = false;
                let back = position - source(first).unwrap_or(position);
                let (text, slots) = self.with_slots(passages, input);
                let slots = match slots {
                    0 => String::new(),
                    1 => ", 1 slot".to_owned(),
                    slots => format!(", {slots} slots"),
                };
                let operator = if slots.is_empty() { "COPY" } else { "TEMPLATE" };
                let text = text.trim_start_matches(' ');
                (operator, format!("{tokens} tokens from {back} back{slots}: {text}"))
            }
            _ => ("LITERAL", self.with_spelled(input)),
        };
        let mut line = format!("{:8.1}", bits(price));
        // Writing to a string cannot fail.
        let _ = match saved {
            true => write!(line, "{:8.1}", (literal as f64 - price as f64) / BIT as f64),
            false => write!(line, "{:8}", ""),
        };
        let _ = writeln!(line, "  {operator:<9}  {}", cut(&what));
        line
    }

    /// The text, with what was spelled in brackets of its own.
    fn with_spelled(&self, input: &[u8]) -> String {
        let mut text = String::new();
        let mut spelling = false;
        for piece in &self.pieces {
            let bytes = String::from_utf8_lossy(&input[piece.start..piece.end]);
            let spelled = piece.way == Way::Spelled;
            if spelled != spelling {
                text.push(if spelled { '‹' } else { '›' });
            }
            spelling = spelled;
            text.push_str(&bytes);
        }
        if spelling {
            text.push('›');
        }
        text
    }

    /// The text of a passage, every slot with what had stood there; and how many slots there are.
    fn with_slots(&self, passages: &Passages, input: &[u8]) -> (String, usize) {
        let mut text = String::new();
        let mut slots = 0;
        let mut next = None;
        let mut slot: Option<usize> = None;
        for piece in &self.pieces {
            let bytes = &input[piece.start..piece.end];
            let Some(from) = source(piece) else {
                slot = slot.or(Some(piece.start));
                continue;
            };
            if let Some(start) = slot.take() {
                let came = String::from_utf8_lossy(&input[start..piece.start]);
                let stood = stood(passages, next.unwrap_or(from), from);
                // A blank before the slot is no part of what was replaced.
                let word = came.trim_start_matches(' ');
                text.push_str(&came[..came.len() - word.len()]);
                if word == stood.trim_start_matches(' ') {
                    // The same token, but it was not the passage that told it.
                    text.push_str(word);
                } else {
                    slots += 1;
                    let _ = write!(
                        text,
                        "[{} for {}]",
                        word.trim_end_matches(' '),
                        stood.trim_matches(' ')
                    );
                }
            }
            text.push_str(&String::from_utf8_lossy(bytes));
            next = Some(from + 1);
        }
        (text, slots)
    }
}

/// The text of the tokens from one place to another.
fn stood(passages: &Passages, from: usize, to: usize) -> String {
    let mut bytes = Vec::new();
    let numbers = passages.numbers.get(from..to).unwrap_or_default();
    let mut previous = None;
    for &number in numbers {
        let (kind, token) = (passages.lexicon.kind(number), passages.lexicon.bytes(number));
        previous = join(previous, kind, token, &mut bytes);
    }
    if bytes.is_empty() {
        "nothing".to_owned()
    } else {
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn cut(text: &str) -> String {
    let text: String = text.chars().map(|c| if c == '\n' { '⏎' } else { c }).collect();
    let text: Vec<char> = text.chars().map(|c| if c.is_control() { '·' } else { c }).collect();
    if text.len() <= SHOWN {
        return text.into_iter().collect();
    }
    let (head, tail) = (&text[..SHOWN * 2 / 3], &text[text.len() - SHOWN / 3..]);
    format!("{} … {}", head.iter().collect::<String>(), tail.iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use pressmark_coding::cost::CostTable;

    fn explained(text: &str) -> Vec<String> {
        let costs = CostTable::new();
        let plan = Machine::default()
            .plan(text.as_bytes(), &costs, &mut Vec::new())
            .expect("a short text can be planned");
        lines(&plan, text.as_bytes()).collect()
    }

    fn with<'a>(lines: &'a [String], operator: &str) -> &'a str {
        lines.iter().find(|line| line.contains(operator)).expect("the operator is used")
    }

    #[test]
    fn a_person_sees_the_copied_passage() {
        let passage: String = (0..3000).map(|k| format!("word{k} ")).collect();
        let lines = explained(&format!("Today {passage}! I said that {passage}. Good."));
        assert!(lines[1].contains("LITERAL"));
        let copied = with(&lines, "COPY");
        assert!(copied.contains("word2998 word2999"), "{copied}");
        assert!(lines.last().is_some_and(|line| line.contains("in all")));
    }

    #[test]
    fn a_person_sees_what_was_replaced() {
        let order = |name: &str, dish: &str| {
            format!(
                "The quick waiter asked {name} what there should be on the large table for lunch, and there was {dish} with bread and water for everybody in the room.\n"
            )
        };
        let text: String =
            [("Anna", "soup"), ("Bertram", "cake"), ("Carl", "fish"), ("Dora", "rice")]
                .into_iter()
                .cycle()
                .take(12)
                .enumerate()
                .map(|(k, (name, dish))| order(&format!("{name}{k}"), dish))
                .collect();
        let lines = explained(&text);
        let template = with(&lines, "TEMPLATE");
        assert!(template.contains("[cake for soup]"), "{template}");
    }
}
