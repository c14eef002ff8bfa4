//! A program as text for a person: what each operator did, and what it cost.
//!
//! One line per copy and repeat, with the text it produced; neighbouring literals share a
//! line. Long texts are cut in the middle.

use std::fmt::Write;

use pressmark_coding::cost::BIT;

use crate::machine::Plan;
use crate::ops::Op;

/// A passage longer than this, in characters, is cut in the middle.
const SHOWN: usize = 160;

/// The lines of a program, each with its line end.
pub(crate) fn lines<'a>(plan: &'a Plan<'_>, input: &'a [u8]) -> impl Iterator<Item = String> {
    let mut pieces = plan.pieces().peekable();
    std::iter::from_fn(move || {
        let mut piece = pieces.next()?;
        while piece.op == Op::Literal {
            let Some(next) = pieces.next_if(|next| next.op == Op::Literal) else { break };
            piece.tokens += next.tokens;
            piece.price += next.price;
            piece.literal += next.literal;
            piece.end = next.end;
        }
        let bits = |price: u64| price as f64 / BIT as f64;
        let mut line = String::new();
        // Writing to a string cannot fail.
        let _ = match piece.op {
            Op::Literal => write!(line, "LITERAL {} tokens", piece.tokens),
            Op::Copy { source, length } => {
                let back = piece.position - source as usize;
                write!(line, "COPY {length} tokens from {back} back")
            }
            Op::Repeat { period, count } => {
                write!(line, "REPEAT the last {period} tokens {count} times")
            }
        };
        let _ = write!(line, ", {:.1} bits", bits(piece.price));
        if piece.op != Op::Literal {
            let _ = write!(line, " instead of {:.1}", bits(piece.literal));
        }
        let _ = writeln!(line, ": {}", shown(&input[piece.start..piece.end]));
        Some(line)
    })
}

fn shown(bytes: &[u8]) -> String {
    let text: Vec<char> = String::from_utf8_lossy(bytes).escape_debug().collect();
    if text.len() <= SHOWN {
        return text.into_iter().collect();
    }
    let (head, tail) = (&text[..SHOWN / 2], &text[text.len() - SHOWN / 2..]);
    format!("{} … {}", head.iter().collect::<String>(), tail.iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Machine, Settings};
    use pressmark_coding::cost::CostTable;

    #[test]
    fn a_person_sees_the_copied_passage() {
        let passage: String = (0..3000).map(|k| format!("word{k} ")).collect();
        let text = format!("Today {passage}! I said that {passage}. Good.");
        let costs = CostTable::new();
        let plan = Machine::default()
            .plan(text.as_bytes(), Settings::default(), &costs, &mut Vec::new())
            .expect("a short text can be planned");
        let lines: Vec<String> = lines(&plan, text.as_bytes()).collect();
        assert!(lines[0].starts_with("LITERAL"));
        let copied = lines.iter().find(|line| line.starts_with("COPY")).expect("there is a copy");
        assert!(copied.contains("word2998 word2999"), "{copied}");
        let said = lines.last().expect("there are lines");
        assert!(said.ends_with("Good.\n"), "{said}");
    }
}
