//! Traces of cache accesses: one key per line, or CSV with named columns.
//!
//! A [`TraceReader`] reads as it goes, so a trace may be larger than memory; what
//! it keeps is the table of keys.

use std::hash::{BuildHasher, RandomState};
use std::io::BufRead;

use hashbrown::HashTable;

use crate::error::DatasetError;
use crate::spec::Columns;

/// What an access does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The object is read.
    Read,
    /// The object is written.
    Write,
    /// A tool is called; the key names the tool and nothing is looked up.
    Tool,
}

/// One access of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Access {
    /// The object, numbered from 0 in the order of first appearance.
    pub key: u64,
    /// Its size in the trace's unit; 1 where the trace has none.
    pub size: u64,
    /// The turn of the session; 0 where the trace has none.
    pub turn: u64,
    /// What is done.
    pub kind: Kind,
}

/// Which field of a line holds what.
#[derive(Debug, Clone, Copy, Default)]
struct Places {
    key: usize,
    size: Option<usize>,
    turn: Option<usize>,
    kind: Option<usize>,
}

/// Keys, numbered as they come. All of their bytes are in one place: a trace may have millions.
#[derive(Debug, Default)]
struct Keys {
    numbers: HashTable<usize>,
    bytes: Vec<u8>,
    /// Where each key ends.
    ends: Vec<usize>,
    hasher: RandomState,
}

impl Keys {
    /// The number of a key, the next one if it is new.
    fn number(&mut self, key: &[u8]) -> u64 {
        let Self { numbers, bytes, ends, hasher } = self;
        let named = |number: usize| {
            let start = number.checked_sub(1).map_or(0, |before| ends[before]);
            &bytes[start..ends[number]]
        };
        let hash = hasher.hash_one(key);
        if let Some(&number) = numbers.find(hash, |&number| named(number) == key) {
            return number as u64;
        }
        let number = ends.len();
        numbers.insert_unique(hash, number, |&number| hasher.hash_one(named(number)));
        bytes.extend_from_slice(key);
        ends.push(bytes.len());
        number as u64
    }
}

/// Reads the accesses of a trace, one by one; blank lines are passed over.
///
/// A first line that has the name of the key column among its comma-separated fields
/// is the header of a CSV file; otherwise every line is a key as it stands.
pub struct TraceReader<R> {
    input: R,
    what: String,
    columns: Columns,
    /// CSV must have a header, for its columns were named.
    named: bool,
    places: Option<Places>,
    line: u64,
    accesses: u64,
    keys: Keys,
    buffer: Vec<u8>,
    failed: bool,
}

impl<R: BufRead> TraceReader<R> {
    /// Reads from `input`, which is called `what` in errors. Without `columns` the
    /// names are `key`, `size`, `turn` and `kind`, and a file without a header is
    /// one key per line.
    pub fn new(what: impl Into<String>, input: R, columns: Option<Columns>) -> Self {
        TraceReader {
            input,
            what: what.into(),
            named: columns.is_some(),
            columns: columns.unwrap_or_default(),
            places: None,
            line: 0,
            accesses: 0,
            keys: Keys::default(),
            buffer: Vec::new(),
            failed: false,
        }
    }

    /// How many different keys have been seen so far.
    pub fn distinct(&self) -> u64 {
        self.keys.ends.len() as u64
    }

    fn error(&self, expected: &str, found: impl Into<String>) -> DatasetError {
        DatasetError::Format {
            what: self.what.clone(),
            place: format!("line {}", self.line),
            expected: expected.to_owned(),
            found: found.into(),
        }
    }

