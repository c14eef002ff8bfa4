//! The strategy `trie.seed`: the original trie behind the plugin interfaces.

use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Error, Host, Interface, Model, OptionSpec, Options, Prime,
    Result, Sink, Strategy, decoded_length, version,
};

use super::codec::{self, Report};
use super::compressor::Rules;
use super::predictor::Settings;
use super::symbols::Unit;

/// The description of `trie.seed`.
pub const SEED: Descriptor = Descriptor {
    id: c"trie.seed",
    name: c"Credibility trie, as published",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"The predictor and node compressor of uchi-python 0.1.0 with their defects, over characters (bytes where the input is not UTF-8), at a fixed order of symbols; an escape for new symbols is added so that it can be decoded. What the original would claim is claimed_bits_per_char.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[
        OptionSpec::int(c"context_length", c"The longest context.", c"symbols", 5, 1..=64),
        OptionSpec::float(
            c"learning_rate",
            c"By what part weights and credibilities grow; they shrink by up to twice as much.",
            c"",
            0.1,
            0.001..=0.5,
        ),
        OptionSpec::float(
            c"cred_max",
            c"The greatest weight and the greatest credibility.",
            c"",
            8.0,
            1.0..=1000.0,
        ),
        OptionSpec::float(
            c"lambda_power",
            c"The exponent of a credibility where it becomes a share of the blend.",
            c"",
            1.0,
            0.05..=4.0,
        ),
        OptionSpec::bool(
            c"adaptive_cap",
            c"Let cred_max grow with the observations of a node.",
            false,
        ),
        OptionSpec::bool(
            c"compressor",
            c"Freeze nodes that are often seen and trusted, every 500 symbols.",
            false,
        ),
        OptionSpec::int(
            c"max_active_nodes",
            c"As in the original this is never read: nothing bounds the trie.",
            c"nodes",
            50_000,
            1..=4_294_967_296,
        ),
        OptionSpec::int(
            c"min_obs",
            c"A node is frozen after so many observations at the earliest.",
            c"observations",
            50,
            1..=4_294_967_295,
        ),
        OptionSpec::float(
            c"stability_ratio",
            c"A node is frozen from this part of cred_max on.",
            c"",
            0.8,
            0.0..=1.0,
        ),
    ],
    interfaces: &[Interface::Codec, Interface::Prime, Interface::Model],
    create: |host, options| Ok(Box::new(Seed::new(host, options)?)),
};

struct Seed {
    host: Host,
    settings: Settings,
    /// Learned when a run begins: what a symbol is follows from the text.
    prime: Vec<Vec<u8>>,
    ideal_bits: Option<f64>,
}

impl Seed {
    fn new(host: &Host, options: &Options<'_>) -> Result<Self> {
        let rules = Rules {
            min_observations: u32::try_from(options.size(c"min_obs")?).unwrap_or(u32::MAX),
            stability_ratio: options.float(c"stability_ratio")?,
        };
        let settings = Settings {
            context_length: options.size(c"context_length")?,
            learning_rate: options.float(c"learning_rate")?,
            credibility_max: options.float(c"cred_max")?,
            lambda_power: options.float(c"lambda_power")?,
            adaptive_cap: options.bool(c"adaptive_cap")?,
            compressor: options.bool(c"compressor")?.then_some(rules),
        };
        Ok(Self { host: host.clone(), settings, prime: Vec::new(), ideal_bits: None })
    }

    fn samples(&self) -> Vec<&[u8]> {
        self.prime.iter().map(Vec::as_slice).collect()
    }

    fn tell(&self, report: &Report) {
        let counts = &report.counts;
        let unit = match report.unit {
            Unit::Char => "bits/char",
            Unit::Byte => "bits/byte",
        };
        let claimed = counts.claimed.bits() / counts.symbols as f64;
        self.host.metric("claimed_bits_per_char", unit, claimed);
        self.host.metric("nodes", "nodes", report.nodes as f64);
        self.host.channel("novel", counts.symbols, counts.novel);
        self.host.channel("top_1", counts.symbols, counts.guessed);
        if self.settings.compressor.is_some() {
            self.host.metric("frozen_nodes", "nodes", report.frozen as f64);
            self.host.metric("decompressions", "nodes", report.thawed as f64);
            self.host.channel("frozen", report.asked.0, report.asked.1);
        }
    }
}

impl Strategy for Seed {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }
    fn prime(&mut self) -> Option<&mut dyn Prime> {
        Some(self)
    }
    fn model(&mut self) -> Option<&mut dyn Model> {
        Some(self)
    }
}

