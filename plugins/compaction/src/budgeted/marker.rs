//! What stands in a compacted document for what was left out.
//!
//! A compacted document is its source with spans replaced by markers, behind one header line:
//!
//! ```text
//! [~#0f1e2d3c]                      header: a checksum of all that follows it
//! user: my number is 81-22 [~73B]   73 bytes of this line are left out
//! [~12L 843B]                       12 whole lines are left out, 843 bytes with the ends between
//! assistant: done
//! ```
//!
//! Line ends outside of markers are the source's own. Where the source itself has `[~`, the
//! document has `[~~`. So every span of the source is known by counting: a marker begins where
//! the bytes kept and left out before it add up to, and the lines that are still seen, in whole
//! or in part, together with the lines counted in markers, are all lines of the source.
//!
//! A document is taken for a compacted one only if it begins with a header whose checksum is
//! right. A marker pasted into other text, or a compacted document that was edited, is text.

use std::convert::Infallible;
use std::ops::Range;

/// What begins markers and headers.
pub(crate) const OPEN: &[u8; 2] = b"[~";
/// What stands for [`OPEN`] where it is text.
pub(crate) const ESCAPED: &[u8; 3] = b"[~~";
/// Bytes of a header without its line end: `[~#`, eight digits, `]`.
pub(crate) const HEADER: usize = 12;

/// What a marker stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Omitted {
    /// Bytes of the source.
    pub bytes: u64,
    /// Lines of which nothing is left.
    pub lines: u64,
}

/// A marker in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Where the marker stands in the compacted document.
    pub marker: Range<usize>,
    /// The span of the source that it stands for.
    pub source: Range<u64>,
    /// Lines of which nothing is left.
    pub lines: u64,
}

impl Omitted {
    /// Bytes of the marker.
    #[inline]
    pub(crate) fn width(self) -> usize {
        let lines = if self.lines == 0 { 0 } else { digits(self.lines) + 2 };
        OPEN.len() + lines + digits(self.bytes) + 2
    }

    pub(crate) fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(OPEN);
        if self.lines > 0 {
            push_number(self.lines, out);
            out.extend_from_slice(b"L ");
        }
        push_number(self.bytes, out);
        out.extend_from_slice(b"B]");
    }
}

#[inline]
fn digits(number: u64) -> usize {
    /// For numbers by their logarithm: what added to one makes its upper half its digits (Willets,
    /// 2021).
    const CARRIES: [u64; 32] = {
        let mut carries = [0; 32];
        let mut log = 0;
        while log < 32 {
            // The greatest number of this logarithm may have a digit more than the least.
            let digits = (1u64 << log).ilog10() as u64 + 1;
            let most = (2u64 << log) - 1;
            let more = 10u64.pow(digits as u32);
            carries[log] = if most < more { digits << 32 } else { ((digits + 1) << 32) - more };
            log += 1;
        }
        carries
    };
    match u32::try_from(number) {
        Ok(few) => ((number + CARRIES[(few | 1).ilog2() as usize]) >> 32) as usize,
        Err(_) => number.ilog10() as usize + 1,
    }
}

fn push_number(number: u64, out: &mut Vec<u8>) {
    let mut scale = 10u64.pow(digits(number) as u32 - 1);
    while scale > 0 {
        out.push(b'0' + (number / scale % 10) as u8);
        scale /= 10;
    }
}

/// The header for `body`, without a line end.
pub(crate) fn header(body: &[u8]) -> [u8; HEADER] {
    let mut header = *b"[~#........]";
    let sum = checksum(body);
    for (at, digit) in header[3..11].iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(sum >> (28 - 4 * at)) as usize & 15];
    }
    header
}

/// What follows the header line, and where, if `document` is a compacted one.
fn body(document: &[u8]) -> Option<(usize, &[u8])> {
    let rest = document.get(HEADER..)?;
    let end = if rest.starts_with(b"\r\n") { 2 } else { 1 };
    let body = rest.get(end..).filter(|_| rest[end - 1] == b'\n')?;
    (document[..HEADER] == header(body)).then_some((HEADER + end, body))
}

