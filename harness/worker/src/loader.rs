//! Loads a plugin and reads its constant tables.
//!
//! Loading runs the library's constructors, so it happens in a worker and nowhere else. The
//! library is never unloaded. Checks come in the order of the ABI's rules: symbol, magic,
//! major version, sizes, then the tables themselves.

use std::ffi::{CStr, c_char};
use std::mem::ManuallyDrop;
use std::path::Path;

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use pressmark_abi::{
    ABI_MAJOR, CAP_DETERMINISTIC, CAP_HOST_MEMORY, CAP_LOSSLESS, ENTRY_SYMBOL, MAGIC, OPTION_BOOL,
    OPTION_CHOICE, OPTION_FLOAT, OPTION_INT, OPTION_SET, OPTION_TEXT, PmEntryFn, PmOptionSpec,
    PmPlugin, PmStrategy,
};
use pressmark_protocol::{
    Failure, FailureKind, OptionKind, OptionSpec, Phase, PluginInfo, StrategyInfo,
};

/// More than any plugin has; a wild count is caught before it is followed.
const MOST_ENTRIES: u32 = 10_000;

/// A loaded plugin: what it says of itself, and the tables behind it.
pub(crate) struct Plugin {
    pub(crate) info: PluginInfo,
    tables: Vec<&'static PmStrategy>,
}

impl Plugin {
    /// Loads the library at an absolute path.
    pub(crate) fn load(path: &Path) -> Result<Plugin, Failure> {
        // SAFETY: loading runs foreign code; that is what this process is for.
        let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) };
        let library = ManuallyDrop::new(library.map_err(|error| {
            failed(
                FailureKind::LoadFailed,
                format!("the library cannot be loaded: {}", reason(&error)),
            )
        })?);
        // SAFETY: the header fixes the type of the symbol.
        let entry = unsafe { library.get::<PmEntryFn>(ENTRY_SYMBOL.to_bytes_with_nul()) };
        let entry = entry.map_err(|_| {
            failed(
                FailureKind::LoadFailed,
                format!(
                    "the library exports no {}: it is not a pressmark plugin, or one for another \
                     major version of the ABI",
                    ENTRY_SYMBOL.to_string_lossy()
                ),
            )
        })?;
        // SAFETY: the header's contract for the entry function.
        let plugin = unsafe { entry() };
        // SAFETY: the entry function returns constant data that lives as long as the library.
        let plugin = unsafe { checked_plugin(plugin) }?;
        // SAFETY: its size was checked.
        unsafe { read_plugin(plugin) }
    }

    /// A strategy's index by its id.
    pub(crate) fn strategy(
        &self,
        id: &str,
    ) -> Result<(&'static PmStrategy, &StrategyInfo), Failure> {
        let index = self.info.strategies.iter().position(|strategy| strategy.id == id);
        let index = index.ok_or_else(|| {
            let ids: Vec<_> = self.info.strategies.iter().map(|s| s.id.as_str()).collect();
            failed(
                FailureKind::Unsupported,
                format!("plugin {} has no strategy {id}; it has {}", self.info.id, ids.join(", ")),
            )
        })?;
        Ok((self.tables[index], &self.info.strategies[index]))
    }
}

fn failed(kind: FailureKind, message: String) -> Failure {
    Failure { kind, phase: Phase::Load, message }
}

fn mismatch(message: impl Into<String>) -> Failure {
    failed(FailureKind::AbiMismatch, message.into())
}

