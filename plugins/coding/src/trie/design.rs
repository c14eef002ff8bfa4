//! What a codec makes such a model from.

use pressmark_sdk::{Error, Result};

use super::bounds::{Misfit, Settings, Texts};
use super::context::Reading;
use super::model::{Counts, Model};
use super::nodes::Events;
use crate::codec::Design;
use crate::unit::{Symbols, Unit};

impl Settings {
    fn made<R: Reading>(self, prime: usize, length: usize) -> Result<(Model<R>, usize)> {
        let size = self.size::<R>(Texts { prime, length, ..Texts::default() })?;
        Ok((Model::new(size), size.tokens))
    }
}

/// With all contexts.
impl Design for Settings {
    type Counts = (Counts, Events);
    type Model<S: Symbols> = Model<S::Reading>;

    fn unit_of(&self, text: &[u8]) -> Unit {
        Settings::unit_of(*self, text)
    }

    fn model<S: Symbols>(&self, prime: usize, length: usize) -> Result<(Self::Model<S>, usize)> {
        self.made(prime, length)
    }
}

/// With the contexts alone that are worth most: 1.3 times as fast, for 3 % of size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Few(pub Settings);

impl Design for Few {
    type Counts = (Counts, Events);
    type Model<S: Symbols> = Model<S::FewReading>;

    fn unit_of(&self, text: &[u8]) -> Unit {
        self.0.unit_of(text)
    }

    fn model<S: Symbols>(&self, prime: usize, length: usize) -> Result<(Self::Model<S>, usize)> {
        self.0.made(prime, length)
    }
}

impl From<Misfit> for Error {
    fn from(misfit: Misfit) -> Self {
        Self::Unsupported(misfit.to_string())
    }
}
