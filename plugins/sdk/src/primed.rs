//! What priming taught, until a run takes it.

use crate::{Error, Result};

/// A coder that learns its priming text at once, and that a run uses up: nothing learned yet,
/// learned, or spent. Unprimed, an instance makes a fresh coder for every run.
#[derive(Debug)]
pub struct Primed<T>(State<T>);

#[derive(Debug)]
enum State<T> {
    Fresh,
    Learned(Box<T>),
    Spent,
}

impl<T> Primed<T> {
    /// The coder for a run, or for more priming: what was [kept](Self::keep), else `fresh`.
    ///
    /// # Errors
    /// [`Error::BadCall`] when a run has used up what was kept.
    pub fn take(&mut self, fresh: impl FnOnce() -> T) -> Result<T> {
        match std::mem::replace(&mut self.0, State::Spent) {
            State::Fresh => {
                self.0 = State::Fresh;
                Ok(fresh())
            }
            State::Learned(coder) => Ok(*coder),
            State::Spent => {
                Err(Error::BadCall("a primed instance serves one run; make another".into()))
            }
        }
    }

    /// Keeps a coder that has learned something for the run to come.
    pub fn keep(&mut self, coder: T) {
        self.0 = State::Learned(Box::new(coder));
    }
}

impl<T> Default for Primed<T> {
    fn default() -> Self {
        Self(State::Fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_serves_once() {
        let mut primed = Primed::default();
        assert_eq!((primed.take(|| 1), primed.take(|| 2)), (Ok(1), Ok(2)));
        primed.keep(7);
        assert_eq!(primed.take(|| 3), Ok(7));
        assert!(matches!(primed.take(|| 4), Err(Error::BadCall(_))));
        primed.keep(8);
        assert_eq!(primed.take(|| 5), Ok(8));
    }
}
