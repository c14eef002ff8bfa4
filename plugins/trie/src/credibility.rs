//! The strategy `trie.credibility`: the trie behind the plugin interfaces.

use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Explain, Host, Interface, Model, OptionSpec, Options, Prime,
    Result, Sink, Strategy, version,
};

use pressmark_coding::codec::{self, Judged, Session};
use pressmark_coding::trie::{Counts, Events, FREEZE, SOURCES, Settings};
use pressmark_coding::unit::Unit;

use crate::explain::{self, depths};

type Report = codec::Report<(Counts, Events)>;

/// The description of `trie.credibility`.
pub const CREDIBILITY: Descriptor = Descriptor {
    id: c"trie.credibility",
    name: c"Credibility trie",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"A trie of contexts in words or bytes whose nodes remember what followed in a byte per decision; every depth's opinion is weighed by the credibility it earned, deep contexts are pointers into the past, cold nodes are frozen under pressure, and nodes and bytes are bounded exactly.",
    format_version: 4,
    capabilities: Capabilities::PURE_CODEC,
    options: &[
        OptionSpec::choice(
            c"unit",
            c"What a symbol is: a byte, or a code of the words and gaps, which both sides number as they come; auto takes words where they are fewer than two thirds of the bytes.",
            c"auto",
            &[c"auto", c"byte", c"word"],
        ),
        OptionSpec::int(c"max_order", c"The deepest context that has nodes.", c"symbols", 7, 1..=7),
        OptionSpec::int(
            c"max_active_nodes",
            c"The most nodes alive at a time; 0 is no bound but memory_limit.",
            c"nodes",
            0,
            0..=4_294_967_296,
        ),
        OptionSpec::int(
            c"memory_limit",
            c"The most bytes allocated at a time: nodes, pointers, tables, the text kept and the priming text. Too few for the texts is an error that names the least.",
            c"bytes",
            536_870_912,
            524_288..=68_719_476_736,
        ),
        OptionSpec::int(
            c"freeze",
            c"The most visits of a node that is frozen to a quantised distribution when there is no room; 0: no node is ever packed, only evicted.",
            c"visits",
            FREEZE as i64,
            0..=64,
        ),
    ],
    interfaces: &[Interface::Codec, Interface::Prime, Interface::Model, Interface::Explain],
    create: |host, options| Ok(Box::new(Trie::new(host, options)?)),
};

struct Trie {
    session: Session,
    settings: Settings,
}

impl Trie {
    fn new(host: &Host, options: &Options<'_>) -> Result<Self> {
        let settings = Settings {
            max_order: options.size(c"max_order")?,
            max_active_nodes: options.size(c"max_active_nodes")?,
            memory_limit: options.size(c"memory_limit")?,
            freeze: options.size(c"freeze")? as u32,
            unit: Unit::named(options.choice(c"unit")?),
        };
        Ok(Self { session: Session::new(host), settings })
    }

    fn tell(&self, report: &Report) {
        let (counts, nodes) = &report.counts;
        let symbols: u64 = counts.sources.iter().sum();
        let depths = depths(report.unit);
        for (source, &count) in counts.sources.iter().enumerate() {
            // There may be fewer depths than a model has room for.
            if source <= depths.len() || source == SOURCES - 1 {
                self.session.host.channel(&explain::name(source, depths), symbols, count);
            }
        }
        self.session.host.channel("escape", symbols, counts.escapes);
        self.session.host.channel("frozen", symbols, counts.frozen);
        for (name, count) in [
            ("nodes", nodes.alive),
            ("evictions", nodes.evictions),
            ("condensed", nodes.condensed),
            ("freezes", nodes.freezes),
            ("thaws", nodes.thaws),
        ] {
            self.session.host.metric(name, "nodes", count as f64);
        }
    }

    fn judge(&self, input: &[u8], each: impl FnMut(Judged) -> Result<()>) -> Result<()> {
        self.session.judge(&self.settings, input, each)
    }
}

