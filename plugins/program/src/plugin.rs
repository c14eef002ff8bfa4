//! The strategy `program.machine`: the machine behind the plugin interfaces.

use pressmark_coding::cost::CostTable;
use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Error, Explain, Host, Interface, Model, OptionSpec, Options,
    Prime, Result, Sink, Strategy, version,
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
    doc: c"A text as a program of literals, copies and repeats over word and gap tokens; literals are guessed whole, completed or spelled by mixed context models, and the cheapest program is found by dynamic programming over adaptive prices.",
    format_version: 1,
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
            c"The longest distance of a copy; 0 is unlimited.",
            c"tokens",
            0,
            0..=2_147_483_647,
        ),
        OptionSpec::set(
            c"disable",
            c"Operators that the encoder does not use, to see what each is worth.",
            c"",
            &[c"copy", c"repeat"],
        ),
    ],
    interfaces: &[Interface::Codec, Interface::Prime, Interface::Model, Interface::Explain],
    create: |host, options| Ok(Box::new(Program::new(host, options)?)),
};

struct Program {
    host: Host,
    settings: Settings,
    machine: State,
    ideal_bits: Option<f64>,
}

enum State {
    Fresh,
    Primed(Box<Machine>),
    /// A run used up what it was primed with.
    Spent,
}

impl Program {
    fn new(host: &Host, options: &Options<'_>) -> Result<Self> {
        let disabled = options.set(c"disable")?;
        let settings = Settings {
            matcher: match options.choice(c"matcher")? {
                "hash" => Matcher::Hash,
                _ => Matcher::SuffixArray,
            },
            window: options.size(c"window")?,
            copy: !disabled.contains(&"copy"),
            repeat: !disabled.contains(&"repeat"),
        };
        Ok(Self { host: host.clone(), settings, machine: State::Fresh, ideal_bits: None })
    }

    fn machine(&mut self) -> Result<Machine> {
        match std::mem::replace(&mut self.machine, State::Spent) {
            State::Fresh => {
                self.machine = State::Fresh;
                Ok(Machine::default())
            }
            State::Primed(machine) => Ok(*machine),
            State::Spent => {
                Err(Error::BadCall("a primed instance serves one run; make another".into()))
            }
        }
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
        let report = machine.encode(input, self.settings, &mut port)?;
        self.tell(&report);
        for (name, figures) in NAMES.iter().zip(&report.operators) {
            self.host.metric(&format!("{name}_bits"), "bits", figures.bits);
            self.host.metric(&format!("{name}_bits_saved"), "bits", figures.bits_saved);
        }
        self.ideal_bits = Some(report.ideal_bits);
        Ok(())
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        let length = usize::try_from(decoded_len).map_err(|_| {
            Error::BadInput(format!("{decoded_len} bytes cannot be addressed here"))
        })?;
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
        self.machine = State::Primed(Box::new(machine));
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
        let plan = machine.plan(input, self.settings, &costs, &mut port)?;
        plan.spread(bits);
        Ok(())
    }
}

impl Explain for Program {
    fn explain(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let machine = self.machine()?;
        let costs = CostTable::new();
        let mut port = self.host.port(None, input.len());
        let plan = machine.plan(input, self.settings, &costs, &mut port)?;
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
        assert_eq!(run.channels.len(), 3);
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

    #[test]
    fn disabled_operators_are_not_used() {
        let options = [("disable", "copy,repeat")];
        let run =
            testing::roundtrip(&MACHINE, &options, &[], tale().as_bytes()).expect("it comes back");
        assert_eq!((run.channels["copy"].1, run.channels["repeat"].1), (0, 0));
        let full =
            testing::roundtrip(&MACHINE, &[], &[], tale().as_bytes()).expect("it comes back");
        assert!(full.ideal_bits <= run.ideal_bits, "an operator is only used where it pays");
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
