//! The contexts of the next byte, as hashes.
//!
//! A context is what of the past is held to matter: the last bytes, the word so far with some
//! of the words before it, the place in a sentence, a field of a record, the document. All are
//! computed from a few running hashes, in constant time per byte.
//!
//! A *document* ends with a blank line, or where a line begins with a brace that is hardly
//! indented: a record of a log. A context of the document starts afresh with each: it
//! knows what this story speaks of, while the same context without the document knows the
//! language. Records whose first values are the same, say the number of a task or the name of a
//! session, go on alike: such a value is a context, too.

use pressmark_coding::bilinear::MOST_FEATURES;

/// All contexts.
pub const CONTEXTS: usize = KINDS.len();
/// Places in a sentence.
pub const PLACES: usize = 14;
/// Numbers of words that select weights.
pub const WORDS: usize = 2048;
/// Numbers of words so far, of gaps and of pairs of symbols that select weights.
pub const SPELLINGS: usize = 16384;
/// Numbers of names of fields that select weights.
pub const FIELDS: usize = 256;
/// Numbers of shapes that select weights.
pub const FORMS: usize = 4096;
/// Sorts of bytes, see [`sort`].
pub const SORTS: usize = 9;
/// The most blanks before a brace that begins a document.
const RECORD_INDENT: usize = 2;

/// What a context is made of; each family can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The last bytes.
    Bytes,
    /// Words and places in sentences.
    Words,
    /// The document.
    Document,
    /// Some of the last bytes, or what followed these.
    Skip,
    /// Fields, lines and columns.
    Layout,
    /// The byte that a match expects.
    Match,
    /// What sorts of bytes came, lengths, places, the field: few contexts, each met often.
    Shapes,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 7] = [Bytes, Words, Document, Skip, Layout, Match, Shapes];

    /// Its name, as in the option `disable`.
    pub fn name(self) -> &'static str {
        match self {
            Bytes => "bytes",
            Words => "words",
            Document => "document",
            Skip => "skip",
            Layout => "layout",
            Match => "match",
            Shapes => "shapes",
        }
    }
}

use Family::{Bytes, Document, Layout, Match, Shapes, Skip, Words};

/// The families of the contexts, in the order of [`Context::hashes`]: the more a context is
/// worth for its time, the earlier it comes.
pub const KINDS: [Family; 67] = [
    // What 22 contexts can do.
    Words, Bytes, Document, Bytes, Words, Bytes, Bytes, Words, //
    Bytes, Words, Layout, Match, Document, Words, Words, Words, //
    Document, Layout, Bytes, Document, Skip, Bytes, //
    // Words.
    Words, Words, Words, Words, Words, Words, Words, Words, //
    Words, Words, Words, Words, Words, Words, Words, Words, //
    // Documents, bytes, layout.
    Document, Document, Document, Bytes, Skip, Skip, Skip, //
    Layout, Layout, Layout, Layout, Layout, Match, Words, Words, //
    // Records.
    Document, Document, Document, Document, Layout, Layout, Layout, //
    Shapes, Shapes, Shapes, Shapes, Shapes, Shapes, Shapes,
];

const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// What the past looks like.
#[derive(Debug, Clone)]
pub struct Context {
    /// The last sixteen bytes, the last one lowest.
    bytes: u128,
    /// The last eight symbols: bytes, or codes of words.
    symbols: u64,
    /// Hash of the symbols since the last byte: what is known of the next token.
    foreseen: u64,
    /// Hashes of the word so far (0: none) and of those before it. Case is folded.
    words: [u64; 5],
    /// Letters of the word so far, and of the one before.
    lengths: [usize; 2],
    /// The first four letters of these words, and the last three.
    heads: [u32; 2],
    tails: [u32; 2],
    /// Words since the sentence began.
    sentence: usize,
    /// Whether quotation marks are open.
    quoted: bool,
    /// The last bytes that were neither blanks nor of a word.
    marks: u32,
    /// The sorts of the last bytes, four bits each, the last one lowest; and the same where bytes of
    /// one sort in a row are one.
    sorts: u64,
    shape: u64,
    /// The first word of the sentence.
    first: u64,
    /// The last words that began with a capital inside a sentence.
    names: [u64; 2],
    capital: bool,
    /// The last word of five letters or more.
    long: u64,
    /// What followed each byte, and each pair of bytes, the last times.
    after_one: Vec<u32>,
    after_two: Vec<u32>,
    /// What word followed each word the last time.
    followed: Vec<u32>,
    /// The number of the document, and of its sentences so far.
    document: u64,
    told: u64,
    layout: Lines,
    record: Record,
    /// Hash of the gap between words so far, 0 in words and numbers.
    gap: u64,
    /// Whether the last byte escapes the next.
    escaping: bool,
}

