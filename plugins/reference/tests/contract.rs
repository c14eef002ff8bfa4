//! What the host relies on, for every strategy of the plugin.

use pressmark_reference::{BROTLI, BZIP2, GZIP, LZ4, PPMD, STORE, XZ, ZSTD};
use pressmark_sdk::testing::{conformance, encode};
use pressmark_sdk::{Capabilities, Descriptor, OptionSpec};

#[test]
fn store() {
    conformance(&STORE);
}

#[test]
fn gzip() {
    conformance(&GZIP);
}

#[test]
fn bzip2() {
    conformance(&BZIP2);
}

#[test]
fn xz() {
    conformance(&XZ);
}

#[test]
fn zstd() {
    conformance(&ZSTD);
}

#[test]
fn brotli() {
    conformance(&BROTLI);
}

/// With little memory: the library clears all of it for each run.
#[test]
fn ppmd() {
    const SMALL: Descriptor = Descriptor {
        options: &[
            OptionSpec::int(c"order", c"As PPMD's.", c"bytes", 12, 2..=64),
            OptionSpec::int(c"memory_mb", c"As PPMD's.", c"MiB", 1, 1..=2047),
        ],
        ..PPMD
    };
    conformance(&SMALL);
}

#[test]
fn lz4() {
    conformance(&LZ4);
}

/// Those that say so take their tables from the host; a C allocator would not be seen.
#[test]
fn memory_is_the_hosts() {
    let text = b"what is said once is said twice ".repeat(10_000);
    for (descriptor, least) in [
        (&GZIP, 200 << 10),
        (&BZIP2, 4 << 20),
        (&ZSTD, 1 << 20),
        (&BROTLI, 1 << 20),
        (&PPMD, 512 << 20),
    ] {
        assert!(descriptor.capabilities.has(Capabilities::HOST_MEMORY));
        let peak = encode(descriptor, &[], &[], &text).expect("it can be encoded").host_peak;
        assert!(peak >= least, "{:?} took {peak} bytes from the host", descriptor.id);
    }
}
