//! The strategy `trie.blending`: contexts blended by linear weights, for speed.

use pressmark_coding::blending::{Asking, Counts, Fast, Settings, Strong};
use pressmark_coding::codec::{Session, spread};
use pressmark_coding::unit::Unit;
use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Host, Interface, Model, OptionSpec, Options, Prime, Result,
    Sink, Strategy, version,
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
    session: Session,
    engine: Engine,
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
        Ok(Self { session: Session::new(host), engine })
    }

    fn tell(&self, counts: Counts) {
        self.session.host.channel("expected", counts.expected, counts.right);
        self.session.host.channel("context", counts.asked, counts.known);
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
        let report = match self.engine {
            Engine::Fast(design) => self.session.encode(&design, input, out),
            Engine::Strong(design) => self.session.encode(&design, input, out),
        }?;
        self.tell(report.counts);
        Ok(())
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        let report = match self.engine {
            Engine::Fast(design) => self.session.decode(&design, archive, decoded_len, out),
            Engine::Strong(design) => self.session.decode(&design, archive, decoded_len, out),
        }?;
        self.tell(report.counts);
        Ok(())
    }

    fn bound(&self, input_len: u64) -> Option<u64> {
        input_len.checked_add(1)
    }
}

impl Prime for Blending {
    fn prime(&mut self, samples: &[&[u8]]) -> Result<()> {
        self.session.prime(samples);
        Ok(())
    }
}

impl Model for Blending {
    fn code_length(&mut self) -> Result<f64> {
        self.session.code_length()
    }

    fn symbol_costs(&mut self, input: &[u8], bits: &mut [f64]) -> Result<()> {
        match self.engine {
            Engine::Fast(design) => self.session.judge(&design, input, spread(bits)),
            Engine::Strong(design) => self.session.judge(&design, input, spread(bits)),
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
