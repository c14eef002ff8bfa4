//! What words say about each other: a log-bilinear model of decisions.
//!
//! Histories know only what has followed the very same words. Here each feature of the past (a
//! word before, a place in the sentence) has a vector of some numbers, and so has each decision;
//! the features' vectors, scaled and added up with their mean over the document, times the vector
//! of a decision, are its log odds. Words that are followed by the same words get vectors that are
//! alike, and what is learned behind one of them holds for all. (Mnih and Hinton, *Three new
//! graphical models for statistical language modelling*, 2007, and *A scalable hierarchical
//! distributed language model*, 2008, whose tree is that of the symbols' bits here.)
//!
//! All vectors learn by gradient descent while the text goes on, in steps divided by the root of
//! the sum of squared gradients (Duchi, Hazan and Singer, *Adaptive subgradient methods*, 2011),
//! the features' once per set of features. The error that they learn from is not their own alone
//! but that of the whole model which these log odds are an input of: so they learn what all its
//! other inputs leave open. A part of their own keeps them in bounds when the whole heeds them
//! little.
//!
//! A decision seldom met has not learned much. So it may have kin: decisions that end alike share a
//! second vector, which is added to its own.
//!
//! Only single operations rounded as IEEE 754 says, in a fixed order: all units give the same bits.
//!
//! Cost: three multiply-adds a dimension and decision, twice that with kin, some ten a dimension and
//! feature when features change; 4 bytes a dimension of every vector.

use crate::memory::{filled, prefetch};
use crate::network::{LANES, Lanes, Plain, Vectors};
use crate::odds::squash;

/// The most features that are looked at together; which one means what is the caller's matter.
pub const MOST_FEATURES: usize = 11;

const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// New vectors of features have numbers up to this, either way.
const START: f32 = 0.3;
/// Scales of features at first: the first ones say most. The document's mean has the last.
const SCALES: [f32; MOST_FEATURES + 1] =
    [1.0, 0.6, 0.3, 0.3, 0.3, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 1.0];
/// Steps of decisions' vectors, of features' vectors, and of scales.
const STEPS: [f32; 3] = [0.15, 0.12, 0.008];
/// What is added to the sums of squared gradients of decisions and of features.
const CALM: [f32; 2] = [0.05, 1e-4];
/// The part of the document's mean that a feature is.
const FRESH: f32 = 0.05;
/// The part of the error that is the vectors' own.
const OWN: f32 = 0.1;
/// The most vectors of kin, as a power of two: ends are few.
const KIN_BITS: u32 = 16;
/// Bounds of log odds, of scales and of the numbers in features' vectors. Without the last two,
/// vectors and scales drive each other up.
const MOST: f32 = 9.0;
const WIDEST: f32 = 2.0;
const LONGEST: f32 = 1.0;

/// The size of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Dimensions of a vector; in effect, a multiple of [`LANES`].
    pub dimensions: usize,
    /// Features in use, 1 to [`MOST_FEATURES`].
    pub features: usize,
    /// Vectors of decisions, as a power of two, at least 3; features have a quarter as many.
    pub bits: u32,
    /// Whether decisions have kin.
    pub kin: bool,
}

impl Size {
    fn width(self) -> usize {
        self.dimensions.div_ceil(LANES).max(1)
    }

    fn vectors(self) -> usize {
        1 << (self.bits - 2)
    }

    /// Vectors of decisions: their own, then those of kin.
    fn outputs(self) -> usize {
        (1 << self.bits) + if self.kin { 1 << self.kin_bits() } else { 0 }
    }

    fn kin_bits(self) -> u32 {
        self.bits.min(KIN_BITS)
    }

    /// What a model of this size allocates, in bytes.
    pub fn bytes(self) -> usize {
        (self.vectors() + self.outputs() + MOST_FEATURES + 4) * self.width() * size_of::<Lanes>()
    }
}

/// See the [module](self).
#[derive(Debug)]
pub struct Bilinear {
    width: usize,
    bits: u32,
    /// Vectors of features. The first number is the sum of squared gradients, 0 for a vector not
    /// yet begun: in the sum of vectors, the first number is one.
    vectors: Vec<Lanes>,
    /// Vectors of decisions. The second number is the sum of squared gradients: in the sum of
    /// features' vectors, the second number is zero.
    outputs: Vec<Lanes>,
    /// Of every feature, and of the document's mean.
    scales: Vec<Lanes>,
    mean: Vec<Lanes>,
    document: u64,
    features: [u64; MOST_FEATURES],
    rows: [usize; MOST_FEATURES],
    /// Features in use.
    count: usize,
    /// What the features say; its mean square; what should have been.
    sum: Vec<Lanes>,
    energy: f32,
    gradient: Vec<Lanes>,
    /// Where the vectors of the decision, its own and that of its kin, begin, and its log odds.
    at: [usize; 2],
    /// How many of these there are.
    shares: usize,
    /// How many bits of a hash name kin.
    kin_bits: u32,
    odds: f32,
}

