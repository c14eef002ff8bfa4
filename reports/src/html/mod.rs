//! `report.html`: one self-contained page.

mod table;

use crate::definitions::DEFINITIONS;
use crate::plots::{Part, Plot, dark_rules};
use crate::record::{Record, Task};
use crate::report::ReportMeta;
use crate::sheet::Sheet;
use crate::sheets;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("sort.js");

const LEGEND: &str = "<p class=\"legend\">Press a heading to sort. \
    <span class=\"peer\">Peers</span> to compare with have ids that begin with <code>ref.</code>; \
    cells that did not end ok are grey.</p>\n";

/// Text as HTML shows it literally, in an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() && c != '\n' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A section of the page; none when it has nothing to show.
struct Section {
    id: &'static str,
    title: &'static str,
    body: String,
}

/// The whole page; `across` is the table over all datasets.
pub(crate) fn page(
    records: &[Record],
    meta: &ReportMeta,
    plots: &[Plot],
    across: &Sheet,
) -> String {
    let sections = sections(records, plots, across);
    let title = escape(meta.title());
    let dark = dark_rules(".plot ");
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>\n{STYLE}@media (prefers-color-scheme:dark){{{dark}}}\n</style>\n</head>\n<body>\n\
         <header>\n<h1>{title}</h1>\n"
    );
    for paragraph in meta.paragraphs() {
        html += &format!("<p>{}</p>\n", escape(&paragraph));
    }
    for sentence in sheets::headline(records) {
        html += &format!("<p class=\"headline\">{}</p>\n", escape(&sentence));
    }
    html += "<nav aria-label=\"Sections\">\n";
    for section in &sections {
        html += &format!("<a href=\"#{}\">{}</a>\n", section.id, section.title);
    }
    html += "</nav>\n</header>\n<main>\n";
    for Section { id, title, body } in &sections {
        html += &format!("<section id=\"{id}\">\n<h2>{title}</h2>\n{body}</section>\n");
    }
    html + &format!("</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n")
}

fn sections(records: &[Record], plots: &[Plot], across: &Sheet) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut add = |id, title, body: String| {
        if !body.is_empty() {
            sections.push(Section { id, title, body });
        }
    };
    add(
        "best",
        "Best of each dataset",
        sorted_table("Best of each dataset", &sheets::best(records)),
    );
    add(
        "failures",
        "Cells that did not end ok",
        sorted_table("Cells that did not end ok", &sheets::failures(records)),
    );
    add("across", "Across datasets", sorted_table("Across datasets", across));
    let pictures = |part: Part| figures(plots.iter().filter(|plot| plot.part == part));
    add("plots", "Plots", pictures(Part::Overview));
    let table = sorted_table("Compression without loss", &sheets::compression(records));
    let legend = if table.is_empty() { "" } else { LEGEND };
    add("compression", "Compression without loss", format!("{legend}{table}"));
    let exponents = sorted_table("Scaling", &sheets::exponents(records));
    let sizes = sorted_table("Scaling, size by size", &sheets::sizes(records));
    add("scaling", "Scaling", exponents + &pictures(Part::Scaling) + &sizes);
    let sweeps = sorted_table("Size against memory", &sheets::size_against_memory(records));
    add("sweeps", "Size against memory", sweeps + &pictures(Part::Sweeps));
    let compact = sheets::metrics(records, Task::Compact);
    add("compaction", "Compaction, with loss", sorted_table("Compaction, with loss", &compact));
    let caches = sheets::metrics(records, Task::Cache);
    add("caches", "Caches", sorted_table("Caches", &caches));
    let contexts = sheets::metrics(records, Task::Pack);
    add("contexts", "Contexts", sorted_table("Contexts", &contexts));
    add("hit-rates", "Hit rates", sorted_table("Hit rates", &sheets::channels(records)));
    let more = sheets::codec_metrics(records);
    add("metrics", "Further figures", sorted_table("Further figures", &more));
    add("warnings", "Warnings", sorted_table("Warnings", &sheets::warnings(records)));
    add("datasets", "Datasets", sorted_table("Datasets", &sheets::datasets(records)));
    let strategies = sheets::strategies(records);
    add(
        "strategies",
        "Strategies and options",
        sorted_table("Strategies and options", &strategies),
    );
    let environment = sheets::environment(records);
    add("environment", "Environment", sorted_table("Environment", &environment));
    if !records.is_empty() {
        add("definitions", "How each figure is defined", definitions());
    }
    sections
}

fn sorted_table(name: &str, sheet: &Sheet) -> String {
    if sheet.is_empty() { String::new() } else { table::html(name, sheet) }
}

fn figures<'a>(plots: impl Iterator<Item = &'a Plot>) -> String {
    let mut html = String::new();
    for plot in plots {
        let whole = if plot.whole { " class=\"whole\"" } else { "" };
        html += &format!(
            "<figure{whole} id=\"plot-{}\">\n<figcaption><strong>{}</strong> {}</figcaption>\n\
             <div class=\"wide\">{}</div>\n<div class=\"narrow\">{}</div>\n</figure>\n",
            plot.name,
            escape(&plot.title),
            escape(&plot.caption),
            plot.wide,
            plot.narrow,
        );
    }
    if html.is_empty() { html } else { format!("<div class=\"figures\">\n{html}</div>\n") }
}

fn definitions() -> String {
    let mut html = String::from("<dl>\n");
    for (name, definition) in DEFINITIONS {
        html += &format!("<dt>{}</dt>\n<dd>{}</dd>\n", escape(name), escape(definition));
    }
    html + "</dl>\n"
}
