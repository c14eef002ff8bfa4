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
use crate::odds::squash;
use crate::vectors::{LANES, Lanes, Plain, Task, Vectors, sized};

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
    /// Whether it says anything yet.
    taught: bool,
    /// The vectors of the decision, its own and that of its kin, and its log odds.
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
            taught: false,
            at: [0; 2],
            shares: if size.kin { 2 } else { 1 },
            kin_bits: size.kin_bits(),
            odds: 0.0,
        };
        sized!(width, W => model.gather::<W>(Plain));
        model
    }

    /// Looks at these features of the past, the first ones as far as the model has room. If they
    /// are others than before, those learn first.
    #[inline(always)]
    pub fn look(&mut self, vectors: impl Vectors, features: &[u64; MOST_FEATURES], document: u64) {
        let same = features[..self.count] == self.features[..self.count];
        if !same || document != self.document {
            sized!(self.width, W => vectors.apart(Look::<W> { model: self, features, document }));
        }
    }

    /// The features' vectors learn what their sum should have been.
    #[inline(always)]
    fn teach<const W: usize>(&mut self) {
        let Some(slopes) = self.gradient.first_chunk_mut::<W>() else { return };
        // What the first two are is given.
        slopes[0].0[..2].fill(0.0);
        let vectors = self.vectors.as_chunks_mut::<W>().0;
        let all_scales = self.scales.as_chunks_mut::<W>().0;
        for (&row, scales) in self.rows[..self.count].iter().zip(all_scales.iter_mut()) {
            let vector = &mut vectors[row];
            let mut squares = Lanes::default();
            for (slopes, scales) in slopes.iter().zip(scales.iter()) {
                for lane in 0..LANES {
                    let slope = slopes.0[lane] * scales.0[lane];
                    squares.0[lane] += slope * slope;
                }
            }
            let squares = squares.0.iter().sum::<f32>() / (W * LANES) as f32;
            let squares = vector[0].0[0] + squares;
            let step = STEPS[1] / (squares + CALM[1]).sqrt();
            for ((values, scales), slopes) in vector.iter_mut().zip(scales).zip(slopes.iter()) {
                for ((value, scale), slope) in values.0.iter_mut().zip(&mut scales.0).zip(slopes.0)
                {
                    let moved = *value + step * slope * *scale;
                    *scale = (*scale + STEPS[2] * slope * *value).clamp(-WIDEST, WIDEST);
                    *value = moved.clamp(-LONGEST, LONGEST);
                }
            }
            vector[0].0[0] = squares;
        }
        let scales = &mut all_scales[MOST_FEATURES];
        for ((scale, mean), slopes) in scales.iter_mut().zip(&self.mean).zip(slopes.iter()) {
            for lane in 0..LANES {
                let moved = scale.0[lane] + STEPS[2] * slopes.0[lane] * mean.0[lane];
                scale.0[lane] = moved.clamp(-WIDEST, WIDEST);
            }
        }
        *slopes = [Lanes::default(); W];
    }

    /// Adds up what the features say.
    #[inline(always)]
    fn gather<const W: usize>(&mut self, vectors: impl Vectors) {
        for k in 0..self.count {
            let row = self.feature_row(self.features[k]);
            self.rows[k] = row;
            let vector = &mut self.vectors.as_chunks_mut::<W>().0[row];
            if vector[0].0[0] == 0.0 {
                begin(vector, row as u64);
            }
        }
        let features = self.vectors.as_chunks::<W>().0;
        let scales = self.scales.as_chunks::<W>().0;
        let first = &features[self.rows[0]];
        for (mean, vector) in self.mean.iter_mut().zip(first) {
            for (mean, value) in mean.0.iter_mut().zip(vector.0) {
                *mean += (value - *mean) * FRESH;
            }
        }
        let Some(sum) = self.sum.first_chunk_mut::<W>() else { return };
        for (lanes, sum) in sum.iter_mut().enumerate() {
            // Of its own, so that it stays in registers.
            let mut parts = Lanes::default();
            for lane in 0..LANES {
                parts.0[lane] = self.mean[lanes].0[lane] * scales[MOST_FEATURES][lanes].0[lane];
            }
            for (&row, scale) in self.rows[..self.count].iter().zip(scales) {
                let (vector, scale) = (&features[row][lanes], &scale[lanes]);
                for lane in 0..LANES {
                    parts.0[lane] += vector.0[lane] * scale.0[lane];
                }
            }
            *sum = parts;
        }
        sum[0].0[..2].copy_from_slice(&[1.0, 0.0]);
        self.energy = vectors.dot(sum, sum) / (W * LANES) as f32;
    }

    #[inline]
    fn feature_row(&self, feature: u64) -> usize {
        (feature.wrapping_mul(SPREAD) >> (66 - self.bits)) as usize
    }

    /// The vectors of a decision.
    #[inline]
    fn rows(&self, decision: Decision) -> [usize; 2] {
        let row = |hash: u64, bits: u32| (hash.wrapping_mul(SPREAD) >> (64 - bits)) as usize;
        [row(decision.itself, self.bits), (1 << self.bits) + row(decision.kin, self.kin_bits)]
    }

    /// Asks for the vectors of features that will be looked at soon.
    #[inline(always)]
    pub fn touch_features(&self, features: &[u64; MOST_FEATURES]) {
        sized!(self.width, W => for &feature in &features[..self.count] {
            let first = self.feature_row(feature) * W;
            (first..first + W).for_each(|at| prefetch(&self.vectors, at));
        });
    }

    /// Asks for the vectors of a decision, which may soon be needed.
    #[inline(always)]
    pub fn touch(&self, decision: Decision) {
        sized!(self.width, W => for &row in &self.rows(decision)[..self.shares] {
            (row * W..(row + 1) * W).for_each(|at| prefetch(&self.outputs, at));
        });
    }

    /// The log odds of a decision, given the features.
    #[inline(always)]
    pub fn odds(&mut self, vectors: impl Vectors, decision: Decision) -> f32 {
        self.at = self.rows(decision);
        let odds = sized!(self.width, W => vectors.apart(Sum::<W> { model: self }));
        self.odds = odds.clamp(-MOST, MOST);
        self.odds
    }

    /// Learns the bit that came, to which the whole model gave the probability `p` of a one.
    #[inline(always)]
    pub fn learn(&mut self, vectors: impl Vectors, bit: bool, p: f32) {
        let own = squash(self.odds);
        let error = f32::from(u8::from(bit)) - (p + (own - p) * OWN);
        sized!(self.width, W => vectors.apart(Learn::<W> { model: self, error }));
    }
}

