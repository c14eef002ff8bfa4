//! Numbers and names as a reader sees them.

/// A bit rate, always three decimals: 1 bit per character in a thousand matters.
pub(crate) fn bits(value: f64) -> String {
    format!("{value:.3}")
}

/// Three significant digits without an exponent, for speeds and rates.
pub(crate) fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = (2 - magnitude).clamp(0, 9) as usize;
    let text = format!("{value:.decimals$}");
    if magnitude >= 3 { group_digits(&text) } else { text }
}

/// A whole number with its digits in groups of three (narrow no-break spaces).
pub(crate) fn count(value: u64) -> String {
    group_digits(&value.to_string())
}

/// Bytes as 10⁶ bytes, three significant digits.
pub(crate) fn megabytes(bytes: u64) -> String {
    significant(bytes as f64 / 1e6)
}

fn group_digits(text: &str) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::with_capacity(text.len() + 8);
    for (i, c) in whole.chars().enumerate() {
        let left = whole.len() - i;
        if i > 0 && left % 3 == 0 && !grouped.ends_with('-') {
            grouped.push('\u{202f}');
        }
        grouped.push(c);
    }
    grouped + rest
}

/// A figure of any size: whole numbers as they are, others with three
/// significant digits.
pub(crate) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        group_digits(&format!("{value:.0}"))
    } else {
        significant(value)
    }
}

/// A file name made of a free text: letters and digits stay, every run of other
/// characters becomes one hyphen.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(80);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_legible() {
        assert_eq!(bits(1.0), "1.000");
        assert_eq!(significant(0.0123456), "0.0123");
        assert_eq!(significant(12.3456), "12.3");
        assert_eq!(significant(123456.0), "123\u{202f}456");
        assert_eq!(significant(0.0), "0");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(12), "12");
        assert_eq!(number(-1234.0), "-1\u{202f}234");
        assert_eq!(number(-123.0), "-123");
        assert_eq!(number(0.25), "0.250");
        assert_eq!(megabytes(5_300_000), "5.30");
    }

    #[test]
    fn slugs_are_safe_file_names() {
        assert_eq!(slug("bpc Tiny/Stories, cold"), "bpc-tiny-stories-cold");
        assert_eq!(slug("../../é"), "");
        assert_eq!(slug("a.b c "), "a-b-c");
    }
}
