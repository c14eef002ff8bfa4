use proptest::prelude::*;

use super::dictionary::Dictionary;
use super::reader::{Impossible, Reader};
use super::speller::Speller;
use super::*;

/// The codes of texts, one after another, with a dictionary of so many tokens.
fn codes(texts: &[&[u8]], most: usize) -> Vec<Vec<u8>> {
    let mut dictionary = Dictionary::new(most);
    let mut all = Vec::new();
    for text in texts {
        let mut speller = Speller::new(dictionary);
        let (mut at, mut codes) = (0, Vec::new());
        while at < text.len() {
            let (taken, token) = speller.next(&text[at..]);
            assert!(taken > 0);
            codes.extend_from_slice(token.as_ref());
            at += taken;
        }
        all.push(codes);
        dictionary = speller.into_dictionary();
    }
    all
}

/// What codes stand for, after those of another text.
fn text(before: &[u8], codes: &[u8], most: usize) -> Result<Vec<u8>, Impossible> {
    let mut speller = Speller::new(Dictionary::new(most));
    let mut at = 0;
    while at < before.len() {
        at += speller.next(&before[at..]).0;
    }
    let mut reader = Reader::new(speller.into_dictionary());
    let mut text = Vec::new();
    for &code in codes {
        reader.push(code, &mut text)?;
    }
    Ok(text)
}

fn comes_back(before: &[u8], after: &[u8], most: usize) {
    let codes = codes(&[before, after], most);
    assert_eq!(text(before, &codes[1], most).as_deref(), Ok(after), "{}", after.escape_ascii());
}

proptest! {
    #[test]
    fn any_bytes_come_back(before in any_text(), after in any_text(), most in prop_oneof![0usize..20, Just(MOST_WORDS)]) {
        comes_back(&before, &after, most);
    }

    #[test]
    fn a_reader_spells_as_a_speller_does(before in any_text(), after in any_text(), most in prop_oneof![0usize..20, Just(MOST_WORDS)]) {
        let wanted = codes(&[&before, &after], most);
        let mut reader = Reader::new(Dictionary::new(most));
        for (wanted, text) in wanted.iter().zip([&before, &after]) {
            let (mut codes, mut read) = (Vec::new(), Vec::new());
            while read.len() < text.len() {
                let (taken, token) = reader.spell_next(&text[read.len()..]);
                let before = read.len();
                for &code in token.as_ref() {
                    prop_assert_eq!(reader.push(code, &mut read), Ok(()));
                }
                prop_assert_eq!(read.len(), before + taken);
                codes.extend_from_slice(token.as_ref());
            }
            prop_assert_eq!((&codes, &read), (wanted, text));
            reader.turn(b' ');
        }
    }

    #[test]
    fn any_codes_are_read(codes in prop::collection::vec(any::<u8>(), 0..400)) {
        let read = text(b"some words that are known", &codes, 50);
        prop_assert!(read.is_err() || read.is_ok_and(|text| text.len() <= codes.len() * (LONGEST + 1)));
    }
}

fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        "[a-c]{1,3}( [A-Ca-c]{1,3}){0,20}".prop_map(String::into_bytes),
        "(\\w{0,30}[ .,\"\n]{0,30}){0,4}".prop_map(String::into_bytes),
        "[\u{0}-\u{20}]{0,30}".prop_map(String::into_bytes),
        Just(b" ".to_vec()),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_word_is_spelled_once() {
    let codes = codes(&[b"the cat. The cat and the \"other\" cat"], 100);
    assert_eq!(codes[0], *b"the cat.\x01\x80\x81and\x80 \"other\" \x81");
}

#[test]
fn every_number_has_a_code() {
    let text: Vec<u8> = (0..MOST_WORDS + 50).flat_map(|k| format!("w{k}, ").into_bytes()).collect();
    let twice = [&text[..], &text].concat();
    comes_back(b"", &twice, MOST_WORDS);
    let codes = codes(&[&text, &text], MOST_WORDS);
    assert!(codes[1].len() < MOST_WORDS * 3 + 50 * 12, "{}", codes[1].len());
}

#[test]
fn awkward_texts_come_back() {
    let long = "x".repeat(70) + &"-".repeat(70) + &"é".repeat(30) + " " + &"y".repeat(20) + " z";
    for text in
        [&b""[..], b" ", b" a", b"a ", b"a  b", b"a b c a b", b"\0\x01\x02\x03", long.as_bytes()]
    {
        comes_back(b"", text, MOST_WORDS);
        comes_back(text, text, MOST_WORDS);
        comes_back(text, b" and", 3);
    }
}

#[test]
fn a_number_of_nothing_is_refused() {
    assert_eq!(text(b"", &[WORD], 10), Err(Impossible));
    assert_eq!(text(b"", &[255, 255], 10), Err(Impossible));
    assert_eq!(text(b"", &[b'a'; LONGEST + 1], 10), Err(Impossible));
}

#[test]
fn every_gap_has_a_code() {
    let gap = |k: usize| format!("x{}{}", "-".repeat(k % 19 + 1), ".".repeat(k / 19 % 19));
    let gaps: String = (0..MOST_GAPS + 20).map(gap).collect();
    let marks: String = (33..48u8)
        .flat_map(|a| (33..48u8).map(move |b| format!("x{}{}", a as char, b as char).repeat(2)))
        .collect();
    for text in [gaps, marks] {
        comes_back(b"", text.repeat(2).as_bytes(), MOST_WORDS);
    }
}
