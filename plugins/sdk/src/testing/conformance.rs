//! The contract every strategy keeps, checked inside a test program.

use super::memory;
use super::session::{Session, Setup};
use super::{compact, pack, replay, roundtrip, roundtrip_stream, roundtrip_trained};
use crate::options::OptionKind;
use crate::{
    Access, AccessKind, Budget, Capabilities, Descriptor, Direction, Error, Interface, Mode,
    PackRequest, Page, Result, check, count_tokens,
};

/// Checks a strategy with its default options, and its smaller options on a short text:
/// the descriptor; interface ids; round trips of hard inputs; equal bytes from equal
/// runs; damaged archives, models and streams; refusal of memory growth from run to run;
/// cancelling; priming, training, streaming, compaction and replay where it lists them.
///
/// # Panics
/// With what is wrong: this is for `#[test]` functions.
pub fn conformance(descriptor: &'static Descriptor) {
    check::check(c"conformance", &[descriptor]);
    let has = |interface| descriptor.interfaces.contains(&interface);
    interface_ids(descriptor);
    if has(Interface::Codec) {
        codec(descriptor);
        options(descriptor);
        cancel(descriptor);
        memory_comes_back(descriptor);
    }
    if has(Interface::Codec) && has(Interface::Prime) {
        for input in inputs() {
            let samples: [&[u8]; 3] = [b"", TEXT, b"\xff\0"];
            expect("with a prime", &input, roundtrip(descriptor, &[], &samples, &input.bytes));
        }
    }
    if has(Interface::Codec) && has(Interface::Trainable) {
        trainable(descriptor);
    }
    if has(Interface::Codec) && has(Interface::Model) {
        model(descriptor);
    }
    if has(Interface::Stream) {
        stream(descriptor);
    }
    if has(Interface::Compact) {
        compaction(descriptor);
    }
    if has(Interface::Cache) {
        cache(descriptor);
    }
    if has(Interface::Explain) {
        for input in inputs() {
            let explained = start(descriptor).explain(&input.bytes);
            no_panic("explain", &explained);
        }
    }
    if has(Interface::Pack) {
        packing(descriptor);
    }
}

const TEXT: &[u8] = b"One day, a little girl named Lily found a needle in her room. \
    She knew it was difficult to play with it because it was sharp. \
    Lily wanted to share the needle with her mom, so she could sew a button on her shirt. \
    Lily went to her mom and said, \"Mom, I found this needle.\"\n";

struct Input {
    name: &'static str,
    bytes: Vec<u8>,
}

fn inputs() -> Vec<Input> {
    let input = |name, bytes| Input { name, bytes };
    vec![
        input("nothing", vec![]),
        input("one byte", vec![0]),
        input("the byte 255", vec![255]),
        input("all 256 bytes", (0..=255).collect()),
        input("random bytes", random(20_001)),
        input("65537 times one byte", vec![b'a'; 65_537]),
        input("text", TEXT.repeat(20)),
        input("CRLF lines", TEXT.repeat(3).replace_all(b'.', b"\r\n")),
        input("invalid UTF-8", [TEXT, b"\xff\xfe\xc3\x28\xed\xa0\x80\xf0", TEXT].concat()),
        input("UTF-8", "Grüße, 世界! \u{1F600}\u{0301}\u{200d} ".repeat(50).into_bytes()),
        input("a period of three", b"abc".repeat(5_000)),
    ]
}

trait ReplaceAll {
    fn replace_all(self, byte: u8, by: &[u8]) -> Vec<u8>;
}

impl ReplaceAll for Vec<u8> {
    fn replace_all(self, byte: u8, by: &[u8]) -> Vec<u8> {
        self.split(|&other| other == byte).collect::<Vec<_>>().join(by)
    }
}

/// Bytes of a xorshift generator (Marsaglia, 2003): the same in each run.
fn random(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(|_| next()).collect()
}

fn expect<T>(what: &str, input: &Input, result: Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{what}, {}: {error}", input.name))
}

fn no_panic<T>(what: &str, result: &Result<T>) {
    if let Err(error @ Error::Panic(_)) = result {
        panic!("{what}: {error}");
    }
}

fn start(descriptor: &'static Descriptor) -> Session {
    match Session::new(descriptor, Setup::default()) {
        Ok(session) => session,
        Err(error) => panic!("create with default options: {error}"),
    }
}

const ALL: [Interface; 9] = [
    Interface::Codec,
    Interface::Stream,
    Interface::Prime,
    Interface::Trainable,
    Interface::Model,
    Interface::Compact,
    Interface::Cache,
    Interface::Explain,
    Interface::Pack,
];

fn interface_ids(descriptor: &'static Descriptor) {
    let mut session = start(descriptor);
    assert!(!descriptor.interfaces.is_empty(), "the strategy lists no interface");
    for interface in ALL {
        let listed = descriptor.interfaces.contains(&interface);
        assert_eq!(!session.answer(interface.id()).is_null(), listed, "{interface:?}");
        assert!(!listed || session.provides(interface), "{interface:?}: listed, not provided");
    }
    for id in [c"", c"pressmark.codec/2", c"pressmark.codec/1 ", c"pressmark.codec"] {
        assert!(session.answer(id).is_null(), "an unknown interface id has an answer: {id:?}");
    }
}

