//! The strategy `group.online`: the coder behind the plugin interfaces.

use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Error, Explain, Host, Interface, Model, OptionSpec, Options,
    Prime, Primed, Result, Sink, Strategy, decoded_length, version,
};

use crate::codec::Coder;
use crate::explain::Explainer;
use crate::groups::Settings;
use crate::meter::NAMES;
use crate::report::Report;

/// The description of `group.online`.
pub const ONLINE: Descriptor = Descriptor {
    id: c"group.online",
    name: c"Word groups, learned online",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"Groups of words that occur together are learned while coding; past words make groups active, whose members then get probability. What no group explains is found by the words before it, or spelled; layout and case are coded apart.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[
        OptionSpec::int(
            c"max_groups",
            c"Groups kept at most; the least salient are forgotten first.",
            c"groups",
            4096,
            16..=1_048_576,
        ),
        OptionSpec::int(c"top_k", c"Groups active at once.", c"groups", 16, 1..=64),
        OptionSpec::int(
            c"half_life",
            c"Content words after which half of what woke a group is forgotten.",
            c"words",
            32,
            1..=100_000,
        ),
        OptionSpec::int(
            c"decay",
            c"What each member's count loses per thousand passages, in hundredths.",
            c"",
            10,
            0..=200,
        ),
        OptionSpec::set(
            c"disable",
            c"Parts left out, to see what each is worth: established groups, and the words of the passage at hand, which are not yet a group. Both sides need the same.",
            c"",
            &[c"groups", c"passage"],
        ),
    ],
    interfaces: &[Interface::Codec, Interface::Prime, Interface::Model, Interface::Explain],
    create: |host, options| Ok(Box::new(Online::new(host, options)?)),
};

struct Online {
    host: Host,
    settings: Settings,
    coder: Primed<Coder>,
    ideal_bits: Option<f64>,
}

impl Online {
    fn new(host: &Host, options: &Options<'_>) -> Result<Self> {
        let disabled = options.set(c"disable")?;
        let settings = Settings {
            max_groups: options.size(c"max_groups")?,
            top_k: options.size(c"top_k")?,
            half_life: options.size(c"half_life")?,
            decay: options.size(c"decay")?,
            groups: !disabled.contains(&"groups"),
            passage: !disabled.contains(&"passage"),
        };
        Ok(Self { host: host.clone(), settings, coder: Primed::default(), ideal_bits: None })
    }

    fn coder(&mut self) -> Result<Coder> {
        self.coder.take(|| Coder::new(self.settings))
    }

    fn tell(&self, report: &Report) {
        let counts = &report.counts;
        self.host.channel("covered", counts.words, counts.covered);
        self.host.channel("surprise", counts.content, counts.surprises);
        self.host.channel("hallucination", counts.predicted, counts.hallucinated);
        for (name, value) in [
            ("groups_alive", report.alive as u64),
            ("groups_created", counts.created),
            ("groups_merged", counts.merged),
            ("groups_split", counts.split),
            ("groups_pruned", counts.pruned),
        ] {
            self.host.metric(name, "groups", value as f64);
        }
        for (name, bits) in NAMES.iter().zip(report.bits) {
            self.host.metric(&format!("{name}_bits"), "bits", bits);
        }
    }
}

impl Strategy for Online {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }
    fn prime(&mut self) -> Option<&mut dyn Prime> {
        Some(self)
    }
    fn model(&mut self) -> Option<&mut dyn Model> {
        Some(self)
    }
    fn explain(&mut self) -> Option<&mut dyn Explain> {
        Some(self)
    }
}

impl Codec for Online {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let coder = self.coder()?;
        let mut port = self.host.port(Some(out), input.len());
        let report = coder.encode(input, &mut port)?;
        self.tell(&report);
        self.ideal_bits = Some(report.ideal_bits);
        Ok(())
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        let length = decoded_length(decoded_len)?;
        let coder = self.coder()?;
        let mut port = self.host.port(Some(out), length);
        let report = coder.decode(archive, length, &mut port)?;
        self.tell(&report);
        Ok(())
    }

    fn bound(&self, input_len: u64) -> Option<u64> {
        // At worst the input is stored behind one byte.
        input_len.checked_add(1)
    }
}