/// The loader's own words, which libloading keeps as the source of its error.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// # Safety
/// `plugin` is null or points to constant data that begins with magic and size.
unsafe fn checked_plugin(plugin: *const PmPlugin) -> Result<&'static PmPlugin, Failure> {
    if plugin.is_null() {
        return Err(mismatch("the plugin's entry function returned null"));
    }
    // SAFETY: magic and the fields up to the version stand first in every version.
    let (magic, size, major, minor) = unsafe {
        (
            (&raw const (*plugin).magic).read_unaligned(),
            (&raw const (*plugin).struct_size).read_unaligned(),
            (&raw const (*plugin).abi_major).read_unaligned(),
            (&raw const (*plugin).abi_minor).read_unaligned(),
        )
    };
    if magic != MAGIC {
        return Err(mismatch(format!(
            "the plugin's magic is {magic:#018x}, not {MAGIC:#018x}: it was not built from pressmark.h"
        )));
    }
    if major != ABI_MAJOR {
        return Err(mismatch(format!(
            "the plugin has ABI {major}.{minor}, this pressmark has {ABI_MAJOR}.x: rebuild the plugin \
             with the header of this release"
        )));
    }
    if (size as usize) < size_of::<PmPlugin>() {
        return Err(mismatch(format!(
            "the plugin's pm_plugin has {size} bytes, at least {} are needed: set struct_size to \
             sizeof(pm_plugin)",
            size_of::<PmPlugin>()
        )));
    }
    if !plugin.is_aligned() {
        return Err(mismatch("the plugin's pm_plugin is not aligned"));
    }
    // SAFETY: not null, aligned, large enough, constant.
    Ok(unsafe { &*plugin })
}

/// # Safety
/// The tables behind `plugin` are as the header demands.
unsafe fn read_plugin(plugin: &'static PmPlugin) -> Result<Plugin, Failure> {
    let strategy_at =
        plugin.strategy.ok_or_else(|| mismatch("the plugin's strategy accessor is null"))?;
    if plugin.strategy_count == 0 || plugin.strategy_count > MOST_ENTRIES {
        return Err(mismatch(format!("the plugin claims {} strategies", plugin.strategy_count)));
    }
    // SAFETY: texts are C strings or null, by the header.
    let mut info = unsafe {
        PluginInfo {
            id: required(plugin.id, "the plugin's id")?,
            version: required(plugin.version, "the plugin's version")?,
            build_id: optional(plugin.build_id),
            abi: format!("{}.{}", plugin.abi_major, plugin.abi_minor),
            strategies: Vec::new(),
        }
    };
    let mut tables = Vec::new();
    for index in 0..plugin.strategy_count {
        // SAFETY: index is below strategy_count.
        let table = unsafe { strategy_at(index) };
        if table.is_null() || !table.is_aligned() {
            return Err(mismatch(format!("strategy {index} of the plugin has no table")));
        }
        // SAFETY: the size stands first in every version.
        let size = unsafe { (&raw const (*table).struct_size).read() } as usize;
        if size < size_of::<PmStrategy>() {
            return Err(mismatch(format!(
                "the pm_strategy of strategy {index} has {size} bytes, at least {} are needed",
                size_of::<PmStrategy>()
            )));
        }
        // SAFETY: not null, aligned, large enough, constant.
        let table = unsafe { &*table };
        // SAFETY: the caller's promise.
        let strategy = unsafe { read_strategy(table) }?;
        if info.strategies.iter().any(|known| known.id == strategy.id) {
            return Err(mismatch(format!("the plugin has two strategies named {}", strategy.id)));
        }
        info.strategies.push(strategy);
        tables.push(table);
    }
    Ok(Plugin { info, tables })
}

