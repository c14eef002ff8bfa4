//! The formulas that turn counts and times into figures of a [`Record`].

use super::{CharUnit, Record};
use crate::statistics::{bootstrap_ci95_of_median, median};

/// Seed of the bootstrap, so that the same times always give the same interval.
const BOOTSTRAP_SEED: u64 = 0x7072_6573_736d_6172;

/// Bits per unit, 8 · `bytes` / `units`; `None` when there are no units.
pub fn bits_per_unit(bytes: u64, units: u64) -> Option<f64> {
    (units > 0).then(|| 8.0 * bytes as f64 / units as f64)
}

/// Speed in 10⁶ bytes per second; `None` when the time is not positive and finite.
pub fn megabytes_per_second(bytes: u64, seconds: f64) -> Option<f64> {
    (seconds.is_finite() && seconds > 0.0).then(|| bytes as f64 / 1e6 / seconds)
}

impl Record {
    /// What `bits_per_char` divides by: characters, or bytes when the dataset
    /// has no character count. `None` when the dataset's size is not known.
    fn units(&self) -> Option<(u64, CharUnit)> {
        match (self.dataset.chars, self.dataset.bytes) {
            (Some(chars), _) => Some((chars, CharUnit::Char)),
            (None, Some(bytes)) => Some((bytes, CharUnit::Byte)),
            (None, None) => None,
        }
    }

    /// Sets `encoded_bytes` and every figure that follows from it: `bits_per_char`,
    /// `char_unit`, `bits_per_byte`, `bits_per_char_with_decoder`.
    ///
    /// `dataset` and `plugin` must have been filled in before.
    pub fn set_encoded_bytes(&mut self, encoded_bytes: u64) {
        self.encoded_bytes = Some(encoded_bytes);
        self.bits_per_byte = self.dataset.bytes.and_then(|n| bits_per_unit(encoded_bytes, n));
        let Some((units, char_unit)) = self.units() else { return };
        self.char_unit = char_unit;
        self.bits_per_char = bits_per_unit(encoded_bytes, units);
        self.bits_per_char_with_decoder = self
            .plugin
            .decoder_bytes
            .and_then(|decoder| bits_per_unit(encoded_bytes.saturating_add(decoder), units));
    }

    /// Sets `ideal_bits_per_char` from the model's ideal code length in bits.
    pub fn set_ideal_bits(&mut self, bits: f64) {
        self.ideal_bits_per_char = match self.units() {
            Some((units, _)) if units > 0 && bits.is_finite() => Some(bits / units as f64),
            _ => None,
        };
    }

    /// Sets the cold times (seconds, one per repeat) and the speeds with their
    /// intervals that follow from them. `dataset.bytes` must be known.
    pub fn set_times(&mut self, encode_seconds: Vec<f64>, decode_seconds: Vec<f64>) {
        (self.encode_mb_per_s, self.encode_mb_per_s_ci95) =
            speed(self.dataset.bytes, &encode_seconds);
        (self.decode_mb_per_s, self.decode_mb_per_s_ci95) =
            speed(self.dataset.bytes, &decode_seconds);
        self.encode_seconds = encode_seconds;
        self.decode_seconds = decode_seconds;
    }

    /// Removes numbers that are not finite, which JSON cannot hold, and says so
    /// in `warnings`.
    pub fn drop_non_finite(&mut self) {
        let mut dropped: Vec<String> = Vec::new();
        let mut scalar = |name: &str, value: &mut Option<f64>| {
            if value.is_some_and(|x| !x.is_finite()) {
                *value = None;
                dropped.push(name.to_owned());
            }
        };
        scalar("bits_per_char", &mut self.bits_per_char);
        scalar("bits_per_byte", &mut self.bits_per_byte);
        scalar("ideal_bits_per_char", &mut self.ideal_bits_per_char);
        scalar("bits_per_char_with_decoder", &mut self.bits_per_char_with_decoder);
        scalar("encode_mb_per_s", &mut self.encode_mb_per_s);
        scalar("decode_mb_per_s", &mut self.decode_mb_per_s);
        scalar("wall_seconds", &mut self.wall_seconds);
        scalar("environment.load_average", &mut self.environment.load_average);
        for (name, metric) in &mut self.metrics {
            scalar(&format!("metrics.{name}"), &mut metric.value);
        }
        for (name, interval) in [
            ("encode_mb_per_s_ci95", &mut self.encode_mb_per_s_ci95),
            ("decode_mb_per_s_ci95", &mut self.decode_mb_per_s_ci95),
        ] {
            if interval.is_some_and(|ends| !ends.iter().all(|x| x.is_finite())) {
                *interval = None;
                dropped.push(name.to_owned());
            }
        }
        for (name, seconds) in [
            ("encode_seconds", &mut self.encode_seconds),
            ("decode_seconds", &mut self.decode_seconds),
            ("encode_seconds_warm", &mut self.encode_seconds_warm),
            ("decode_seconds_warm", &mut self.decode_seconds_warm),
            ("prime_seconds", &mut self.prime_seconds),
        ] {
            let before = seconds.len();
            seconds.retain(|x| x.is_finite());
            if seconds.len() < before {
                dropped.push(name.to_owned());
            }
        }
        for (name, points) in &mut self.series {
            let before = points.len();
            points.retain(|point| point.iter().all(|x| x.is_finite()));
            if points.len() < before {
                dropped.push(format!("series.{name}"));
            }
        }
        if !dropped.is_empty() {
            let names = dropped.join(", ");
            self.warnings.push(format!("numbers that are not finite were removed from {names}"));
        }
    }
}

