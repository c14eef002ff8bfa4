//! The strategy `program.machine`: the machine behind the plugin interfaces.

use pressmark_coding::cost::CostTable;
use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Error, Explain, Host, Interface, Model, OptionSpec, Options,
    Prime, Primed, Result, Sink, Strategy, decoded_length, version,
};

use crate::explain;
use crate::machine::{Machine, Settings};
use crate::matcher::Matcher;
use crate::report::{NAMES, Report};

/// The description of `program.machine`.
pub const MACHINE: Descriptor = Descriptor {
    id: c"program.machine",
    name: c"Procedural machine",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"A text as a program of literals, copies, repeats, templates and transforms over word and gap tokens; literals are guessed whole, completed or spelled by mixed context models, and the cheapest program is found by dynamic programming over adaptive prices.",
    format_version: 2,
    // The suffix sorter is C and takes its scratch memory from the system.
    capabilities: Capabilities::LOSSLESS
        .and(Capabilities::DETERMINISTIC)
        .and(Capabilities::CONCURRENT),
    options: &[
        OptionSpec::choice(
            c"matcher",
            c"How earlier occurrences are found: the longest in the whole past, or recent ones that share three tokens.",
            c"suffix_array",
            &[c"suffix_array", c"hash"],
        ),
        OptionSpec::int(
            c"window",
            c"How far back passages may lie that are copied or followed; 0 is unlimited.",
            c"tokens",
            0,
            0..=2_147_483_647,
        ),
        OptionSpec::set(
            c"disable",
            c"Operators that are not used, to see what each is worth; literal must stay, since what was never seen before can only be spelled.",
            c"",
            &[c"literal", c"copy", c"repeat", c"template", c"transform"],
        ),
    ],
    interfaces: &[Interface::Codec, Interface::Prime, Interface::Model, Interface::Explain],
    create: |host, options| Ok(Box::new(Program::new(host, options)?)),
};

struct Program {
    host: Host,
    settings: Settings,
    machine: Primed<Machine>,
    ideal_bits: Option<f64>,
}

impl Program {
    fn new(host: &Host, options: &Options<'_>) -> Result<Self> {
        let disabled = options.set(c"disable")?;
        if disabled.contains(&"literal") {
            return Err(Error::BadOption(
                "LITERAL cannot be disabled: what was never seen before can only be spelled; disable any of copy, repeat, template, transform"
                    .into(),
            ));
        }
        let settings = Settings {
            matcher: match options.choice(c"matcher")? {
                "hash" => Matcher::Hash,
                _ => Matcher::SuffixArray,
            },
            window: options.size(c"window")?,
            copy: !disabled.contains(&"copy"),
            repeat: !disabled.contains(&"repeat"),
            template: !disabled.contains(&"template"),
            transform: !disabled.contains(&"transform"),
        };
        Ok(Self { host: host.clone(), settings, machine: Primed::default(), ideal_bits: None })
    }

    fn machine(&mut self) -> Result<Machine> {
        self.machine.take(|| Machine::new(self.settings))
    }

    fn tell(&self, report: &Report) {
        let tokens = report.tokens();
        for (name, figures) in NAMES.iter().zip(&report.operators) {
            self.host.channel(name, tokens, figures.tokens);
            self.host.metric(&format!("{name}_uses"), "uses", figures.uses as f64);
        }
    }
}

impl Strategy for Program {
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

impl Codec for Program {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let machine = self.machine()?;
        let mut port = self.host.port(Some(out), input.len());
        let report = machine.encode(input, &mut port)?;
        self.tell(&report);
        for (name, figures) in NAMES.iter().zip(&report.operators) {
            self.host.metric(&format!("{name}_bits"), "bits", figures.bits);
            self.host.metric(&format!("{name}_bits_saved"), "bits", figures.bits_saved);
        }
        // Progress is of two passes over the input, so the host cannot know what a place has cost.
        for &(place, bytes) in &report.curve {
            self.host.series("learning_curve", place as f64, bytes as f64);
        }
        self.ideal_bits = Some(report.ideal_bits);
        Ok(())
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        let length = decoded_length(decoded_len)?;
        let machine = self.machine()?;
        let mut port = self.host.port(Some(out), length);
        let report = machine.decode(archive, length, &mut port)?;
        self.tell(&report);
        Ok(())
    }

    fn bound(&self, input_len: u64) -> Option<u64> {
        // At worst the input is stored behind one byte; a program planned to be shorter than that
        // is, up to its last eight bytes.
        input_len.checked_add(16)
    }
}

impl Prime for Program {
    fn prime(&mut self, samples: &[&[u8]]) -> Result<()> {
        let mut machine = self.machine()?;
        for sample in samples {
            machine.prime(sample)?;
        }
        self.machine.keep(machine);
        Ok(())
    }
}

impl Model for Program {
    fn code_length(&mut self) -> Result<f64> {
        self.ideal_bits.ok_or_else(|| Error::BadCall("nothing was encoded yet".into()))
    }

    fn symbol_costs(&mut self, input: &[u8], bits: &mut [f64]) -> Result<()> {
        let machine = self.machine()?;
        let costs = CostTable::new();
        let mut port = self.host.port(None, input.len());
        let plan = machine.plan(input, &costs, &mut port)?;
        plan.spread(bits);
        Ok(())
    }
}

