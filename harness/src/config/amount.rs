//! Amounts: so many, or a share of a whole.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

/// So many units, or thousandths of a per cent of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Units.
    Units(u64),
    /// 1000 is one per cent.
    Share(u32),
}

impl Amount {
    /// The amount in units, where the whole has `whole`; a share is at least one unit.
    pub fn of(self, whole: u64) -> u64 {
        match self {
            Self::Units(units) => units,
            Self::Share(share) => {
                let units = u128::from(whole) * u128::from(share) / 100_000;
                u64::try_from(units).unwrap_or(u64::MAX).max(1)
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let percent: f64 = text.trim().strip_suffix('%')?.trim().parse().ok()?;
        let share = (percent * 1000.0).round();
        (1.0..=100_000.0).contains(&share).then_some(Self::Share(share as u32))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Units(units) => units.fmt(f),
            Self::Share(share) => write!(f, "{}%", f64::from(*share) / 1000.0),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = toml::Value::deserialize(deserializer)?;
        let amount = match &value {
            toml::Value::Integer(units) => {
                u64::try_from(*units).ok().filter(|&n| n > 0).map(Self::Units)
            }
            toml::Value::String(text) => Self::parse(text),
            _ => None,
        };
        amount.ok_or_else(|| {
            D::Error::custom(format!("{value} is no amount: write a number, as 4096, or a share up to \"100%\", as \"10%\""))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_units_or_shares() {
        assert_eq!(Amount::Units(7).of(100), 7);
        assert_eq!(Amount::parse("12.5%").map(|share| share.of(1000)), Some(125));
        assert_eq!(Amount::parse("1%").map(|share| share.of(3)), Some(1), "at least one");
        assert_eq!(Amount::parse("12.5 %").map(|share| share.to_string()), Some("12.5%".into()));
        for bad in ["", "5", "%", "-1%", "101%", "x%"] {
            assert_eq!(Amount::parse(bad), None, "{bad}");
        }
    }
}
