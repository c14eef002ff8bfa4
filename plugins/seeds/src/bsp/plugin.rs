//! The strategies `group.seed` and `program.seed`: the coder behind the plugin interfaces.

use std::ffi::CStr;

use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Error, Host, Interface, Model, OptionSpec, Options, Prime,
    Primed, Result, Sink, Strategy, decoded_length, version,
};

use super::codec::Coder;
use super::engine::Settings;
use super::report::Report;
use super::wire::{NAMES, Part};

const MAX_GROUPS: OptionSpec = OptionSpec::int(
    c"max_groups",
    c"Groups kept at most; the original's benchmark sets 20,000.",
    c"groups",
    20_000,
    16..=1_048_576,
);
const LINES_PER_SECOND: OptionSpec = OptionSpec::int(
    c"lines_per_second",
    c"Lines that stand for a second of the original's wall clock, which decides what is forgotten; it learned 48.",
    c"lines",
    48,
    1..=1_000_000,
);
const SEED: OptionSpec = OptionSpec::int(
    c"seed",
    c"Where the draws begin that stand for the original's random ones: which lines are learned again.",
    c"",
    1,
    0..=4_294_967_295,
);
const DISABLE: OptionSpec = OptionSpec::set(
    c"disable",
    c"With groups, the archive holds every line as a program, whatever the original would choose; its claim stays.",
    c"",
    &[c"groups"],
);

/// Parts of the code that only the machine has.
const MACHINE: [usize; 2] = [Part::Mode as usize, Part::Operation as usize];

const INTERFACES: &[Interface] = &[Interface::Codec, Interface::Prime, Interface::Model];

/// The description of `group.seed`.
pub const GROUP_SEED: Descriptor = Descriptor {
    id: c"group.seed",
    name: c"BSP's groups, as published",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"The groups of BSP with its activation, learning and defects. claimed_bits_per_char is what it claims, surprises at a flat price; the archive holds beside the surprises what a decoder needs: active groups, false members, word order, layout and case.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[MAX_GROUPS, LINES_PER_SECOND, SEED],
    interfaces: INTERFACES,
    create: |host, options| Ok(Box::new(Bsp::new(host, options, false)?)),
};

/// The description of `program.seed`.
pub const PROGRAM_SEED: Descriptor = Descriptor {
    id: c"program.seed",
    name: c"BSP's machine, as published",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"The whole of BSP: for each line the cheaper of groups and program by its own prices, a tenth of the word order added. claimed_bits_per_char is what it claims; the archive holds what a decoder needs for the same choices.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[MAX_GROUPS, LINES_PER_SECOND, SEED, DISABLE],
    interfaces: INTERFACES,
    create: |host, options| Ok(Box::new(Bsp::new(host, options, true)?)),
};

struct Bsp {
    host: Host,
    settings: Settings,
    coder: Primed<Coder>,
    ideal_bits: Option<f64>,
}

impl Bsp {
    fn new(host: &Host, options: &Options<'_>, machine: bool) -> Result<Self> {
        let size = |name: &CStr| options.size(name);
        let groups = !machine || options.set(c"disable")?.is_empty();
        let settings = Settings {
            max_groups: size(c"max_groups")?,
            lines_per_second: size(c"lines_per_second")? as u64,
            seed: size(c"seed")? as u64,
            machine,
            groups,
        };
        Ok(Self { host: host.clone(), settings, coder: Primed::default(), ideal_bits: None })
    }

    fn coder(&mut self) -> Result<Coder> {
        self.coder.take(|| Coder::new(self.settings))
    }

    fn tell(&self, report: &Report) {
        if report.characters > 0 {
            self.tell_claims(report);
        }
        if report.stored {
            return;
        }
        let host = &self.host;
        host.channel("surprise", report.features, report.surprises);
        host.channel("hallucination", report.reconstructed, report.hallucinated);
        if self.settings.machine {
            host.channel("program", report.lines, report.by_program);
            for (at, name) in ["literal", "copy", "repeat"].into_iter().enumerate() {
                host.channel(name, report.words, report.produced[at]);
                host.metric(&format!("{name}_operations"), "operations", report.used[at] as f64);
            }
            host.metric("copies_given_up", "lines", report.rejected as f64);
            host.metric("programs_wrong", "lines", report.wrong as f64);
        }
        let names = ["groups_alive", "groups_created", "groups_merged", "groups_pruned"];
        for (name, count) in names.into_iter().zip(report.groups) {
            host.metric(name, "groups", count as f64);
        }
        host.metric("groups_active", "groups", report.active as f64);
        host.metric("lines_learned", "lines", report.learned as f64);
        for (part, (name, bits)) in NAMES.iter().zip(report.bits).enumerate() {
            if self.settings.machine || !MACHINE.contains(&part) {
                host.metric(&format!("{name}_bits"), "bits", bits);
            }
        }
    }

    /// What the original claims: bits over the characters it counts.
    fn tell_claims(&self, report: &Report) {
        let tell = |name: &str, bits: f64| {
            self.host.metric(name, "bits/char", bits / report.characters as f64);
        };
        tell("claimed_bits_per_char", report.claimed);
        tell("claimed_sequence_bits_per_char", report.claimed_sequence);
        if self.settings.machine {
            tell("claimed_by_groups_bits_per_char", report.claimed_groups);
            tell("claimed_by_programs_bits_per_char", report.claimed_programs);
        }
    }
}

impl Strategy for Bsp {
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

impl Codec for Bsp {
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

impl Prime for Bsp {
    fn prime(&mut self, samples: &[&[u8]]) -> Result<()> {
        let mut coder = self.coder()?;
        for sample in samples {
            coder.prime(sample)?;
        }
        self.coder.keep(coder);
        Ok(())
    }
}

impl Model for Bsp {
    fn code_length(&mut self) -> Result<f64> {
        self.ideal_bits.ok_or_else(|| Error::BadCall("nothing was encoded yet".into()))
    }
}
