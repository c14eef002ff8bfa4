//! The JSON values of a log and the bytes where they stand.

use std::ops::Range;

use serde_json::value::RawValue;
use serde_json::{Deserializer, Value};

use crate::error::DatasetError;

/// A log as text, with its name for errors.
pub(super) struct Document<'a> {
    what: &'a str,
    text: &'a str,
}

/// One value: a top-level value, or an element of a top-level array.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) json: &'a str,
    /// Its first byte in the log.
    pub(super) start: usize,
    /// The top-level array it stands in.
    pub(super) array: Option<(usize, usize)>,
}

impl Item<'_> {
    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.start + self.json.len()
    }
}

impl<'a> Document<'a> {
    pub(super) fn new(what: &'a str, bytes: &'a [u8]) -> Result<Self, DatasetError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Document { what, text }),
            Err(error) => Err(DatasetError::Format {
                what: what.to_owned(),
                place: format!("byte {}", error.valid_up_to()),
                expected: "UTF-8, as JSON is".into(),
                found: "bytes that are not".into(),
            }),
        }
    }

    /// All items. A log is one JSON value, or several, one after the other or one per
    /// line; the elements of an array are items each.
    pub(super) fn items(&self) -> Result<Vec<Item<'a>>, DatasetError> {
        // A byte order mark is no part of the JSON.
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(self.text);
        let skipped = self.text.len() - text.len();
        let mut stream = Deserializer::from_str(text).into_iter::<&RawValue>();
        let mut items = Vec::new();
        while let Some(value) = stream.next() {
            let json = value.map_err(|error| self.json_error(&error, 0))?.get();
            let start = skipped + stream.byte_offset() - json.len();
            if !json.starts_with('[') {
                items.push(Item { json, start, array: None });
                continue;
            }
            let elements: Vec<&RawValue> =
                serde_json::from_str(json).map_err(|error| self.json_error(&error, start))?;
            let base = json.as_ptr().addr();
            items.extend(elements.into_iter().map(|element| Item {
                json: element.get(),
                // Elements are slices of the array's text.
                start: start + (element.get().as_ptr().addr() - base),
                array: Some((start, start + json.len())),
            }));
        }
        Ok(items)
    }

    /// The value of an item.
    pub(super) fn value(&self, item: &Item<'_>) -> Result<Value, DatasetError> {
        serde_json::from_str(item.json).map_err(|error| self.json_error(&error, item.start))
    }

    /// An error at a byte of the log.
    pub(super) fn error(&self, at: usize, expected: &str, found: &str) -> DatasetError {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        DatasetError::Format {
            what: self.what.to_owned(),
            place: format!("line {line} (byte {at})"),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }

    /// A syntax error found while reading from byte `start` on.
    fn json_error(&self, error: &serde_json::Error, start: usize) -> DatasetError {
        let before = &self.text.as_bytes()[..start];
        let line = error.line() + before.iter().filter(|b| **b == b'\n').count();
        let found = if error.is_eof() {
            "the end of the file inside a value; the file is cut off".to_owned()
        } else {
            error.to_string()
        };
        DatasetError::Format {
            what: self.what.to_owned(),
            place: format!("line {line}, column {}", error.column()),
            expected: "well-formed JSON".into(),
            found,
        }
    }
}