/// A decision, by hashes.
#[derive(Debug, Clone, Copy)]
pub struct Decision {
    /// Of what it is.
    pub itself: u64,
    /// Of what it has in common with its kin.
    pub kin: u64,
}

impl Bilinear {
    /// A model that has seen nothing.
    pub fn new(size: Size) -> Self {
        let width = size.width();
        let zeros = |rows: usize| filled(Lanes::default(), rows * width);
        let scales =
            SCALES.iter().flat_map(|&scale| std::iter::repeat_n(Lanes([scale; LANES]), width));
        let mut model = Self {
            width,
            bits: size.bits,
            vectors: zeros(size.vectors()),
            outputs: zeros(size.outputs()),
            scales: scales.collect(),
            mean: vec![Lanes::default(); width],
            document: 0,
            features: [0; MOST_FEATURES],
            rows: [0; MOST_FEATURES],
            count: size.features.clamp(1, MOST_FEATURES),
            sum: vec![Lanes::default(); width],
            energy: 0.0,
            gradient: vec![Lanes::default(); width],
            at: [0; 2],
            shares: if size.kin { 2 } else { 1 },
            kin_bits: size.kin_bits(),
            odds: 0.0,
        };
        model.gather(Plain);
        model
    }

    /// Looks at these features of the past, the first ones as far as the model has room. If they
    /// are others than before, those learn first.
    #[inline(always)]
    pub fn look(&mut self, vectors: impl Vectors, features: &[u64; MOST_FEATURES], document: u64) {
        let same = features[..self.count] == self.features[..self.count];
        if !same || document != self.document {
            self.teach();
            if document != self.document {
                self.document = document;
                self.mean.fill(Lanes::default());
            }
            self.features = *features;
            self.gather(vectors);
        }
    }

    /// The features' vectors learn what their sum should have been.
    #[inline(always)]
    fn teach(&mut self) {
        let width = self.width;
        // What the first two are is given.
        self.gradient[0].0[..2].fill(0.0);
        for (k, &row) in self.rows[..self.count].iter().enumerate() {
            let vector = &mut self.vectors[row * width..][..width];
            let scales = &mut self.scales[k * width..][..width];
            let mut squares = Lanes::default();
            for (gradient, scale) in self.gradient.iter().zip(scales.iter()) {
                for lane in 0..LANES {
                    let slope = gradient.0[lane] * scale.0[lane];
                    squares.0[lane] += slope * slope;
                }
            }
            let squares = squares.0.iter().sum::<f32>() / (width * LANES) as f32;
            let squares = vector[0].0[0] + squares;
            let step = STEPS[1] / (squares + CALM[1]).sqrt();
            for ((values, scales), slopes) in vector.iter_mut().zip(scales).zip(&self.gradient) {
                for ((value, scale), slope) in values.0.iter_mut().zip(&mut scales.0).zip(slopes.0)
                {
                    let moved = *value + step * slope * *scale;
                    *scale = (*scale + STEPS[2] * slope * *value).clamp(-WIDEST, WIDEST);
                    *value = moved.clamp(-LONGEST, LONGEST);
                }
            }
            vector[0].0[0] = squares;
        }
        let scales = &mut self.scales[MOST_FEATURES * width..];
        for ((scale, mean), gradient) in scales.iter_mut().zip(&self.mean).zip(&self.gradient) {
            for lane in 0..LANES {
                let moved = scale.0[lane] + STEPS[2] * gradient.0[lane] * mean.0[lane];
                scale.0[lane] = moved.clamp(-WIDEST, WIDEST);
            }
        }
        self.gradient.fill(Lanes::default());
    }

    /// Adds up what the features say.
    #[inline(always)]
    fn gather(&mut self, vectors: impl Vectors) {
        let width = self.width;
        for k in 0..self.count {
            let row = self.feature_row(self.features[k]);
            self.rows[k] = row;
            let vector = &mut self.vectors[row * width..][..width];
            if vector[0].0[0] == 0.0 {
                begin(vector, row as u64);
            }
        }
        let first = &self.vectors[self.rows[0] * width..][..width];
        for (mean, vector) in self.mean.iter_mut().zip(first) {
            for (mean, value) in mean.0.iter_mut().zip(vector.0) {
                *mean += (value - *mean) * FRESH;
            }
        }
        for (lanes, sum) in self.sum.iter_mut().enumerate() {
            let scale = &self.scales[MOST_FEATURES * width + lanes];
            // Of its own, so that it stays in registers.
            let mut parts = Lanes::default();
            for lane in 0..LANES {
                parts.0[lane] = self.mean[lanes].0[lane] * scale.0[lane];
            }
            for (k, &row) in self.rows[..self.count].iter().enumerate() {
                let (vector, scale) =
                    (&self.vectors[row * width + lanes], &self.scales[k * width + lanes]);
                for lane in 0..LANES {
                    parts.0[lane] += vector.0[lane] * scale.0[lane];
                }
            }
            *sum = parts;
        }
        self.sum[0].0[..2].copy_from_slice(&[1.0, 0.0]);
        self.energy = vectors.dot(&self.sum, &self.sum) / (width * LANES) as f32;
    }

