//! Write a pressmark strategy in safe Rust.
//!
//! A plugin is a `cdylib` that describes its strategies as constants and hands them to
//! [`export_plugin!`]. This is one in full:
//!
//! ```
//! use pressmark_sdk::{Capabilities, Codec, Descriptor, Interface, Result, Sink, Strategy};
//!
//! pressmark_sdk::export_plugin! { id: "demo", strategies: [XOR] }
//!
//! const XOR: Descriptor = Descriptor {
//!     id: c"demo.xor",
//!     name: c"Difference to the byte before",
//!     version: pressmark_sdk::version!(),
//!     license: c"MIT",
//!     vendor: c"me",
//!     doc: c"Replaces each byte by its exclusive or with the byte before it.",
//!     format_version: 1,
//!     capabilities: Capabilities::PURE_CODEC,
//!     options: &[],
//!     interfaces: &[Interface::Codec],
//!     create: |_host, _options| Ok(Box::new(Xor)),
//! };
//!
//! struct Xor;
//!
//! impl Strategy for Xor {
//!     fn codec(&mut self) -> Option<&mut dyn Codec> {
//!         Some(self)
//!     }
//! }
//!
//! impl Codec for Xor {
//!     fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
//!         let before = [&[0], input].concat();
//!         input.iter().zip(before).try_for_each(|(byte, before)| out.push(byte ^ before))
//!     }
//!     fn decode(&mut self, archive: &[u8], _len: u64, out: &mut Sink<'_>) -> Result<()> {
//!         let mut before = 0;
//!         archive.iter().try_for_each(|byte| {
//!             before ^= byte;
//!             out.push(before)
//!         })
//!     }
//! }
//!
//! fn main() {
//!     // In a plugin this line is the body of a `#[test]`.
//!     pressmark_sdk::testing::conformance(&XOR);
//! }
//! ```
//!
//! # Where things are
//!
//! | to | use |
//! |---|---|
//! | do something | the traits [`Codec`], [`Stream`], [`Prime`], [`Trainable`], [`Model`], [`Compact`], [`Cache`], [`Explain`], [`Pack`]; [`Strategy`] says which of them |
//! | be found and configured | [`Descriptor`], [`OptionSpec`], [`Capabilities`]; `create` reads [`Options`] |
//! | write | [`Sink`], [`Spans`], [`Events`], [`Chosen`] |
//! | tell figures, and be told to stop | [`Host`]: [`progress`](Host::progress), [`metric`](Host::metric), [`channel`](Host::channel), [`series`](Host::series), [`log`](Host::log) |
//! | keep a codec's core apart from the host | [`Port`], [`Host::port`]; [`write_shorter`] and [`opened`] for texts that do not shrink; [`Primed`] for what priming taught |
//! | fail | [`Error`]: each variant is a status of the ABI |
//! | test without pressmark | [`testing`] |
//!
//! # What the SDK does
//!
//! * [`export_plugin!`] makes the constant tables of the C ABI at compile time, and the one
//!   symbol. Malformed or repeated ids, and defaults out of range, do not compile:
//!
//!   ```compile_fail
//!   use pressmark_sdk::{Capabilities, Descriptor, Error, OptionSpec};
//!   const WRONG: Descriptor = Descriptor {
//!       id: c"demo.wrong",
//!       name: c"",
//!       version: c"1",
//!       license: c"MIT",
//!       vendor: c"",
//!       doc: c"",
//!       format_version: 1,
//!       capabilities: Capabilities::NONE,
//!       options: &[OptionSpec::int(c"level", c"Twelve of nine.", c"", 12, 1..=9)],
//!       interfaces: &[],
//!       create: |_, _| Err(Error::NoMemory),
//!   };
//!   pressmark_sdk::export_plugin! { id: "demo", strategies: [WRONG] }
//!   fn main() {}
//!   ```
//! * It installs a global allocator that forwards to the host: every `Vec` is counted to the
//!   byte and limited. When the host refuses, `try_reserve` gives [`Error::NoMemory`]; a
//!   `Vec` that grows by itself aborts, which the worker reports as out of memory.
//! * Panics end inside the plugin, with their message and place, as a status. The instance
//!   is not called again, only dropped; a panic of `drop` is logged.
//! * Safe code of a plugin cannot break the ABI's rules on memory and lengths, nor call a
//!   service from a thread of its own ([`Host`] stays with its instance).
//!
//! What it cannot do for an author: keep away from files, the network, the clock, standard
//! streams and global state ([`Host::seed`] is the only entropy), and end on hostile input
//! ([`testing::conformance`] tries some).

mod allocator;
mod check;
mod descriptor;
mod error;
mod export;
mod host;
mod instance;
mod interfaces;
mod io;
mod options;
mod packing;
mod panics;
mod port;
mod primed;
mod shims;
pub mod testing;

pub use descriptor::{Capabilities, Descriptor, Interface};
pub use error::{Error, Result};
pub use host::{Host, Level};
pub use interfaces::{
    Cache, Codec, Compact, Explain, Model, Pack, Prime, Strategy, Stream, Trainable,
};
pub use io::{Access, AccessKind, Budget, Direction, Events, Sink, Spans, count_tokens};
pub use options::{OptionSpec, Options};
pub use packing::{Chosen, Mode, PackRequest, Page};
pub use port::{
    CODED, HostPort, Port, STORED, decoded_length, opened, paced, store, stride, write_shorter,
};
pub use primed::Primed;

/// For [`export_plugin!`] only; may change with any release.
#[doc(hidden)]
pub mod __private {
    pub use core::ffi::c_char;

    pub use pressmark_abi::{PmHost, PmInstance, PmOptionSpec, PmPlugin, PmStatus, PmStrategy};

    pub use crate::allocator::Allocator;
    pub use crate::check::check;
    pub use crate::export::{
        Create, Table, choice_count, choices, interface_count, interfaces, option_count, options,
        plugin, strategies, text,
    };
    pub use crate::instance::{create, destroy, get_interface};
}
