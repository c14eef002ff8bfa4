//! The strategy `compaction.lossless`: summary and residual behind the plugin interfaces.

use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Error, Explain, Host, Interface, Model, OptionSpec, Options,
    Prime, Result, Sink, Strategy, decoded_length, version,
};

use pressmark_coding::trie;
use pressmark_coding::unit::Unit;

use super::{Part, Report, Settings, decode, encode, room, shape, summary};

/// The description of `compaction.lossless`.
pub const LOSSLESS: Descriptor = Descriptor {
    id: c"compaction.lossless",
    name: c"Summary and residual",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"The summary of compaction.budgeted comes first and can be decoded alone; the rest of the archive restores the document byte for byte: where each span stands, and the gaps, each coded behind the text before it by the trie's model.",
    format_version: 3,
    capabilities: Capabilities::PURE_CODEC,
    options: &[
        OptionSpec::int(
            c"share",
            c"The summary's part of the document, 512 bytes at least.",
            c"per mille",
            SHARE,
            0..=1000,
        ),
        OptionSpec::choice(
            c"part",
            c"What a decoder writes: all of the document, or the summary at the front of its archive, with [~] for each gap.",
            WHOLE,
            &[WHOLE, c"summary"],
        ),
        OptionSpec::choice(
            c"unit",
            c"What a symbol is: a byte, or a code of the words and gaps, which both sides number as they come; auto takes words where they are fewer than two thirds of the bytes. A decoder need not be told.",
            c"auto",
            &[c"auto", c"byte", c"word"],
        ),
        OptionSpec::int(
            c"memory_limit",
            c"The most bytes allocated at a time: nodes, pointers, tables, the text kept, the summary and the priming text, and before these what it takes to choose the summary. Too few for the texts is an error that names the least.",
            c"bytes",
            536_870_912,
            524_288..=68_719_476_736,
        ),
    ],
    interfaces: &[Interface::Codec, Interface::Prime, Interface::Model, Interface::Explain],
    create: |host, options| Ok(Box::new(Lossless::new(host, options)?)),
};

const SHARE: i64 = 10;
const WHOLE: &std::ffi::CStr = c"whole";

struct Lossless {
    host: Host,
    settings: Settings,
    whole: bool,
    /// Learned when a run begins: the size of the model depends on the whole.
    prime: Vec<Vec<u8>>,
    ideal_bits: Option<f64>,
}

impl Lossless {
    fn new(host: &Host, options: &Options<'_>) -> Result<Self> {
        let model = trie::Settings {
            memory_limit: options.size(c"memory_limit")?,
            unit: Unit::named(options.choice(c"unit")?),
            ..trie::Settings::default()
        };
        Ok(Self {
            host: host.clone(),
            settings: Settings { share: options.size(c"share")? as u64, model },
            whole: options.choice(c"part")?.as_bytes() == WHOLE.to_bytes(),
            prime: Vec::new(),
            ideal_bits: None,
        })
    }

    fn samples(&self) -> Vec<&[u8]> {
        self.prime.iter().map(Vec::as_slice).collect()
    }

    fn tell(&self, report: &Report) {
        let bytes = report.summary_bytes + report.residual_bytes;
        self.host.channel("in_summary", bytes, report.summary_bytes);
        self.host.metric("spans", "spans", report.spans as f64);
        self.host.metric("summary_bytes", "bytes", report.summary_bytes as f64);
        self.host.metric("residual_bytes", "bytes", report.residual_bytes as f64);
    }
}

impl Strategy for Lossless {
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

impl Codec for Lossless {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let mut port = self.host.port(None, input.len());
        let mut report = Report::default();
        // The code is made in the host's room: it takes no memory of ours.
        out.fill(room(input.len()), |code| {
            let encoded = encode(self.settings, &self.samples(), input, code, &mut port);
            encoded.map(|(used, told)| {
                report = told;
                used
            })
        })?;
        self.tell(&report);
        for (part, bits) in Part::NAMES.iter().zip(report.bits) {
            self.host.metric(&format!("{part}_bits"), "bits", bits);
        }
        self.ideal_bits = Some(report.bits.iter().sum());
        Ok(())
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        let length = decoded_length(decoded_len)?;
        let mut port = self.host.port(Some(out), length);
        let decode = if self.whole { decode } else { summary };
        let report = decode(self.settings.model, &self.samples(), archive, length, &mut port)?;
        self.tell(&report);
        Ok(())
    }

    fn bound(&self, input_len: u64) -> Option<u64> {
        input_len.checked_add(1)
    }
}

impl Prime for Lossless {
    fn prime(&mut self, samples: &[&[u8]]) -> Result<()> {
        self.prime.reserve_exact(samples.len());
        self.prime.extend(samples.iter().map(|sample| sample.to_vec()));
        Ok(())
    }
}

impl Model for Lossless {
    fn code_length(&mut self) -> Result<f64> {
        self.ideal_bits.ok_or_else(|| Error::BadCall("nothing was encoded yet".into()))
    }
}

impl Explain for Lossless {
    /// The summary that an archive of the document begins with, as the decoder writes it.
    fn explain(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let text = shape::preview(&super::summarised(input, self.settings.share)?.0, input.len());
        out.write(String::from_utf8_lossy(&text).as_bytes())
    }
}