    #[inline]
    fn feature_row(&self, feature: u64) -> usize {
        (feature.wrapping_mul(SPREAD) >> (66 - self.bits)) as usize
    }

    /// Where the vectors of a decision begin.
    #[inline]
    fn rows(&self, decision: Decision) -> [usize; 2] {
        let row = |hash: u64, bits: u32| (hash.wrapping_mul(SPREAD) >> (64 - bits)) as usize;
        let kin = (1 << self.bits) + row(decision.kin, self.kin_bits);
        [row(decision.itself, self.bits) * self.width, kin * self.width]
    }

    /// Asks for the vectors of features that will be looked at soon.
    #[inline]
    pub fn touch_features(&self, features: &[u64; MOST_FEATURES]) {
        for &feature in &features[..self.count] {
            let first = self.feature_row(feature) * self.width;
            (first..first + self.width).for_each(|at| prefetch(&self.vectors, at));
        }
    }

    /// Asks for the vectors of a decision, which may soon be needed.
    #[inline]
    pub fn touch(&self, decision: Decision) {
        for &first in &self.rows(decision)[..self.shares] {
            (first..first + self.width).for_each(|at| prefetch(&self.outputs, at));
        }
    }

    /// The log odds of a decision, given the features.
    #[inline(always)]
    pub fn odds(&mut self, vectors: impl Vectors, decision: Decision) -> f32 {
        self.at = self.rows(decision);
        let mut odds = 0.0;
        for &at in &self.at[..self.shares] {
            odds += vectors.dot(&self.sum, &self.outputs[at..at + self.width]);
        }
        self.odds = odds.clamp(-MOST, MOST);
        self.odds
    }

    /// Learns the bit that came, to which the whole model gave the probability `p` of a one.
    #[inline(always)]
    pub fn learn(&mut self, vectors: impl Vectors, bit: bool, p: f32) {
        let own = squash(self.odds);
        let error = f32::from(u8::from(bit)) - (p + (own - p) * OWN);
        for &at in &self.at[..self.shares] {
            let output = &mut self.outputs[at..at + self.width];
            vectors.add(&mut self.gradient, output, error);
            let squares = output[0].0[1] + error * error * self.energy;
            vectors.add(output, &self.sum, error * STEPS[0] / (squares + CALM[0]).sqrt());
            output[0].0[1] = squares;
        }
    }
}

/// Fills a vector with numbers that look random.
fn begin(vector: &mut [Lanes], seed: u64) {
    let mut state = seed.wrapping_add(1).wrapping_mul(SPREAD);
    for value in vector.iter_mut().flat_map(|lanes| &mut lanes.0) {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        *value = ((state >> 40) as f32 / (1 << 23) as f32 - 1.0) * START;
    }
    vector[0].0[0] = f32::MIN_POSITIVE;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Task, Unit};

    const SIZE: Size = Size { dimensions: 32, features: 2, bits: 12, kin: true };

    /// Teaches that the decision after a feature depends on its class; gives back the bits of all
    /// log odds, and how sure it is at the end of what it has never seen together.
    struct Lesson;

    impl Task for Lesson {
        type Output = (Vec<u32>, f32);

        #[inline(always)]
        fn run(self, vectors: impl Vectors) -> Self::Output {
            let mut model = Bilinear::new(SIZE);
            let mut seen = Vec::new();
            let mut last = 0.0;
            let mut state = 1u64;
            for _ in 0..6000 {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                // Ten decisions behind each of twenty words; word 3 is taught nine of them only.
                let (word, decision) = ((state >> 33) % 20, (state >> 45) % 10);
                let unseen = word == 3 && decision == 4;
                let bit = (word ^ decision) & 1 == 1;
                let mut features = [100; MOST_FEATURES];
                features[0] = word;
                model.look(vectors, &features, 0);
                let kin = decision % 2;
                let odds = model.odds(vectors, Decision { itself: 1000 + decision, kin });
                seen.push(odds.to_bits());
                if unseen {
                    last = if bit { odds } else { -odds };
                } else {
                    model.learn(vectors, bit, squash(odds));
                }
            }
            (seen, last)
        }
    }

    #[test]
    fn what_is_alike_is_known_of_what_was_never_seen() {
        let (_, sure) = Unit::best().run(Lesson);
        assert!(sure > 1.0, "log odds {sure} for the right bit");
    }

    #[test]
    fn every_unit_gives_the_same_bits() {
        let plain = Unit::Plain.run(Lesson);
        assert_eq!(plain, Unit::Avx2.run(Lesson));
        assert_eq!(plain, Unit::Avx512.run(Lesson));
    }

    #[test]
    fn a_size_is_what_is_allocated() {
        let model = Bilinear::new(SIZE);
        let lanes = model.vectors.len()
            + model.outputs.len()
            + model.scales.len()
            + model.mean.len()
            + model.sum.len()
            + model.gradient.len();
        assert_eq!(SIZE.bytes(), lanes * 64);
    }
}