fn codec(descriptor: &'static Descriptor) {
    for input in inputs() {
        let first = expect("codec", &input, roundtrip(descriptor, &[], &[], &input.bytes));
        if descriptor.capabilities.has(Capabilities::DETERMINISTIC) {
            // Other threads, another place in memory, another state of the process.
            let max_threads = 4;
            let result = Session::new(descriptor, Setup { max_threads, ..Setup::default() })
                .and_then(|mut session| session.encode(&input.bytes).map(|()| session))
                .and_then(Session::output);
            let again = expect("codec, again", &input, result);
            assert!(first.bytes == again.bytes, "{}: two runs differ", input.name);
        }
        let bound = expect("bound", &input, start(descriptor).bound(input.bytes.len() as u64));
        let len = first.bytes.len() as u64;
        assert!(bound.is_none_or(|bound| len <= bound), "{}: over the bound", input.name);
    }
    let len = TEXT.len() as u64;
    let archive = match super::encode(descriptor, &[], &[], TEXT) {
        Ok(output) => output.bytes,
        Err(error) => panic!("encode text: {error}"),
    };
    for damaged in damages(&archive) {
        no_panic("a damaged archive", &start(descriptor).decode(&damaged, len));
    }
    // The length is part of the archive's header: it can be damaged, too. A decoder that
    // allocates by it panics at the first of these and aborts the test at the second.
    for wrong in [u64::MAX, 1 << 40, 1 << 20, len + 1, len - 1, 1, 0] {
        let result = start(descriptor).decode_within(&archive, wrong, 1 << 16);
        no_panic("a wrong decoded length", &result);
    }
}

/// Cut short, lengthened, with single bits flipped, and other bytes altogether.
fn damages(archive: &[u8]) -> Vec<Vec<u8>> {
    let mut damaged = vec![vec![], vec![0; 64], vec![255; 64], random(64), random(1000)];
    let step = (archive.len() / 24).max(1);
    damaged.extend((0..archive.len()).step_by(step).map(|len| archive[..len].to_vec()));
    for (turn, at) in (0..archive.len()).step_by(step).enumerate() {
        let mut flipped = archive.to_vec();
        flipped[at] ^= 1 << (turn % 8);
        damaged.push(flipped);
    }
    damaged.push([archive, b"tail"].concat());
    damaged
}

/// Every choice, both truths, and the least of each number, on a short text. (The most may
/// be gigabytes.)
fn options(descriptor: &'static Descriptor) {
    for spec in descriptor.options {
        let values: Vec<String> = match spec.kind {
            OptionKind::Bool { .. } => vec!["false".into(), "true".into()],
            OptionKind::Int { min, .. } => vec![min.to_string()],
            OptionKind::Float { min, .. } => vec![min.to_string()],
            OptionKind::Choice { choices, .. } | OptionKind::Set { choices, .. } => {
                choices.iter().map(|choice| choice.to_string_lossy().into_owned()).collect()
            }
            OptionKind::Text { .. } => vec![],
        };
        let name = spec.name.to_string_lossy();
        for value in values {
            match roundtrip(descriptor, &[(&name, &value)], &[], TEXT) {
                Ok(_) | Err(Error::BadOption(_)) => {}
                Err(error) => panic!("option {name} = {value}: {error}"),
            }
        }
    }
}

fn cancel(descriptor: &'static Descriptor) {
    let result = Session::new(descriptor, Setup { cancel: true, ..Setup::default() }).and_then(
        |mut session| {
            let result = session.encode(&TEXT.repeat(20));
            let asked = session.host.heard.borrow().progress_calls > 0;
            result.map(|()| asked)
        },
    );
    assert!(
        matches!(result, Ok(false) | Err(Error::Cancelled)),
        "progress said stop, and the encoder went on: {result:?}"
    );
}

/// What a run takes it gives back: from the second run on (statics, caches) nothing grows.
fn memory_comes_back(descriptor: &'static Descriptor) {
    if descriptor.capabilities.has(Capabilities::THREADS) {
        return; // Blocks of other threads are not counted.
    }
    let run = || {
        let result = roundtrip(descriptor, &[], &[], TEXT);
        assert!(result.is_ok(), "{result:?}");
    };
    run();
    let before = memory::live();
    run();
    assert_eq!(memory::live(), before, "bytes that a run did not give back");
}

fn trainable(descriptor: &'static Descriptor) {
    let samples: [&[u8]; 2] = [TEXT, b""];
    let mut model = vec![];
    for input in inputs() {
        let result = roundtrip_trained(descriptor, &[], &samples, &input.bytes);
        let (learnt, _) = expect("trained", &input, result);
        assert!(
            model.is_empty() || model == learnt || !is_deterministic(descriptor),
            "two trainings differ"
        );
        model = learnt;
    }
    for damaged in damages(&model) {
        no_panic("a damaged model", &start(descriptor).load(&damaged));
    }
}

