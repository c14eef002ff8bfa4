//! Symbols as short chains of binary decisions.
//!
//! The mixer predicts one bit at a time, so a symbol must become bits. Frequent
//! symbols get short chains (Huffman 1952, over fixed counts of typical English and
//! JSON): a letter then takes about four decisions instead of a byte's eight, which
//! halves the time, and rare symbols stay possible. The counts decide speed, hardly
//! size, so they are constants and cost nothing in the code.
//!
//! Four trees serve the four places a symbol can stand in; see [`Place`].
//!
//! Cost: 1.5 KB per tree, built once.

/// Where in the text the next symbol stands; each place has its own tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Inside a word: a folded byte, or [`END`].
    Word,
    /// Right after a word: an implied blank with the case of the next word, or a gap's first byte.
    AfterWord,
    /// Inside a gap: a byte, or [`END`].
    Gap,
    /// Right after a gap: the case of the next word.
    Case,
}

/// How many places there are.
pub(crate) const PLACES: usize = 4;

/// Ends a word or a gap. Capitals are free in every tree: words are folded, gaps have no letters
/// but the small ones of escapes.
pub(crate) const END: u8 = b'Z';

/// The symbols of the case classes, in the order of `Case::ALL`.
pub(crate) const CASES: [u8; 4] = *b"STUV";

/// A child that is a leaf has this bit set; the low byte is then its symbol.
const LEAF: u16 = 0x8000;

/// The tree of one place.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    children: Vec<[u16; 2]>,
    /// Per symbol: its decisions (first in the highest used bit) and how many; none if absent.
    codes: [(u32, u8); 256],
}

/// A position inside a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A decision is due at this node.
    Node(u16),
    /// The symbol is known.
    Symbol(u8),
}

impl Tree {
    /// The tree of `place`.
    pub(crate) fn new(place: Place) -> Self {
        Self::huffman(&counts(place))
    }

    /// How many decisions lead to a symbol, and which; zero if the symbol cannot stand here.
    #[inline]
    pub(crate) fn code(&self, symbol: u8) -> (u32, u8) {
        self.codes[usize::from(symbol)]
    }

    /// Where a decision at `node` leads; the root is node 0.
    #[inline]
    pub(crate) fn step(&self, node: u16, bit: bool) -> Step {
        let child = self.children[usize::from(node)][usize::from(bit)];
        if child & LEAF != 0 { Step::Symbol(child as u8) } else { Step::Node(child) }
    }

    fn huffman(counts: &[u32; 256]) -> Self {
        // Repeatedly join the two lightest; ties go to the older, so the tree is fixed.
        let mut heap: Vec<(u32, u16)> = (0..256u16)
            .filter(|&s| counts[usize::from(s)] > 0)
            .map(|s| (counts[usize::from(s)], s | LEAF))
            .collect();
        let mut children: Vec<[u16; 2]> = Vec::new();
        while heap.len() > 1 {
            heap.sort_by_key(|&(count, _)| std::cmp::Reverse(count));
            let ((a, left), (b, right)) = match (heap.pop(), heap.pop()) {
                (Some(a), Some(b)) => (a, b),
                _ => break,
            };
            children.push([left, right]);
            heap.push((a + b, children.len() as u16 - 1));
        }
        // The root was made last; number it first.
        children.reverse();
        let last = children.len() as u16 - 1;
        for child in children.iter_mut().flatten().filter(|c| **c & LEAF == 0) {
            *child = last - *child;
        }
        let mut tree = Self { children, codes: [(0, 0); 256] };
        tree.assign(0, 0, 0);
        tree
    }

    fn assign(&mut self, node: u16, bits: u32, depth: u8) {
        for bit in 0..2u32 {
            let bits = bits << 1 | bit;
            match self.step(node, bit == 1) {
                Step::Symbol(symbol) => self.codes[usize::from(symbol)] = (bits, depth + 1),
                Step::Node(next) => self.assign(next, bits, depth + 1),
            }
        }
    }
}

const LETTERS: [u32; 26] = [
    690, 130, 170, 420, 990, 150, 170, 500, 530, 30, 80, 340, 210, 530, 610, 140, 10, 440, 480,
    720, 230, 70, 200, 15, 190, 10,
];

fn counts(place: Place) -> [u32; 256] {
    let mut counts = [0u32; 256];
    let mut set = |symbols: &[u8], count: u32| {
        for &symbol in symbols {
            counts[usize::from(symbol)] = count;
        }
    };
    let high: Vec<u8> = (0x80..=0xff).collect();
    let gap_bytes: Vec<u8> = (0..0x80u8).filter(|b| !b.is_ascii_alphanumeric()).collect();
    match place {
        Place::Word => {
            set(&high, 3);
            set(b"0123456789", 40);
            for (letter, count) in (b'a'..=b'z').zip(LETTERS) {
                set(&[letter], count);
            }
            set(&[END], 1900);
        }
        Place::AfterWord => {
            set(&gap_bytes, 1);
            for (symbols, count) in [
                (&b".,"[..], 500),
                (b"'\"_\\", 100),
                (b"!?:-\n", 60),
                (b" \r)/", 20),
                (&CASES[..1], 7500),
                (&CASES[1..2], 700),
                (&CASES[2..], 40),
            ] {
                set(symbols, count);
            }
        }
        Place::Gap => {
            set(&gap_bytes, 2);
            for (symbols, count) in [
                (&b" "[..], 2500),
                (b"\n\"", 800),
                (b"\\,:", 250),
                (b"{}[]()n", 80),
                (b"-.'", 60),
                (b"trbf", 2),
                (&[END], 4000),
            ] {
                set(symbols, count);
            }
        }
        Place::Case => {
            for (symbols, count) in [(&CASES[..1], 80), (&CASES[1..2], 18), (&CASES[2..], 1)] {
                set(symbols, count);
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Place; PLACES] = [Place::Word, Place::AfterWord, Place::Gap, Place::Case];

    #[test]
    fn every_code_leads_to_its_symbol() {
        for place in ALL {
            let tree = Tree::new(place);
            for symbol in 0..=255u8 {
                let (bits, len) = tree.code(symbol);
                if len == 0 {
                    assert_eq!(counts(place)[usize::from(symbol)], 0);
                    continue;
                }
                let mut at = Step::Node(0);
                for level in (0..len).rev() {
                    let Step::Node(node) = at else {
                        panic!("{place:?} {symbol}: a leaf too early")
                    };
                    at = tree.step(node, bits >> level & 1 == 1);
                }
                assert_eq!(at, Step::Symbol(symbol));
            }
        }
    }

    #[test]
    fn every_byte_can_be_spelled() {
        let trees = ALL.map(Tree::new);
        for byte in 0..=255u8 {
            let place = if byte.is_ascii_alphanumeric() || byte >= 0x80 { 0 } else { 2 };
            assert!(trees[place].code(byte.to_ascii_lowercase()).1 > 0, "byte {byte}");
            if place == 2 {
                assert!(trees[1].code(byte).1 > 0, "byte {byte} cannot begin a gap");
            }
        }
        for escape in *b"ntrbf\\" {
            assert!(trees[2].code(escape).1 > 0, "escape {escape}");
        }
    }

    #[test]
    fn frequent_symbols_are_short() {
        assert_eq!(Tree::new(Place::AfterWord).code(CASES[0]).1, 1);
        assert!(Tree::new(Place::Word).code(b'e').1 <= 4);
    }
}