/// The first value of a record.
#[derive(Debug, Clone, Copy, Default)]
struct Record {
    /// Its hash; 0 outside of records.
    value: u64,
    part: Part,
}

/// What of a record comes.
#[derive(Debug, Clone, Copy, Default)]
enum Part {
    Key,
    Value,
    #[default]
    Rest,
}

impl Record {
    /// Takes in a byte; `begins` says that a document begins with it.
    #[inline]
    fn push(&mut self, byte: u8, begins: bool) {
        if begins {
            *self = Self { value: 0, part: Part::Key };
        }
        match (self.part, byte) {
            (Part::Key, b':') => self.part = Part::Value,
            (Part::Value, b',' | b'\n' | b'}') => self.part = Part::Rest,
            (Part::Value, _) => self.value = stepped(self.value, byte),
            _ => {}
        }
    }
}

/// Fields, lines and columns.
#[derive(Debug, Clone)]
struct Lines {
    /// Hashes since the last quotation mark, and between those before.
    runs: [u64; 3],
    /// Hash since the last delimiter of fields.
    value: u64,
    /// The last two names before a colon.
    keys: [u64; 2],
    /// Blanks that the line begins with.
    indent: usize,
    indenting: bool,
    column: usize,
    /// Hash of the first bytes of this line and of the one before, behind their blanks.
    starts: [u64; 2],
}

impl Default for Context {
    fn default() -> Self {
        Self {
            bytes: 0,
            symbols: 0,
            foreseen: 0,
            words: [0; 5],
            lengths: [0; 2],
            heads: [0; 2],
            tails: [0; 2],
            sentence: 0,
            quoted: false,
            marks: 0,
            sorts: 0,
            shape: 0,
            first: 0,
            names: [0; 2],
            capital: false,
            long: 0,
            after_one: vec![0; 1 << 8],
            after_two: vec![0; 1 << 16],
            followed: vec![0; 1 << 16],
            document: 0,
            told: 0,
            layout: Lines {
                runs: [0; 3],
                value: 0,
                keys: [0; 2],
                indent: 0,
                indenting: true,
                column: 0,
                starts: [0; 2],
            },
            record: Record::default(),
            gap: 0,
            escaping: false,
        }
    }
}

impl Context {
    /// What a context allocates, in bytes.
    pub const ALLOCATED: usize = 4 * ((1 << 8) + (1 << 16) + (1 << 16));

    /// Takes in the symbol that came; the bytes that it stands for follow.
    #[inline]
    pub fn came(&mut self, symbol: u8) {
        self.symbols = self.symbols << 8 | u64::from(symbol);
    }

    /// Takes in that the next byte begins with what a symbol says.
    #[inline]
    pub fn foresee(&mut self, symbol: u8) {
        self.foreseen = (self.foreseen + u64::from(symbol) + 1).wrapping_mul(SPREAD);
    }

