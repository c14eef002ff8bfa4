//! What can go wrong in a strategy, and its status code.

use std::collections::TryReserveError;

use pressmark_abi as abi;

/// The result of everything a strategy does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed. Each variant is one status of the ABI; its text reaches the
/// person who runs pressmark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Failed for a reason told in one sentence.
    #[error("{0}")]
    Failed(String),
    /// The archive, model or document is not one that this strategy can read.
    #[error("bad input: {0}")]
    BadInput(String),
    /// Memory was refused. A `Vec` that grows past the limit aborts the worker, which
    /// reports it; `try_reserve` gives this error instead.
    #[error("the memory limit was reached")]
    NoMemory,
    /// The strategy, with these options, cannot do that.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// Options that are in range one by one exclude each other.
    #[error("bad options: {0}")]
    BadOption(String),
    /// The host asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// A bug in the plugin, caught inside the plugin: the message and where. The SDK
    /// makes this one.
    #[error("panicked: {0}")]
    Panic(String),
    /// The host refused output: the limit on its size was reached.
    #[error("the output limit was reached")]
    Sink,
    /// Called out of order, or with arguments the ABI rules out.
    #[error("bad call: {0}")]
    BadCall(String),
}

impl Error {
    /// A [`Self::BadInput`] for an archive that cannot be read: why, in half a sentence, and
    /// what to do.
    pub fn damaged(why: &str) -> Self {
        Self::BadInput(format!(
            "the archive is damaged: {why}; use one written by this version with the same \
             options and priming text"
        ))
    }

    /// The status code of the ABI, `PM_ERR_…`.
    pub fn status(&self) -> i32 {
        match self {
            Self::Failed(_) => abi::ERR_FAILED,
            Self::BadInput(_) => abi::ERR_BAD_INPUT,
            Self::NoMemory => abi::ERR_NO_MEMORY,
            Self::Unsupported(_) => abi::ERR_UNSUPPORTED,
            Self::BadOption(_) => abi::ERR_BAD_OPTION,
            Self::Cancelled => abi::ERR_CANCELLED,
            Self::Panic(_) => abi::ERR_PANIC,
            Self::Sink => abi::ERR_SINK,
            Self::BadCall(_) => abi::ERR_BAD_CALL,
        }
    }

    /// The error behind a status that is not `PM_OK`, with what was said about it.
    pub(crate) fn from_status(status: i32, message: impl Into<String>) -> Self {
        match status {
            abi::ERR_BAD_INPUT => Self::BadInput(message.into()),
            abi::ERR_NO_MEMORY => Self::NoMemory,
            abi::ERR_UNSUPPORTED => Self::Unsupported(message.into()),
            abi::ERR_BAD_OPTION => Self::BadOption(message.into()),
            abi::ERR_CANCELLED => Self::Cancelled,
            abi::ERR_PANIC => Self::Panic(message.into()),
            abi::ERR_SINK => Self::Sink,
            abi::ERR_BAD_CALL => Self::BadCall(message.into()),
            _ => Self::Failed(message.into()),
        }
    }

    /// The text for `set_error`: what the status does not say by itself.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Failed(text)
            | Self::BadInput(text)
            | Self::Unsupported(text)
            | Self::BadOption(text)
            | Self::Panic(text)
            | Self::BadCall(text) => text.clone(),
            Self::NoMemory | Self::Cancelled | Self::Sink => self.to_string(),
        }
    }
}

impl From<TryReserveError> for Error {
    fn from(_: TryReserveError) -> Self {
        Self::NoMemory
    }
}

/// A library that writes to a [`crate::Sink`] as `std::io::Write` gives its errors
/// back here.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => own,
            Err(error) => Self::Failed(error.to_string()),
        }
    }
}
