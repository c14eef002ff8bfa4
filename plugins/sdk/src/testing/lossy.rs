//! The audit of a compaction.

use super::session::Session;
use super::{Compacted, Output};
use crate::{Budget, Error, Result, count_tokens};

pub(super) fn compact(session: &mut Session, document: &[u8], budget: Budget) -> Result<Compacted> {
    let kept = session.compact(document, budget)?.0;
    let written = session.written();
    if !budget.allows(written) {
        return Err(Error::Failed(format!(
            "{} bytes ({} tokens) were written, {budget:?} allowed",
            written.len(),
            count_tokens(written)
        )));
    }
    let mut end = 0;
    for &(start, len) in &kept {
        let next = start.checked_add(len).filter(|&next| next <= document.len() as u64);
        match next {
            Some(next) if start >= end => end = next,
            _ => {
                return Err(Error::Failed(format!(
                    "the span {start}+{len} overlaps, goes back or leaves the document"
                )));
            }
        }
    }
    let heard = std::mem::take(&mut *session.host.heard.borrow_mut());
    let output = Output {
        bytes: written.to_vec(),
        metrics: heard.metrics,
        channels: heard.channels,
        series: heard.series,
        ..Output::default()
    };
    Ok(Compacted { kept, output })
}
