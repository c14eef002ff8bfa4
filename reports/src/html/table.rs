//! A table whose headings sort it.

use super::escape;
use crate::sheet::{Cell, Kind, Sheet};

/// The table in a box of its own that scrolls sideways when it must.
pub(super) fn html(name: &str, sheet: &Sheet) -> String {
    let name = escape(name);
    let mut html = format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{name}\" tabindex=\"0\">\n\
         <table>\n<thead>\n<tr>\n"
    );
    for head in &sheet.heads {
        let class = if head.numeric { " class=\"number\"" } else { "" };
        let unit = match head.unit {
            "" => String::new(),
            unit => format!("<span class=\"unit\">{}</span>", escape(unit)),
        };
        html += &format!(
            "<th scope=\"col\"{class} aria-sort=\"none\"><button type=\"button\"><span class=\"title\">{}</span>{unit}</button></th>\n",
            escape(&head.title)
        );
    }
    html += "</tr>\n</thead>\n<tbody>\n";
    for (kind, cells) in &sheet.rows {
        let class = match kind {
            Kind::Ours => "",
            Kind::Peer => " class=\"peer\"",
            Kind::Failed => " class=\"failed\"",
        };
        html += &format!("<tr{class}>");
        for (head, cell) in sheet.heads.iter().zip(cells) {
            html += &data(cell, head.numeric);
        }
        html += "</tr>\n";
    }
    html + "</tbody>\n</table>\n</div>\n"
}

fn data(cell: &Cell, numeric: bool) -> String {
    let long = cell.text.as_ref().is_some_and(|text| text.len() > 40);
    let class = match (numeric, long) {
        (true, _) => " class=\"number\"",
        (false, true) => " class=\"long\"",
        (false, false) => "",
    };
    // A cell without `data-sort` is missing in a numeric column and sorts last.
    let sort = cell.sort.map_or_else(String::new, |value| format!(" data-sort=\"{value}\""));
    let note = cell
        .note
        .as_ref()
        .map_or_else(String::new, |note| format!("<small>{}</small>", escape(note)));
    match &cell.text {
        Some(text) => format!("<td{class}{sort}>{}{note}</td>", escape(text)),
        None => format!("<td{class} data-missing><span aria-label=\"no value\">–</span></td>"),
    }
}