impl Explain for Program {
    fn explain(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let machine = self.machine()?;
        let costs = CostTable::new();
        let mut port = self.host.port(None, input.len());
        let plan = machine.plan(input, &costs, &mut port)?;
        explain::lines(&plan, input).try_for_each(|line| out.write(line.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing;

    use super::*;

    #[test]
    fn keeps_the_contract() {
        testing::conformance(&MACHINE);
    }

    fn tale() -> String {
        let passage: String = (0..3000).map(|k| format!("word{k} ")).collect();
        format!("{passage}and {}. Then {passage}. Once more: {passage}", "ha ".repeat(60))
    }

    #[test]
    fn channels_account_for_every_token() {
        let run = testing::roundtrip(&MACHINE, &[], &[], tale().as_bytes()).expect("it comes back");
        let hits: u64 = run.channels.values().map(|&(_, hits)| hits).sum();
        assert_eq!(run.channels.len(), 5);
        assert!(run.channels.values().all(|&(lookups, _)| lookups == hits));
        assert!(run.metrics["copy_uses"] >= 1.0 && run.metrics["copy_bits_saved"] > 0.0);
        let bits: f64 = NAMES.iter().map(|name| run.metrics[&format!("{name}_bits")]).sum();
        assert!((bits - run.ideal_bits.expect("there is a model")).abs() < 1e-6);
    }

    #[test]
    fn the_file_is_as_long_as_the_model_says() {
        let run = testing::roundtrip(&MACHINE, &[], &[], tale().repeat(3).as_bytes())
            .expect("it comes back");
        let ideal = run.ideal_bits.expect("there is a model") / 8.0;
        let real = run.bytes.len() as f64;
        assert!(real <= ideal + 2.5 && real + 4.0 >= ideal, "{real} bytes for {ideal}");
    }

    /// Orders that differ in a name and a dish; words that come again in another form.
    fn orders() -> String {
        const NAMES: [&str; 5] = ["Anna", "Bert", "Carla", "Dora", "Emil"];
        const DISHES: [&str; 7] = ["soup", "cake", "fish", "rice", "bread", "cheese", "salad"];
        const WORDS: [&str; 6] =
            ["mountain", "whisper", "thunder", "wander", "shoulder", "consider"];
        const ENDINGS: [&str; 4] = ["ing", "ed", "s", "er"];
        (0..200)
            .map(|k| {
                let (name, dish) = (NAMES[k * 3 % 5], DISHES[k * 5 % 7]);
                let (word, ending) = (WORDS[k % 6], ENDINGS[k / 6 % 4]);
                let ending = if k < 6 { "" } else { ending };
                let word = if k < 30 { format!("{word}{ending}") } else { format!("x{k}") };
                format!("{{\"order\": {k}, \"name\": \"{name}\", \"dish\": \"{dish}\", \"paid\": true, \"note\": \"{word}\"}}\n")
            })
            .collect()
    }

    #[test]
    fn every_operator_is_used_where_it_pays_and_can_be_disabled() {
        let text = [orders(), tale(), stammer()].concat();
        let full = testing::roundtrip(&MACHINE, &[], &[], text.as_bytes()).expect("it comes back");
        for name in &NAMES[1..] {
            assert!(full.channels[*name].1 > 0, "{name} is used: {:?}", full.channels);
            let options = [("disable", *name)];
            let run = testing::roundtrip(&MACHINE, &options, &[], text.as_bytes())
                .expect("it comes back");
            assert_eq!(run.channels[*name].1, 0, "{name} is not used");
            assert!(run.bytes != full.bytes);
        }
    }

    /// Sentences in which a rare word comes again soon.
    fn stammer() -> String {
        (0..300)
            .map(|k| format!("He said w{k} and then {} {} w{k} once more. ", k % 7, k % 11))
            .collect()
    }

    #[test]
    fn literal_cannot_be_disabled() {
        let refused = testing::encode(&MACHINE, &[("disable", "literal")], &[], b"text");
        let error = refused.expect_err("nothing could be said").to_string();
        assert!(error.contains("LITERAL"), "{error}");
    }

    #[test]
    fn an_archive_of_other_operators_is_refused() {
        let text = tale();
        let run = testing::encode(&MACHINE, &[("disable", "template")], &[], text.as_bytes())
            .expect("it can be encoded");
        for options in [&[][..], &[("window", "9")], &[("disable", "template,copy")]] {
            let back = testing::decode(&MACHINE, options, &[], &run.bytes, text.len() as u64);
            assert!(matches!(back, Err(Error::BadInput(_))), "{options:?}: {:?}", back.err());
        }
    }

    #[test]
    fn a_window_limits_copies() {
        let words: String = (0..400).map(|k| format!("word{k} ")).collect();
        let text = format!("{words}{words}");
        let far = testing::roundtrip(&MACHINE, &[], &[], text.as_bytes()).expect("it comes back");
        let near = testing::roundtrip(&MACHINE, &[("window", "20")], &[], text.as_bytes())
            .expect("it comes back");
        assert!(far.channels["copy"].1 >= 390);
        assert_eq!(near.channels["copy"].1, 0);
    }

    #[test]
    fn priming_helps() {
        let text = tale();
        let cold = testing::roundtrip(&MACHINE, &[], &[], text.as_bytes()).expect("it comes back");
        let samples: [&[u8]; 1] = [text.as_bytes()];
        let primed =
            testing::roundtrip(&MACHINE, &[], &samples, text.as_bytes()).expect("it comes back");
        assert!(primed.bytes.len() * 3 < cold.bytes.len());
    }
}
