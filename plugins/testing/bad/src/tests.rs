//! The faults that a process survives are what they say; the others need a worker.

use pressmark_sdk::testing::{compact, decode, encode, replay, roundtrip};
use pressmark_sdk::{Access, AccessKind, Budget, Error};

use super::*;

const TEXT: &[u8] = b"once upon a time";

fn fault(descriptor: &'static Descriptor) -> Error {
    roundtrip(descriptor, &[], &[], TEXT).expect_err("a fault")
}

#[test]
fn panics_become_a_status_with_message_and_place() {
    for descriptor in [&PANIC, &PANIC_DECODE, &PANIC_CREATE] {
        let Error::Panic(message) = fault(descriptor) else { panic!("another error") };
        assert!(message.starts_with("a panic on purpose, in "), "{message}");
        assert!(message.contains("src/codec.rs:"), "{message}");
    }
    assert!(matches!(fault(&UNKNOWN_PANIC), Error::Panic(_)));
    assert!(roundtrip(&PANIC_DROP, &[], &[], TEXT).is_ok());
}

#[test]
fn failures_keep_their_message() {
    assert_eq!(fault(&STATUS), Error::Failed("a failure on purpose".into()));
    assert_eq!(fault(&FAIL_CREATE), Error::Failed("a failure on purpose, in create".into()));
}

#[test]
fn decoders_that_are_wrong_are_found_out() {
    for descriptor in [&WRONG_BYTES, &WRONG_LENGTH] {
        let Error::Failed(message) = fault(descriptor) else { panic!("another error") };
        assert!(message.contains("the first difference at"), "{message}");
    }
    assert_eq!(fault(&TOO_LONG), Error::Sink);
}

#[test]
fn state_leaks_within_a_process_only() {
    assert!(roundtrip(&LEAK_STATE, &[], &[], TEXT).is_ok());
    assert_eq!(encode(&LEAK_STATE, &[], &[], TEXT).unwrap().bytes.len(), 1);
}

#[test]
fn equal_runs_differ() {
    let run = || encode(&NONDETERMINISTIC, &[], &[], TEXT).unwrap().bytes;
    let (first, second) = (run(), run());
    assert_ne!(first, second);
    assert_eq!(decode(&NONDETERMINISTIC, &[], &[], &first, 16).unwrap().bytes, TEXT);
}

#[test]
fn what_is_not_listed_is_not_there() {
    assert!(matches!(fault(&UNSUPPORTED), Error::Unsupported(_)));
}

#[test]
fn audits_find_lies() {
    let trace: Vec<_> = (0..4).map(|key| Access::new(AccessKind::Read, key, 1, 0)).collect();
    for (descriptor, found) in [
        (&dishonest::OVERFULL, "3 units are resident, the capacity is 2"),
        (&dishonest::FALSE_HIT, "hit 1 for 0, resident: false"),
        (&dishonest::FALSE_EVICTION, "1000000 was evicted, but not resident"),
    ] {
        for batch in [false, true] {
            let error = replay(descriptor, &[], 2, &trace, batch).expect_err("a lie");
            assert_eq!(error, Error::Failed(found.into()));
        }
    }
    for descriptor in [&dishonest::OVER_BUDGET, &dishonest::FALSE_SPAN] {
        let result = compact(descriptor, &[], TEXT, Budget::Bytes(3));
        assert!(matches!(result, Err(Error::Failed(_))), "{result:?}");
    }
}
