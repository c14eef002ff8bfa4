//! The list of pages that are not in a context, so that a reader can ask for them.
//!
//! One line of JSON, newest pages first: the original listed the oldest, and a page of a long
//! session never came to be named. Nothing that a page says can end the line.

use pressmark_sdk::Page;

use super::text::chars;

/// The most pages that are listed.
pub const MOST: usize = 50;
/// Scalar values of a hint.
const HINT: usize = 40;

/// A manifest of at most `room` scalar values with its line end: the newest of the pages that
/// `shown` does not name. Empty if not even one page fits.
pub fn manifest(pages: &[Page<'_>], shown: impl Fn(usize) -> bool, room: u64) -> String {
    let mut text = String::from("{\"pages\":[");
    let end = "]}\n";
    let mut left = room.saturating_sub((text.len() + end.len()) as u64);
    let mut listed = 0;
    for (number, page) in pages.iter().enumerate().rev().filter(|(at, _)| !shown(*at)) {
        let comma = if listed == 0 { "" } else { "," };
        let hint = hint(page);
        let entry =
            format!("{comma}{{\"page\":{number},\"tokens\":{},\"hint\":{hint}}}", page.tokens);
        let length = chars(entry.as_bytes());
        if length > left || listed == MOST {
            break;
        }
        left -= length;
        listed += 1;
        text.push_str(&entry);
    }
    if listed == 0 { String::new() } else { text + end }
}

/// Who speaks and the first words, as a JSON string of printable characters.
fn hint(page: &Page<'_>) -> String {
    let first = String::from_utf8_lossy(&page.text[..page.text.len().min(4 * HINT)]);
    let said = [page.role, ": ", &first].concat();
    let printable = |c: char| match c {
        '"' | '\\' => '\'',
        _ if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => ' ',
        _ => c,
    };
    let said: String = said.chars().take(HINT).map(printable).collect();
    format!("\"{said}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_come_first_and_fit() {
        let said: Vec<String> = (0..80).map(|at| format!("page \"{at}\"\n[0] x")).collect();
        let pages: Vec<Page<'_>> = said
            .iter()
            .map(|text| Page { text: text.as_bytes(), role: "user", tool: "", turn: 0, tokens: 4 })
            .collect();
        let all = manifest(&pages, |_| false, u64::MAX);
        let json: serde_json::Value = serde_json::from_str(&all).expect("it is JSON");
        let listed = json["pages"].as_array().expect("a list");
        assert_eq!((listed.len(), &listed[0]["page"]), (MOST, &79.into()));
        assert_eq!(all.lines().count(), 1);
        for room in 0..300 {
            assert!(chars(manifest(&pages, |at| at > 70, room).as_bytes()) <= room);
        }
    }
}
