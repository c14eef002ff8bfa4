//! Children's stories, written by the grammar in `stories.txt`.
//!
//! Each story has a hero and a friend who come back in it, words that it takes
//! again, and a plan: introduction, problem, talk, solution, moral.

use super::grammar::{Grammar, Writer};
use super::rng::Rng;
use crate::size::ByteSize;

const GRAMMAR: &str = include_str!("stories.txt");

/// What the program sets for each story, by place in `Writer::variables`.
const VARIABLES: [&str; 9] = ["hero", "he", "him", "his", "kind", "friend", "fhe", "fhis", "fkind"];

const SEPARATOR: &[u8] = b"\n\n\n\n";

/// As many stories as fit in `size` bytes, with separators between them.
pub(super) fn generate(size: ByteSize, seed: u64) -> Vec<u8> {
    let size = size.as_usize();
    let mut out = Vec::with_capacity(size.min(1 << 30));
    // The grammar is part of the program: a test compiles it.
    let Ok(grammar) = Grammar::compile(GRAMMAR, &VARIABLES) else { return out };
    let mut writer = Writer::new(&grammar, Rng::new(seed), VARIABLES.len());
    loop {
        let start = out.len();
        if start > 0 {
            out.extend_from_slice(SEPARATOR);
        }
        cast(&mut writer);
        writer.write("story", &mut out);
        if out.len() > size {
            out.truncate(start);
            return out;
        }
    }
}

/// Chooses the hero and the friend of the next story.
fn cast(writer: &mut Writer<'_>) {
    writer.forget();
    let hero = character(writer);
    let mut friend = character(writer);
    for _ in 0..8 {
        if friend.name != hero.name {
            break;
        }
        friend = character(writer);
    }
    let [he, him, his] = hero.pronouns;
    let [fhe, _, fhis] = friend.pronouns;
    let values = [&hero.name, he, him, his, &hero.kind, &friend.name, fhe, fhis, &friend.kind];
    for (variable, value) in writer.variables.iter_mut().zip(values) {
        value.clone_into(variable);
    }
}

struct Character {
    name: String,
    kind: String,
    pronouns: [&'static str; 3],
}

fn character(writer: &mut Writer<'_>) -> Character {
    let mut word = |list: &str| {
        let mut text = Vec::new();
        writer.write(list, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    };
    let [boy, girl, pet, made] = ["boy", "girl", "pet", "made_name"].map(&mut word);
    let animal = word("animal");
    const HE: [&str; 3] = ["he", "him", "his"];
    const SHE: [&str; 3] = ["she", "her", "her"];
    match writer.rng.below(12) {
        0..=3 => Character { name: boy, kind: "boy".into(), pronouns: HE },
        4..=7 => Character { name: girl, kind: "girl".into(), pronouns: SHE },
        8 => Character { name: pet, kind: animal, pronouns: HE },
        9 => Character { name: pet, kind: animal, pronouns: SHE },
        10 => Character { name: made, kind: animal, pronouns: HE },
        _ => Character { name: made, kind: "girl".into(), pronouns: SHE },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_grammar_compiles() {
        if let Err(error) = Grammar::compile(GRAMMAR, &VARIABLES) {
            panic!("{error}");
        }
    }

    #[test]
    fn the_text_reads_as_stories() {
        let bytes = generate(ByteSize(1_000_000), 1);
        let text = std::str::from_utf8(&bytes).unwrap();
        assert!(text.is_ascii());
        assert!(!text.contains(['<', '{', '|', '_', '}', '>']));
        assert!(!text.contains("\n\n\n\n\n") && !text.contains("  "));
        let stories: Vec<_> = text.split("\n\n\n\n").collect();
        let mean = text.len() / stories.len();
        assert!((500..1200).contains(&mean), "{mean}");
        let words: HashSet<_> = text.split(|c: char| !c.is_ascii_alphabetic()).collect();
        assert!(words.len() > 1500, "{}", words.len());
        for wrong in [" a apple", " an ball", " a old ", " a orange "] {
            assert!(!text.contains(wrong), "{wrong}");
        }
    }
}