fn is_deterministic(descriptor: &Descriptor) -> bool {
    descriptor.capabilities.has(Capabilities::DETERMINISTIC)
}

fn model(descriptor: &'static Descriptor) {
    for input in inputs() {
        let output = expect("encode", &input, super::encode(descriptor, &[], &[], &input.bytes));
        let bits = output.ideal_bits.unwrap_or(f64::NAN);
        assert!(bits.is_finite() && bits >= 0.0, "{}: an ideal length of {bits}", input.name);
        match start(descriptor).symbol_costs(&input.bytes) {
            Ok(costs) => {
                let good = costs.iter().all(|bits| bits.is_finite() && *bits >= 0.0);
                assert!(good, "{}: a symbol without a cost", input.name);
            }
            Err(Error::Unsupported(_)) => {}
            Err(error) => panic!("symbol costs, {}: {error}", input.name),
        }
    }
}

fn stream(descriptor: &'static Descriptor) {
    let early = start(descriptor).push_early();
    assert!(matches!(early, Err(Error::BadCall(_))), "a push before begin: {early:?}");
    for input in inputs() {
        for piece in [1, 7, 4096, usize::MAX] {
            if piece == 1 && input.bytes.len() > 30_000 {
                continue;
            }
            expect("stream", &input, roundtrip_stream(descriptor, &[], piece, &input.bytes));
        }
    }
    let mut session = start(descriptor);
    let encoded =
        session.stream(Direction::Encode, None, TEXT, 100).and_then(|()| session.output());
    let Ok(encoded) = encoded else { panic!("a stream of unknown length: {encoded:?}") };
    for damaged in damages(&encoded.bytes) {
        let len = Some(TEXT.len() as u64);
        let result = start(descriptor).stream(Direction::Decode, len, &damaged, 10);
        no_panic("a damaged stream", &result);
    }
}

fn compaction(descriptor: &'static Descriptor) {
    for input in inputs() {
        let half = input.bytes.len() as u64 / 2;
        for budget in [
            Budget::Free,
            Budget::Bytes(0),
            Budget::Bytes(1),
            Budget::Bytes(half),
            Budget::Bytes(half * 4),
            Budget::Tokens(0),
            Budget::Tokens(1),
            Budget::Tokens(half / 4),
        ] {
            match compact(descriptor, &[], &input.bytes, budget) {
                Ok(_) | Err(Error::Unsupported(_)) => {}
                Err(error) => panic!("compact {budget:?}, {}: {error}", input.name),
            }
        }
    }
}

/// One session of hard pages, packed as it grows, in every mode and for budgets of all sizes.
fn packing(descriptor: &'static Descriptor) {
    let inputs = inputs();
    let roles =
        [("system", ""), ("user", ""), ("assistant", ""), ("assistant", "find"), ("tool", "find")];
    let roles = roles.into_iter().cycle();
    let pages: Vec<Page<'_>> = (0..)
        .zip(inputs.iter().zip(roles))
        .map(|(turn, (input, (role, tool)))| {
            let text = &input.bytes[..];
            Page { text, role, tool, turn, tokens: count_tokens(text) }
        })
        .collect();
    for budget in [0, 1, 2, 7, 64, 1000, 1 << 20] {
        for mode in [Mode::Strict, Mode::Relaxed, Mode::Passive] {
            let request =
                |count| PackRequest { question: TEXT, pages: &pages[..count], budget, mode };
            let requests: Vec<PackRequest<'_>> = (0..=pages.len()).map(request).collect();
            let run = || match pack(descriptor, &[], &requests) {
                Ok(packed) => packed,
                Err(error) => panic!("pack {budget} tokens, {mode:?}: {error}"),
            };
            let packed = run();
            assert!(!is_deterministic(descriptor) || packed == run(), "two runs differ");
        }
    }
}

fn cache(descriptor: &'static Descriptor) {
    let bytes = random(6_000);
    let random = bytes.iter().enumerate().map(|(at, &byte)| {
        let kind = match byte & 7 {
            0 => AccessKind::Write,
            _ => AccessKind::Read,
        };
        Access::new(kind, u64::from(byte.isqrt()), 1, at as u64 / 11)
    });
    let looping = (0..3_000).map(|at| Access::new(AccessKind::Read, at % 13, 1, at / 5));
    let spread = (0..500).map(|at| Access::new(AccessKind::Read, u64::MAX - at, 1, at));
    for trace in [random.collect::<Vec<_>>(), looping.collect(), spread.collect(), vec![]] {
        for capacity in [1, 2, 7, 12, 1000, u64::MAX] {
            let run = |batch| match replay(descriptor, &[], capacity, &trace, batch) {
                Ok(replay) => replay.hits,
                Err(error) => panic!("replay with capacity {capacity}: {error}"),
            };
            assert_eq!(run(false), run(true), "a batch differs, capacity {capacity}");
        }
    }
}
