//! A model that knows texts already.

use super::model::{Model, Size};
use crate::range::Teacher;
use crate::unit::{Symbols, each_token};

/// A model of a size, and a speller, that have learned `prime`. They tell how many bytes of a text
/// are learned, and are ended by an error.
///
/// # Errors
///
/// Those of `tell`.
pub fn primed<S: Symbols, E>(
    size: Size,
    prime: &[&[u8]],
    mut tell: impl FnMut(usize) -> Result<(), E>,
) -> Result<(Model<S::Reading>, S::Speller), E> {
    let mut model = Model::new(size);
    let mut speller = S::speller(size.tokens);
    let mut before = 0;
    for text in prime {
        each_token::<S, _>(&mut speller, text, |at, _, symbols| {
            symbols.iter().for_each(|&symbol| _ = model.symbol(&mut Teacher, symbol));
            tell(before + at)
        })?;
        before += text.len();
        speller = S::again(speller);
        model.begin();
    }
    model.restart_counts();
    Ok((model, speller))
}
