//! What harness and worker say about packed contexts.
//!
//! The input of a [`Task::Pack`](crate::Task::Pack) is a JSON array of [`PackSession`]; the
//! output is all contexts, one after the other.

use serde::{Deserialize, Serialize};

use crate::Memory;

/// What the reader of a context may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackMode {
    /// Rules of use, a list of what was left out, and the pages.
    Strict,
    /// The same with short rules.
    Relaxed,
    /// The pages alone.
    #[default]
    Passive,
}

impl PackMode {
    /// The name used in configs and records.
    pub fn name(self) -> &'static str {
        match self {
            PackMode::Strict => "strict",
            PackMode::Relaxed => "relaxed",
            PackMode::Passive => "passive",
        }
    }
}

/// A session, and what is asked as it goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackSession {
    /// Its pages, oldest first.
    pub pages: Vec<PackPage>,
    /// Questions in order; none of them says what its answer needs.
    pub questions: Vec<PackQuestion>,
}

/// One page: a turn, a call of a tool, or its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackPage {
    /// Who says it.
    pub role: String,
    /// The tool that is called or that answers, else empty.
    pub tool: String,
    /// What is said.
    pub text: String,
}

/// One context that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackQuestion {
    /// The question, or what was said just before the answer.
    pub text: String,
    /// The pages so far: the first so many of the session.
    pub pages: usize,
}

/// One packed context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// Its bytes in the output.
    pub bytes: u64,
    /// Its tokens, as the host counted them.
    pub tokens: u64,
    /// Numbers of the pages that it holds something of, audited to be in range and each once.
    pub chosen: Vec<u64>,
}

/// The contexts of all questions of all sessions, in order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PackResult {
    /// One for each question.
    pub packed: Vec<Packed>,
    /// Seconds within the plugin.
    pub seconds: f64,
    /// Memory of the phase.
    pub memory: Memory,
}