    /// Takes in a byte.
    pub fn push(&mut self, byte: u8) {
        self.foreseen = 0;
        let sort = sort(byte) as u64 + 1;
        self.sorts = self.sorts << 4 | sort;
        if self.shape & 15 != sort {
            self.shape = self.shape << 4 | sort;
        }
        let after = &mut self.after_one[usize::from(self.bytes as u8)];
        *after = *after << 8 | u32::from(byte);
        let after = &mut self.after_two[usize::from(self.bytes as u16)];
        *after = *after << 8 | u32::from(byte);
        let begins = self.layout.push(byte, self.words[0]);
        if begins {
            (self.document, self.told) = (self.document + 1, 0);
        }
        self.record.push(byte, begins);
        self.bytes = self.bytes << 8 | u128::from(byte);
        let escaped = self.escaping;
        self.escaping = byte == b'\\' && !self.escaping;
        // The letter of an escaped line end is none of the word behind it.
        let byte = if escaped && byte == b'n' { b'\n' } else { byte };
        let folded = byte.to_ascii_lowercase();
        if folded.is_ascii_lowercase() || byte >= 128 {
            if self.words[0] == 0 {
                self.capital = byte.is_ascii_uppercase();
            }
            self.gap = 0;
            if self.lengths[0] < 4 {
                self.heads[0] = self.heads[0] << 8 | u32::from(folded);
            }
            self.tails[0] = self.tails[0] << 8 & 0xff_ffff | u32::from(folded);
            self.lengths[0] += 1;
            let word = self.words[0].wrapping_add(u64::from(folded) + 1);
            self.words[0] = word.wrapping_mul(SPREAD).rotate_left(20);
            return;
        }
        if self.words[0] != 0 {
            self.end_word();
        }
        self.gap = if byte.is_ascii_digit() { 0 } else { stepped(self.gap, byte) };
        match byte {
            b' ' => return,
            b'.' | b'!' | b'?' => (self.sentence, self.told) = (0, self.told + 1),
            b'\n' if escaped => self.sentence = 0,
            b'\n' => (self.sentence, self.quoted) = (0, false),
            b'"' => {
                // A value begins a sentence.
                if self.mark() == usize::from(b':') {
                    self.sentence = 0;
                }
                self.quoted = !self.quoted;
            }
            _ => {}
        }
        self.marks = self.marks << 8 | u32::from(byte);
    }

    fn end_word(&mut self) {
        let word = self.words[0];
        if self.sentence == 0 {
            self.first = word;
        } else if self.capital && self.lengths[0] > 1 && self.names[0] != word {
            self.names = [word, self.names[0]];
        }
        if self.lengths[0] > 4 {
            self.long = word;
        }
        self.followed[(self.words[1] >> 48) as usize] = (word >> 32) as u32;
        self.words.copy_within(0..4, 1);
        self.words[0] = 0;
        self.lengths = [0, self.lengths[0]];
        self.heads = [0, self.heads[0]];
        self.tails = [0, self.tails[0]];
        self.sentence += 1;
    }

    /// The symbol `back` before the next one (1 to 8); 0 before the beginning.
    #[inline]
    pub fn symbol(&self, back: u32) -> u8 {
        (self.symbols >> (8 * (back - 1))) as u8
    }

    #[inline]
    fn byte(&self, back: u32) -> u8 {
        (self.bytes >> (8 * (back - 1))) as u8
    }

    /// The last three symbols.
    #[inline]
    pub fn three(&self) -> u32 {
        self.symbols as u32 & 0xff_ffff
    }

    /// The last byte that was neither a blank nor of a word.
    #[inline]
    pub fn mark(&self) -> usize {
        usize::from(self.marks as u8)
    }

    /// Sentences of the document so far, up to seven.
    #[inline]
    pub fn told(&self) -> usize {
        self.told.min(7) as usize
    }

    /// Where in a sentence the next byte is, below [`PLACES`]: how many words it has so far,
    /// up to six, and whether quotation marks are open.
    #[inline]
    pub fn place(&self) -> usize {
        self.sentence.min(PLACES / 2 - 1) * 2 + usize::from(self.quoted)
    }

    /// Letters of the word so far and of the one before, up to seven each.
    #[inline]
    pub fn lengths(&self) -> [usize; 2] {
        self.lengths.map(|length| length.min(7))
    }

    /// What is said to the vectors of words: the four words before, the place in the sentence, the
    /// first two of these words together, the first one of the sentence; how the last word ended
    /// and began, so that words never seen are like others; then the last name, and how many
    /// sentences the document has so far.
    #[inline]
    pub fn features(&self) -> [u64; MOST_FEATURES] {
        let [_, one, two, three, four] = self.words;
        let (place, told) = (self.place() as u64, self.told() as u64);
        let [head, tail] = [self.heads[1], self.tails[1]].map(u64::from);
        [
            one,
            two,
            three,
            four,
            place,
            hash(one, two),
            hash(self.first, 1),
            hash(tail, 5),
            hash(head, 6),
            hash(self.names[0], 2),
            hash(told, 4),
        ]
    }

