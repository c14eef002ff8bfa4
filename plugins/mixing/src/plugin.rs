//! The strategy `mixing.text`: the model behind the plugin interfaces.

use pressmark_coding::codec::{Design, Session, spread};
use pressmark_coding::trie::{self, Few};
use pressmark_coding::unit::Unit;
use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Error, Host, Interface, Model, OptionSpec, Options, Prime,
    Result, Sink, Strategy, version,
};

use crate::bounds::Settings;
use crate::context::Family;
use crate::model::Counts;
use crate::plan::{LEAST_LEVEL, Plan};

/// The description of `mixing.text`.
pub const TEXT: Descriptor = Descriptor {
    id: c"mixing.text",
    name: c"Context mixing",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"Contexts of bytes, words, documents, fields and matches, each with an opinion on every binary decision, weighed by a network of selected mixers and refined by adaptive maps; what it knows it learned from the text.",
    format_version: 7,
    capabilities: Capabilities::PURE_CODEC,
    options: &[
        OptionSpec::int(
            c"level",
            c"1 for speed to 9 for size: how many contexts, probabilities, matches and weights there are; 1 and 2 have the model of trie.credibility, 1 with the contexts alone that are worth most.",
            c"",
            5,
            1..=9,
        ),
        OptionSpec::int(
            c"memory_limit",
            c"The most bytes allocated at a time: nodes, probabilities, positions, weights, the text kept and the priming text. Too few for the level is an error that names the least.",
            c"bytes",
            2_147_483_648,
            33_554_432..=68_719_476_736,
        ),
        OptionSpec::choice(
            c"unit",
            c"What a symbol is: a byte, or a code of the words and gaps, which both sides number as they come; auto takes words up to level 7, where they are fewer than two thirds of the bytes.",
            c"auto",
            &[c"auto", c"byte", c"word"],
        ),
        OptionSpec::set(
            c"disable",
            c"Families of inputs left out, to see what each is worth, at levels from 3 up.",
            c"",
            &[c"bytes", c"words", c"document", c"skip", c"layout", c"match", c"shapes", c"direct", c"maps", c"vectors"],
        ),
    ],
    interfaces: &[Interface::Codec, Interface::Prime, Interface::Model],
    create: |host, options| Ok(Box::new(Mixing::new(host, options)?)),
};

/// What a level makes its models from.
enum Engine {
    Few(Few),
    Trie(trie::Settings),
    Network(Box<Settings>),
}

impl Engine {
    fn new(options: &Options<'_>) -> Result<Self> {
        let level = options.size(c"level")?;
        let memory_limit = options.size(c"memory_limit")?;
        let unit = Unit::named(options.choice(c"unit")?);
        if level >= LEAST_LEVEL {
            let mut plan = Plan::level(level);
            for name in options.set(c"disable")? {
                let family = Family::ALL.into_iter().find(|family| family.name() == name);
                plan = match (family, name) {
                    (Some(family), _) => plan.without(family),
                    (None, "direct") => Plan { direct: Vec::new(), ..plan },
                    (None, "maps") => Plan { maps: 0, ..plan },
                    (None, _) => Plan { dimensions: 0, ..plan },
                };
            }
            return Ok(Self::Network(Box::new(Settings { plan, memory_limit, unit })));
        }
        if !options.set(c"disable")?.is_empty() {
            return Err(Error::Unsupported(format!(
                "disable leaves out families of inputs, and level {level} has the trie's model, without families: take a level from {LEAST_LEVEL} up, or no disable"
            )));
        }
        let settings = trie::Settings { memory_limit, unit, ..trie::Settings::default() };
        Ok(if level == 1 { Self::Few(Few(settings)) } else { Self::Trie(settings) })
    }
}

/// Tells a host what a model counted.
trait Tell {
    fn tell(&self, host: &Host);
}

impl Tell for Counts {
    fn tell(&self, host: &Host) {
        for (family, known) in Family::ALL.into_iter().zip(self.known) {
            host.channel(family.name(), self.symbols, known);
        }
        host.channel("expected", self.expected, self.right);
    }
}

impl Tell for (trie::Counts, trie::Events) {
    fn tell(&self, host: &Host) {
        let (counts, _) = self;
        let symbols: u64 = counts.sources.iter().sum();
        host.channel("match", symbols, counts.sources[trie::SOURCES - 1]);
        host.channel("escape", symbols, counts.escapes);
    }
}

struct Mixing {
    session: Session,
    engine: Engine,
}