    /// Reads the next line that is not blank into the buffer, without its end.
    fn next_line(&mut self) -> Result<bool, DatasetError> {
        loop {
            self.buffer.clear();
            self.line += 1;
            let read = self
                .input
                .read_until(b'\n', &mut self.buffer)
                .map_err(|error| self.error("a readable file", error.to_string()))?;
            if read == 0 {
                return Ok(false);
            }
            while matches!(self.buffer.last(), Some(b'\n' | b'\r')) {
                self.buffer.pop();
            }
            if !self.buffer.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    fn read_access(&mut self) -> Result<Option<Access>, DatasetError> {
        if !self.next_line()? {
            return Ok(None);
        }
        if self.accesses == 0
            && self.places.is_none()
            && self.read_header()?
            && !self.next_line()?
        {
            return Ok(None);
        }
        let line = std::mem::take(&mut self.buffer);
        let access = match self.places {
            None => {
                let key = self.keys.number(&line);
                Access { key, size: 1, turn: 0, kind: Kind::Read }
            }
            Some(places) => self.parse_fields(&line, places)?,
        };
        self.buffer = line;
        self.accesses += 1;
        Ok(Some(access))
    }

    /// Takes the line in the buffer as a header, if it is one.
    fn read_header(&mut self) -> Result<bool, DatasetError> {
        let header = self.buffer.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.buffer);
        let fields = split_csv(header).unwrap_or_default();
        let find = |name: &str| {
            fields.iter().position(|field| {
                String::from_utf8_lossy(field).trim().eq_ignore_ascii_case(name.trim())
            })
        };
        match find(&self.columns.key) {
            Some(key) => {
                self.places = Some(Places {
                    key,
                    size: find(&self.columns.size),
                    turn: find(&self.columns.turn),
                    kind: find(&self.columns.kind),
                });
                Ok(true)
            }
            None if self.named => {
                let names: Vec<_> =
                    fields.iter().map(|field| String::from_utf8_lossy(field)).collect();
                let expected =
                    format!("a CSV header with the column `{}` of `columns`", self.columns.key);
                Err(self.error(&expected, format!("`{}`", names.join("`, `"))))
            }
            None => Ok(false),
        }
    }

    fn parse_fields(&mut self, line: &[u8], places: Places) -> Result<Access, DatasetError> {
        let fields = split_csv(line)
            .ok_or_else(|| self.error("CSV", "a quote that is not closed on its line"))?;
        let field = |at: usize, name: &str| {
            fields.get(at).ok_or_else(|| {
                let expected = format!("a field for the column `{name}`");
                self.error(&expected, format!("{} fields", fields.len()))
            })
        };
        let number = |at: Option<usize>, name: &str, default: u64| match at {
            None => Ok(default),
            Some(at) => {
                let text = String::from_utf8_lossy(field(at, name)?).into_owned();
                text.trim().parse::<u64>().map_err(|_| {
                    let expected = format!("an integer from 0 in the column `{name}`");
                    self.error(&expected, format!("`{text}`"))
                })
            }
        };
        let size = number(places.size, &self.columns.size, 1)?;
        let turn = number(places.turn, &self.columns.turn, 0)?;
        let kind = match places.kind {
            None => Kind::Read,
            Some(at) => {
                let text = String::from_utf8_lossy(field(at, &self.columns.kind)?);
                match text.trim().to_ascii_lowercase().as_str() {
                    "read" | "r" | "get" | "" => Kind::Read,
                    "write" | "w" | "set" | "put" => Kind::Write,
                    "tool" | "call" => Kind::Tool,
                    _ => {
                        let expected =
                            format!("`read`, `write` or `tool` in `{}`", self.columns.kind);
                        return Err(self.error(&expected, format!("`{text}`")));
                    }
                }
            }
        };
        let key = self.keys.number(field(places.key, &self.columns.key)?);
        Ok(Access { key, size, turn, kind })
    }
}

impl<R: BufRead> Iterator for TraceReader<R> {
    type Item = Result<Access, DatasetError>;

    /// The next access; after an error there is none.
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let access = self.read_access().transpose();
        self.failed = matches!(access, Some(Err(_)));
        access
    }
}

/// The comma-separated fields of a line, without their quotes; none if a quote stays
/// open.
fn split_csv(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut fields = vec![Vec::new()];
    let mut quoted = false;
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted && bytes.peek() == Some(&b'"') => {
                bytes.next();
                fields.last_mut()?.push(b'"');
            }
            b'"' => quoted = !quoted,
            b',' if !quoted => fields.push(Vec::new()),
            _ => fields.last_mut()?.push(byte),
        }
    }
    (!quoted).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, columns: Option<Columns>) -> Result<Vec<Access>, DatasetError> {
        TraceReader::new("t", text.as_bytes(), columns).collect()
    }

    fn access(key: u64, size: u64, turn: u64, kind: Kind) -> Access {
        Access { key, size, turn, kind }
    }

    #[test]
    fn one_key_per_line() {
        let accesses = read("a\nb,c\r\n\na", None).unwrap();
        assert_eq!(
            accesses,
            [access(0, 1, 0, Kind::Read), access(1, 1, 0, Kind::Read), access(0, 1, 0, Kind::Read)]
        );
    }

    #[test]
    fn csv_with_named_columns() {
        let accesses = read("turn,key,kind,size\n7,\"a,\"\"b\",write,30\n8,x,,4\n", None).unwrap();
        assert_eq!(accesses, [access(0, 30, 7, Kind::Write), access(1, 4, 8, Kind::Read)]);
        let columns = Columns { key: "obj".into(), ..Columns::default() };
        assert_eq!(read("obj\n5\n", Some(columns)).unwrap(), [access(0, 1, 0, Kind::Read)]);
    }

    #[test]
    fn different_keys_are_counted() {
        let mut reader = TraceReader::new("t", "b\na\nb".as_bytes(), None);
        assert_eq!(reader.by_ref().count(), 3);
        assert_eq!(reader.distinct(), 2);
    }

    #[test]
    fn errors_name_line_and_column() {
        let message = |text: &str| read(text, None).unwrap_err().to_string();
        assert!(message("key,size\na,1\nb,x\n").contains("line 3"));
        assert!(message("key,size\na\n").contains("`size`"));
        assert!(message("key,kind\na,eat\n").contains("`eat`"));
        assert!(message("key\n\"a\n").contains("quote"));
        let columns = Columns { key: "obj".into(), ..Columns::default() };
        let message = read("key\n1\n", Some(columns)).unwrap_err().to_string();
        assert!(message.contains("`obj`"), "{message}");
    }

    proptest! {
        #[test]
        fn keys_are_numbered_as_they_come(keys in prop::collection::vec(prop::collection::vec(0u8..3, 0..5), 0..300)) {
            let mut numbers = std::collections::HashMap::new();
            let mut numbered = Keys::default();
            for key in keys {
                let next = numbers.len() as u64;
                prop_assert_eq!(numbered.number(&key), *numbers.entry(key).or_insert(next));
            }
        }

        #[test]
        fn any_bytes_give_accesses_or_one_error(bytes: Vec<u8>) {
            let results: Vec<_> = TraceReader::new("t", bytes.as_slice(), None).collect();
            prop_assert!(results.iter().filter(|r| r.is_err()).count() <= 1);
        }
    }
}
