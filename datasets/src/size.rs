//! Sizes in bytes as people write them.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// A number of bytes, written as an integer (`4096`) or as text with a unit
/// (`"4MB"`, `"1.5 GiB"`).
///
/// `kB`, `MB`, `GB` and `TB` are powers of 1000; `KiB`, `MiB`, `GiB` and `TiB`
/// are powers of 1024; the case of the letters does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

/// The units by lower-case name, in bytes.
const UNITS: [(&str, u64); 14] = [
    ("", 1),
    ("b", 1),
    ("k", 1_000),
    ("kb", 1_000),
    ("kib", 1 << 10),
    ("m", 1_000_000),
    ("mb", 1_000_000),
    ("mib", 1 << 20),
    ("g", 1_000_000_000),
    ("gb", 1_000_000_000),
    ("gib", 1 << 30),
    ("t", 1_000_000_000_000),
    ("tb", 1_000_000_000_000),
    ("tib", 1 << 40),
];

impl ByteSize {
    /// The number of bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }

    /// The number of bytes as an index, at most `usize::MAX`.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// A text that is not a size in bytes; its message is one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a size in bytes: {why}; write an integer, or a number and a unit such as \
     \"4MB\" (4,000,000), \"512KiB\" (524,288) or \"8GiB\""
)]
pub struct ByteSizeError {
    text: String,
    why: &'static str,
}

impl FromStr for ByteSize {
    type Err = ByteSizeError;

    fn from_str(text: &str) -> Result<Self, ByteSizeError> {
        let fail = |why| ByteSizeError { text: text.to_owned(), why };
        let trimmed = text.trim();
        let split = trimmed
            .find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_')
            .unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(split);
        let number = number.replace('_', "");
        let unit = unit.trim().to_ascii_lowercase();
        let scale = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map(|&(_, scale)| scale)
            .ok_or_else(|| fail("its unit is none of B, kB, KiB, MB, MiB, GB, GiB, TB, TiB"))?;
        let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
        if whole.is_empty() || (number.contains('.') && fraction.is_empty()) {
            return Err(fail("it does not begin with a number"));
        }
        if fraction.len() > 9 || fraction.contains('.') {
            return Err(fail("its number is malformed"));
        }
        let whole: u64 = whole.parse().map_err(|_| fail("its number is too large"))?;
        // Exact in integers: fraction / 10^digits of the unit, rounded down.
        let digits = 10u128.pow(fraction.len() as u32);
        let fraction: u128 = if fraction.is_empty() { 0 } else { fraction.parse().unwrap_or(0) };
        let bytes = u128::from(whole) * u128::from(scale) + fraction * u128::from(scale) / digits;
        u64::try_from(bytes).map(ByteSize).map_err(|_| fail("it does not fit in 64 bits"))
    }
}

impl fmt::Display for ByteSize {
    /// The shortest exact form: a whole multiple of a unit, else plain bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = |units: [(&'static str, u64); 4]| {
            units.into_iter().find(|&(_, scale)| self.0 >= scale && self.0.is_multiple_of(scale))
        };
        let decimal = exact([
            ("TB", 1_000_000_000_000),
            ("GB", 1_000_000_000),
            ("MB", 1_000_000),
            ("kB", 1_000),
        ]);
        let binary =
            exact([("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]);
        match (decimal, binary) {
            // Both are exact for such as 1024000: the larger unit reads better.
            (Some((unit, scale)), other) if other.is_none_or(|(_, s)| s < scale) => {
                write!(f, "{}{unit}", self.0 / scale)
            }
            (_, Some((unit, scale))) => write!(f, "{}{unit}", self.0 / scale),
            _ => write!(f, "{}B", self.0),
        }
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SizeVisitor;

        impl Visitor<'_> for SizeVisitor {
            type Value = ByteSize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size in bytes: an integer, or text such as \"4MB\" or \"8GiB\"")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<ByteSize, E> {
                Ok(ByteSize(value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<ByteSize, E> {
                u64::try_from(value)
                    .map(ByteSize)
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<ByteSize, E> {
                value.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(SizeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn size(text: &str) -> u64 {
        text.parse::<ByteSize>().unwrap().bytes()
    }

    #[test]
    fn units_are_decimal_and_binary() {
        assert_eq!(size("4MB"), 4_000_000);
        assert_eq!(size("4 mb"), 4_000_000);
        assert_eq!(size("8GiB"), 8 << 30);
        assert_eq!(size("1.5KiB"), 1536);
        assert_eq!(size("10_000"), 10_000);
        assert_eq!(size("0"), 0);
    }

    #[test]
    fn errors_say_what_is_wrong_and_how_to_write_it() {
        for bad in ["", "MB", "4 parsecs", "-3", "1.2.3", "4.", "99999999999 TiB", "1e6"] {
            let message = bad.parse::<ByteSize>().unwrap_err().to_string();
            assert!(message.contains("is not a size in bytes"), "{message}");
            assert!(message.contains("4MB"), "{message}");
        }
    }

    #[test]
    fn a_table_takes_both_forms() {
        #[derive(serde::Deserialize)]
        struct Table {
            a: ByteSize,
            b: ByteSize,
        }
        let table: Table = toml::from_str("a = 4096\nb = \"4KiB\"").unwrap();
        assert_eq!(table.a, table.b);
        assert!(toml::from_str::<Table>("a = -1\nb = 1").is_err());
        assert!(toml::from_str::<Table>("a = true\nb = 1").is_err());
    }

    proptest! {
        #[test]
        fn display_parses_back(bytes: u64) {
            prop_assert_eq!(ByteSize(bytes).to_string().parse::<ByteSize>().unwrap().0, bytes);
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = text.parse::<ByteSize>();
        }
    }
}