impl Mixing {
    fn new(host: &Host, options: &Options<'_>) -> Result<Self> {
        Ok(Self { session: Session::new(host), engine: Engine::new(options)? })
    }
}

/// Encodes, and tells the host what was counted.
fn encode<D: Design<Counts: Tell>>(
    session: &mut Session,
    design: &D,
    input: &[u8],
    out: &mut Sink<'_>,
) -> Result<()> {
    let report = session.encode(design, input, out)?;
    report.counts.tell(&session.host);
    Ok(())
}

/// Decodes, and tells the host what was counted.
fn decode<D: Design<Counts: Tell>>(
    session: &Session,
    design: &D,
    archive: &[u8],
    decoded_len: u64,
    out: &mut Sink<'_>,
) -> Result<()> {
    let report = session.decode(design, archive, decoded_len, out)?;
    report.counts.tell(&session.host);
    Ok(())
}

impl Strategy for Mixing {
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

impl Codec for Mixing {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let session = &mut self.session;
        match &self.engine {
            Engine::Few(design) => encode(session, design, input, out),
            Engine::Trie(design) => encode(session, design, input, out),
            Engine::Network(design) => encode(session, &**design, input, out),
        }
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        let session = &self.session;
        match &self.engine {
            Engine::Few(design) => decode(session, design, archive, decoded_len, out),
            Engine::Trie(design) => decode(session, design, archive, decoded_len, out),
            Engine::Network(design) => decode(session, &**design, archive, decoded_len, out),
        }
    }

    fn bound(&self, input_len: u64) -> Option<u64> {
        input_len.checked_add(1)
    }
}

impl Prime for Mixing {
    fn prime(&mut self, samples: &[&[u8]]) -> Result<()> {
        self.session.prime(samples);
        Ok(())
    }
}

impl Model for Mixing {
    fn code_length(&mut self) -> Result<f64> {
        self.session.code_length()
    }

    fn symbol_costs(&mut self, input: &[u8], bits: &mut [f64]) -> Result<()> {
        match &self.engine {
            Engine::Few(design) => self.session.judge(design, input, spread(bits)),
            Engine::Trie(design) => self.session.judge(design, input, spread(bits)),
            Engine::Network(design) => self.session.judge(&**design, input, spread(bits)),
        }
    }
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing;

    use super::*;

    #[test]
    fn keeps_the_contract() {
        testing::conformance(&TEXT);
    }

    fn tale() -> Vec<u8> {
        let passage: String = (0..600).map(|k| format!("word{k} ")).collect();
        format!("{passage}and {}. Then {passage}. Once more: {passage}", "ha ".repeat(60)).into()
    }

    #[test]
    fn channels_are_fed() {
        let text = tale();
        let bytes = [("unit", "byte")];
        let run = testing::roundtrip(&TEXT, &bytes, &[], &text).expect("it comes back");
        for family in Family::ALL {
            let (lookups, hits) = run.channels[family.name()];
            assert!(lookups == text.len() as u64 && hits > 0 && hits <= lookups, "{family:?}");
        }
        let (expected, right) = run.channels["expected"];
        assert!(expected > text.len() as u64 / 2 && right > expected / 2 && right <= expected);
    }

    #[test]
    fn the_file_is_as_long_as_the_model_says() {
        let run = testing::roundtrip(&TEXT, &[], &[], &tale()).expect("it comes back");
        let ideal = run.ideal_bits.expect("there is a model") / 8.0;
        let real = run.bytes.len() as f64;
        assert!(real <= ideal + 2.5 && real + 4.0 >= ideal, "{real} bytes for {ideal}");
    }

    #[test]
    fn every_family_can_be_left_out() {
        let text = tale();
        let without = |names: &str| {
            let run = testing::roundtrip(&TEXT, &[("disable", names)], &[], &text);
            run.expect("it comes back").bytes
        };
        let whole = without("");
        let mut all = Vec::new();
        for name in
            ["bytes", "words", "document", "skip", "layout", "match", "direct", "maps", "vectors"]
        {
            all.push(name);
            assert_ne!(without(name), whole, "{name}");
        }
        assert!(without(&all.join(",")).len() > whole.len());
    }

    #[test]
    fn priming_helps() {
        let text = tale();
        let cold = testing::roundtrip(&TEXT, &[], &[], &text).expect("it comes back");
        let samples: [&[u8]; 1] = [&text];
        let primed = testing::roundtrip(&TEXT, &[], &samples, &text).expect("it comes back");
        assert!(primed.bytes.len() * 3 < cold.bytes.len());
    }
}
