//! Strategies that break one rule each, to see that a host survives them, names the
//! fault and the phase, and runs the next cell. Whatever they do not break is right:
//! apart from its fault, each stores its input as it is.
//!
//! Some never end or take all the memory there is: run them in a worker, under limits.

mod codec;
mod dishonest;
mod faults;
#[cfg(test)]
mod tests;

use pressmark_sdk::{Capabilities, Descriptor, Interface, export_plugin, version};

use codec::{Bad, Fault};

/// Descriptors of strategies whose codec has a fault.
macro_rules! bad {
    ($($name:ident $id:literal $fault:ident $doc:literal;)+) => {$(
        const $name: Descriptor = Descriptor {
            id: $id,
            doc: $doc,
            create: |host, _| Bad::create(host, Fault::$fault),
            ..BAD
        };
    )+};
}

const BAD: Descriptor = Descriptor {
    id: c"bad.pattern",
    name: c"Bad",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"Breaks a rule.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[],
    interfaces: &[Interface::Codec],
    create: |host, _| Bad::create(host, Fault::None),
};

bad! {
    NULL_WRITE c"bad.null_write" NullWrite c"The encoder writes to page zero.";
    ABORT c"bad.abort" Abort c"The encoder calls abort.";
    PANIC c"bad.panic" Panic c"The encoder panics.";
    LOOP c"bad.loop" Loop c"The encoder never ends.";
    ALLOC c"bad.alloc" Alloc c"The encoder allocates without end, and touches all of it.";
    MALLOC c"bad.malloc" Malloc c"As bad.alloc, behind the host's back.";
    EXIT c"bad.exit" Exit c"The encoder exits the process with status 0.";
    PRINT c"bad.print" Print c"Right, but for noise on both standard streams.";
    STATUS c"bad.status" Status c"The encoder fails with a message.";
    UNKNOWN_PANIC c"bad.panic_value" PanicValue c"The encoder panics with a value that is no text.";
    NONDETERMINISTIC c"bad.nondeterministic" Nondeterministic
        c"Right, but the bytes differ from run to run, which it denies.";
    OUTPUT_FOREVER c"bad.output_forever" OutputForever c"The encoder writes without end.";
    FORK c"bad.fork" Fork c"The encoder leaves a child that sleeps and holds all descriptors.";
    STACK_OVERFLOW c"bad.stack_overflow" StackOverflow c"The encoder recurses without end.";
    CLOSE_FDS c"bad.close_fds" CloseFds c"The encoder closes the descriptors 0 to 64.";
    WRONG_BYTES c"bad.wrong_bytes" WrongBytes c"The decoder flips a bit of the last byte.";
    WRONG_LENGTH c"bad.wrong_length" WrongLength c"The decoder leaves the last byte out.";
    TOO_LONG c"bad.too_long" TooLong c"The decoder writes a byte too many.";
    PANIC_DECODE c"bad.panic_decode" PanicDecode c"The decoder panics.";
    CRASH_DECODE c"bad.crash_decode" CrashDecode c"The decoder writes to page zero.";
    LOOP_DECODE c"bad.loop_decode" LoopDecode c"The decoder never ends.";
    LEAK_STATE c"bad.leak_state" LeakState
        c"The encoder keeps the input in a global and writes one byte; the decoder reads the global.";
    HANG_CREATE c"bad.hang_create" HangCreate c"Creation never ends.";
    PANIC_CREATE c"bad.panic_create" PanicCreate c"Creation panics.";
    FAIL_CREATE c"bad.fail_create" FailCreate c"Creation fails with a message.";
    PANIC_DROP c"bad.panic_drop" PanicDrop c"Right, but destruction panics.";
    LEAK_MEMORY c"bad.leak_memory" LeakMemory c"Right, but a MiB is never given back.";
}

const UNSUPPORTED: Descriptor =
    Descriptor { id: c"bad.unsupported", doc: c"Lists no interface.", interfaces: &[], ..BAD };

export_plugin! {
    id: "bad",
    strategies: [
        NULL_WRITE, ABORT, PANIC, LOOP, ALLOC, MALLOC, EXIT, PRINT, STATUS, UNKNOWN_PANIC,
        NONDETERMINISTIC, OUTPUT_FOREVER, FORK, STACK_OVERFLOW, CLOSE_FDS, WRONG_BYTES,
        WRONG_LENGTH, TOO_LONG, PANIC_DECODE, CRASH_DECODE, LOOP_DECODE, LEAK_STATE, HANG_CREATE,
        PANIC_CREATE, FAIL_CREATE, PANIC_DROP, LEAK_MEMORY, UNSUPPORTED,
        dishonest::OVERFULL, dishonest::FALSE_HIT, dishonest::FALSE_EVICTION,
        dishonest::OVER_BUDGET, dishonest::FALSE_SPAN,
    ]
}
