//! `pressmark report`: from records to pages.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use clap::Args;
use pressmark_reports::{Record, ReportMeta, load, write_report};

use super::output::table;
use super::{Global, exit, tools};

/// Make the report of one or more runs again from their records
#[derive(Args)]
pub(crate) struct Report {
    /// Folders of runs, or results.jsonl files
    #[arg(required = true)]
    runs: Vec<PathBuf>,
    /// Where the report goes [default: the first folder]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Its title [default: the experiments' names]
    #[arg(long)]
    title: Option<String>,
}

impl Report {
    pub(crate) fn run(self, global: &Global) -> anyhow::Result<u8> {
        let mut records = Vec::new();
        for run in &self.runs {
            records.extend(read(global, run)?);
        }
        let first = &self.runs[0];
        let beside = if first.is_dir() { first.as_path() } else { first.parent().unwrap_or(first) };
        let out = self.out.unwrap_or_else(|| beside.to_path_buf());
        let title = self.title.unwrap_or_else(|| {
            let mut names: Vec<&str> = records.iter().map(|r| r.experiment.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            names.join(", ")
        });
        write(&out, &title, None, &records)?;
        if !global.quiet {
            eprintln!("{}", out.join("report.html").display());
        }
        Ok(exit::OK)
    }
}

/// Records of one run.
pub(super) fn read(global: &Global, run: &Path) -> anyhow::Result<Vec<Record>> {
    let loaded = load(run).map_err(|error| anyhow!("{error}"))?;
    tools::warn_all(global, &loaded.warnings);
    if loaded.records.is_empty() {
        bail!("{} holds no record", run.display());
    }
    Ok(loaded.records)
}

/// Writes report.html, summary.md and plots/ into a folder.
pub(super) fn write(
    out: &Path,
    title: &str,
    description: Option<&str>,
    records: &[Record],
) -> anyhow::Result<()> {
    let meta = ReportMeta {
        title: title.to_string(),
        description: description.map(str::to_string),
        generated_at: Some(pressmark::environment::now()),
        notes: Vec::new(),
    };
    write_report(out, records, &meta).map_err(|error| anyhow!("{error}"))
}

/// The ranking of each dataset and protocol, for a terminal.
pub(super) fn brief(records: &[Record]) -> String {
    let mut records: Vec<&Record> = records.iter().filter(|r| r.bits_per_char.is_some()).collect();
    records.sort_by(|a, b| {
        let place = |r: &Record| (r.dataset.id.clone(), r.protocol);
        place(a).cmp(&place(b)).then(
            a.bits_per_char.unwrap_or(f64::MAX).total_cmp(&b.bits_per_char.unwrap_or(f64::MAX)),
        )
    });
    let header = ["dataset", "protocol", "strategy", "options", "bits/char", "bytes"];
    let mut rows = vec![header.map(String::from).to_vec()];
    for record in records {
        rows.push(vec![
            record.dataset.id.clone(),
            record.protocol.to_string(),
            record.strategy.clone(),
            record.options_line(),
            record.bits_per_char.map_or_else(String::new, |bits| format!("{bits:.3}")),
            record.encoded_bytes.map_or_else(String::new, |bytes| bytes.to_string()),
        ]);
    }
    table(&rows)
}
