//! Bytes as short chains of binary decisions.
//!
//! A symbol is coded bit by bit along a Huffman tree (1952) over fixed weights, so that
//! common letters take three or four decisions and every byte stays possible. The
//! weights decide speed, hardly size.
//!
//! Cost: built once; 2 KB per tree.

/// Where a symbol stands; each place has its own tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a word: a folded byte or [`END`].
    Word,
    /// Right after a word: the first byte of a gap, or [`END`] for a single blank.
    After,
    /// Later in a gap: a byte or [`END`].
    Gap,
}

/// How many places there are.
pub const PLACES: usize = 3;

/// Ends a word or a gap. No folded word and no gap holds a capital, so one of them is free.
pub const END: u8 = b'Z';

/// The tree of one place.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Both children of each inner node: a node, or [`LEAF`] plus a symbol. The root is 0.
    children: Vec<[u16; 2]>,
    codes: Vec<Code>,
}

/// The decisions that lead to a symbol, the first in the highest of `len` bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Code {
    /// The decisions.
    pub bits: u32,
    /// How many; zero for a symbol that cannot stand there.
    pub len: u8,
}

impl Code {
    /// Decision number `depth`; false past the end.
    #[inline]
    pub fn bit(self, depth: u32) -> bool {
        depth < u32::from(self.len) && self.bits >> (u32::from(self.len) - 1 - depth) & 1 == 1
    }
}

/// What follows a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Another decision, at this node.
    Node(u16),
    /// The symbol.
    Symbol(u8),
}

const LEAF: u16 = 0x100;

impl Tree {
    /// The tree of `place`.
    pub fn new(place: Place) -> Self {
        let weights = weights(place);
        let mut open: Vec<(u32, u16)> = (0u8..=255)
            .filter(|&s| weights[usize::from(s)] > 0)
            .map(|s| (weights[usize::from(s)], LEAF | u16::from(s)))
            .collect();
        let mut children = Vec::new();
        while open.len() > 1 {
            // Stable, heaviest first: equal weights keep their order on every machine.
            open.sort_by_key(|&(weight, _)| std::cmp::Reverse(weight));
            let pair = open.split_off(open.len() - 2);
            children.push([pair[0].1, pair[1].1]);
            open.push((pair[0].0 + pair[1].0, children.len() as u16 - 1));
        }
        // The root came last and shall be first.
        let last = children.len() as u16 - 1;
        children.reverse();
        for child in children.iter_mut().flatten().filter(|child| **child < LEAF) {
            *child = last - *child;
        }
        let mut tree = Self { children, codes: vec![Code::default(); 256] };
        let mut stack = vec![(0u16, Code::default())];
        while let Some((node, code)) = stack.pop() {
            for bit in [false, true] {
                let code = Code { bits: code.bits << 1 | u32::from(bit), len: code.len + 1 };
                match tree.step(node, bit) {
                    Step::Node(next) => stack.push((next, code)),
                    Step::Symbol(symbol) => tree.codes[usize::from(symbol)] = code,
                }
            }
        }
        tree
    }

    /// The code of a symbol.
    #[inline]
    pub fn code(&self, symbol: u8) -> Code {
        self.codes[usize::from(symbol)]
    }

    /// Where decision `bit` at `node` leads.
    #[inline]
    pub fn step(&self, node: u16, bit: bool) -> Step {
        let child = self.children[usize::from(node)][usize::from(bit)];
        if child & LEAF == 0 { Step::Node(child) } else { Step::Symbol(child as u8) }
    }
}

/// Per mille of letters a to z in English text, rounded, at least one.
const LETTERS: [u32; 26] = [
    82, 15, 28, 43, 127, 22, 20, 61, 70, 2, 8, 40, 24, 67, 75, 19, 1, 60, 63, 91, 28, 10, 24, 2,
    20, 1,
];

fn weights(place: Place) -> [u32; 256] {
    let mut weights = [0u32; 256];
    for byte in 0..=255u8 {
        let word = byte.is_ascii_alphanumeric() || byte >= 0x80;
        weights[usize::from(byte)] = match place {
            Place::Word => match byte {
                b'a'..=b'z' => 10 * LETTERS[usize::from(byte - b'a')],
                b'0'..=b'9' => 40,
                END => 2000,
                _ => u32::from(word),
            },
            Place::After => match byte {
                END => 8000,
                b'.' | b',' => 600,
                b'"' | b'\'' | b'_' | b'\\' => 120,
                b'!' | b'?' | b':' | b'-' | b'\n' => 60,
                _ => u32::from(!word),
            },
            Place::Gap => match byte {
                END => 4000,
                b' ' => 2500,
                b'"' | b'\n' => 800,
                b'\\' | b',' | b':' => 250,
                b'n' | b'{' | b'}' | b'[' | b']' => 80,
                b't' | b'r' | b'b' | b'f' => 2,
                _ => u32::from(!word),
            },
        };
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_lead_to_their_symbols() {
        for place in [Place::Word, Place::After, Place::Gap] {
            let tree = Tree::new(place);
            for symbol in 0..=255u8 {
                let code = tree.code(symbol);
                assert_eq!(code.len > 0, weights(place)[usize::from(symbol)] > 0);
                let mut step = Step::Node(0);
                for depth in 0..u32::from(code.len) {
                    let Step::Node(node) = step else { panic!("{symbol} ends too early") };
                    step = tree.step(node, code.bit(depth));
                }
                assert!(code.len == 0 || step == Step::Symbol(symbol));
            }
        }
    }

    #[test]
    fn every_byte_has_a_place() {
        let trees = [Place::Word, Place::After, Place::Gap].map(Tree::new);
        for byte in 0..=255u8 {
            let word = pressmark_coding::token::is_word_byte(byte);
            let folded = byte.to_ascii_lowercase();
            assert!(trees[usize::from(!word)].code(folded).len > 0, "{byte}");
            assert!(word || trees[2].code(byte).len > 0, "{byte}");
        }
        assert!(b"ntrbf".iter().all(|&escape| trees[2].code(escape).len > 0));
    }
}
