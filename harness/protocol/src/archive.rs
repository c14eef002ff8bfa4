//! The archive: what an encoder's output is wrapped in, and what `encoded_bytes` counts.
//!
//! ```text
//! "PM" 0x01            magic and version of this layout
//! flags                bit 0: primed; bit 1: a model follows
//! strategy             length (LEB128), id as UTF-8
//! format version       LEB128
//! options              length (LEB128), the options that differ from their defaults as
//!                      compact JSON; length 0 for none
//! decoded length       LEB128
//! checksum             first 8 bytes of the SHA-256 of the original
//! prime checksum       the same of the priming text, if primed
//! model                length (LEB128) and bytes, if there is one
//! payload              the rest: what the strategy wrote
//! ```
//!
//! The benchmark's archives and the files that `pressmark compress` writes are the same.

use crate::Options;

const MAGIC: &[u8; 3] = b"PM\x01";
const FLAG_PRIMED: u8 = 1;
const FLAG_MODEL: u8 = 2;

/// What stands before the payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Id of the strategy that wrote the payload.
    pub strategy: String,
    /// Its format version.
    pub format_version: u32,
    /// Options that differ from their defaults.
    pub options: Options,
    /// Bytes of the original.
    pub decoded_len: u64,
    /// First eight bytes of the SHA-256 of the original.
    pub checksum: [u8; 8],
    /// First eight bytes of the SHA-256 of the priming text, if primed.
    pub prime_checksum: Option<[u8; 8]>,
}

/// An archive taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts<'a> {
    /// What stands before the payload.
    pub header: Header,
    /// Model bytes of a trained strategy.
    pub model: Option<&'a [u8]>,
    /// What the strategy wrote.
    pub payload: &'a [u8],
}

impl Header {
    /// All bytes of an archive before its payload, the model included.
    pub fn to_bytes(&self, model: Option<&[u8]>) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let primed = if self.prime_checksum.is_some() { FLAG_PRIMED } else { 0 };
        bytes.push(primed | if model.is_some() { FLAG_MODEL } else { 0 });
        put_bytes(&mut bytes, self.strategy.as_bytes());
        put_varint(&mut bytes, self.format_version.into());
        if self.options.is_empty() {
            put_bytes(&mut bytes, b"");
        } else {
            let json = serde_json::to_vec(&self.options).expect("options are plain values");
            put_bytes(&mut bytes, &json);
        }
        put_varint(&mut bytes, self.decoded_len);
        bytes.extend_from_slice(&self.checksum);
        bytes.extend_from_slice(self.prime_checksum.as_ref().map_or(&[], |sum| &sum[..]));
        if let Some(model) = model {
            put_bytes(&mut bytes, model);
        }
        bytes
    }
}

/// Takes an archive apart.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn parse(archive: &[u8]) -> Result<Parts<'_>, String> {
    let Some(mut rest) = archive.strip_prefix(MAGIC) else {
        return Err("this is not a pressmark archive: it does not begin with \"PM\\x01\"".into());
    };
    let rest = &mut rest;
    let flags = take(rest, 1, "flags")?[0];
    if flags & !(FLAG_PRIMED | FLAG_MODEL) != 0 {
        return Err(format!("the archive's flags {flags:#04x} belong to a newer version"));
    }
    let strategy = String::from_utf8(take_bytes(rest, "strategy id")?.to_vec())
        .map_err(|_| "the archive's strategy id is not UTF-8".to_string())?;
    let format_version = u32::try_from(take_varint(rest, "format version")?)
        .map_err(|_| "the archive's format version is out of range".to_string())?;
    let options = match take_bytes(rest, "options")? {
        [] => Options::new(),
        json => serde_json::from_slice(json)
            .map_err(|error| format!("the archive's options cannot be read: {error}"))?,
    };
    let decoded_len = take_varint(rest, "decoded length")?;
    let checksum = take_checksum(rest)?;
    let prime_checksum = if flags & FLAG_PRIMED != 0 { Some(take_checksum(rest)?) } else { None };
    let model = if flags & FLAG_MODEL != 0 { Some(take_bytes(rest, "model")?) } else { None };
    let header =
        Header { strategy, format_version, options, decoded_len, checksum, prime_checksum };
    Ok(Parts { header, model, payload: rest })
}

fn put_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn put_bytes(bytes: &mut Vec<u8>, part: &[u8]) {
    put_varint(bytes, part.len() as u64);
    bytes.extend_from_slice(part);
}

fn take<'a>(rest: &mut &'a [u8], len: usize, what: &str) -> Result<&'a [u8], String> {
    let (part, tail) =
        rest.split_at_checked(len).ok_or_else(|| format!("the archive ends within its {what}"))?;
    *rest = tail;
    Ok(part)
}

fn take_varint(rest: &mut &[u8], what: &str) -> Result<u64, String> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1, what)?[0];
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            break;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(format!("the archive's {what} is out of range"))
}

fn take_bytes<'a>(rest: &mut &'a [u8], what: &str) -> Result<&'a [u8], String> {
    let len = usize::try_from(take_varint(rest, what)?)
        .map_err(|_| format!("the archive ends within its {what}"))?;
    take(rest, len, what)
}

fn take_checksum(rest: &mut &[u8]) -> Result<[u8; 8], String> {
    Ok(take(rest, 8, "checksum")?.try_into().expect("eight bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OptionValue;

    fn header() -> Header {
        Header {
            strategy: "ref.xz".into(),
            format_version: 300,
            options: Options::from([("level".into(), OptionValue::Int(9))]),
            decoded_len: u64::MAX,
            checksum: *b"12345678",
            prime_checksum: Some(*b"abcdefgh"),
        }
    }

    #[test]
    fn an_archive_comes_apart_as_it_was_put_together() {
        for model in [None, Some(&b"model"[..])] {
            let mut bytes = header().to_bytes(model);
            bytes.extend_from_slice(b"payload");
            let parts = parse(&bytes).unwrap();
            assert_eq!(parts, Parts { header: header(), model, payload: b"payload" });
        }
    }

    #[test]
    fn every_truncation_of_the_header_is_an_error() {
        let bytes = header().to_bytes(Some(b"model"));
        for len in 0..bytes.len() {
            parse(&bytes[..len]).unwrap_err();
        }
    }

    #[test]
    fn flipped_bytes_never_panic() {
        let bytes = header().to_bytes(Some(b"model"));
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut bad = bytes.clone();
                bad[at] ^= 1 << bit;
                let _ = parse(&bad);
            }
        }
    }
}