    /// A hash of the record's first value; 0 outside of records.
    #[inline]
    pub fn record(&self) -> u64 {
        self.record.value.wrapping_mul(SPREAD)
    }

    /// A number for the word so far or the gap behind the last one, below [`SPELLINGS`].
    #[inline]
    pub fn spelling(&self) -> usize {
        (self.word().wrapping_mul(SPREAD) >> 32) as usize % SPELLINGS
    }

    /// A number for the last two symbols, below [`SPELLINGS`].
    #[inline]
    pub fn pair(&self) -> usize {
        (self.three() as usize & 0xffff).wrapping_mul(SPREAD as usize) >> 32 & (SPELLINGS - 1)
    }

    /// A number for the word before the last, below [`WORDS`].
    #[inline]
    pub fn before_that(&self) -> usize {
        (self.words[2] >> 32) as usize % WORDS
    }

    /// A number for the name of the field, below [`FIELDS`].
    #[inline]
    pub fn field(&self) -> usize {
        (self.layout.keys[0].wrapping_mul(SPREAD) >> 32) as usize % FIELDS
    }

    /// A number for the sorts of the last six runs of bytes of one sort each, below [`FORMS`].
    #[inline]
    pub fn form(&self) -> usize {
        (hash(self.shape & 0xff_ffff, 5) >> 32) as usize % FORMS
    }

    /// The number of the document.
    #[inline]
    pub fn document(&self) -> u64 {
        self.document
    }

    /// A hash of what is known of the next token: the word so far or the last byte, and the
    /// symbols since.
    #[inline]
    pub fn begun(&self) -> u64 {
        let begun = if self.words[0] == 0 { u64::from(self.byte(1)) } else { self.words[0] };
        hash(begun, self.foreseen)
    }

    /// A hash of what decisions alike have in common: how much of the word there is so far, and its
    /// last two bytes.
    #[inline]
    pub fn kin(&self) -> u64 {
        let [length, _] = self.lengths();
        let last = self.bytes as u64 & if length > 1 { 0xffff } else { 0xff };
        hash(length as u64, last ^ self.foreseen)
    }

    /// A number for the word before, below [`WORDS`].
    #[inline]
    pub fn before(&self) -> usize {
        (self.words[1] >> 32) as usize % WORDS
    }

    /// A hash of the word so far, or of the gap behind the last one.
    #[inline]
    pub fn word(&self) -> u64 {
        if self.words[0] == 0 { self.gap } else { self.words[0] }
    }

    /// Bytes of this line so far.
    #[inline]
    pub fn column(&self) -> usize {
        self.layout.column
    }

    /// Sets the hashes of the contexts of a match: `expected` is its byte and how sure it is, 0
    /// for none.
    pub fn expect(&self, expected: u64, hashes: &mut [u64; CONTEXTS]) {
        let salt = |at: u64| (at + 1) << 56 ^ self.foreseen;
        let last = u64::from(self.symbol(1));
        hashes[11] = hash(expected, last << 16 ^ salt(11));
        hashes[50] = hash(expected, self.word() ^ salt(50));
    }

