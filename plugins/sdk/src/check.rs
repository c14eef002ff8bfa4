//! What is wrong with a plugin's constants stops its compilation.

use std::ffi::CStr;

use crate::Descriptor;
use crate::options::OptionKind;

/// Checks names, their uniqueness, ranges and defaults.
///
/// # Panics
/// At compile time, with what is wrong.
pub const fn check(plugin: &CStr, strategies: &[&Descriptor]) {
    assert!(is_name(plugin.to_bytes(), false), "the plugin's id must be [a-z0-9_]+");
    let mut i = 0;
    while i < strategies.len() {
        let strategy = strategies[i];
        assert!(
            is_name(strategy.id.to_bytes(), true),
            "a strategy's id must be [a-z0-9_]+ with at least one inner dot"
        );
        let mut j = 0;
        while j < i {
            assert!(!same(strategies[j].id, strategy.id), "two strategies have the same id");
            j += 1;
        }
        check_options(strategy);
        i += 1;
    }
}

const fn check_options(strategy: &Descriptor) {
    let mut i = 0;
    while i < strategy.options.len() {
        let spec = &strategy.options[i];
        let name = spec.name.to_bytes();
        assert!(
            is_name(name, false) && name[0].is_ascii_lowercase(),
            "an option's name must be [a-z][a-z0-9_]*"
        );
        let mut j = 0;
        while j < i {
            assert!(!same(strategy.options[j].name, spec.name), "two options have the same name");
            j += 1;
        }
        match spec.kind {
            OptionKind::Int { default, min, max } => {
                assert!(min <= default && default <= max, "an option's default is out of range");
            }
            OptionKind::Float { default, min, max } => {
                assert!(min <= default && default <= max, "an option's default is out of range");
            }
            OptionKind::Choice { default, choices } => {
                assert!(is_one_of(default.to_bytes(), choices), "a default is not a choice");
            }
            OptionKind::Set { default, choices } => {
                assert!(are_all_of(default.to_bytes(), choices), "a default is not a choice");
            }
            OptionKind::Bool { .. } | OptionKind::Text { .. } => {}
        }
        i += 1;
    }
}

/// `[a-z0-9_]+`, or parts of that joined by dots, at least two.
const fn is_name(name: &[u8], dotted: bool) -> bool {
    let (mut dots, mut part, mut i) = (0, 0, 0);
    while i < name.len() {
        match name[i] {
            b'a'..=b'z' | b'0'..=b'9' | b'_' => part += 1,
            b'.' if part > 0 => {
                dots += 1;
                part = 0;
            }
            _ => return false,
        }
        i += 1;
    }
    part > 0 && (dots > 0) == dotted
}

const fn same(a: &CStr, b: &CStr) -> bool {
    equal(a.to_bytes(), b.to_bytes())
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn is_one_of(name: &[u8], choices: &[&CStr]) -> bool {
    let mut i = 0;
    while i < choices.len() {
        if equal(choices[i].to_bytes(), name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether a text of names joined by commas, or an empty one, holds choices only.
const fn are_all_of(mut names: &[u8], choices: &[&CStr]) -> bool {
    while !names.is_empty() {
        let mut end = 0;
        while end < names.len() && names[end] != b',' {
            end += 1;
        }
        let (name, rest) = names.split_at(end);
        if !is_one_of(name, choices) {
            return false;
        }
        names = if rest.is_empty() { rest } else { rest.split_at(1).1 };
    }
    true
}
