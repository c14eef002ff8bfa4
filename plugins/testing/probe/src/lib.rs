//! One well-behaved strategy per interface, to exercise a host. Each is as small as its
//! interface allows, and what it reports can be worked out by hand.

mod alloc;
mod cache;
mod compact;
mod copy;
mod curves;
mod histogram;
mod options;
mod pack;
mod prime;
mod stream;
#[cfg(test)]
mod tests;

use pressmark_sdk::{Capabilities, Descriptor, export_plugin, version};

export_plugin! {
    id: "probe",
    strategies: [
        copy::COPY,
        cache::CACHE,
        compact::COMPACT,
        stream::STREAM,
        histogram::TRAIN,
        histogram::MODEL,
        prime::PRIME,
        alloc::ALLOC,
        options::OPTIONS,
        curves::CURVES,
        pack::PACK,
    ]
}

/// What all descriptors here share; each names the rest.
const PROBE: Descriptor = Descriptor {
    id: c"probe.copy",
    name: c"Probe",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"Exercises a host.",
    format_version: 1,
    capabilities: Capabilities::PURE_CODEC,
    options: &[],
    interfaces: &[],
    create: |_, _| Err(pressmark_sdk::Error::Unsupported("a pattern, not a strategy".into())),
};