impl Prime for Online {
    fn prime(&mut self, samples: &[&[u8]]) -> Result<()> {
        let mut coder = self.coder()?;
        for sample in samples {
            coder.prime(sample)?;
        }
        self.coder.keep(coder);
        Ok(())
    }
}

impl Model for Online {
    fn code_length(&mut self) -> Result<f64> {
        self.ideal_bits.ok_or_else(|| Error::BadCall("nothing was encoded yet".into()))
    }

    fn symbol_costs(&mut self, input: &[u8], bits: &mut [f64]) -> Result<()> {
        bits.fill(0.0);
        self.coder()?.walk(input, |span, taken, _| {
            // Only an empty word at the very start has no bytes; the first byte pays for it.
            if span.is_empty() {
                bits[span.start] += taken.bits;
                return Ok(());
            }
            let share = taken.bits / span.len() as f64;
            bits[span].iter_mut().for_each(|bits| *bits += share);
            Ok(())
        })
    }
}

impl Explain for Online {
    fn explain(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let mut explainer = Explainer::default();
        self.coder()?.walk(input, |span, taken, model| {
            match explainer.take(&input[span], taken, model) {
                Some(passage) => out.write(passage.as_bytes()),
                None => Ok(()),
            }
        })?;
        out.write(explainer.finish().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing;

    use super::*;

    #[test]
    fn keeps_the_contract() {
        testing::conformance(&ONLINE);
    }

    fn tale() -> Vec<u8> {
        let line = |k: usize| {
            let subject = ["boat sail river fish anchor wave", "cake oven sugar flour butter bowl"];
            let words: Vec<_> = subject[k * 7 / 5 % 2].split(' ').collect();
            let at = |n: usize| words[(k * n + n) % words.len()];
            let names = ["Anna", "Bob", "Clara", "Dan", "Eva"];
            let name = names[k % names.len()];
            format!("{name} saw the {}, the {} and a {}.\n", at(1), at(5), at(7))
        };
        (0..1200).map(line).collect::<String>().into_bytes()
    }

    #[test]
    fn channels_and_sources_add_up() {
        let run = testing::roundtrip(&ONLINE, &[], &[], &tale()).expect("it comes back");
        let (words, covered) = run.channels["covered"];
        let (content, surprises) = run.channels["surprise"];
        assert!(covered > 0 && covered < words && surprises <= content && content <= words);
        let (predicted, hallucinated) = run.channels["hallucination"];
        assert!(hallucinated < predicted);
        let bits: f64 = NAMES.iter().map(|name| run.metrics[&format!("{name}_bits")]).sum();
        assert!((bits - run.ideal_bits.expect("there is a model")).abs() < 1e-6);
        assert!(bits <= 8.0 * run.bytes.len() as f64 + 8.0);
        let balance = run.metrics["groups_created"] + run.metrics["groups_split"]
            - run.metrics["groups_merged"]
            - run.metrics["groups_pruned"];
        assert!(
            (balance - run.metrics["groups_alive"]).abs() < 0.5,
            "every group is accounted for"
        );
    }

    #[test]
    fn without_groups_there_are_none() {
        let options = [("disable", "groups,passage")];
        let run = testing::roundtrip(&ONLINE, &options, &[], &tale()).expect("it comes back");
        assert_eq!(run.channels["covered"].1, 0);
        assert!(run.metrics["groups_created"] < 0.5);
    }

    #[test]
    fn priming_helps() {
        let text = tale();
        let cold = testing::roundtrip(&ONLINE, &[], &[], &text).expect("it comes back");
        let primed = testing::roundtrip(&ONLINE, &[], &[&text], &text).expect("it comes back");
        assert!(primed.bytes.len() < cold.bytes.len());
    }

    #[test]
    fn a_person_sees_groups_and_what_they_covered() {
        let mut coder = Coder::new(Settings::default());
        let (text, mut explainer, mut out) = (tale(), Explainer::default(), String::new());
        let walked = coder.walk(&text, |span, taken, model| {
            out += &explainer.take(&text[span], taken, model).unwrap_or_default();
            Ok(())
        });
        assert!(walked.is_ok());
        let group =
            out.lines().find(|line| line.starts_with("  group ")).expect("groups are shown");
        let number = group["  group ".len()..].split(':').next().expect("a group has a number");
        assert!(out.contains(&format!("]{number}")), "and the words they covered");
    }
}
