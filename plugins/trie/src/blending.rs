//! The strategy `trie.blending`: contexts blended by linear weights, for speed.

use pressmark_coding::blending::{Asking, Counts, Fast, Settings, Strong};
use pressmark_coding::codec::{self, Design};
use pressmark_coding::unit::Unit;
use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Error, Host, Interface, Model, OptionSpec, Options, Prime,
    Result, Sink, Strategy, decoded_length, version,
};

/// The description of `trie.blending`.
pub const BLENDING: Descriptor = Descriptor {
    id: c"trie.blending",
    name: c"Blended contexts",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"Half a symbol at a time, from what a few contexts have seen: distributions of the frequent ones, the last symbols of the rare ones, long matches, added up by shares that are learned for each state of theirs. For speed: five to ten times that of trie.credibility.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[
        OptionSpec::int(
            c"level",
            c"1 for speed, with one frequent context, or 2 for size, with two and two rare ones.",
            c"",
            2,
            1..=2,
        ),
        OptionSpec::choice(
            c"unit",
            c"What a symbol is: a byte, or a code of the words and gaps, which both sides number as they come; auto takes words where they are fewer than two thirds of the bytes.",
            c"auto",
            &[c"auto", c"byte", c"word"],
        ),
        OptionSpec::int(
            c"memory_limit",
            c"The most bytes allocated at a time: tables, positions, the text kept and the priming text. Too few for the texts is an error that names the least.",
            c"bytes",
            536_870_912,
            524_288..=68_719_476_736,
        ),
    ],
    interfaces: &[Interface::Codec, Interface::Prime, Interface::Model],
    create: |host, options| Ok(Box::new(Blending::new(host, options)?)),
};

/// What a level makes its models from.
#[derive(Clone, Copy)]
enum Engine {
    Fast(Fast),
    Strong(Strong),
}

struct Blending {
    host: Host,
    engine: Engine,
    /// Learned when a run begins: the size of the tables depends on the whole.
    prime: Vec<Vec<u8>>,
    ideal_bits: Option<f64>,
}

impl Blending {
    fn new(host: &Host, options: &Options<'_>) -> Result<Self> {
        let settings = Settings {
            memory_limit: options.size(c"memory_limit")?,
            unit: Unit::named(options.choice(c"unit")?),
        };
        let engine = match options.size(c"level")? {
            1 => Engine::Fast(Asking(settings)),
            _ => Engine::Strong(Asking(settings)),
        };
        Ok(Self { host: host.clone(), engine, prime: Vec::new(), ideal_bits: None })
    }

    fn samples(&self) -> Vec<&[u8]> {
        self.prime.iter().map(Vec::as_slice).collect()
    }

    fn tell(&self, counts: Counts) {
        self.host.channel("expected", counts.expected, counts.right);
        self.host.channel("context", counts.asked, counts.known);
    }

    /// Gives back the ideal length in bits.
    fn encode(
        &self,
        design: &impl Design<Counts = Counts>,
        input: &[u8],
        out: &mut Sink<'_>,
    ) -> Result<f64> {
        let mut port = self.host.port(None, input.len());
        let report = codec::fill(design, &self.samples(), input, out, &mut port)?;
        self.tell(report.counts);
        Ok(report.ideal_bits)
    }

    fn decode(
        &self,
        design: &impl Design<Counts = Counts>,
        archive: &[u8],
        decoded_len: u64,
        out: &mut Sink<'_>,
    ) -> Result<()> {
        let length = decoded_length(decoded_len)?;
        let mut port = self.host.port(Some(out), length);
        let report = codec::decode(design, &self.samples(), archive, length, &mut port)?;
        self.tell(report.counts);
        Ok(())
    }

    fn judge(&self, design: &impl Design, input: &[u8], bits: &mut [f64]) -> Result<()> {
        let mut port = self.host.port(None, input.len());
        codec::judge(design, &self.samples(), input, &mut port, codec::spread(bits))
    }
}

impl Strategy for Blending {
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

impl Codec for Blending {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let bits = match self.engine {
            Engine::Fast(design) => Self::encode(self, &design, input, out),
            Engine::Strong(design) => Self::encode(self, &design, input, out),
        }?;
        self.ideal_bits = Some(bits);
        Ok(())
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        match self.engine {
            Engine::Fast(design) => Self::decode(self, &design, archive, decoded_len, out),
            Engine::Strong(design) => Self::decode(self, &design, archive, decoded_len, out),
        }
    }

    fn bound(&self, input_len: u64) -> Option<u64> {
        input_len.checked_add(1)
    }
}

impl Prime for Blending {
    fn prime(&mut self, samples: &[&[u8]]) -> Result<()> {
        self.prime.reserve_exact(samples.len());
        self.prime.extend(samples.iter().map(|sample| sample.to_vec()));
        Ok(())
    }
}

impl Model for Blending {
    fn code_length(&mut self) -> Result<f64> {
        self.ideal_bits.ok_or_else(|| Error::BadCall("nothing was encoded yet".into()))
    }

    fn symbol_costs(&mut self, input: &[u8], bits: &mut [f64]) -> Result<()> {
        match self.engine {
            Engine::Fast(design) => self.judge(&design, input, bits),
            Engine::Strong(design) => self.judge(&design, input, bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing;

    use super::*;

    #[test]
    fn keeps_the_contract() {
        testing::conformance(&BLENDING);
    }

    fn tale() -> Vec<u8> {
        let passage: String = (0..600).map(|k| format!("word{k} ")).collect();
        format!("{passage}and {}. Then {passage}. Once more: {passage}", "ha ".repeat(60)).into()
    }

    #[test]
    fn channels_are_fed() {
        let text = tale();
        for level in ["1", "2"] {
            let options = [("unit", "byte"), ("level", level)];
            let run = testing::roundtrip(&BLENDING, &options, &[], &text).expect("it comes back");
            let (expected, right) = run.channels["expected"];
            assert!(expected > text.len() as u64 / 2 && expected <= text.len() as u64);
            assert!(right > expected * 9 / 10 && right <= expected);
            let (asked, known) = run.channels["context"];
            assert!(asked > 600 && asked < text.len() as u64, "long matches tell the rest");
            assert!(known > asked / 2 && known < asked);
        }
    }

    #[test]
    fn the_file_is_as_long_as_the_model_says() {
        for level in ["1", "2"] {
            let run = testing::roundtrip(&BLENDING, &[("level", level)], &[], &tale());
            let run = run.expect("it comes back");
            let ideal = run.ideal_bits.expect("there is a model") / 8.0;
            let real = run.bytes.len() as f64;
            assert!(real <= ideal + 2.5 && real + 4.0 >= ideal, "{real} bytes for {ideal}");
        }
    }

    #[test]
    fn priming_helps() {
        let text = tale();
        let cold = testing::roundtrip(&BLENDING, &[], &[], &text).expect("it comes back");
        let samples: [&[u8]; 1] = [&text];
        let primed = testing::roundtrip(&BLENDING, &[], &samples, &text).expect("it comes back");
        assert!(primed.bytes.len() * 3 < cold.bytes.len());
    }
}
