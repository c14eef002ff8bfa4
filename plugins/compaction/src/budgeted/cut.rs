//! Where a document can be cut: lines, labels of speakers, and ends within a line.

/// Lines up to so many bytes are never cut.
pub(super) const SHORT_LINE: usize = 160;
/// A piece of so many bytes ends at the next end of a sentence, an object or an array,
pub(super) const ENOUGH_FOR_SENTENCE: usize = 24;
/// of so many at the next comma or semicolon,
const ENOUGH_FOR_CLAUSE: usize = 40;
/// of so many at the next blank,
const ENOUGH_FOR_WORD: usize = 120;
/// and of so many at the next byte that begins a character.
const MOST: usize = 200;
/// The longest label of a speaker.
const LABEL: usize = 40;

/// Bytes up to and with the first line feed; all if there is none.
#[inline]
fn line_end(text: &[u8]) -> usize {
    find(text, b'\n').map_or(text.len(), |end| end + 1)
}

/// Where a byte stands first.
#[inline]
fn find(text: &[u8], wanted: u8) -> Option<usize> {
    // Eight bytes at a time: a zero byte of `word` is the byte wanted (Mycroft, 1987).
    const ONES: u64 = u64::MAX / 255;
    let mut at = 0;
    for chunk in text.as_chunks::<8>().0 {
        let word = u64::from_le_bytes(*chunk) ^ (ONES * u64::from(wanted));
        let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
        if zeros != 0 {
            return Some(at + zeros.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    text[at..].iter().position(|&byte| byte == wanted).map(|end| at + end)
}

/// What bytes are for [`candidate`].
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b',' => COMMA,
            b' ' | b'\t' => BLANK,
            letter if letter.is_ascii_alphanumeric() => LETTER,
            _ => 0,
        };
        byte += 1;
    }
    classes
};
const COMMA: u8 = 1;
const BLANK: u8 = 2;
const LETTER: u8 = 4;

fn class(byte: u8) -> u8 {
    CLASSES[usize::from(byte)]
}

/// The first place from `at` on where a piece that begins at `start` might end: all others are
/// none, see [`is_cut`].
#[inline]
pub(super) fn candidate(text: &[u8], at: usize, start: usize) -> usize {
    let ends = |&byte: &u8| class(byte) & (COMMA | BLANK) != 0;
    let word = (start + ENOUGH_FOR_WORD).min(text.len());
    let mut at = at;
    while at < word {
        // The byte before `at` and those after it.
        let Some(found) = text[at - 1..word - 1].iter().position(ends) else {
            at = word;
            break;
        };
        at += found;
        if class(text[at - 1]) == COMMA || class(text[at - 2]) != LETTER {
            return at;
        }
        at += 1;
    }
    let stop = (start + MOST).min(text.len());
    if at >= stop {
        return at;
    }
    text[at - 1..stop - 1].iter().position(ends).map_or(stop, |found| at + found)
}

/// Whether a line may be cut before `at`, `length` bytes after the last cut; `at` is not at the
/// end of the text.
pub(super) fn is_cut(text: &[u8], at: usize, length: usize) -> bool {
    let [.., third, second, first] = text[..at] else { return false };
    let strong = |byte: u8| matches!(byte, b'.' | b'?' | b'!' | b'}' | b']');
    match first {
        b' ' | b'\t' => match second {
            b',' | b';' if strong(third) => true,
            b',' | b';' => length >= ENOUGH_FOR_CLAUSE,
            _ => strong(second) || length >= ENOUGH_FOR_WORD,
        },
        b',' => match text[at] {
            b'"' | b'{' | b'[' => strong(second) || length >= ENOUGH_FOR_CLAUSE,
            _ => false,
        },
        // Neither within a character nor within what begins a marker.
        _ => length >= MOST && text[at] & 0xC0 != 0x80 && !matches!(first, b'[' | b'~'),
    }
}

/// Lines, and the labels of speakers at their front: `name: `, where the first word of the name
/// comes so more than once.
pub(super) struct Labels {
    /// Where each line begins, and the bytes and slot of what looks like a label.
    pub(super) lines: Vec<(usize, Option<(u8, u16)>)>,
    /// How many labels begin with a word, by hash; two are enough.
    counts: [u8; Labels::SLOTS],
}

impl Labels {
    const SLOTS: usize = 1024;

    pub(super) fn of(document: &[u8], start: usize) -> Self {
        let lines = Vec::with_capacity((document.len() - start) / 48 + 1);
        let mut labels = Self { lines, counts: [0; Self::SLOTS] };
        let mut at = start;
        while at < document.len() {
            let label = Self::read(&document[at..]);
            if let Some((_, slot)) = label {
                let count = &mut labels.counts[usize::from(slot)];
                *count = count.saturating_add(1);
            }
            labels.lines.push((at, label));
            at += line_end(&document[at..]);
        }
        labels
    }

    /// Bytes of the label of a line.
    pub(super) fn width(&self, line: usize) -> Option<usize> {
        let (width, slot) = self.lines[line].1?;
        (self.counts[usize::from(slot)] > 1).then_some(usize::from(width))
    }

    /// Bytes and slot of what looks like a label at the front of a text.
    #[inline]
    fn read(text: &[u8]) -> Option<(u8, u16)> {
        if !text.first()?.is_ascii_alphabetic() {
            return None;
        }
        // Most lines have no colon there.
        let front = &text[..text.len().min(LABEL)];
        let end = find(front, b':').filter(|&end| text.get(end + 1) == Some(&b' '))?;
        let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let name = &text[..end];
        let first = name.iter().position(|&byte| byte == b' ').unwrap_or(end);
        let slot = name[..first]
            .iter()
            .fold(0, |slot, &byte| (slot * 31 + usize::from(byte)) % Self::SLOTS);
        name.iter().all(|&byte| part(byte) || byte == b' ').then_some((end as u8 + 2, slot as u16))
    }
}
