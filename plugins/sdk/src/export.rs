//! From descriptors to the constant tables of the ABI, at compile time.

use std::ffi::{CStr, c_char};
use std::ptr::null;

use pressmark_abi as abi;
use pressmark_abi::{PmHost, PmInstance, PmOptionSpec, PmPlugin, PmStatus, PmStrategy};

use crate::options::OptionKind;
use crate::{Descriptor, instance};

/// Constant data that the host reads from any thread.
#[repr(transparent)]
pub struct Table<T>(pub T);

// SAFETY: the tables hold pointers to `'static` constants and functions, and are never
// written.
unsafe impl<T> Sync for Table<T> {}

/// `pm_strategy.create`, one function per strategy.
pub type Create = unsafe extern "C" fn(*const PmHost, *mut *mut PmInstance) -> PmStatus;

/// How many options all strategies have together.
pub const fn option_count(strategies: &[&Descriptor]) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < strategies.len() {
        count += strategies[i].options.len();
        i += 1;
    }
    count
}

/// How many choices all options have together.
pub const fn choice_count(strategies: &[&Descriptor]) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < strategies.len() {
        let mut j = 0;
        while j < strategies[i].options.len() {
            count += choices_of(&strategies[i].options[j].kind).len();
            j += 1;
        }
        i += 1;
    }
    count
}

/// How many entries the lists of interfaces have together, their ends included.
pub const fn interface_count(strategies: &[&Descriptor]) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < strategies.len() {
        count += strategies[i].interfaces.len() + 1;
        i += 1;
    }
    count
}

const fn choices_of(kind: &OptionKind) -> &'static [&'static CStr] {
    match *kind {
        OptionKind::Choice { choices, .. } | OptionKind::Set { choices, .. } => choices,
        _ => &[],
    }
}

/// The choices of all options of all strategies, in order.
pub const fn choices<const N: usize>(strategies: &[&Descriptor]) -> Table<[*const c_char; N]> {
    let mut table = [null(); N];
    let (mut filled, mut i) = (0, 0);
    while i < strategies.len() {
        let mut j = 0;
        while j < strategies[i].options.len() {
            let choices = choices_of(&strategies[i].options[j].kind);
            let mut k = 0;
            while k < choices.len() {
                table[filled] = choices[k].as_ptr();
                filled += 1;
                k += 1;
            }
            j += 1;
        }
        i += 1;
    }
    Table(table)
}

/// The options of all strategies, in order; `choices` is what [`choices`] made.
pub const fn options<const N: usize>(
    strategies: &[&Descriptor],
    choices: &'static [*const c_char],
) -> Table<[PmOptionSpec; N]> {
    let empty = PmOptionSpec {
        name: null(),
        doc: null(),
        unit: null(),
        kind: 0,
        choice_count: 0,
        int_default: 0,
        int_min: 0,
        int_max: 0,
        float_default: 0.0,
        float_min: 0.0,
        float_max: 0.0,
        text_default: null(),
        choices: null(),
    };
    let mut table = [empty; N];
    let (mut filled, mut choices, mut i) = (0, choices, 0);
    while i < strategies.len() {
        let mut j = 0;
        while j < strategies[i].options.len() {
            let spec = &strategies[i].options[j];
            let mut entry = empty;
            entry.name = spec.name.as_ptr();
            entry.doc = spec.doc.as_ptr();
            entry.unit = spec.unit.as_ptr();
            match spec.kind {
                OptionKind::Bool { default } => {
                    entry.kind = abi::OPTION_BOOL;
                    entry.int_default = default as i64;
                    entry.int_max = 1;
                }
                OptionKind::Int { default, min, max } => {
                    entry.kind = abi::OPTION_INT;
                    entry.int_default = default;
                    entry.int_min = min;
                    entry.int_max = max;
                }
                OptionKind::Float { default, min, max } => {
                    entry.kind = abi::OPTION_FLOAT;
                    entry.float_default = default;
                    entry.float_min = min;
                    entry.float_max = max;
                }
                OptionKind::Choice { default, .. } => {
                    entry.kind = abi::OPTION_CHOICE;
                    entry.text_default = default.as_ptr();
                }
                OptionKind::Set { default, .. } => {
                    entry.kind = abi::OPTION_SET;
                    entry.text_default = default.as_ptr();
                }
                OptionKind::Text { default } => {
                    entry.kind = abi::OPTION_TEXT;
                    entry.text_default = default.as_ptr();
                }
            }
            let own = choices_of(&spec.kind).len();
            if own > 0 {
                entry.choice_count = own as u32;
                entry.choices = choices.as_ptr();
                choices = choices.split_at(own).1;
            }
            table[filled] = entry;
            filled += 1;
            j += 1;
        }
        i += 1;
    }
    Table(table)
}

/// The interface lists of all strategies, in order, each ended by null.
pub const fn interfaces<const N: usize>(strategies: &[&Descriptor]) -> Table<[*const c_char; N]> {
    let mut table = [null(); N];
    let (mut filled, mut i) = (0, 0);
    while i < strategies.len() {
        let mut j = 0;
        while j < strategies[i].interfaces.len() {
            table[filled] = strategies[i].interfaces[j].id().as_ptr();
            filled += 1;
            j += 1;
        }
        filled += 1;
        i += 1;
    }
    Table(table)
}

