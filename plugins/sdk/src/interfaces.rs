//! What a strategy can do: one trait per interface of the ABI.

use crate::{Access, Budget, Chosen, Direction, Error, Events, PackRequest, Result, Sink, Spans};

/// A strategy at work. It answers with itself for each interface its
/// [`Descriptor`](crate::Descriptor) lists, and with `None` for the others.
///
/// The host makes a fresh instance for each encode and each decode, and decodes in
/// another process: nothing survives from one to the other but the written bytes.
pub trait Strategy {
    /// `pressmark.codec/1`.
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        None
    }
    /// `pressmark.stream/1`.
    fn stream(&mut self) -> Option<&mut dyn Stream> {
        None
    }
    /// `pressmark.prime/1`.
    fn prime(&mut self) -> Option<&mut dyn Prime> {
        None
    }
    /// `pressmark.trainable/1`.
    fn trainable(&mut self) -> Option<&mut dyn Trainable> {
        None
    }
    /// `pressmark.model/1`.
    fn model(&mut self) -> Option<&mut dyn Model> {
        None
    }
    /// `pressmark.compact/1`.
    fn compact(&mut self) -> Option<&mut dyn Compact> {
        None
    }
    /// `pressmark.cache/1`.
    fn cache(&mut self) -> Option<&mut dyn Cache> {
        None
    }
    /// `pressmark.draft.explain`.
    fn explain(&mut self) -> Option<&mut dyn Explain> {
        None
    }
    /// `pressmark.draft.pack/1`.
    fn pack(&mut self) -> Option<&mut dyn Pack> {
        None
    }
}

/// Bytes in, bytes out.
pub trait Codec {
    /// Writes all that `decode` will need, apart from the length of `input`.
    ///
    /// # Errors
    /// Any; what was written is then thrown away.
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()>;

    /// Writes the original bytes, `decoded_len` of them. Both arguments come from a
    /// file that may be damaged: end with an error or with wrong bytes, and do not
    /// allocate by `decoded_len` alone.
    ///
    /// # Errors
    /// [`Error::BadInput`] for an archive that cannot be read.
    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()>;

    /// An upper bound, in bytes, on what `encode` writes for `input_len` bytes.
    fn bound(&self, _input_len: u64) -> Option<u64> {
        None
    }
}

/// The codec piece by piece, for inputs larger than memory. Its bytes need not equal
/// those of [`Codec`].
pub trait Stream {
    /// Starts. `total_len` is the uncompressed length in bytes, if it is known.
    ///
    /// # Errors
    /// Any; nothing follows then.
    fn begin(&mut self, direction: Direction, total_len: Option<u64>) -> Result<()>;

    /// Takes the next piece, of any length, and writes what is ready.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a stream that cannot be decoded.
    fn push(&mut self, piece: &[u8], out: &mut Sink<'_>) -> Result<()>;

    /// There is no more input: writes the rest.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a stream that ends too early.
    fn finish(&mut self, out: &mut Sink<'_>) -> Result<()>;
}

/// Both sides are given the same text before the first byte.
pub trait Prime {
    /// Learns from the samples, in their order; the same state on both sides.
    ///
    /// # Errors
    /// Any; the run then fails.
    fn prime(&mut self, samples: &[&[u8]]) -> Result<()>;
}

/// Training text becomes model bytes, which are counted.
pub trait Trainable {
    /// Writes a model learnt from the samples.
    ///
    /// # Errors
    /// Any; the run then fails.
    fn train(&mut self, samples: &[&[u8]], model: &mut Sink<'_>) -> Result<()>;

    /// Takes up a model that `train` wrote, on a fresh instance, on both sides.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a model that cannot be read.
    fn load(&mut self, model: &[u8]) -> Result<()>;
}

/// What the model behind a code would cost, were coding perfect.
pub trait Model {
    /// The sum of -log2 p, in bits, over everything the last encode of this instance
    /// coded.
    ///
    /// # Errors
    /// [`Error::BadCall`] before an encode.
    fn code_length(&mut self) -> Result<f64>;

    /// On a fresh instance: `bits[i]` becomes what byte `i` of `input` costs; both have
    /// the same length. The cost of a symbol of several bytes is spread evenly.
    ///
    /// # Errors
    /// [`Error::Unsupported`], the default, where costs per byte mean nothing.
    fn symbol_costs(&mut self, _input: &[u8], _bits: &mut [f64]) -> Result<()> {
        Err(Error::Unsupported("this strategy gives no cost per byte".into()))
    }
}

/// A shorter document that keeps what matters. Lossy.
pub trait Compact {
    /// Writes at most `budget` and adds to `kept`, in order and without overlap, the
    /// spans of the document it kept.
    ///
    /// # Errors
    /// Any; what was written is then thrown away.
    fn compact(
        &mut self,
        document: &[u8],
        budget: Budget,
        out: &mut Sink<'_>,
        kept: &mut Spans<'_>,
    ) -> Result<()>;
}

/// Which pages stay. The host keeps its own set of resident keys from what is reported
/// to `events`, and audits the capacity.
pub trait Cache {
    /// Empties the cache. `capacity`, at least 1, is in the trace's unit.
    ///
    /// # Errors
    /// Any; the run then fails.
    fn reset(&mut self, capacity: u64) -> Result<()>;

    /// A turn begins; keys may be fetched ahead here.
    ///
    /// # Errors
    /// Any; the run then fails.
    fn begin_turn(&mut self, _turn: u64, _events: &mut Events<'_>) -> Result<()> {
        Ok(())
    }

    /// One access: true if the key was resident. A missed key is resident afterwards
    /// unless it is itself reported as evicted.
    ///
    /// # Errors
    /// Any; the run then fails.
    fn access(&mut self, access: &Access, events: &mut Events<'_>) -> Result<bool>;

    /// The accesses of one turn in order; `hits` has as many entries and receives 0 or 1.
    /// The default calls `access` for each without dynamic dispatch.
    ///
    /// # Errors
    /// The first error of `access`.
    fn access_batch(
        &mut self,
        accesses: &[Access],
        hits: &mut [u8],
        events: &mut Events<'_>,
    ) -> Result<()> {
        for (index, (access, hit)) in accesses.iter().zip(hits).enumerate() {
            events.at(index as u64);
            *hit = self.access(access, events)?.into();
        }
        Ok(())
    }
}

/// How the strategy sees an input, as text for a person. May change with any release.
pub trait Explain {
    /// Writes UTF-8 text.
    ///
    /// # Errors
    /// Any; what was written is then thrown away.
    fn explain(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()>;
}

/// What of a session so far goes into the context of one answer. May change with any release.
///
/// An instance serves one session: calls come in its order, and the pages of a call are those
/// of the call before it and later ones.
pub trait Pack {
    /// Writes at most [`PackRequest::budget`] tokens, and adds to `chosen` each page of which
    /// something is in there, once: a run of eight of its words, or all of fewer.
    ///
    /// # Errors
    /// Any; what was written is then thrown away.
    fn pack(
        &mut self,
        request: &PackRequest<'_>,
        out: &mut Sink<'_>,
        chosen: &mut Chosen<'_>,
    ) -> Result<()>;
}