impl Strategy for Trie {
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

impl Codec for Trie {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let report = self.session.encode(&self.settings, input, out)?;
        self.tell(&report);
        Ok(())
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        let report = self.session.decode(&self.settings, archive, decoded_len, out)?;
        self.tell(&report);
        Ok(())
    }

    fn bound(&self, input_len: u64) -> Option<u64> {
        input_len.checked_add(1)
    }
}

impl Prime for Trie {
    fn prime(&mut self, samples: &[&[u8]]) -> Result<()> {
        self.session.prime(samples);
        Ok(())
    }
}

impl Model for Trie {
    fn code_length(&mut self) -> Result<f64> {
        self.session.code_length()
    }

    fn symbol_costs(&mut self, input: &[u8], bits: &mut [f64]) -> Result<()> {
        self.judge(input, codec::spread(bits))
    }
}

impl Explain for Trie {
    fn explain(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let depths = depths(self.settings.unit_of(input));
        let mut lines = explain::Lines::new(input, depths);
        self.judge(input, |judged| match lines.next(judged) {
            Some(line) => out.write(line.as_bytes()),
            None => Ok(()),
        })?;
        lines.line().map_or(Ok(()), |line| out.write(line.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use pressmark_sdk::testing;

    use super::*;

    #[test]
    fn keeps_the_contract() {
        testing::conformance(&CREDIBILITY);
    }

    fn tale() -> Vec<u8> {
        let passage: String = (0..600).map(|k| format!("word{k} ")).collect();
        format!("{passage}and {}. Then {passage}. Once more: {passage}", "ha ".repeat(60)).into()
    }

    #[test]
    fn channels_account_for_every_symbol() {
        let text = tale();
        let bytes = [("unit", "byte")];
        let run = testing::roundtrip(&CREDIBILITY, &bytes, &[], &text).expect("it comes back");
        let beside = ["escape", "frozen"];
        let sources = run.channels.iter().filter(|(name, _)| !beside.contains(&name.as_str()));
        assert_eq!(sources.clone().map(|(_, &(_, hits))| hits).sum::<u64>(), text.len() as u64);
        assert!(sources.clone().all(|(_, &(lookups, _))| lookups == text.len() as u64));
        assert!(run.channels["pointer"].1 > text.len() as u64 / 2);
        assert!((1..text.len() as u64 / 2).contains(&run.channels["escape"].1));
        assert!(run.metrics["nodes"] > 1000.0);
    }

    #[test]
    fn the_file_is_as_long_as_the_model_says() {
        let run = testing::roundtrip(&CREDIBILITY, &[], &[], &tale()).expect("it comes back");
        let ideal = run.ideal_bits.expect("there is a model") / 8.0;
        let real = run.bytes.len() as f64;
        assert!(real <= ideal + 2.5 && real + 4.0 >= ideal, "{real} bytes for {ideal}");
    }

    #[test]
    fn bounds_cost_size_only() {
        let text = tale();
        let size = |options: &[(&str, &str)]| {
            let run = testing::roundtrip(&CREDIBILITY, options, &[], &text).expect("it comes back");
            (run.bytes.len(), run.metrics["nodes"], run.metrics["evictions"])
        };
        let (free, _, _) = size(&[]);
        let (bound, nodes, evictions) = size(&[("max_active_nodes", "100")]);
        assert!(nodes <= 100.0 && evictions > 0.0, "{nodes} nodes, {evictions} evicted");
        assert!(bound > free, "{bound} bytes after {free}");
    }

    #[test]
    fn priming_helps() {
        let text = tale();
        let cold = testing::roundtrip(&CREDIBILITY, &[], &[], &text).expect("it comes back");
        let samples: [&[u8]; 1] = [&text];
        let primed = testing::roundtrip(&CREDIBILITY, &[], &samples, &text).expect("it comes back");
        assert!(primed.bytes.len() * 3 < cold.bytes.len());
    }
}