/// The strategies; `options` and `interfaces` are what the functions of these names made.
pub const fn strategies<const N: usize>(
    strategies: &[&Descriptor],
    mut options: &'static [PmOptionSpec],
    mut interfaces: &'static [*const c_char],
    creates: [Create; N],
) -> Table<[PmStrategy; N]> {
    let empty = PmStrategy {
        struct_size: size_of::<PmStrategy>() as u32,
        format_version: 0,
        capabilities: 0,
        id: null(),
        name: null(),
        version: null(),
        license: null(),
        vendor: null(),
        doc: null(),
        option_count: 0,
        option_size: size_of::<PmOptionSpec>() as u32,
        options: null(),
        interfaces: null(),
        create: None,
        destroy: Some(instance::destroy),
        get_interface: Some(instance::get_interface),
    };
    let mut table = [empty; N];
    let mut i = 0;
    while i < N {
        let from = strategies[i];
        let entry = &mut table[i];
        entry.format_version = from.format_version;
        entry.capabilities = from.capabilities.0;
        entry.id = from.id.as_ptr();
        entry.name = from.name.as_ptr();
        entry.version = from.version.as_ptr();
        entry.license = from.license.as_ptr();
        entry.vendor = from.vendor.as_ptr();
        entry.doc = from.doc.as_ptr();
        entry.option_count = from.options.len() as u32;
        entry.options = options.as_ptr();
        options = options.split_at(from.options.len()).1;
        entry.interfaces = interfaces.as_ptr();
        interfaces = interfaces.split_at(from.interfaces.len() + 1).1;
        entry.create = Some(creates[i]);
        i += 1;
    }
    Table(table)
}

/// The plugin's own table.
pub const fn plugin(
    id: &'static CStr,
    version: &'static CStr,
    strategy_count: usize,
    strategy: unsafe extern "C" fn(u32) -> *const PmStrategy,
) -> Table<PmPlugin> {
    Table(PmPlugin {
        magic: abi::MAGIC,
        struct_size: size_of::<PmPlugin>() as u32,
        abi_major: abi::ABI_MAJOR,
        abi_minor: abi::ABI_MINOR,
        id: id.as_ptr(),
        version: version.as_ptr(),
        build_id: version.as_ptr(),
        strategy_count: strategy_count as u32,
        reserved0: 0,
        strategy: Some(strategy),
    })
}

/// A text with a terminating zero as a [`CStr`]; a zero inside stops the compilation.
pub const fn text(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => panic!("the text contains a zero byte"),
    }
}

/// The version of the crate that is being compiled, for [`Descriptor::version`].
#[macro_export]
macro_rules! version {
    () => {
        $crate::__private::text(concat!(env!("CARGO_PKG_VERSION"), "\0"))
    };
}

/// Makes a `cdylib` a plugin: its constant tables, the one exported symbol, and the
/// global allocator that forwards to the host. Once per crate, at its root.
///
/// ```text
/// pressmark_sdk::export_plugin! { id: "reference", strategies: [XZ, GZIP] }
/// ```
///
/// `strategies` are constants of type [`Descriptor`](crate::Descriptor); malformed or
/// repeated names, and defaults out of range, stop the compilation. The version is the crate's unless
/// `version: "…",` stands after the id.
#[macro_export]
macro_rules! export_plugin {
    (id: $id:expr, strategies: [$($strategy:expr),+ $(,)?] $(,)?) => {
        $crate::export_plugin! {
            id: $id, version: env!("CARGO_PKG_VERSION"), strategies: [$($strategy),+]
        }
    };
    (id: $id:expr, version: $version:expr, strategies: [$($strategy:expr),+ $(,)?] $(,)?) => {
        #[doc(hidden)]
        #[allow(missing_docs, reason = "hidden")]
        mod __pressmark_plugin {
            #[allow(unused_imports, reason = "strategies may be named by any path")]
            use super::*;
            use $crate::__private as sdk;

            const STRATEGIES: &[&$crate::Descriptor] = &[$(&$strategy),+];
            const COUNT: usize = STRATEGIES.len();
            const ID: &::core::ffi::CStr = sdk::text(concat!($id, "\0"));
            const _: () = sdk::check(ID, STRATEGIES);

            static CHOICES: sdk::Table<[*const sdk::c_char; sdk::choice_count(STRATEGIES)]> =
                sdk::choices(STRATEGIES);
            static OPTIONS: sdk::Table<[sdk::PmOptionSpec; sdk::option_count(STRATEGIES)]> =
                sdk::options(STRATEGIES, &CHOICES.0);
            static INTERFACES: sdk::Table<[*const sdk::c_char; sdk::interface_count(STRATEGIES)]> =
                sdk::interfaces(STRATEGIES);
            static TABLES: sdk::Table<[sdk::PmStrategy; COUNT]> = sdk::strategies(
                STRATEGIES,
                &OPTIONS.0,
                &INTERFACES.0,
                [$({
                    unsafe extern "C" fn create(
                        host: *const sdk::PmHost,
                        instance: *mut *mut sdk::PmInstance,
                    ) -> sdk::PmStatus {
                        const DESCRIPTOR: &$crate::Descriptor = &$strategy;
                        // SAFETY: the host keeps to the ABI.
                        unsafe { sdk::create(DESCRIPTOR, host, instance) }
                    }
                    create
                }),+],
            );
            static PLUGIN: sdk::Table<sdk::PmPlugin> =
                sdk::plugin(ID, sdk::text(concat!($version, "\0")), COUNT, strategy);

            unsafe extern "C" fn strategy(index: u32) -> *const sdk::PmStrategy {
                TABLES.0.get(index as usize).map_or(::core::ptr::null(), |table| table)
            }

            #[unsafe(no_mangle)]
            pub extern "C" fn pressmark_plugin_v1() -> *const sdk::PmPlugin {
                &PLUGIN.0
            }

            #[global_allocator]
            static ALLOCATOR: sdk::Allocator = sdk::Allocator;
        }
    };
}
