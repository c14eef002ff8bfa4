//! Write a pressmark strategy plugin in safe Rust.

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
mod panics;
mod shims;
pub mod testing;

pub use descriptor::{Capabilities, Descriptor, Interface};
pub use error::{Error, Result};
pub use host::{Host, Level};
pub use interfaces::{Cache, Codec, Compact, Explain, Model, Prime, Strategy, Stream, Trainable};
pub use io::{Access, AccessKind, Budget, Direction, Events, Sink, Spans};
pub use options::{OptionSpec, Options};

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
