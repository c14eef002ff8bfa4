//! What a strategy sees of its host: sinks, facts, options, figures.

use std::io::Write as _;

use pressmark_sdk::testing::{conformance, decode, encode, roundtrip};
use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Error, Host, Interface, Result, Sink, Strategy, version,
};
use proptest::prelude::*;

type Encode = fn(&Host, &[u8], &mut Sink<'_>) -> Result<()>;

struct With {
    host: Host,
    encode: Encode,
}

impl Strategy for With {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }
}

impl Codec for With {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        (self.encode)(&self.host, input, out)
    }

    fn decode(&mut self, archive: &[u8], _: u64, out: &mut Sink<'_>) -> Result<()> {
        out.write(archive)
    }
}

const STORE: Descriptor = Descriptor {
    id: c"test.store",
    name: c"Store",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"Stores its input.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[],
    interfaces: &[Interface::Codec],
    create: |host, _| {
        Ok(Box::new(With { host: host.clone(), encode: |_, input, out| out.write(input) }))
    },
};

/// A strategy that stores what `encode` makes of its input.
macro_rules! with {
    ($encode:expr) => {
        &const {
            Descriptor {
                create: |host, _| Ok(Box::new(With { host: host.clone(), encode: $encode })),
                ..STORE
            }
        }
    };
}

#[test]
fn a_store_keeps_the_contract() {
    conformance(&STORE);
}

/// Writes what the input tells: two bytes of size and way, then that many bytes.
const WRITER: &Descriptor = with!(|_, input, out| {
    let (mut rest, mut total) = (input, 0);
    while let [size, way, more @ ..] = rest {
        // Sizes on both sides of the sink's buffer of 1024 bytes.
        let (piece, more) = more.split_at(more.len().min(usize::from(*size) * 9));
        match way % 4 {
            0 => out.write(piece)?,
            1 => piece.iter().try_for_each(|&byte| out.push(byte))?,
            2 => out.write_all(piece)?,
            _ => out.fill(piece.len() + 10, |room| {
                assert!(room.len() == piece.len() + 10 && room.iter().all(|&byte| byte == 0));
                room[..piece.len()].copy_from_slice(piece);
                Ok(piece.len())
            })?,
        }
        total += piece.len() as u64;
        assert_eq!(out.written(), total);
        rest = more;
    }
    Ok(())
});

/// What [`WRITER`] has to write for an input.
fn pieces(mut rest: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    while let [size, _, more @ ..] = rest {
        let (piece, more) = more.split_at(more.len().min(usize::from(*size) * 9));
        all.extend_from_slice(piece);
        rest = more;
    }
    all
}

proptest! {
    #[test]
    fn bytes_arrive_in_order_however_they_are_written(
        input in proptest::collection::vec(any::<u8>(), 0..12_000),
    ) {
        let output = encode(WRITER, &[], &[], &input).unwrap();
        prop_assert_eq!(output.bytes, pieces(&input));
    }

    #[test]
    fn any_bytes_survive_a_store(input in proptest::collection::vec(any::<u8>(), 0..5_000)) {
        let output = roundtrip(&STORE, &[], &[], &input).unwrap();
        prop_assert_eq!(output.bytes, input);
    }
}

#[test]
fn a_full_sink_is_an_error_on_every_way() {
    for len in [0, 1, 1023, 1024, 5000] {
        let archive = vec![b'x'; 5001];
        assert_eq!(decode(&STORE, &[], &[], &archive, len), Err(Error::Sink));
    }
    let through_io: &'static Descriptor = with!(|_, _, out| {
        out.fill(3, |_| Err(std::io::Error::other(Error::Unsupported("x".into())).into()))
    });
    assert_eq!(encode(through_io, &[], &[], b""), Err(Error::Unsupported("x".into())));
    let foreign: &'static Descriptor =
        with!(|_, _, _| Err(std::io::Error::other("a library's own").into()));
    assert_eq!(encode(foreign, &[], &[], b""), Err(Error::Failed("a library's own".into())));
    let overfull: &'static Descriptor = with!(|_, _, out| out.fill(3, |_| Ok(4)));
    assert!(matches!(encode(overfull, &[], &[], b""), Err(Error::BadCall(_))));
}

#[test]
fn figures_and_facts_pass() {
    let descriptor: &'static Descriptor = with!(|host, _, _| {
        assert_eq!((host.seed(), host.max_threads(), host.memory_limit()), (0, 1, None));
        host.metric("a", "bytes", 1.0);
        host.metric("a", "bytes", 2.0);
        host.channel("hits", 3, 1);
        host.channel("hits", 4, 2);
        host.series("curve", 1.0, 0.5);
        host.progress(1, 1)
    });
    let output = encode(descriptor, &[], &[], b"").unwrap();
    assert_eq!(output.metrics["a"], 2.0);
    assert_eq!(output.channels["hits"], (7, 3));
    assert_eq!(output.series["curve"], [(1.0, 0.5)]);
}

#[test]
fn a_handle_kept_too_long_does_nothing() {
    thread_local! {
        static KEPT: std::cell::RefCell<Option<Host>> = const { std::cell::RefCell::new(None) };
    }
    let descriptor: &'static Descriptor = with!(|host, _, _| {
        KEPT.set(Some(host.clone()));
        Ok(())
    });
    encode(descriptor, &[], &[], b"").unwrap();
    let host = KEPT.take().unwrap();
    host.metric("late", "", 1.0);
    assert_eq!(host.progress(1, 2), Ok(()));
    assert_eq!(host.seed(), 0);
}

#[test]
#[should_panic(expected = "the encoder went on")]
fn conformance_finds_a_strategy_that_cannot_be_stopped() {
    conformance(with!(|host, input, out| {
        let _stop = host.progress(0, 1);
        out.write(input)
    }));
}

#[test]
#[should_panic(expected = "the decoder wrote")]
fn conformance_finds_a_loss() {
    conformance(with!(|_, input, out| out.write(input.strip_suffix(b"\n").unwrap_or(input))));
}

#[test]
#[should_panic(expected = "two runs differ")]
fn conformance_finds_bytes_that_depend_on_the_number_of_threads() {
    const TAGGED: Descriptor =
        Descriptor { create: |host, _| Ok(Box::new(Tagged(host.clone()))), ..STORE };
    struct Tagged(Host);
    impl Strategy for Tagged {
        fn codec(&mut self) -> Option<&mut dyn Codec> {
            Some(self)
        }
    }
    impl Codec for Tagged {
        fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
            out.push(self.0.max_threads() as u8)?;
            out.write(input)
        }
        fn decode(&mut self, archive: &[u8], _: u64, out: &mut Sink<'_>) -> Result<()> {
            out.write(archive.get(1..).unwrap_or_default())
        }
    }
    conformance(&TAGGED);
}

#[test]
#[should_panic(expected = "a wrong decoded length: panicked")]
fn conformance_finds_a_decoder_that_trusts_the_length() {
    const TRUSTING: Descriptor = Descriptor { create: |_, _| Ok(Box::new(Trusting)), ..STORE };
    struct Trusting;
    impl Strategy for Trusting {
        fn codec(&mut self) -> Option<&mut dyn Codec> {
            Some(self)
        }
    }
    impl Codec for Trusting {
        fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
            out.write(input)
        }
        fn decode(&mut self, archive: &[u8], len: u64, out: &mut Sink<'_>) -> Result<()> {
            let mut room: Vec<u8> = Vec::with_capacity(len as usize);
            room.extend_from_slice(archive);
            out.write(&room)
        }
    }
    conformance(&TRUSTING);
}
