//! `probe.options`: one option of each type, told back as metrics.

use pressmark_sdk::{
    Codec, Descriptor, Error, Host, Interface, OptionSpec, Options, Result, Sink, Strategy,
};

use crate::PROBE;
use crate::copy::copy;

pub(crate) const OPTIONS: Descriptor = Descriptor {
    id: c"probe.options",
    doc: c"Tells every option back as a metric: numbers as they are, names by their position.",
    options: &[
        OptionSpec::bool(c"flag", c"A truth.", true),
        OptionSpec::int(c"count", c"An integer.", c"things", 7, -10..=1000),
        OptionSpec::float(c"ratio", c"A number.", c"", 0.5, 0.0..=1.0),
        OptionSpec::choice(c"pick", c"One name.", c"green", CHOICES),
        OptionSpec::set(c"some", c"Any names.", c"red,blue", CHOICES),
        OptionSpec::text(c"word", c"A text; its length in bytes is told back.", c"grün"),
        OptionSpec::bool(c"clash", c"Excludes itself: create fails with a bad option.", false),
    ],
    interfaces: &[Interface::Codec],
    create: |host, options| Echo::new(host, options).map(|echo| Box::new(echo) as _),
    ..PROBE
};

const CHOICES: &[&std::ffi::CStr] = &[c"red", c"green", c"blue"];

struct Echo {
    host: Host,
    told: Vec<(&'static str, f64)>,
}

impl Echo {
    fn new(host: &Host, options: &Options<'_>) -> Result<Self> {
        if options.bool(c"clash")? {
            return Err(Error::BadOption("`clash` excludes itself".into()));
        }
        let place = |name: &str| CHOICES.iter().position(|choice| choice.to_str() == Ok(name));
        let bit = |name| place(name).map_or(0.0, |at| f64::from(1 << at));
        let told = vec![
            ("flag", f64::from(u8::from(options.bool(c"flag")?))),
            ("count", options.int(c"count")? as f64),
            ("ratio", options.float(c"ratio")?),
            ("pick", place(options.choice(c"pick")?).map_or(-1.0, |at| at as f64)),
            ("some", options.set(c"some")?.into_iter().map(bit).sum()),
            ("word", options.text(c"word")?.len() as f64),
        ];
        Ok(Self { host: host.clone(), told })
    }
}

impl Strategy for Echo {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }
}

impl Codec for Echo {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        for &(name, value) in &self.told {
            self.host.metric(name, "", value);
        }
        copy(&self.host, input, out)
    }

    fn decode(&mut self, archive: &[u8], _: u64, out: &mut Sink<'_>) -> Result<()> {
        copy(&self.host, archive, out)
    }
}
