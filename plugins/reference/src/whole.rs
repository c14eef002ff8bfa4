//! A whole text at once, without a host.

use pressmark_sdk::Result;

use crate::coder::Pump;
use crate::peers::Peer;

const BUFFER: usize = 64 << 10;

/// The archive of `text`, given `prime` (empty: none).
///
/// # Errors
/// When the library fails.
pub fn compress(peer: &dyn Peer, prime: &[u8], text: &[u8]) -> Result<Vec<u8>> {
    let mut archive = Vec::new();
    let mut emit = |bytes: &[u8]| -> Result<()> {
        archive.extend_from_slice(bytes);
        Ok(())
    };
    let mut pump = Pump::new(peer.encoder(prime, Some(text.len() as u64))?, BUFFER, None);
    pump.push(text, &mut emit)?;
    pump.finish(&mut emit)?;
    Ok(archive)
}

/// The text of `len` bytes in `archive`, given the `prime` it was written with.
///
/// # Errors
/// When the archive is damaged or holds more or less than `len` bytes.
pub fn decompress(peer: &dyn Peer, prime: &[u8], archive: &[u8], len: u64) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut emit = |bytes: &[u8]| -> Result<()> {
        text.extend_from_slice(bytes);
        Ok(())
    };
    let mut pump = Pump::new(peer.decoder(prime, Some(len))?, BUFFER, Some(len));
    pump.push(archive, &mut emit)?;
    pump.finish(&mut emit)?;
    Ok(text)
}