/// A multiplicative hash over words of eight bytes, folded to 32 bits: it tells accidents, not
/// attacks.
fn checksum(bytes: &[u8]) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |sum: u64, word: u64| (sum.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    let (words, rest) = bytes.as_chunks::<8>();
    let sum =
        words.iter().fold(bytes.len() as u64, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    let sum = rest.iter().fold(sum, |sum, &byte| mix(sum, u64::from(byte)));
    (sum ^ (sum >> 32)) as u32
}

/// The marker at the front of `text`: what it stands for, and its bytes.
fn marker(text: &[u8]) -> Option<(Omitted, usize)> {
    let mut at = OPEN.len();
    let first = number(text, &mut at)?;
    let omitted = match text.get(at)? {
        b'B' => Omitted { bytes: first, lines: 0 },
        b'L' if first > 0 && text.get(at + 1) == Some(&b' ') => {
            at += 2;
            let bytes = number(text, &mut at)?;
            (text.get(at) == Some(&b'B')).then_some(Omitted { bytes, lines: first })?
        }
        _ => return None,
    };
    (text.get(at + 1) == Some(&b']')).then_some((omitted, at + 2))
}

/// A number without leading zeros.
fn number(text: &[u8], at: &mut usize) -> Option<u64> {
    let start = *at;
    let mut number = 0u64;
    while let Some(digit) = text.get(*at).filter(|digit| digit.is_ascii_digit()) {
        number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        *at += 1;
    }
    (*at > start && (text[start] != b'0' || *at == start + 1)).then_some(number)
}

/// What a compacted document consists of besides plain text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Where the text begins: bytes of the header line.
    pub(crate) start: usize,
    /// Markers: where they stand, what they stand for.
    pub(crate) markers: Vec<(Range<usize>, Omitted)>,
    /// Where escapes begin.
    pub(crate) escapes: Vec<usize>,
}

/// Bytes that are taken at most for each [`OPEN`] that is read: lists grow to twice of what they
/// need, and have what they had beside them meanwhile; the shortest have room for four.
pub(crate) const READ: usize = 4 * size_of::<(Range<usize>, Omitted)>() + 4 * size_of::<usize>();

/// Reads a compacted document; `None` for any other text.
pub(crate) fn read(document: &[u8]) -> Option<Reading> {
    let (start, _) = body(document)?;
    let mut reading = Reading { start, ..Reading::default() };
    let mut total = Some(0u64);
    let mut at = start;
    while let Some(found) = find(&document[at..]) {
        at += found;
        if document[at..].starts_with(ESCAPED) {
            reading.escapes.push(at);
            at += ESCAPED.len();
        } else {
            let (omitted, width) = marker(&document[at..])?;
            total = total.and_then(|total| total.checked_add(omitted.bytes));
            reading.markers.push((at..at + width, omitted));
            at += width;
        }
    }
    // More bytes than can be counted: nobody left these out.
    total?.checked_add(document.len() as u64)?;
    reading.markers.iter().all(|(_, omitted)| omitted.lines <= omitted.bytes + 1).then_some(reading)
}

/// The first [`OPEN`] in a text.
pub(crate) fn find(text: &[u8]) -> Option<usize> {
    // In blocks without an early end, which are searched several bytes at a time.
    const BLOCK: usize = 256;
    let mut start = 0;
    while start < text.len() {
        let end = (start + BLOCK).min(text.len());
        let next = (end + 1).min(text.len());
        let (first, second) = (&text[start..next - 1], &text[start + 1..next]);
        let pairs = first.iter().zip(second);
        if pairs.clone().fold(false, |any, (&a, &b)| any | (a == OPEN[0]) & (b == OPEN[1])) {
            return pairs.clone().position(|(&a, &b)| [a, b] == *OPEN).map(|at| start + at);
        }
        start = end;
    }
    None
}

/// The markers of a compacted document with the spans of the source that they stand for, in
/// order; `None` if `document` is not a compacted one.
pub fn gaps(document: &[u8]) -> Option<Vec<Gap>> {
    let Reading { start, markers, escapes } = read(document)?;
    let mut escapes = escapes.into_iter().peekable();
    let (mut at, mut source) = (start, 0u64);
    let gap = |(marker, omitted): (Range<usize>, Omitted)| {
        source += (marker.start - at) as u64;
        while escapes.next_if(|&escape| escape < marker.start).is_some() {
            source -= 1;
        }
        at = marker.end;
        let span = source..source + omitted.bytes;
        source = span.end;
        Gap { marker, source: span, lines: omitted.lines }
    };
    Some(markers.into_iter().map(gap).collect())
}