    /// Sets the hashes of shapes, and the first `count` of the others but those of matches; `above` is
    /// the byte above the next one, in the line before.
    pub fn hashes(&self, above: u8, count: usize, hashes: &mut [u64; CONTEXTS]) {
        let turned = |at: usize| self.words[at].wrapping_mul(SPREAD).rotate_left(9 * at as u32);
        let word = self.words[0];
        let [one, two, three, four] = [turned(1), turned(2), turned(3), turned(4)];
        let order = |n: u32| {
            let low = self.bytes & (u128::MAX >> (128 - 8 * n));
            low as u64 ^ ((low >> 64) as u64).wrapping_mul(SPREAD).rotate_left(17)
        };
        let place = self.place() as u64;
        let marks = u64::from(self.marks);
        let last = u64::from(self.byte(1));
        let document = (self.document + 1).wrapping_mul(SPREAD);
        let layout = &self.layout;
        let (value, [key, key_before]) = (layout.value, layout.keys);
        let after_two = u64::from(self.after_two[usize::from(self.bytes as u16)]);
        let keys = key ^ key_before.rotate_left(9);
        let foreseen = self.foreseen;
        let set = |hashes: &mut [u64; CONTEXTS], at: usize, a: u64, b: u64| {
            hashes[at] = hash(a ^ foreseen, b ^ (at as u64 + 1) << 56);
        };
        // None of these is so new that it was never seen.
        let [length, length_before] = self.lengths().map(|length| length as u64);
        set(hashes, 60, keys, 0);
        set(hashes, 61, self.sorts & 0xff_ffff, 0);
        set(hashes, 62, place, length_before << 8);
        set(hashes, 63, place, length << 8 | last << 16);
        set(hashes, 64, 0, 0);
        set(hashes, 65, self.shape & 0xff_ffff, 0);
        set(hashes, 66, place, (marks & 0xffff) << 8);
        let mut at = 0;
        let mut add = |a: u64, b: u64| {
            set(hashes, at, a, b);
            at += 1;
        };
        add(word, one);
        add(order(3), 0);
        add(word, document);
        add(order(5), 0);
        add(word, one ^ two);
        add(order(2), 0);
        add(order(4), 0);
        add(word, last << 8);
        if count <= 8 {
            return;
        }
        // 8
        add(order(7), 0);
        add(word, one ^ three);
        add(value, key);
        add(0, 0);
        add(order(4), document);
        add(word, two);
        add(word, place << 8 | (marks & 0xffff) << 16);
        add(word, two ^ three);
        // 16
        add(word, one ^ document);
        add(layout.runs[0], layout.runs[1] ^ layout.runs[2].rotate_left(9));
        add(order(1), 0);
        add(order(2), document);
        add(self.bytes as u64 & 0xffff | (after_two & 0xffff) << 16, 9);
        add(order(12), 0);
        if count <= 22 {
            return;
        }
        let followed = u64::from(self.followed[(self.words[1] >> 48) as usize]) << 16;
        let long = self.long;
        let [name, name_before] = self.names;
        // Those before see no gaps, those from here on do: both know something.
        let word = self.word();
        // 22
        add(word, three);
        add(word, self.first);
        add(word, name);
        add(word, long);
        add(word, one ^ name);
        add(word, one ^ self.first);
        add(word, long ^ one);
        // 29
        add(word, one ^ four);
        add(word, two ^ four);
        add(word, three ^ four);
        add(word, followed);
        add(word, one ^ followed);
        add(word, one ^ place << 8 ^ (marks & 0xff) << 16);
        // 35
        add(word, one ^ long ^ name.rotate_left(5));
        add(word, two ^ name);
        add(word, self.first ^ place);
        add(word, two ^ document);
        add(word, self.told << 8);
        // 40
        add(word, one ^ self.told << 8);
        add(order(9), 0);
        add(order(6) & 0xf8f8_f8f8_f8f8, 4);
        // 43
        let after_one = u64::from(self.after_one[usize::from(self.bytes as u8)]);
        add(last | (after_one & 0xffff) << 8, 6);
        add(last | (after_two & 0xff_ffff) << 8, 8);
        add(value, keys);
        add(layout.runs[0], layout.runs[1]);
        let column = layout.column.min(255) as u64;
        add(u64::from(above) | last << 8, column << 16);
        add(u64::from(above) | last << 8, layout.starts[0]);
        add(layout.starts[0], layout.starts[1] ^ column << 40);
        // 50
        add(0, 0);
        add(last | (self.lengths[0] as u64) << 8 | (self.lengths[1] as u64) << 16, marks << 32);
        add(word, name ^ name_before.rotate_left(3));
        // 53
        let record = self.record.value;
        add(word, record);
        add(word, one ^ record);
        add(word, one ^ two ^ record);
        add(order(4), record);
        add(word, keys);
        add(word, one ^ keys);
        add(word, keys ^ record);
    }
}

