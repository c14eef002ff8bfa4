//! A report folder: `report.html`, `summary.md`, `plots/*.svg`.

use std::fs;
use std::path::Path;

use crate::plots::{plots, standalone};
use crate::record::Record;
use crate::store::{StoreError, write_atomically};
use crate::{html, markdown, sheets};

/// What a report says about itself.
#[derive(Debug, Clone, Default)]
pub struct ReportMeta {
    /// Title, usually the name of the experiment; empty for a general one.
    pub title: String,
    /// What the experiment asks, in a sentence or two.
    pub description: Option<String>,
    /// When the report was made, RFC 3339. Left out, the same records give the
    /// same bytes.
    pub generated_at: Option<String>,
    /// What the reader should know, such as files that could not be read.
    pub notes: Vec<String>,
}

impl ReportMeta {
    pub(crate) fn title(&self) -> &str {
        if self.title.is_empty() { "Benchmark report" } else { &self.title }
    }

    pub(crate) fn paragraphs(&self) -> Vec<String> {
        let made = self.generated_at.iter().map(|at| format!("Made {at}."));
        let notes = self.notes.iter().map(|note| format!("Note: {note}"));
        self.description.clone().into_iter().chain(made).chain(notes).collect()
    }
}

/// Writes a report of the records into `dir`, which is created if need be.
///
/// `report.html` is one file that needs nothing else and no network. Every plot
/// is in it, and in `plots/` as a file of its own. The order of `records` does
/// not matter; an empty set gives a report that says so. Plots of an earlier
/// report in the same folder are removed.
///
/// # Errors
/// When a file cannot be written; each file is replaced as a whole or not at all.
pub fn write_report(dir: &Path, records: &[Record], meta: &ReportMeta) -> Result<(), StoreError> {
    let folder = dir.join("plots");
    fs::create_dir_all(&folder).map_err(|e| StoreError::write(&folder, e))?;
    let plots = plots(records);
    let page = dir.join("report.html");
    let across = sheets::across(records)
        .map_err(|e| StoreError::Table { path: page.clone(), reason: e.to_string() })?;
    write_atomically(&page, html::page(records, meta, &plots, &across).as_bytes())?;
    let summary = markdown::summary(records, meta, &plots, &across);
    write_atomically(&dir.join("summary.md"), summary.as_bytes())?;
    for plot in &plots {
        let path = folder.join(format!("{}.svg", plot.name));
        write_atomically(&path, standalone(&plot.wide).as_bytes())?;
    }
    for entry in fs::read_dir(&folder).map_err(|e| StoreError::read(&folder, e))? {
        let path = entry.map_err(|e| StoreError::read(&folder, e))?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let is_svg = path.extension().is_some_and(|extension| extension == "svg");
        if is_svg && !plots.iter().any(|plot| Some(&*plot.name) == stem) {
            fs::remove_file(&path).map_err(|e| StoreError::write(&path, e))?;
        }
    }
    Ok(())
}
