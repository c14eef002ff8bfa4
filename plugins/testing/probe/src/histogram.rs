//! `probe.train` and `probe.model`: bytes coded by a histogram.
//!
//! Each byte has a rank, by falling count; ranks are written in the Elias gamma code
//! (Elias, 1975), whose lengths are the ideal lengths of its own distribution.

use pressmark_sdk::{
    Codec, Descriptor, Error, Host, Interface, Model, Result, Sink, Strategy, Trainable,
};

use crate::PROBE;

pub(crate) const TRAIN: Descriptor = Descriptor {
    id: c"probe.train",
    doc: c"Ranks bytes by a histogram of the training text (the model, 2048 bytes); gamma codes.",
    interfaces: &[Interface::Codec, Interface::Trainable],
    create: |host, _| Ok(Box::new(Histogram::new(host))),
    ..PROBE
};

pub(crate) const MODEL: Descriptor = Descriptor {
    id: c"probe.model",
    doc: c"Gamma codes of byte values plus one; the ideal length is the code's own.",
    interfaces: &[Interface::Codec, Interface::Model],
    ..TRAIN
};

struct Histogram {
    host: Host,
    /// By byte, its rank from 0; by rank, the byte.
    rank: [u8; 256],
    byte: [u8; 256],
    coded: Option<u64>,
}

impl Histogram {
    fn new(host: &Host) -> Self {
        let identity = std::array::from_fn(|at| at as u8);
        Self { host: host.clone(), rank: identity, byte: identity, coded: None }
    }

    /// Length in bits of the gamma code of a byte's rank.
    fn bits(&self, byte: u8) -> u64 {
        let code = u32::from(self.rank[usize::from(byte)]) + 1;
        u64::from(2 * code.ilog2() + 1)
    }
}

impl Strategy for Histogram {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }
    fn trainable(&mut self) -> Option<&mut dyn Trainable> {
        Some(self)
    }
    fn model(&mut self) -> Option<&mut dyn Model> {
        Some(self)
    }
}

impl Trainable for Histogram {
    fn train(&mut self, samples: &[&[u8]], model: &mut Sink<'_>) -> Result<()> {
        let mut counts = [0_u64; 256];
        for &byte in samples.iter().copied().flatten() {
            counts[usize::from(byte)] += 1;
        }
        counts.iter().try_for_each(|count| model.write(&count.to_le_bytes()))
    }

    fn load(&mut self, model: &[u8]) -> Result<()> {
        let (counts, rest) = model.as_chunks::<8>();
        if counts.len() != 256 || !rest.is_empty() {
            return Err(Error::BadInput(format!("a model has 2048 bytes, not {}", model.len())));
        }
        self.byte.sort_by_key(|&byte| {
            (std::cmp::Reverse(u64::from_le_bytes(counts[usize::from(byte)])), byte)
        });
        for (rank, &byte) in self.byte.iter().enumerate() {
            self.rank[usize::from(byte)] = rank as u8;
        }
        Ok(())
    }
}

impl Model for Histogram {
    fn code_length(&mut self) -> Result<f64> {
        let bits = self.coded.ok_or_else(|| Error::BadCall("nothing is encoded yet".into()))?;
        Ok(bits as f64)
    }

    fn symbol_costs(&mut self, input: &[u8], bits: &mut [f64]) -> Result<()> {
        for (&byte, bits) in input.iter().zip(bits) {
            *bits = self.bits(byte) as f64;
        }
        Ok(())
    }
}

impl Codec for Histogram {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        let (mut pending, mut filled) = (0_u32, 0);
        for (at, &byte) in input.iter().enumerate() {
            if at % 4096 == 0 {
                self.host.progress(at as u64, input.len() as u64)?;
            }
            // The code itself, with as many zeros in front as it has bits after the first.
            let code = u32::from(self.rank[usize::from(byte)]) + 1;
            let width = 2 * code.ilog2() + 1;
            pending = pending << width | code;
            filled += width;
            while filled >= 8 {
                filled -= 8;
                out.push((pending >> filled) as u8)?;
            }
        }
        if filled > 0 {
            out.push((pending << (8 - filled)) as u8)?;
        }
        self.coded = Some(input.iter().map(|&byte| self.bits(byte)).sum());
        Ok(())
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        let bits = archive.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1));
        let mut bits = bits.map(u32::from);
        let mut next =
            || bits.next().ok_or_else(|| Error::BadInput("the archive ends too early".into()));
        for _ in 0..decoded_len {
            let mut zeros = 0;
            while next()? == 0 {
                zeros += 1;
            }
            let mut code = 1_u32;
            for _ in 0..zeros {
                code = code.checked_mul(2).ok_or_else(too_long)? + next()?;
            }
            out.push(*self.byte.get(code as usize - 1).ok_or_else(too_long)?)?;
        }
        Ok(())
    }
}

fn too_long() -> Error {
    Error::BadInput("a code stands for no byte".into())
}
