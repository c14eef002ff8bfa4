//! Records to tables, plots, Markdown and one HTML file.