impl Lines {
    /// Takes in a byte; whether a document ends with it. `word` is the word it ends, or 0.
    fn push(&mut self, byte: u8, word: u64) -> bool {
        let ends;
        if byte == b'\n' {
            // A blank line ends a document, several of them only one.
            ends = self.column == 0 && self.starts[1] != 0;
            self.starts = [0, self.starts[0]];
            (self.column, self.indent, self.indenting) = (0, 0, true);
        } else {
            // A record of a log begins.
            ends = self.indenting && byte == b'{' && self.indent <= RECORD_INDENT;
            self.indenting &= byte == b' ';
            self.indent += usize::from(self.indenting);
            if self.column < self.indent + 4 {
                self.starts[0] = stepped(self.starts[0], byte);
            }
            self.column += 1;
        }
        match byte {
            b'"' => {
                self.runs = [0, self.runs[0], self.runs[1]];
                self.value = 0;
            }
            b':' => {
                let key = if self.runs[0] == 0 { self.runs[1] } else { word };
                self.keys = [key, self.keys[0]];
                self.value = 0;
            }
            b',' | b'[' | b'{' | b'(' | b'\n' | b'=' | b'}' | b']' => self.value = 0,
            _ => {
                self.value = stepped(self.value, byte);
                self.runs[0] = stepped(self.runs[0], byte);
            }
        }
        ends
    }
}

/// What a byte is, roughly: a small or a large letter, a digit, a blank, a line end, a quotation
/// mark, the end of a sentence, of another script, another mark.
#[inline]
pub fn sort(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        b' ' => 3,
        b'\n' => 4,
        b'"' => 5,
        b'.' | b'!' | b'?' => 6,
        128.. => 7,
        _ => SORTS - 1,
    }
}

#[inline]
fn stepped(hash: u64, byte: u8) -> u64 {
    hash.wrapping_add(u64::from(byte) + 1).wrapping_mul(SPREAD).rotate_left(23)
}

#[inline]
fn hash(a: u64, b: u64) -> u64 {
    let hash = (a ^ b.wrapping_mul(0xd6e8_feb8_6659_fd93)).wrapping_mul(SPREAD);
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &[u8]) -> Context {
        let mut context = Context::default();
        text.iter().for_each(|&byte| context.push(byte));
        context
    }

    #[test]
    fn an_escaped_line_end_is_no_letter() {
        assert_eq!(after(b"\"key\": \"one.\\nIf").word(), after(b"If").word());
        assert_ne!(after(b"one, ").word(), after(b"one; ").word());
        assert_ne!(after(b"one.\\\\nIf").word(), after(b"If").word(), "the backslash is escaped");
    }

    #[test]
    fn texts_of_one_shape_share_contexts() {
        let shapes = |text: &[u8]| {
            let mut hashes = [0; CONTEXTS];
            after(text).hashes(0, 0, &mut hashes);
            let shapes = (0..CONTEXTS).filter(|&at| KINDS[at] == Shapes);
            shapes.map(|at| hashes[at]).collect::<Vec<_>>()
        };
        assert_eq!(shapes(b"Tim saw 12 dogs. T"), shapes(b"Bob met 42 cats. T"));
        let other = shapes(b"Tim saw a \"dog\". T");
        assert!(shapes(b"Tim saw 12 dogs. T").iter().zip(&other).any(|(a, b)| a == b), "order 0");
        assert!(shapes(b"Tim saw 12 dogs. T") != other);
        assert_eq!(after(b"aaa 12").form(), after(b"b 3").form());
    }

    #[test]
    fn a_record_has_the_name_of_its_first_value() {
        let named = |text: &[u8]| after(text).record.value;
        let log = b"[\n  {\n    \"task\": 17,\n    \"state\": 3";
        assert_eq!(named(log), named(b"\n{\"task\": 17, \"state\": {\"a"));
        assert_ne!(named(log), named(b"\n{\"task\": 18, \"state\": 3"));
        assert_eq!(named(b"no record: 17, 18"), 0);
    }
}
