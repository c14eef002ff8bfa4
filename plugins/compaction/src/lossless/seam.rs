//! How far a part of a line goes that ends where the line was cut.
//!
//! Lines are cut behind commas and where sentences and members end. To say how many such places
//! a part has is shorter than to say how many bytes; where it ends elsewhere, that is said.

use pressmark_coding::adaptive::{AdaptiveBit, NumberModel};
use pressmark_coding::range::BitIo;

/// What is learned of the lengths of parts.
pub(super) struct Lengths {
    regular: AdaptiveBit,
    seams: NumberModel,
    bytes: NumberModel,
}

/// How far a part goes: to be given its bytes one after the other.
pub(super) struct Reach {
    /// Whether places are counted, or bytes.
    seams: bool,
    /// How many of these are left.
    left: usize,
    last: u8,
}

impl Reach {
    /// Takes in a byte; whether it is the last.
    pub(super) fn ends_with(&mut self, byte: u8) -> bool {
        let counts = !self.seams || is_seam(self.last, byte);
        self.last = byte;
        self.left = self.left.saturating_sub(usize::from(counts));
        self.left == 0
    }
}

/// Whether a line is often cut behind these two bytes.
fn is_seam(before: u8, last: u8) -> bool {
    match last {
        b' ' | b'\t' => matches!(before, b',' | b';' | b'.' | b'?' | b'!' | b'}' | b']'),
        _ => last == b',',
    }
}

impl Lengths {
    pub(super) fn new() -> Self {
        Self { regular: AdaptiveBit::new(), seams: NumberModel::new(), bytes: NumberModel::new() }
    }

    /// Codes how far a part goes that has at least a byte; without one reads it.
    pub(super) fn code<Io: BitIo>(&mut self, io: &mut Io, part: Option<&[u8]>) -> Reach {
        let part = part.unwrap_or_default();
        let mut pairs = part.windows(2).map(|pair| is_seam(pair[0], pair[1]));
        let first = part.first().is_some_and(|&byte| is_seam(0, byte));
        let seams = usize::from(first) + pairs.clone().filter(|&seam| seam).count();
        let ends = pairs.next_back().unwrap_or(first);
        let bytes = part.len();
        // Both numbers begin at one.
        let number = |number: usize| (number as u32).saturating_sub(1);
        let seamed = self.regular.code(io, ends);
        let left = if seamed {
            self.seams.code(io, number(seams))
        } else {
            self.bytes.code(io, number(bytes))
        };
        Reach { seams: seamed, left: left as usize + 1, last: 0 }
    }
}

#[cfg(test)]
mod tests {
    use pressmark_coding::range::{Decoder, Encoder};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_end_where_they_did(parts in prop::collection::vec("[a,. ]{1,30}", 1..20)) {
            let mut encoder = Encoder::new(Vec::new());
            let mut lengths = Lengths::new();
            for part in &parts {
                lengths.code(&mut encoder, Some(part.as_bytes()));
            }
            let code = encoder.finish();
            let mut decoder = Decoder::new(&code);
            let mut lengths = Lengths::new();
            for part in &parts {
                let mut reach = lengths.code(&mut decoder, None);
                let end = part.bytes().position(|byte| reach.ends_with(byte));
                prop_assert_eq!(end, Some(part.len() - 1));
            }
        }
    }
}