impl Codec for Seed {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let mut port = self.host.port(Some(out), input.len());
        let report = codec::encode(self.settings, &self.samples(), input, &mut port)?;
        if let Some(report) = &report {
            self.tell(report);
        }
        self.ideal_bits = Some(report.map_or(0.0, |report| report.ideal_bits));
        Ok(())
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        let length = decoded_length(decoded_len)?;
        let mut port = self.host.port(Some(out), length);
        let report = codec::decode(self.settings, &self.samples(), archive, length, &mut port)?;
        if let Some(report) = &report {
            self.tell(report);
        }
        Ok(())
    }

    fn bound(&self, input_len: u64) -> Option<u64> {
        // At worst the input is stored behind one byte.
        input_len.checked_add(1)
    }
}

impl Prime for Seed {
    fn prime(&mut self, samples: &[&[u8]]) -> Result<()> {
        self.prime.extend(samples.iter().map(|sample| sample.to_vec()));
        Ok(())
    }
}

impl Model for Seed {
    fn code_length(&mut self) -> Result<f64> {
        self.ideal_bits.ok_or_else(|| Error::BadCall("nothing was encoded yet".into()))
    }

    fn symbol_costs(&mut self, input: &[u8], bits: &mut [f64]) -> Result<()> {
        let mut costs = Vec::with_capacity(input.len());
        let mut port = self.host.port(None, input.len());
        codec::judge(self.settings, &self.samples(), input, &mut port, |cost, bytes| {
            costs.extend(std::iter::repeat_n(cost / bytes as f64, bytes));
        })?;
        bits.iter_mut().zip(costs).for_each(|(bits, cost)| *bits = cost);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing;

    use super::*;

    #[test]
    fn keeps_the_contract() {
        testing::conformance(&SEED);
    }

    fn tale() -> Vec<u8> {
        let passage: String = (0..600).map(|k| format!("word{} ", k * k % 97)).collect();
        format!("{passage}and {}. Then {passage}.", "ha ".repeat(400)).into()
    }

    #[test]
    fn the_file_is_as_long_as_the_model_says() {
        let run = testing::roundtrip(&SEED, &[], &[], &tale()).expect("it comes back");
        let ideal = run.ideal_bits.expect("there is a model") / 8.0;
        let real = run.bytes.len() as f64;
        assert!((real - ideal).abs() < 0.002 * ideal + 3.0, "{real} bytes for {ideal}");
    }

    #[test]
    fn the_claim_leaves_new_symbols_out() {
        let text = tale();
        let run = testing::roundtrip(&SEED, &[], &[], &text).expect("it comes back");
        let (symbols, novel) = run.channels["novel"];
        let distinct = text.iter().collect::<std::collections::BTreeSet<_>>().len();
        assert_eq!((symbols, novel), (text.len() as u64, distinct as u64));
        let claimed = run.metrics["claimed_bits_per_char"] * symbols as f64;
        let ideal = run.ideal_bits.expect("there is a model");
        // Each new symbol costs 21 bits and its escape, the others one escape not taken.
        assert!(ideal > claimed + 21.0 * novel as f64);
        assert!(ideal < claimed + 35.0 * novel as f64);
        // What was learned is not new.
        let primed = testing::roundtrip(&SEED, &[], &[&text], &text).expect("it comes back");
        assert_eq!(primed.channels["novel"], (symbols, 0));
        assert!(primed.bytes.len() < run.bytes.len());
    }

    #[test]
    fn characters_are_symbols_where_the_text_has_them() {
        let text = "Öl in Öfen über Äpfeln ".repeat(40);
        let chars = text.chars().count() as u64;
        let run = testing::roundtrip(&SEED, &[], &[], text.as_bytes()).expect("it comes back");
        assert_eq!(run.channels["novel"].0, chars);
        let broken = [text.as_bytes(), b"\xff"].concat();
        let run = testing::roundtrip(&SEED, &[], &[], &broken).expect("it comes back");
        assert_eq!(run.channels["novel"].0, broken.len() as u64);
    }

    #[test]
    fn the_store_is_filled_and_hardly_asked() {
        let text = b"All work and no play makes Jack a dull boy. ".repeat(300);
        let options = [("compressor", "true"), ("max_active_nodes", "1")];
        let run = testing::roundtrip(&SEED, &options, &[], &text).expect("it comes back");
        assert!(run.metrics["frozen_nodes"] > 20.0 && run.metrics["nodes"] > 100.0);
        assert_eq!(run.metrics["decompressions"], 0.0);
        let (lookups, hits) = run.channels["frozen"];
        assert!(lookups > 0 && hits * 2 < lookups, "{hits} of {lookups}");
        let without = testing::encode(&SEED, &[], &[], &text).expect("it can be encoded");
        assert!(without.bytes.len() < run.bytes.len());
        assert!(!without.metrics.contains_key("frozen_nodes"));
    }
}
