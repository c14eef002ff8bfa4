//! `ref.brotli`: Brotli (Alakuijala and Szabadka), RFC 7932.
//!
//! Primed, the text is a custom dictionary; see [`primed`] for what is done about a defect there.

mod primed;

use brotli::enc::StandardAlloc;
use brotli::enc::encode::{
    BrotliEncoderDestroyInstance, BrotliEncoderOperation, BrotliEncoderParameter,
    BrotliEncoderStateStruct,
};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use pressmark_sdk::{Capabilities, Descriptor, Interface, OptionSpec, Result, version};

use crate::coder::{Coder, Step, damaged, failed};
use crate::peers::Peer;
use crate::session::Session;
use primed::{PrimedDecoder, PrimedEncoder};

/// The largest window of RFC 7932; larger ones are the "large window" extension.
const STANDARD_WINDOW: u32 = 24;

/// `ref.brotli`: options `level` (0 to 11) and `window` (its log2, 10 to 30).
pub const BROTLI: Descriptor = Descriptor {
    id: c"ref.brotli",
    name: c"Brotli",
    version: version!(),
    license: c"(MIT OR Apache-2.0) AND BSD-3-Clause AND MIT",
    vendor: c"pressmark",
    doc: c"Brotli (Alakuijala and Szabadka), RFC 7932. Primed, the text is a custom dictionary.",
    format_version: 2,
    capabilities: Capabilities::PURE_CODEC,
    options: &[
        OptionSpec::int(
            c"level",
            c"The quality: from fastest (0) to smallest (11).",
            c"",
            11,
            0..=11,
        ),
        OptionSpec::int(
            c"window",
            c"log2 of the window; above 24 in the large-window format.",
            c"",
            24,
            10..=30,
        ),
    ],
    interfaces: &[Interface::Codec, Interface::Stream, Interface::Prime],
    create: |host, options| {
        let (level, window) = (options.int(c"level")? as u32, options.int(c"window")? as u32);
        Ok(Session::with_prime(host, Brotli { level, window }))
    },
};

/// Brotli at one quality.
#[derive(Clone, Copy)]
pub(crate) struct Brotli {
    /// Quality 0 to 11.
    pub(crate) level: u32,
    /// log2 of the window: 10 to 24; 25 to 30 write the large-window format.
    pub(crate) window: u32,
}

impl Peer for Brotli {
    fn encoder(&self, prime: &[u8], total: Option<u64>) -> Result<Box<dyn Coder>> {
        Ok(if prime.is_empty() {
            Box::new(self.encoding(&[], total)?)
        } else {
            Box::new(PrimedEncoder::new(*self, prime, total)?)
        })
    }

    fn decoder(&self, prime: &[u8], _total: Option<u64>) -> Result<Box<dyn Coder>> {
        Ok(if prime.is_empty() {
            Box::new(self.decoding(&[]))
        } else {
            Box::new(PrimedDecoder::new(*self, prime))
        })
    }
}

impl Brotli {
    fn encoding(&self, prime: &[u8], total: Option<u64>) -> Result<Encoder> {
        use BrotliEncoderParameter as P;
        let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
        let hint = total.map_or(0, |len| u32::try_from(len).unwrap_or(u32::MAX));
        let large = u32::from(self.window > STANDARD_WINDOW);
        for (parameter, value) in [
            (P::BROTLI_PARAM_QUALITY, self.level),
            (P::BROTLI_PARAM_LARGE_WINDOW, large),
            (P::BROTLI_PARAM_LGWIN, self.window),
            (P::BROTLI_PARAM_SIZE_HINT, hint),
        ] {
            if !state.set_parameter(parameter, value) {
                return Err(failed("brotli", "it refused a parameter"));
            }
        }
        if !prime.is_empty() {
            state.set_custom_dictionary(prime.len(), prime);
        }
        Ok(Encoder(state))
    }

    fn decoding(&self, prime: &[u8]) -> Decoder {
        let mut state = BrotliState::new_with_custom_dictionary(
            StandardAlloc::default(),
            StandardAlloc::default(),
            StandardAlloc::default(),
            prime.to_vec().into(),
        );
        state.large_window = self.window > STANDARD_WINDOW;
        Decoder { state, written: 0 }
    }
}

struct Encoder(BrotliEncoderStateStruct<StandardAlloc>);

impl Drop for Encoder {
    fn drop(&mut self) {
        BrotliEncoderDestroyInstance(&mut self.0);
    }
}

impl Coder for Encoder {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step> {
        let operation = if last {
            BrotliEncoderOperation::BROTLI_OPERATION_FINISH
        } else {
            BrotliEncoderOperation::BROTLI_OPERATION_PROCESS
        };
        let (mut input_left, mut read) = (input.len(), 0);
        let (mut output_left, mut written) = (output.len(), 0);
        let ok = self.0.compress_stream(
            operation,
            &mut input_left,
            input,
            &mut read,
            &mut output_left,
            output,
            &mut written,
            &mut None,
            &mut |_, _, _, _| (),
        );
        if !ok {
            return Err(failed("brotli", "its encoder stopped"));
        }
        Ok(Step { read, written, done: last && self.0.is_finished() })
    }
}

struct Decoder {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    written: usize,
}

impl Coder for Decoder {
    fn step(&mut self, input: &[u8], _last: bool, output: &mut [u8]) -> Result<Step> {
        let (mut input_left, mut read) = (input.len(), 0);
        let (mut output_left, mut written) = (output.len(), 0);
        let result = BrotliDecompressStream(
            &mut input_left,
            &mut read,
            input,
            &mut output_left,
            &mut written,
            output,
            &mut self.written,
            &mut self.state,
        );
        if let BrotliResult::ResultFailure = result {
            return Err(damaged("brotli's decoder refused it"));
        }
        Ok(Step { read, written, done: matches!(result, BrotliResult::ResultSuccess) })
    }
}