/// The source again, from a compacted document and what `fetch` gives for each span of the
/// source; `None` if `document` is not a compacted one, or if `fetch` has no such span.
pub fn restored<'a>(
    document: &[u8],
    mut fetch: impl FnMut(Range<u64>) -> Option<&'a [u8]>,
) -> Option<Vec<u8>> {
    let gaps = gaps(document)?;
    let mut source = Vec::new();
    let mut at = read(document)?.start;
    for gap in gaps {
        push_unescaped(&document[at..gap.marker.start], &mut source);
        source.extend_from_slice(fetch(gap.source)?);
        at = gap.marker.end;
    }
    push_unescaped(&document[at..], &mut source);
    Some(source)
}

/// Appends text as it was in the source.
fn push_unescaped(mut text: &[u8], out: &mut Vec<u8>) {
    while let Some(at) = find(text) {
        out.extend_from_slice(&text[..at + OPEN.len()]);
        text = &text[at + ESCAPED.len()..];
    }
    out.extend_from_slice(text);
}

/// Appends text of a source, with [`OPEN`] escaped.
pub(crate) fn push_escaped(text: &[u8], out: &mut Vec<u8>) {
    let Ok(()) = each_escaped(text, |piece| {
        out.extend_from_slice(piece);
        Ok::<_, Infallible>(())
    });
}

/// Calls `write` with the pieces of a text of a source, with [`OPEN`] escaped.
pub(crate) fn each_escaped<E>(
    mut text: &[u8],
    mut write: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    while let Some(at) = find(text) {
        write(&text[..at])?;
        write(ESCAPED)?;
        text = &text[at + OPEN.len()..];
    }
    write(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document with a right header.
    fn dressed(body: &str) -> Vec<u8> {
        [&header(body.as_bytes())[..], b"\n", body.as_bytes()].concat()
    }

    #[test]
    fn markers_are_read_with_their_spans() {
        let document = dressed("ab[~3B]\n[~2L 10B]\nx[~~y[[~1L 4B]\n");
        let gaps = gaps(&document).expect("it is one of ours");
        let found: Vec<_> = gaps.iter().map(|gap| (gap.source.clone(), gap.lines)).collect();
        assert_eq!(found, [(2..5, 0), (6..16, 2), (22..26, 1)]);
        let all = b"..cde.0123456789......wxyz";
        let fetch = |span: Range<u64>| all.get(span.start as usize..span.end as usize);
        let source = restored(&document, fetch).expect("every span is there");
        assert_eq!(source, b"abcde\n0123456789\nx[~y[wxyz\n");
    }

    #[test]
    fn what_nobody_wrote_is_text() {
        assert!(gaps(&dressed("[~1B]")).is_some());
        for body in [
            "[~",
            "[~B]",
            "[~01B]",
            "[~0L 3B]",
            "[~1L3B]",
            "[~1L 3]",
            "[~18446744073709551616B]",
            "[~9L 3B]",
            "[~18446744073709551615B][~1B]",
        ] {
            assert_eq!(gaps(&dressed(body)), None, "{body}");
        }
        let mut damaged = dressed("[~1B] and more");
        damaged[14] = b'{';
        assert_eq!(gaps(&damaged), None);
    }

    #[test]
    fn digits_are_counted() {
        let near = |power: u32| [10u64.pow(power) - 1, 10u64.pow(power), 10u64.pow(power) + 1];
        let all = (0..20).flat_map(near).chain((0..64).map(|bit| 1 << bit));
        for number in all.chain([u64::from(u32::MAX), u64::MAX]) {
            assert_eq!(digits(number), number.to_string().len(), "{number}");
        }
    }

    #[test]
    fn openings_are_found_wherever_they_stand() {
        for at in 0..600 {
            let mut text = vec![b'['; 600];
            text.insert(at, b'~');
            assert_eq!(find(&text), at.checked_sub(1), "{at}");
        }
        assert_eq!((find(b""), find(b"["), find(b"~[")), (None, None, None));
    }
}
