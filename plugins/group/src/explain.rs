//! A text as a person may see what the groups did: passage by passage, the words that were
//! covered in brackets with the number of their group, then those groups.

use std::collections::BTreeMap;
use std::fmt::Write;

use pressmark_coding::token::Kind;

use crate::model::{Model, Taken};

/// Members shown of a group.
const SHOWN: usize = 10;
/// Words after which a passage is shown even if its line goes on.
const LONGEST: usize = 80;

/// Gathers one passage after the other.
#[derive(Debug, Default)]
pub struct Explainer {
    text: String,
    groups: BTreeMap<u32, String>,
    words: usize,
    covered: usize,
    bits: f64,
}

impl Explainer {
    /// Takes a token; returns the passage it ends.
    pub fn take(&mut self, bytes: &[u8], taken: Taken, model: &Model) -> Option<String> {
        let shown = String::from_utf8_lossy(bytes);
        self.bits += taken.bits;
        self.words += usize::from(taken.kind == Kind::Word);
        match taken.group {
            Some(id) => {
                self.covered += 1;
                let blank = if bytes.starts_with(b" ") { " " } else { "" };
                // Writing to a string cannot fail.
                let _ = write!(self.text, "{blank}[{}]{id}", shown.trim_start());
                self.groups.entry(id).or_insert_with(|| members(id, model));
            }
            None => self.text.push_str(&shown.escape_debug().to_string()),
        }
        let line_end = taken.kind == Kind::Gap && bytes.contains(&b'\n');
        (line_end || self.words >= LONGEST).then(|| self.finish())
    }

    /// The passage begun.
    pub fn finish(&mut self) -> String {
        let Self { text, groups, words, covered, bits } = std::mem::take(self);
        let mut out = format!("{words} words, {covered} covered, {bits:.1} bits: {text}\n");
        for (id, members) in groups {
            let _ = writeln!(out, "  group {id}: {members}");
        }
        out
    }
}

fn members(id: u32, model: &Model) -> String {
    let group = model.groups().members(id);
    let more = if group.len() > SHOWN {
        format!(" and {} more", group.len() - SHOWN)
    } else {
        String::new()
    };
    let words: Vec<_> = group
        .iter()
        .take(SHOWN)
        .map(|&word| String::from_utf8_lossy(model.word(word)).escape_debug().to_string())
        .collect();
    words.join(", ") + &more
}
