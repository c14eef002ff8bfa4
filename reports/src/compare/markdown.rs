//! A comparison as Markdown.

use super::{Comparison, Finding, Gate, Verdict, gate};
use crate::markdown::table;
use crate::sheet::{Cell, Kind, Sheet};

impl Verdict {
    /// The word for a reader.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Regression => "regression",
            Verdict::Missing => "missing",
            Verdict::Changed => "changed",
            Verdict::Improvement => "improvement",
            Verdict::Added => "added",
        }
    }
}

impl Comparison {
    /// What was found, as Markdown: a sentence, then a table of the differences.
    pub fn to_markdown(&self) -> String {
        let of = |verdict| self.findings.iter().filter(|f| f.verdict == verdict).count();
        let counts = [
            ("regressions", of(Verdict::Regression)),
            ("missing cells", of(Verdict::Missing)),
            ("changes", of(Verdict::Changed)),
            ("improvements", of(Verdict::Improvement)),
            ("added cells", of(Verdict::Added)),
        ];
        let counts: Vec<String> = counts.iter().map(|(name, n)| format!("{name}: {n}")).collect();
        let mut text = String::from("# Comparison\n\n");
        if gate(self, false) == Gate::NothingCompared {
            text += "No cell ended ok in both sets on the same input: nothing was compared.\n";
        }
        text += &format!("Cells compared: {}; {}.\n", self.compared, counts.join(", "));
        if self.without_interval > 0 {
            text += &format!(
                "Speeds without an interval on both sides, not compared: {}; use two or more repeats.\n",
                self.without_interval
            );
        }
        if !self.findings.is_empty() {
            text += &format!("\n{}", table(&sheet(&self.findings)));
        }
        text
    }
}

fn sheet(findings: &[Finding]) -> Sheet {
    Sheet::of(findings, |_| Kind::Ours)
        .text("Finding", |f| Cell::text(f.verdict.as_str()))
        .text("Dataset", |f| Cell::text(&f.cell.dataset))
        .text("Protocol", |f| Cell::text(f.cell.protocol.as_str()))
        .text("Strategy", |f| Cell::text(&f.cell.strategy))
        .text_if_any("Options", |f| Cell::text(&f.cell.options))
        .text("Figure", |f| Cell::text(&f.figure))
        .figure("Baseline", "", |f| Cell::text(&f.baseline))
        .figure("New", "", |f| Cell::text(&f.new))
        .figure("Change", "%", |f| {
            Cell::figure(f.change_percent, |v| format!("{v:+.3}").replace('-', "−"))
        })
        .done()
}
