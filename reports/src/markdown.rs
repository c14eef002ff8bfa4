//! `summary.md`: what to read first, in a form that any forge shows.

use crate::definitions::DEFINITIONS;
use crate::plots::Plot;
use crate::record::{Record, Task};
use crate::report::ReportMeta;
use crate::sheet::{Cell, Sheet};
use crate::sheets;

/// A summary ends where it stops being one; the page has every row.
const MOST_ROWS: usize = 100;

/// The summary of a set of records. `plots` are linked, relative to the report;
/// `across` is the table over all datasets.
pub(crate) fn summary(
    records: &[Record],
    meta: &ReportMeta,
    plots: &[Plot],
    across: &Sheet,
) -> String {
    let mut text = format!("# {}\n", escape(meta.title()));
    for paragraph in meta.paragraphs() {
        text += &format!("\n{}\n", escape(&paragraph));
    }
    for sentence in sheets::headline(records) {
        text += &format!("\n**{}**\n", escape(&sentence));
    }
    let sections = [
        ("Best of each dataset", sheets::best(records)),
        ("Across datasets", across.clone()),
        ("Cells that did not end ok", sheets::failures(records)),
        ("Compression without loss", sheets::compression(records)),
        ("Scaling", sheets::exponents(records)),
        ("Scaling, size by size", sheets::sizes(records)),
        ("Size against memory", sheets::size_against_memory(records)),
        ("Compaction, with loss", sheets::metrics(records, Task::Compact)),
        ("Caches", sheets::metrics(records, Task::Cache)),
        ("Contexts", sheets::metrics(records, Task::Pack)),
        ("Hit rates", sheets::channels(records)),
        ("Warnings", sheets::warnings(records)),
        ("Datasets", sheets::datasets(records)),
        ("Environment", sheets::environment(records)),
    ];
    for (title, sheet) in sections.iter().filter(|(_, sheet)| !sheet.is_empty()) {
        let mut shown = sheet.clone();
        shown.rows.truncate(MOST_ROWS);
        text += &format!("\n## {title}\n\n{}", table(&shown));
        let more = sheet.rows.len() - shown.rows.len();
        if more > 0 {
            text += &format!("\nRows left out here: {more}; `report.html` has them all.\n");
        }
    }
    if !plots.is_empty() {
        text += "\n## Plots\n\n";
    }
    for plot in plots {
        let caption = escape(&plot.caption);
        text += &format!("- [{}](plots/{}.svg). {caption}\n", escape(&plot.title), plot.name);
    }
    if !records.is_empty() {
        text += "\n## How each figure is defined\n\n";
        for (name, definition) in DEFINITIONS {
            text += &format!("- **{name}**: {}\n", escape(definition));
        }
    }
    text
}

/// A table with figures set to the right and units in its headings.
pub(crate) fn table(sheet: &Sheet) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let heads = sheet.heads.iter().map(|head| match head.unit {
        "" => escape(&head.title),
        unit => format!("{} ({})", escape(&head.title), escape(unit)),
    });
    let rules = sheet.heads.iter().map(|h| if h.numeric { "---:" } else { "---" }.to_owned());
    let mut text = line(heads.collect()) + &line(rules.collect());
    for (_, row) in &sheet.rows {
        text += &line(row.iter().map(cell).collect());
    }
    text
}

fn cell(cell: &Cell) -> String {
    let shown = cell.text.as_deref().map_or_else(|| "–".to_owned(), escape);
    match &cell.note {
        Some(note) => format!("{shown} ({})", escape(note)),
        None => shown,
    }
}

/// Text as Markdown shows it literally: on one line, with everything escaped
/// that begins markup, a table cell or HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_is_shown_not_obeyed() {
        assert_eq!(escape("a|b\n<script>*x*"), "a\\|b &lt;script&gt;\\*x\\*");
        assert_eq!(escape("[x](javascript:y)"), "\\[x\\](javascript:y)");
    }

    proptest! {
        #[test]
        fn a_cell_stays_in_its_row(text: String) {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['\n', '\r', '<', '>']));
            let bars = escaped.match_indices('|');
            for (at, _) in bars {
                prop_assert_eq!(&escaped[at - 1..at], "\\");
            }
        }
    }
}
