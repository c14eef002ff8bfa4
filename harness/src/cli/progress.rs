//! How a run shows itself: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use pressmark::run::Observer;
use pressmark_reports::{Record, State};

use super::output::print_json;
use super::{Global, Style};

/// Shows a run on standard error, and records on standard output for `--json`.
pub(crate) struct Progress {
    quiet: bool,
    json: bool,
    style: Style,
    bar: Option<ProgressBar>,
    total: AtomicUsize,
    done: AtomicUsize,
    /// Lines are written one at a time, whichever thread ends a cell.
    line: Mutex<()>,
}

impl Progress {
    pub(crate) fn new(global: &Global) -> Progress {
        let bar = (!global.quiet && std::io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} left  {msg}");
            let bar = ProgressBar::no_length();
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Progress {
            quiet: global.quiet,
            json: global.json,
            style: Style::stderr(),
            bar,
            total: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            line: Mutex::new(()),
        }
    }

    fn say(&self, line: &str) {
        let _turn = self.line.lock();
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }
}

impl Observer for Progress {
    fn begin(&self, total: usize) {
        self.total.store(total, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.set_length(total as u64);
        }
    }

    fn cell_reused(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    fn cell_started(&self, label: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(label.to_string());
        }
    }

    fn cell_finished(&self, record: &Record) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.json {
            let _turn = self.line.lock();
            // A reader who left is no reason to stop measuring.
            let _ = print_json(record);
        }
        if !self.quiet {
            let total = self.total.load(Ordering::Relaxed);
            self.say(&format!("[{done:>3}/{total}] {}", line(record, self.style)));
        }
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    fn warn(&self, message: &str) {
        self.say(&format!("{} {message}", self.style.yellow("warning:")));
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// One cell on one line.
fn line(record: &Record, style: Style) -> String {
    let mut name = record.strategy.clone();
    let options = record.options_line();
    if !options.is_empty() {
        name = format!("{name} {options}");
    }
    let place = format!("{} {}", record.dataset.id, record.protocol);
    if record.state != State::Ok {
        let phase = record.phase.as_deref().unwrap_or("start");
        let reason = record.reason.as_deref().unwrap_or_default();
        let state = style.red(record.state.as_str());
        return format!("{name:<44} {place:<22} {state} in {phase}: {reason}");
    }
    let figure = |value: Option<f64>, unit: &str| {
        value.map_or_else(|| format!("- {unit}"), |value| format!("{value:.3} {unit}"))
    };
    format!(
        "{name:<44} {place:<22} {}  {}",
        style.bold(&figure(record.bits_per_char, &format!("bits/{}", record.char_unit))),
        style.dim(&format!(
            "encode {}, decode {}",
            figure(record.encode_mb_per_s, "MB/s"),
            figure(record.decode_mb_per_s, "MB/s")
        ))
    )
}