/// # Safety
/// The table is as the header demands.
unsafe fn read_strategy(table: &'static PmStrategy) -> Result<StrategyInfo, Failure> {
    // SAFETY: the caller's promise, here and below.
    let id = unsafe { required(table.id, "a strategy's id") }?;
    if !is_strategy_id(&id) {
        return Err(mismatch(format!(
            "{id:?} is no strategy id: two or more names of a-z, 0-9 and _ joined by dots, as in ref.xz"
        )));
    }
    if table.create.is_none() || table.destroy.is_none() || table.get_interface.is_none() {
        return Err(mismatch(format!("strategy {id} has no create, destroy or get_interface")));
    }
    if table.option_count > MOST_ENTRIES {
        return Err(mismatch(format!("strategy {id} claims {} options", table.option_count)));
    }
    if table.option_count > 0
        && (table.options.is_null() || (table.option_size as usize) < size_of::<PmOptionSpec>())
    {
        return Err(mismatch(format!("the option table of strategy {id} is null or too small")));
    }
    let mut options = Vec::new();
    for index in 0..table.option_count as usize {
        // SAFETY: options holds option_count entries of option_size bytes.
        let spec = unsafe {
            &*table.options.byte_add(index * table.option_size as usize).cast::<PmOptionSpec>()
        };
        // SAFETY: the caller's promise.
        options.push(unsafe { read_option(spec, &id) }?);
    }
    // SAFETY: the caller's promise.
    unsafe {
        Ok(StrategyInfo {
            interfaces: texts(table.interfaces, None),
            name: required(table.name, "a strategy's name")?,
            version: optional(table.version),
            license: optional(table.license),
            vendor: optional(table.vendor),
            doc: optional(table.doc),
            format_version: table.format_version,
            lossless: table.capabilities & CAP_LOSSLESS != 0,
            deterministic: table.capabilities & CAP_DETERMINISTIC != 0,
            host_memory: table.capabilities & CAP_HOST_MEMORY != 0,
            options,
            id,
        })
    }
}

/// # Safety
/// The entry is as the header demands.
unsafe fn read_option(spec: &PmOptionSpec, strategy: &str) -> Result<OptionSpec, Failure> {
    // SAFETY: the caller's promise, here and below.
    let name = unsafe { required(spec.name, "an option's name") }?;
    // SAFETY: the caller's promise.
    let default = || unsafe { optional(spec.text_default) };
    // SAFETY: the caller's promise.
    let choices = || unsafe { texts(spec.choices, Some(spec.choice_count)) };
    let kind = match spec.kind {
        OPTION_BOOL => OptionKind::Bool { default: spec.int_default != 0 },
        OPTION_INT => {
            OptionKind::Int { default: spec.int_default, min: spec.int_min, max: spec.int_max }
        }
        OPTION_FLOAT => OptionKind::Float {
            default: spec.float_default,
            min: spec.float_min,
            max: spec.float_max,
        },
        OPTION_CHOICE => OptionKind::Choice { default: default(), choices: choices() },
        OPTION_SET => OptionKind::Set { default: default(), choices: choices() },
        OPTION_TEXT => OptionKind::Text { default: default() },
        other => {
            return Err(mismatch(format!(
                "option {name} of {strategy} is of unknown kind {other}"
            )));
        }
    };
    // SAFETY: the caller's promise.
    let (doc, unit) = unsafe { (optional(spec.doc), optional(spec.unit)) };
    let option = OptionSpec { name, doc, unit, kind };
    option.check(&option.default_value()).map_err(|allowed| {
        mismatch(format!("the default of option {} of {strategy} {allowed}", option.name))
    })?;
    Ok(option)
}

fn is_strategy_id(id: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    id.len() <= 100 && id.contains('.') && id.split('.').all(part)
}

/// # Safety
/// `text` is null or a C string.
unsafe fn optional(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// # Safety
/// `text` is null or a C string.
unsafe fn required(text: *const c_char, what: &str) -> Result<String, Failure> {
    // SAFETY: the caller's promise.
    let text = unsafe { optional(text) };
    if text.is_empty() { Err(mismatch(format!("{what} is missing"))) } else { Ok(text) }
}

/// # Safety
/// `list` is null, or holds `count` C strings, or C strings up to a null if there is no count.
unsafe fn texts(list: *const *const c_char, count: Option<u32>) -> Vec<String> {
    let mut found = Vec::new();
    if list.is_null() {
        return found;
    }
    for index in 0..count.unwrap_or(MOST_ENTRIES) as usize {
        // SAFETY: the caller's promise.
        let text = unsafe { *list.add(index) };
        if text.is_null() {
            break;
        }
        // SAFETY: the caller's promise.
        found.push(unsafe { optional(text) });
    }
    found
}
