//! The audit of a packed context.

use std::collections::{BTreeSet, HashSet};

use super::session::Session;
use super::{Output, Packed};
use crate::{Error, PackRequest, Result, count_tokens};

/// Words of a run that shows that a page is there.
const RUN: usize = 8;

pub(super) fn pack(session: &mut Session, request: &PackRequest<'_>) -> Result<Packed> {
    let chosen: Vec<u64> =
        session.pack(request)?.0.into_iter().map(|(page, _index)| page).collect();
    let written = session.written();
    let tokens = count_tokens(written);
    if tokens > request.budget {
        let budget = request.budget;
        return Err(Error::Failed(format!("{tokens} tokens were written, {budget} allowed")));
    }
    let said = words(written);
    let runs: HashSet<&[&[u8]]> = said.windows(RUN).collect();
    let mut seen = BTreeSet::new();
    for &number in &chosen {
        let page = usize::try_from(number).ok().and_then(|at| request.pages.get(at));
        let page = page.ok_or_else(|| {
            Error::Failed(format!("page {number} of {} was chosen", request.pages.len()))
        })?;
        if !seen.insert(number) {
            return Err(Error::Failed(format!("page {number} was chosen twice")));
        }
        let page = words(page.text);
        let is_there = match page.len() {
            0 => true,
            short if short < RUN => said.windows(short).any(|run| run == page),
            _ => page.windows(RUN).any(|run| runs.contains(run)),
        };
        if !is_there {
            return Err(Error::Failed(format!("page {number} was chosen and is not there")));
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
    Ok(Packed { chosen, output })
}

/// Runs of letters, digits, `_` and bytes from 0x80 up.
fn words(text: &[u8]) -> Vec<&[u8]> {
    let gap = |byte: &u8| !(byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80);
    text.split(gap).filter(|word| !word.is_empty()).collect()
}
