//! Values that TOML has no type for.

use std::time::Duration;

use pressmark_protocol::OptionValue;
use serde::de::{Deserialize, Deserializer, Error};

/// A duration such as `90s`, `10m` or `1h 30m`.
///
/// # Errors
/// A phrase that says what is allowed.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    text.parse::<jiff::SignedDuration>()
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| format!("{text:?} is no duration: write 90s, 10m or 1h 30m"))
}

pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text).map_err(Error::custom)
}

/// An option's value as TOML has it. A list of names becomes one text, joined by `,`.
///
/// # Errors
/// A phrase that says what is allowed.
pub fn option_value(value: &toml::Value) -> Result<OptionValue, String> {
    match value {
        toml::Value::Boolean(value) => Ok(OptionValue::Bool(*value)),
        toml::Value::Integer(value) => Ok(OptionValue::Int(*value)),
        toml::Value::Float(value) => Ok(OptionValue::Float(*value)),
        toml::Value::String(value) => Ok(OptionValue::Text(value.clone())),
        toml::Value::Array(values) => {
            let names: Option<Vec<&str>> = values.iter().map(toml::Value::as_str).collect();
            names
                .map(|names| OptionValue::Text(names.join(",")))
                .ok_or_else(|| "a list must hold texts only".to_string())
        }
        other => Err(format!("an option cannot be a {}", other.type_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(parse_duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        for bad in ["", "10", "-5s", "soon"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
