//! One strategy for all peers: a [`Peer`] between the host's calls and the pump.

use pressmark_sdk::{Codec, Direction, Error, Host, Prime, Result, Sink, Strategy, Stream};

use crate::coder::Pump;
use crate::peers::Peer;

/// Parts that a text is worked through in, so that the host sees progress.
const PARTS: u64 = 256;
/// The least and the most bytes of a part.
const PART: (u64, u64) = (4 << 10, 64 << 10);

/// A peer as a strategy: a codec and a stream with one format, and optionally primed.
///
/// The priming text is taken up at the begin of an encode or a decode, so that the
/// time this takes is part of theirs.
pub(crate) struct Session {
    host: Host,
    peer: Box<dyn Peer>,
    primes: bool,
    prime: Vec<u8>,
    run: Option<Run>,
}

/// What is under way between `begin` and `finish`.
struct Run {
    pump: Pump,
    direction: Direction,
    part: usize,
    /// Bytes of the uncompressed side that are finished, and all of them, if known.
    done: u64,
    total: Option<u64>,
}

impl Session {
    /// A peer that the host primes by difference.
    pub(crate) fn plain(host: &Host, peer: impl Peer + 'static) -> Box<dyn Strategy> {
        Self::boxed(host, peer, false)
    }

    /// A peer with a priming mechanism of its own.
    pub(crate) fn with_prime(host: &Host, peer: impl Peer + 'static) -> Box<dyn Strategy> {
        Self::boxed(host, peer, true)
    }

    fn boxed(host: &Host, peer: impl Peer + 'static, primes: bool) -> Box<dyn Strategy> {
        let (host, peer) = (host.clone(), Box::new(peer));
        Box::new(Self { host, peer, primes, prime: Vec::new(), run: None })
    }
}

impl Strategy for Session {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }

    fn stream(&mut self) -> Option<&mut dyn Stream> {
        Some(self)
    }

    fn prime(&mut self) -> Option<&mut dyn Prime> {
        if self.primes { Some(self) } else { None }
    }
}

impl Prime for Session {
    fn prime(&mut self, samples: &[&[u8]]) -> Result<()> {
        self.prime = samples.concat();
        Ok(())
    }
}

impl Codec for Session {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        self.begin(Direction::Encode, Some(input.len() as u64))?;
        self.push(input, out)?;
        self.finish(out)
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        self.begin(Direction::Decode, Some(decoded_len))?;
        self.push(archive, out)?;
        self.finish(out)
    }
}

impl Stream for Session {
    fn begin(&mut self, direction: Direction, total: Option<u64>) -> Result<()> {
        let part = total.map_or(PART.1, |len| (len / PARTS).clamp(PART.0, PART.1)) as usize;
        let pump = match direction {
            Direction::Encode => Pump::new(self.peer.encoder(&self.prime, total)?, part, None),
            Direction::Decode => Pump::new(self.peer.decoder(&self.prime, total)?, part, total),
        };
        self.run = Some(Run { pump, direction, part, done: 0, total });
        Ok(())
    }

    fn push(&mut self, piece: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let run = self.run.as_mut().ok_or_else(no_begin)?;
        for part in piece.chunks(run.part) {
            run.step(&self.host, part, out)?;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Sink<'_>) -> Result<()> {
        let mut run = self.run.take().ok_or_else(no_begin)?;
        run.end(&self.host, out)
    }
}

fn no_begin() -> Error {
    Error::BadCall("push or finish without begin".into())
}

impl Run {
    fn step(&mut self, host: &Host, part: &[u8], out: &mut Sink<'_>) -> Result<()> {
        match self.direction {
            Direction::Encode => {
                self.pump.push(part, &mut |bytes| out.write(bytes))?;
                self.done += part.len() as u64;
                host.progress(self.done, self.total.unwrap_or(self.done))
            }
            Direction::Decode => {
                let mut emit = emitter(host, out, &mut self.done, self.total);
                self.pump.push(part, &mut emit)
            }
        }
    }

    fn end(&mut self, host: &Host, out: &mut Sink<'_>) -> Result<()> {
        match self.direction {
            Direction::Encode => self.pump.finish(&mut |bytes| out.write(bytes))?,
            Direction::Decode => {
                let mut emit = emitter(host, out, &mut self.done, self.total);
                self.pump.finish(&mut emit)?;
            }
        }
        host.progress(self.done, self.done)
    }
}

/// Writes decoded bytes and tells the host how far they reach.
fn emitter<'a>(
    host: &'a Host,
    out: &'a mut Sink<'_>,
    done: &'a mut u64,
    total: Option<u64>,
) -> impl FnMut(&[u8]) -> Result<()> + 'a {
    move |bytes| {
        out.write(bytes)?;
        *done += bytes.len() as u64;
        host.progress(*done, total.unwrap_or(*done))
    }
}
