//! A table as data: what HTML and Markdown both print.

/// Heading of a column.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) title: String,
    /// Unit of every figure below; empty for text and plain numbers.
    pub(crate) unit: &'static str,
    /// Whether the column holds figures, which are set to the right.
    pub(crate) numeric: bool,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cell {
    /// What is shown; `None` when there is no value, which is never shown as a
    /// blank or a zero.
    pub(crate) text: Option<String>,
    /// A second figure in small type, such as an interval.
    pub(crate) note: Option<String>,
    /// What to sort a numeric column by.
    pub(crate) sort: Option<f64>,
}

impl Cell {
    /// A text; an empty one counts as missing.
    pub(crate) fn text(text: impl Into<String>) -> Cell {
        let text = Some(text.into()).filter(|t| !t.is_empty());
        Cell { text, note: None, sort: None }
    }

    /// No value.
    pub(crate) fn missing() -> Cell {
        Cell { text: None, note: None, sort: None }
    }

    /// A figure, if there is one, in the given format.
    pub(crate) fn figure(value: Option<f64>, format: impl Fn(f64) -> String) -> Cell {
        match value.filter(|v| v.is_finite()) {
            Some(value) => Cell { text: Some(format(value)), note: None, sort: Some(value) },
            None => Cell::missing(),
        }
    }

    /// A count, if there is one, with its digits in groups.
    pub(crate) fn count(value: Option<u64>) -> Cell {
        Cell::figure(value.map(|v| v as f64), |_| crate::format::count(value.unwrap_or_default()))
    }

    /// The same cell with a note.
    pub(crate) fn with_note(mut self, note: Option<String>) -> Cell {
        self.note = note;
        self
    }
}

/// What a row is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A strategy of this project, or a row that is no strategy.
    Ours,
    /// A peer to compare with.
    Peer,
    /// A cell that did not end `ok`.
    Failed,
}

/// A table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sheet {
    pub(crate) heads: Vec<Head>,
    pub(crate) rows: Vec<(Kind, Vec<Cell>)>,
}

/// A table under construction: columns are added from left to right.
pub(crate) struct Builder<'a, T> {
    items: &'a [T],
    sheet: Sheet,
}

impl Sheet {
    /// Begins a table with a row for each item.
    pub(crate) fn of<T>(items: &[T], kind: impl Fn(&T) -> Kind) -> Builder<'_, T> {
        let rows = items.iter().map(|item| (kind(item), Vec::new())).collect();
        Builder { items, sheet: Sheet { heads: Vec::new(), rows } }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<T> Builder<'_, T> {
    /// Adds a column of text.
    pub(crate) fn text(self, title: &str, get: impl Fn(&T) -> Cell) -> Self {
        self.column(title, "", false, get)
    }

    /// Adds a column of text if any row has a value.
    pub(crate) fn text_if_any(self, title: &str, get: impl Fn(&T) -> Cell) -> Self {
        self.column_if_any(title, "", false, get)
    }

    /// Adds a column of figures with their unit.
    pub(crate) fn figure(self, title: &str, unit: &'static str, get: impl Fn(&T) -> Cell) -> Self {
        self.column(title, unit, true, get)
    }

    /// Adds a column of figures if any row has a value.
    pub(crate) fn figure_if_any(
        self,
        title: &str,
        unit: &'static str,
        get: impl Fn(&T) -> Cell,
    ) -> Self {
        self.column_if_any(title, unit, true, get)
    }

    /// The table.
    pub(crate) fn done(self) -> Sheet {
        self.sheet
    }

    fn column_if_any(
        self,
        title: &str,
        unit: &'static str,
        numeric: bool,
        get: impl Fn(&T) -> Cell,
    ) -> Self {
        let any = self.items.iter().any(|item| get(item).text.is_some());
        if any { self.column(title, unit, numeric, get) } else { self }
    }

    fn column(
        mut self,
        title: &str,
        unit: &'static str,
        numeric: bool,
        get: impl Fn(&T) -> Cell,
    ) -> Self {
        self.sheet.heads.push(Head { title: title.to_owned(), unit, numeric });
        for (item, (_, row)) in self.items.iter().zip(&mut self.sheet.rows) {
            row.push(get(item));
        }
        self
    }
}
