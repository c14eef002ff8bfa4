//! Panics end inside the plugin: as a status, with their message and place.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use crate::{Error, Result};

thread_local! {
    /// What the last panic of this thread said, until somebody takes it.
    static MESSAGE: Cell<Option<String>> = const { Cell::new(None) };
}

static HOOK: Once = Once::new();

/// Keeps the message of a panic instead of printing it. In a plugin this replaces the
/// hook of the plugin's own copy of the standard library, and nobody else's.
pub(crate) fn keep_messages() {
    HOOK.call_once(|| set_hook(Box::new(keep)));
}

/// As [`keep_messages`], but a test program still prints its own panics.
pub(crate) fn keep_messages_and_print() {
    HOOK.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |info| {
            keep(info);
            print(info);
        }));
    });
}

fn keep(info: &PanicHookInfo<'_>) {
    let what = info.payload_as_str().unwrap_or("a panic without a text");
    let message = match info.location() {
        Some(place) => format!("{what} ({}:{})", place.file(), place.line()),
        None => what.to_owned(),
    };
    MESSAGE.set(Some(message));
}

/// Runs plugin code; a panic becomes [`Error::Panic`]. What the code worked on must not
/// be used again afterwards, except to drop it.
pub(crate) fn guard<T>(code: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(code)).unwrap_or_else(|payload| {
        let message = MESSAGE.take();
        // Dropping a payload can itself panic; what that throws is let go.
        if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(another);
        }
        Err(Error::Panic(message.unwrap_or_else(|| "a panic without a message".into())))
    })
}
