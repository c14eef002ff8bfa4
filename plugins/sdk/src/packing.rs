//! The small types of `pressmark.draft.pack/1`.

use pressmark_abi::{OK, PACK_PASSIVE, PACK_RELAXED, PACK_STRICT, PmList};

use crate::{Error, Host, Result};

/// One page of a session: a turn, a call of a tool, or its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<'a> {
    /// What it says; bytes that need not be UTF-8.
    pub text: &'a [u8],
    /// `system`, `user`, `assistant`, `tool`, or a speaker's name.
    pub role: &'a str,
    /// The tool that is called (`assistant`) or that answers (`tool`); else empty.
    pub tool: &'a str,
    /// The turn of the session, never falling.
    pub turn: u64,
    /// Tokens of the text, as [`count_tokens`](crate::count_tokens) counts them.
    pub tokens: u64,
}

/// What the reader of a context may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Answers from the context alone, under rules, and may ask for what a list names.
    Strict,
    /// The same under short rules.
    Relaxed,
    /// Gets pages and cannot ask for more.
    Passive,
}

impl Mode {
    /// From the ABI; `None` for a mode this version does not know.
    pub(crate) fn from_raw(mode: i32) -> Option<Self> {
        match mode {
            PACK_STRICT => Some(Self::Strict),
            PACK_RELAXED => Some(Self::Relaxed),
            PACK_PASSIVE => Some(Self::Passive),
            _ => None,
        }
    }

    /// To the ABI.
    pub(crate) fn to_raw(self) -> i32 {
        match self {
            Self::Strict => PACK_STRICT,
            Self::Relaxed => PACK_RELAXED,
            Self::Passive => PACK_PASSIVE,
        }
    }
}

/// One context that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct PackRequest<'a> {
    /// The question, or what was said just before the answer; it is no page.
    pub question: &'a [u8],
    /// The session so far, oldest first.
    pub pages: &'a [Page<'a>],
    /// Most tokens of the output, as [`count_tokens`](crate::count_tokens) counts them.
    pub budget: u64,
    /// What the reader may do.
    pub mode: Mode,
}

/// The pages that a context holds something of.
pub struct Chosen<'a> {
    host: &'a Host,
    raw: *mut PmList,
}

impl<'a> Chosen<'a> {
    /// # Safety
    /// `raw` is a list of this host, valid for `'a`.
    pub(crate) unsafe fn new(host: &'a Host, raw: *mut PmList) -> Self {
        Self { host, raw }
    }

    /// The page of this number in [`PackRequest::pages`] is in the context; each once.
    ///
    /// # Errors
    /// The host's refusal.
    pub fn add(&mut self, page: u64) -> Result<()> {
        let host = self.host.services().ok_or(Error::Sink)?;
        // SAFETY: a service of a live host with a list of its own.
        match unsafe { (host.add_key)(host.ctx, self.raw, page, 0) } {
            OK => Ok(()),
            status => Err(Error::from_status(status, "the host refused a page")),
        }
    }
}