/// Median speed and its interval. The interval of a speed is that of the time
/// turned over, since the speed falls as the time grows.
fn speed(bytes: Option<u64>, seconds: &[f64]) -> (Option<f64>, Option<[f64; 2]>) {
    let Some(bytes) = bytes else { return (None, None) };
    let at = |time: f64| megabytes_per_second(bytes, time);
    let middle = median(seconds).and_then(at);
    let interval = bootstrap_ci95_of_median(seconds, BOOTSTRAP_SEED)
        .and_then(|[low, high]| Some([at(high)?, at(low)?]));
    (middle, interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(bytes: u64, chars: Option<u64>) -> Record {
        let mut record = Record::default();
        record.dataset.bytes = Some(bytes);
        record.dataset.chars = chars;
        record.plugin.decoder_bytes = Some(50);
        record
    }

    #[test]
    fn bits_divide_by_characters_of_utf8_and_by_bytes_otherwise() {
        let mut text = sized(200, Some(100));
        text.set_encoded_bytes(25);
        assert_eq!(text.bits_per_char, Some(2.0));
        assert_eq!(text.bits_per_byte, Some(1.0));
        assert_eq!(text.bits_per_char_with_decoder, Some(6.0));
        assert_eq!(text.char_unit, CharUnit::Char);

        let mut binary = sized(200, None);
        binary.set_encoded_bytes(25);
        assert_eq!(binary.bits_per_char, Some(1.0));
        assert_eq!(binary.char_unit, CharUnit::Byte);
    }

    #[test]
    fn an_empty_input_has_no_bits_per_character() {
        let mut record = sized(0, Some(0));
        record.set_encoded_bytes(3);
        record.set_ideal_bits(4.0);
        record.set_times(vec![0.1], vec![0.0]);
        assert_eq!(record.encoded_bytes, Some(3));
        assert_eq!(record.bits_per_char, None);
        assert_eq!(record.bits_per_byte, None);
        assert_eq!(record.ideal_bits_per_char, None);
        assert_eq!(record.decode_mb_per_s, None, "a time of zero is not an infinite speed");
    }

    #[test]
    fn the_interval_of_a_speed_holds_its_median() {
        let mut record = sized(4_000_000, Some(4_000_000));
        record.set_times(vec![2.0, 1.0, 4.0, 1.5, 3.0], vec![1.0]);
        assert_eq!(record.encode_mb_per_s, Some(2.0));
        let [low, high] = record.encode_mb_per_s_ci95.expect("five repeats have an interval");
        assert!(low < 2.0 && 2.0 < high, "{low} {high}");
        assert_eq!(record.decode_mb_per_s, Some(4.0));
        assert_eq!(record.decode_mb_per_s_ci95, None, "one repeat has no interval");
    }

    #[test]
    fn numbers_that_are_not_finite_leave_a_warning() {
        let mut record = sized(10, Some(10));
        record.bits_per_char = Some(f64::NAN);
        record.encode_seconds = vec![1.0, f64::INFINITY];
        record.series.insert("a".into(), vec![[0.0, 1.0], [1.0, f64::NAN]]);
        record.drop_non_finite();
        assert_eq!(record.bits_per_char, None);
        assert_eq!(record.encode_seconds, [1.0]);
        assert_eq!(record.series["a"], [[0.0, 1.0]]);
        assert_eq!(record.warnings.len(), 1);
        assert!(record.warnings[0].contains("bits_per_char, encode_seconds, series.a"));
    }
}
