//! The way out of a running codec, and the frame around what it writes.

use crate::{Error, Host, Result, Sink};

/// Where a codec's core writes, and tells how far it is. Cores that know only this run in a
/// plugin ([`Host::port`]), in a test, or inside another strategy (a `Vec<u8>`).
pub trait Port {
    /// Takes the next bytes of the output.
    ///
    /// # Errors
    /// Any; the run ends with it.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// `done` bytes of the uncompressed side are finished.
    ///
    /// # Errors
    /// Any; the run ends with it.
    fn progress(&mut self, done: usize) -> Result<()>;
}

/// Gathers what is written; hears no progress.
impl Port for Vec<u8> {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn progress(&mut self, _done: usize) -> Result<()> {
        Ok(())
    }
}

/// What tells progress over a text of `length` bytes each time it is called with a place, but
/// calls `tell` only every few of them: at least 512 times over a text of enough bytes.
pub fn paced(
    length: usize,
    mut tell: impl FnMut(usize) -> Result<()>,
) -> impl FnMut(usize) -> Result<()> {
    let stride = stride(length);
    let mut next = 0;
    move |at| {
        if at < next {
            return Ok(());
        }
        next = at + stride;
        tell(at)
    }
}

/// How many bytes of a text of `length` are passed before progress is told again.
pub fn stride(length: usize) -> usize {
    (length / 512 + 1).min(1 << 13)
}

/// The port of a run under a host; made by [`Host::port`].
pub struct HostPort<'p, 's> {
    host: &'p Host,
    out: Option<&'p mut Sink<'s>>,
    total: usize,
}

impl Host {
    /// The port of a run over `total` uncompressed bytes. Without a sink what is written is
    /// dropped and only progress is told, as for a pass that just looks.
    pub fn port<'p, 's>(&'p self, out: Option<&'p mut Sink<'s>>, total: usize) -> HostPort<'p, 's> {
        HostPort { host: self, out, total }
    }
}

impl Port for HostPort<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.as_mut().map_or(Ok(()), |out| out.write(bytes))
    }

    fn progress(&mut self, done: usize) -> Result<()> {
        self.host.progress(done as u64, self.total as u64)
    }
}

/// The first byte of an archive whose rest is the text as it is, see [`store`].
pub const STORED: u8 = 0;
/// The first byte of an archive whose rest is a code, see [`opened`].
pub const CODED: u8 = 1;

/// Writes `text` as it is, for a code that came out no smaller: one byte more than the text.
///
/// # Errors
/// Those of the port.
pub fn store(text: &[u8], port: &mut impl Port) -> Result<()> {
    port.write(&[STORED])?;
    port.write(text)?;
    port.progress(text.len())
}

/// Writes `archive`, the code of `text` behind its first byte, or [stores](store) the text where
/// that is shorter; tells whether it did.
///
/// # Errors
/// Those of the port.
pub fn write_shorter(archive: &[u8], text: &[u8], port: &mut impl Port) -> Result<bool> {
    let is_longer = archive.len() > text.len() + 1;
    if is_longer {
        store(text, port)?;
    } else {
        port.write(archive)?;
        port.progress(text.len())?;
    }
    Ok(is_longer)
}

/// The length that `decode` is told, as this machine counts bytes.
///
/// # Errors
/// [`Error::BadInput`] where it has fewer.
pub fn decoded_length(decoded_len: u64) -> Result<usize> {
    usize::try_from(decoded_len)
        .map_err(|_| Error::BadInput(format!("{decoded_len} bytes cannot be addressed here")))
}

/// Opens an archive that holds `length` bytes: the code to be decoded, or nothing where all is
/// done, because the text is empty or was [stored](store) and is now written. The archive of an
/// empty text is empty; every other begins with a byte that names its form.
///
/// # Errors
/// [`Error::BadInput`] for an archive of no known form or of another length, and those of the
/// port.
pub fn opened<'a>(
    archive: &'a [u8],
    length: usize,
    port: &mut impl Port,
) -> Result<Option<&'a [u8]>> {
    match archive.split_first() {
        None if length == 0 => Ok(None),
        None => Err(Error::damaged("it is empty")),
        Some((&STORED, text)) if text.len() == length => {
            port.write(text)?;
            port.progress(length)?;
            Ok(None)
        }
        Some((&STORED, _)) => Err(Error::damaged("it does not hold as many bytes as it should")),
        Some((&CODED, code)) => Ok(Some(code)),
        Some(_) => Err(Error::damaged("its first byte names no form")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_is_written() {
        let mut out = Vec::new();
        assert_eq!(write_shorter(&[CODED, 7, 8], b"ab", &mut out), Ok(false));
        assert_eq!(out, [CODED, 7, 8]);
        out.clear();
        assert_eq!(write_shorter(&[CODED, 7, 8, 9], b"ab", &mut out), Ok(true));
        assert_eq!(out, [STORED, b'a', b'b']);
    }

    #[test]
    fn what_is_stored_comes_back() {
        let mut archive = Vec::new();
        store(b"text", &mut archive).expect("a vector takes all");
        let mut back = Vec::new();
        assert_eq!(opened(&archive, 4, &mut back), Ok(None));
        assert_eq!(back, b"text");
        assert!(opened(&archive, 3, &mut back).is_err() && opened(&archive, 5, &mut back).is_err());
        assert_eq!(opened(&[], 0, &mut back), Ok(None));
        assert_eq!(opened(&[CODED, 7], 9, &mut back), Ok(Some(&[7][..])));
        assert!(opened(&[], 1, &mut back).is_err() && opened(&[77], 1, &mut back).is_err());
    }
}
