//! The case of a word, coded after the word: most words have only one that fits.
//!
//! Cost: one to three mixed decisions per word that has letters.

use pressmark_coding::adaptive::AdaptiveBit;
use pressmark_coding::logistic::Logistic;
use pressmark_coding::mixer::Mixer;
use pressmark_coding::range::BitIo;
use pressmark_coding::token::Case;

use crate::cell::scramble;
use crate::history::History;

const INPUTS: usize = 6;
const HASHED: usize = 1 << 16;
const VIEWS: usize = INPUTS - 1;

/// See the module.
#[derive(Debug, Clone)]
pub struct CaseModel {
    views: Vec<AdaptiveBit>,
    mixer: Mixer<INPUTS>,
    /// By whether the last two letters were capitals, and whether it is the first.
    letters: [AdaptiveBit; 8],
    before: u64,
}

impl Default for CaseModel {
    fn default() -> Self {
        Self {
            views: vec![AdaptiveBit::new(); HASHED * VIEWS],
            mixer: Mixer::new(16, 9000, 6),
            letters: [AdaptiveBit::new(); 8],
            before: 0,
        }
    }
}

impl CaseModel {
    /// Restores the case of `word`, which is folded; `wanted` is the word as it was, if known.
    pub fn code<Io: BitIo>(
        &mut self,
        io: &mut Io,
        word: &mut [u8],
        number: u64,
        history: &History,
        wanted: Option<&[u8]>,
        tables: &Logistic,
    ) {
        if !word.iter().any(u8::is_ascii_lowercase) {
            return;
        }
        let case = wanted.map_or(Case::Lower, Case::of);
        let gap = history.gap();
        let contexts = [
            number,
            scramble(gap ^ number << 20),
            scramble(gap ^ self.before << 50),
            scramble(number ^ history.word() << 32),
            scramble(self.before << 8 | word.len().min(7) as u64),
        ];
        let mut class = Case::Mixed;
        for (turn, &guess) in Case::ALL[..3].iter().enumerate() {
            if self.decide(io, turn, &contexts, guess == case, gap != 0, tables) {
                class = guess;
                break;
            }
        }
        self.before = class as u64;
        let mut state = 0;
        for (position, letter) in word.iter_mut().enumerate() {
            *letter = class.apply(*letter, position).unwrap_or_else(|| {
                if !letter.is_ascii_lowercase() {
                    return *letter;
                }
                let capital = wanted.is_some_and(|word| word[position].is_ascii_uppercase());
                let at = state * 2 + usize::from(position == 0);
                let capital = self.letters[at].code(io, capital);
                state = (state * 2 + usize::from(capital)) & 3;
                if capital { letter.to_ascii_uppercase() } else { *letter }
            });
        }
    }

    fn decide<Io: BitIo>(
        &mut self,
        io: &mut Io,
        turn: usize,
        contexts: &[u64; VIEWS],
        right: bool,
        opening: bool,
        tables: &Logistic,
    ) -> bool {
        let places: [usize; VIEWS] = std::array::from_fn(|view| {
            let hash = scramble(contexts[view] << 2 | turn as u64);
            view * HASHED + (hash >> 30) as usize % HASHED
        });
        let mut inputs = [256i16; INPUTS];
        for (input, &place) in inputs.iter_mut().zip(&places) {
            *input = tables.stretch(self.views[place].p1() >> 3);
        }
        let set = turn * 4 + usize::from(opening) * 2 + usize::from(self.before > 0);
        self.mixer.mix(&inputs, set, tables);
        let right = io.bit(self.mixer.p1(), right);
        self.mixer.update(&inputs, right);
        places.into_iter().for_each(|place| self.views[place].learn(right));
        right
    }
}