/// See [`Bilinear::look`].
struct Look<'a, const W: usize> {
    model: &'a mut Bilinear,
    features: &'a [u64; MOST_FEATURES],
    document: u64,
}

impl<const W: usize> Task for Look<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self, v: impl Vectors) {
        let Self { model, features, document } = self;
        if model.taught {
            model.taught = false;
            model.teach::<W>();
        }
        if document != model.document {
            model.document = document;
            model.mean.fill(Lanes::default());
        }
        model.features = *features;
        model.gather::<W>(v);
    }
}

/// See [`Bilinear::odds`].
struct Sum<'a, const W: usize> {
    model: &'a Bilinear,
}

impl<const W: usize> Task for Sum<'_, W> {
    type Output = f32;

    #[inline(always)]
    fn run(self, v: impl Vectors) -> f32 {
        let Self { model } = self;
        let Some(sum) = model.sum.first_chunk::<W>() else { return 0.0 };
        let outputs = model.outputs.as_chunks::<W>().0;
        let mut odds = 0.0;
        for &at in &model.at[..model.shares] {
            odds += v.dot(sum, &outputs[at]);
        }
        odds
    }
}

/// See [`Bilinear::learn`].
struct Learn<'a, const W: usize> {
    model: &'a mut Bilinear,
    error: f32,
}

impl<const W: usize> Task for Learn<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self, v: impl Vectors) {
        let Self { model, error } = self;
        let Some(gradient) = model.gradient.first_chunk_mut::<W>() else { return };
        let Some(sum) = model.sum.first_chunk::<W>() else { return };
        let outputs = model.outputs.as_chunks_mut::<W>().0;
        for &at in &model.at[..model.shares] {
            let output = &mut outputs[at];
            v.add(gradient, output, error);
            let squares = output[0].0[1] + error * error * model.energy;
            v.add(output, sum, error * STEPS[0] / (squares + CALM[0]).sqrt());
            output[0].0[1] = squares;
        }
        model.taught = true;
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
    use crate::vectors::Unit;

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
