//! Characters or bytes, numbered as they appear.

/// What a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A Unicode scalar value.
    Char,
    /// A byte, where the text is not UTF-8.
    Byte,
}

impl Unit {
    /// The unit of a text.
    pub fn of(text: &[u8]) -> Self {
        if std::str::from_utf8(text).is_ok() { Self::Char } else { Self::Byte }
    }

    /// How many bits name any symbol.
    pub fn bits(self) -> u32 {
        match self {
            Self::Char => 21,
            Self::Byte => 8,
        }
    }

    /// Calls `each` with every symbol of a text and its length in bytes. What is not UTF-8
    /// in a text of characters counts as U+FFFD: that can only be priming text, which both
    /// sides have.
    ///
    /// # Errors
    /// The first of `each`.
    pub fn each<E>(
        self,
        text: &[u8],
        mut each: impl FnMut(u32, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        if self == Self::Byte {
            return text.iter().try_for_each(|&byte| each(byte.into(), 1));
        }
        for chunk in text.utf8_chunks() {
            chunk.valid().chars().try_for_each(|char| each(char.into(), char.len_utf8()))?;
            if !chunk.invalid().is_empty() {
                each(char::REPLACEMENT_CHARACTER.into(), chunk.invalid().len())?;
            }
        }
        Ok(())
    }

    /// Appends the bytes of a symbol; false if there is no such symbol.
    pub fn write(self, symbol: u32, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Byte => u8::try_from(symbol).map(|byte| out.push(byte)).is_ok(),
            Self::Char => char::from_u32(symbol)
                .map(|char| out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()))
                .is_some(),
        }
    }
}

const UNKNOWN: u32 = u32::MAX;

/// The symbols so far, numbered in order of appearance.
#[derive(Debug, Clone, Default)]
pub struct Alphabet {
    /// The number of each symbol, up to the greatest seen.
    numbers: Vec<u32>,
    symbols: Vec<u32>,
}

impl Alphabet {
    /// The number of a symbol, if it was seen.
    #[inline]
    pub fn number(&self, symbol: u32) -> Option<u32> {
        self.numbers.get(symbol as usize).copied().filter(|&number| number != UNKNOWN)
    }

    /// The symbol with a number.
    #[inline]
    pub fn symbol(&self, number: u32) -> u32 {
        self.symbols[number as usize]
    }

    /// Numbers a symbol that was not seen before.
    pub fn add(&mut self, symbol: u32) -> u32 {
        let at = symbol as usize;
        if self.numbers.len() <= at {
            self.numbers.resize(at + 1, UNKNOWN);
        }
        let number = self.symbols.len() as u32;
        self.numbers[at] = number;
        self.symbols.push(symbol);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fall_into_symbols_and_come_back() {
        for text in ["Grüße, 世界! \u{1F600}".as_bytes(), b"\xff\xfe\0a", b""] {
            let unit = Unit::of(text);
            let mut out = Vec::new();
            let result: Result<(), ()> = unit.each(text, |symbol, length| {
                let before = out.len();
                assert!(unit.write(symbol, &mut out));
                assert_eq!(out.len() - before, length);
                assert!(symbol < 1 << unit.bits());
                Ok(())
            });
            assert!(result.is_ok());
            assert_eq!(out, text);
        }
        assert!(!Unit::Char.write(0xd800, &mut Vec::new()));
        assert!(!Unit::Char.write(0x11_0000, &mut Vec::new()));
        assert!(!Unit::Byte.write(256, &mut Vec::new()));
    }

    #[test]
    fn broken_priming_text_is_replaced() {
        let mut symbols = Vec::new();
        let result: Result<(), ()> = Unit::Char.each(b"a\xffb", |symbol, _| {
            symbols.push(symbol);
            Ok(())
        });
        assert!(result.is_ok());
        assert_eq!(symbols, [0x61, 0xfffd, 0x62]);
    }
}
