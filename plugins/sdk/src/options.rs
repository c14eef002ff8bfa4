//! Options: what a strategy declares, and the values it reads.

use std::ffi::CStr;
use std::ops::RangeInclusive;

use pressmark_abi::{OK, PmStr};

use crate::{Error, Host, Result};

/// One option of a strategy. Names are `[a-z][a-z0-9_]*`; `doc` is one sentence.
#[derive(Debug, Clone, Copy)]
pub struct OptionSpec {
    pub(crate) name: &'static CStr,
    pub(crate) doc: &'static CStr,
    pub(crate) unit: &'static CStr,
    pub(crate) kind: OptionKind,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum OptionKind {
    Bool { default: bool },
    Int { default: i64, min: i64, max: i64 },
    Float { default: f64, min: f64, max: f64 },
    Choice { default: &'static CStr, choices: &'static [&'static CStr] },
    Set { default: &'static CStr, choices: &'static [&'static CStr] },
    Text { default: &'static CStr },
}

impl OptionSpec {
    /// True or false.
    pub const fn bool(name: &'static CStr, doc: &'static CStr, default: bool) -> Self {
        Self { name, doc, unit: c"", kind: OptionKind::Bool { default } }
    }

    /// An integer within a range; `unit` is `c"bytes"`, `c"symbols"`, … or `c""`.
    pub const fn int(
        name: &'static CStr,
        doc: &'static CStr,
        unit: &'static CStr,
        default: i64,
        range: RangeInclusive<i64>,
    ) -> Self {
        let (min, max) = (*range.start(), *range.end());
        Self { name, doc, unit, kind: OptionKind::Int { default, min, max } }
    }

    /// A finite number within a range.
    pub const fn float(
        name: &'static CStr,
        doc: &'static CStr,
        unit: &'static CStr,
        default: f64,
        range: RangeInclusive<f64>,
    ) -> Self {
        let (min, max) = (*range.start(), *range.end());
        Self { name, doc, unit, kind: OptionKind::Float { default, min, max } }
    }

    /// One of several names.
    pub const fn choice(
        name: &'static CStr,
        doc: &'static CStr,
        default: &'static CStr,
        choices: &'static [&'static CStr],
    ) -> Self {
        Self { name, doc, unit: c"", kind: OptionKind::Choice { default, choices } }
    }

    /// Any of several names, each at most once; `default` joins names by `,`.
    pub const fn set(
        name: &'static CStr,
        doc: &'static CStr,
        default: &'static CStr,
        choices: &'static [&'static CStr],
    ) -> Self {
        Self { name, doc, unit: c"", kind: OptionKind::Set { default, choices } }
    }

    /// Any UTF-8 text.
    pub const fn text(name: &'static CStr, doc: &'static CStr, default: &'static CStr) -> Self {
        Self { name, doc, unit: c"", kind: OptionKind::Text { default } }
    }
}

/// The validated options of one instance, defaults filled in. Asking for a name the
/// strategy did not declare, or as another type, is [`Error::BadCall`].
pub struct Options<'a> {
    host: &'a Host,
    specs: &'static [OptionSpec],
}

impl<'a> Options<'a> {
    pub(crate) fn new(host: &'a Host, specs: &'static [OptionSpec]) -> Self {
        Self { host, specs }
    }

    /// The value of a [`bool`](OptionSpec::bool) option.
    ///
    /// # Errors
    /// See [`Options`].
    pub fn bool(&self, name: &CStr) -> Result<bool> {
        Ok(self.int(name)? != 0)
    }

    /// The value of an [`int`](OptionSpec::int) option.
    ///
    /// # Errors
    /// See [`Options`].
    pub fn int(&self, name: &CStr) -> Result<i64> {
        let host = self.host.services().ok_or_else(|| refused(name))?;
        let mut value = 0;
        // SAFETY: a service of a live host; both pointers live through the call.
        let status = unsafe { (host.option_int)(host.ctx, name.as_ptr(), &mut value) };
        if status == OK { Ok(value) } else { Err(refused(name)) }
    }

    /// The value of an [`int`](OptionSpec::int) option that counts something.
    ///
    /// # Errors
    /// See [`Options`]; [`Error::BadOption`] for a negative value.
    pub fn size(&self, name: &CStr) -> Result<usize> {
        let value = self.int(name)?;
        usize::try_from(value)
            .map_err(|_| Error::BadOption(format!("{} is {value}", name.to_string_lossy())))
    }

    /// The value of a [`float`](OptionSpec::float) option.
    ///
    /// # Errors
    /// See [`Options`].
    pub fn float(&self, name: &CStr) -> Result<f64> {
        let host = self.host.services().ok_or_else(|| refused(name))?;
        let mut value = 0.0;
        // SAFETY: a service of a live host; both pointers live through the call.
        let status = unsafe { (host.option_float)(host.ctx, name.as_ptr(), &mut value) };
        if status == OK { Ok(value) } else { Err(refused(name)) }
    }

    /// The value of a [`text`](OptionSpec::text) option.
    ///
    /// # Errors
    /// See [`Options`].
    pub fn text(&self, name: &CStr) -> Result<String> {
        let host = self.host.services().ok_or_else(|| refused(name))?;
        let mut value = PmStr { ptr: std::ptr::null(), len: 0 };
        // SAFETY: a service of a live host; both pointers live through the call.
        let status = unsafe { (host.option_str)(host.ctx, name.as_ptr(), &mut value) };
        if status != OK {
            return Err(refused(name));
        }
        if value.len == 0 {
            return Ok(String::new());
        }
        // SAFETY: the host's text is valid until destroy; it is copied at once.
        let bytes = unsafe { std::slice::from_raw_parts(value.ptr.cast(), value.len as usize) };
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| refused(name))
    }

    /// The chosen name of a [`choice`](OptionSpec::choice) option, as declared.
    ///
    /// # Errors
    /// See [`Options`].
    pub fn choice(&self, name: &CStr) -> Result<&'static str> {
        self.declared(name, &self.text(name)?)
    }

    /// The chosen names of a [`set`](OptionSpec::set) option, as declared and in the
    /// order the user gave.
    ///
    /// # Errors
    /// See [`Options`].
    pub fn set(&self, name: &CStr) -> Result<Vec<&'static str>> {
        let text = self.text(name)?;
        text.split(',').filter(|part| !part.is_empty()).map(|p| self.declared(name, p)).collect()
    }

    fn declared(&self, name: &CStr, value: &str) -> Result<&'static str> {
        let spec = self.specs.iter().find(|spec| spec.name == name);
        let Some(OptionKind::Choice { choices, .. } | OptionKind::Set { choices, .. }) =
            spec.map(|spec| spec.kind)
        else {
            return Err(refused(name));
        };
        choices
            .iter()
            .filter_map(|choice| choice.to_str().ok())
            .find(|choice| *choice == value)
            .ok_or_else(|| refused(name))
    }
}

fn refused(name: &CStr) -> Error {
    let name = name.to_string_lossy();
    Error::BadCall(format!("the host gave no value of this type for the option {name}"))
}
