//! Regular plurals, past tenses and participles of English words.

/// No other forms.
pub(super) fn none(_: &str) -> Vec<String> {
    Vec::new()
}

/// The plural.
pub(super) fn noun(word: &str) -> Vec<String> {
    let plural = match word.as_bytes() {
        [.., b's' | b'x' | b'z'] | [.., b'c' | b's', b'h'] => format!("{word}es"),
        [stem @ .., before, b'y'] if !vowel(*before) => {
            format!("{}ies", &word[..stem.len() + 1])
        }
        [stem @ .., b'f'] => format!("{}ves", &word[..stem.len()]),
        _ => format!("{word}s"),
    };
    vec![plural]
}

/// The past tense and the form in "-ing".
pub(super) fn verb(word: &str) -> Vec<String> {
    match word.as_bytes() {
        [stem @ .., b'e'] => vec![format!("{word}d"), format!("{}ing", &word[..stem.len()])],
        [stem @ .., before, b'y'] if !vowel(*before) => {
            vec![format!("{}ied", &word[..stem.len() + 1]), format!("{word}ing")]
        }
        // One short vowel before one consonant: the consonant is doubled.
        [rest @ .., middle, last]
            if vowel(*middle)
                && !vowel(*last)
                && !b"wxy".contains(last)
                && !rest.iter().any(|letter| vowel(*letter)) =>
        {
            let doubled = format!("{word}{}", char::from(*last));
            vec![format!("{doubled}ed"), format!("{doubled}ing")]
        }
        _ => vec![format!("{word}ed"), format!("{word}ing")],
    }
}

fn vowel(letter: u8) -> bool {
    b"aeiou".contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns() {
        for (word, plural) in [
            ("ball", "balls"),
            ("box", "boxes"),
            ("key", "keys"),
            ("berry", "berries"),
            ("bench", "benches"),
            ("leaf", "leaves"),
        ] {
            assert_eq!(noun(word), [plural]);
        }
    }

    #[test]
    fn verbs() {
        for (word, past, going) in [
            ("play", "played", "playing"),
            ("hop", "hopped", "hopping"),
            ("share", "shared", "sharing"),
            ("carry", "carried", "carrying"),
            ("help", "helped", "helping"),
            ("need", "needed", "needing"),
            ("listen", "listened", "listening"),
        ] {
            assert_eq!(verb(word), [past, going]);
        }
    }
}
