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
//! the features' once per set of features. The error that they learn from is not their own but
//! that of the whole model which these log odds are an input of: so they learn what all its other
//! inputs leave open.
//!
//! Only single operations rounded as IEEE 754 says, in a fixed order: all units give the same bits.
//!
//! Cost: three multiply-adds a dimension and decision, some ten a dimension and feature when
//! features change; 4 bytes a dimension of every vector.

use crate::memory::{large_pages, prefetch};
use crate::network::{LANES, Lanes, Unit, add, dot};

/// Features that are looked at together; which one means what is the caller's matter.
pub const FEATURES: usize = 5;

const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// New vectors of features have numbers up to this, either way.
const START: f32 = 0.3;
/// Scales of features at first: the first ones say most.
const SCALES: [f32; FEATURES] = [1.0, 0.6, 0.3, 0.3, 0.3];
/// Steps of decisions' vectors, of features' vectors, and of scales.
const STEPS: [f32; 3] = [0.2, 0.05, 0.001];
/// What is added to the sums of squared gradients of decisions and of features.
const CALM: [f32; 2] = [0.05, 1e-4];
/// The part of the document's mean that a feature is.
const FRESH: f32 = 0.05;
/// Bounds of log odds, and of scales.
const MOST: f32 = 9.0;
const WIDEST: f32 = 2.0;

/// The size of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Dimensions of a vector; in effect, a multiple of [`LANES`].
    pub dimensions: usize,
    /// Vectors of decisions, as a power of two; features have a quarter as many.
    pub bits: u32,
}

impl Size {
    fn width(self) -> usize {
        self.dimensions.div_ceil(LANES).max(1)
    }

    fn features(self) -> usize {
        1 << self.bits.saturating_sub(2)
    }

    /// What a model of this size allocates, in bytes.
    pub fn bytes(self) -> usize {
        let row = self.width() * size_of::<Lanes>() + size_of::<f32>();
        (self.features() + (1 << self.bits)) * row
            + (FEATURES + 4) * self.width() * size_of::<Lanes>()
    }
}

/// See the [module](self).
#[derive(Debug)]
pub struct Bilinear {
    width: usize,
    unit: Unit,
    bits: u32,
    /// Vectors of features, and the sums of their squared gradients; 0 for one not yet begun.
    vectors: Vec<Lanes>,
    vector_sums: Vec<f32>,
    /// Vectors of decisions, and the sums of theirs.
    outputs: Vec<Lanes>,
    output_sums: Vec<f32>,
    /// Of every feature, and of the document's mean.
    scales: Vec<Lanes>,
    mean: Vec<Lanes>,
    document: u64,
    features: [u64; FEATURES],
    rows: [usize; FEATURES],
    /// What the features say; its mean square; what should have been.
    sum: Vec<Lanes>,
    energy: f32,
    gradient: Vec<Lanes>,
    /// Where the vector of the decision begins.
    at: usize,
}

impl Bilinear {
    /// A model that has seen nothing.
    pub fn new(size: Size) -> Self {
        let width = size.width();
        let zeros = |rows: usize| {
            let zeros = vec![Lanes::default(); rows * width];
            large_pages(&zeros);
            zeros
        };
        let scales = SCALES
            .iter()
            .chain(&[1.0])
            .flat_map(|&scale| std::iter::repeat_n(Lanes([scale; LANES]), width));
        let mut model = Self {
            width,
            unit: Unit::best(),
            bits: size.bits,
            vectors: zeros(size.features()),
            vector_sums: vec![0.0; size.features()],
            outputs: zeros(1 << size.bits),
            output_sums: vec![0.0; 1 << size.bits],
            scales: scales.collect(),
            mean: vec![Lanes::default(); width],
            document: 0,
            features: [0; FEATURES],
            rows: [0; FEATURES],
            sum: vec![Lanes::default(); width],
            energy: 0.0,
            gradient: vec![Lanes::default(); width],
            at: 0,
        };
        model.gather();
        model
    }

    /// Uses `unit`, or plain code where the processor has no such unit.
    pub fn with(mut self, unit: Unit) -> Self {
        self.unit = unit.or_plain();
        self
    }

    /// Looks at these features of the past. If they are others than before, those learn first.
    #[inline]
    pub fn look(&mut self, features: &[u64; FEATURES], document: u64) {
        if *features != self.features || document != self.document {
            self.teach();
            if document != self.document {
                self.document = document;
                self.mean.fill(Lanes::default());
            }
            self.features = *features;
            self.gather();
        }
    }

    /// The features' vectors learn what their sum should have been.
    fn teach(&mut self) {
        let width = self.width;
        // The first number is always one.
        self.gradient[0].0[0] = 0.0;
        for (k, &row) in self.rows.iter().enumerate() {
            let vector = &mut self.vectors[row * width..][..width];
            let scales = &mut self.scales[k * width..][..width];
            let mut squares = Lanes::default();
            for (gradient, scale) in self.gradient.iter().zip(scales.iter()) {
                for lane in 0..LANES {
                    let slope = gradient.0[lane] * scale.0[lane];
                    squares.0[lane] += slope * slope;
                }
            }
            let sum = &mut self.vector_sums[row];
            *sum += squares.0.iter().sum::<f32>() / (width * LANES) as f32;
            let step = STEPS[1] / (*sum + CALM[1]).sqrt();
            for ((vector, scale), gradient) in vector.iter_mut().zip(scales).zip(&self.gradient) {
                for lane in 0..LANES {
                    let (value, slope) = (vector.0[lane], gradient.0[lane]);
                    vector.0[lane] = value + step * slope * scale.0[lane];
                    let moved = scale.0[lane] + STEPS[2] * slope * value;
                    scale.0[lane] = moved.clamp(-WIDEST, WIDEST);
                }
            }
        }
        let scales = &mut self.scales[FEATURES * width..];
        for ((scale, mean), gradient) in scales.iter_mut().zip(&self.mean).zip(&self.gradient) {
            for lane in 0..LANES {
                let moved = scale.0[lane] + STEPS[2] * gradient.0[lane] * mean.0[lane];
                scale.0[lane] = moved.clamp(-WIDEST, WIDEST);
            }
        }
        self.gradient.fill(Lanes::default());
    }

    /// Adds up what the features say.
    fn gather(&mut self) {
        let width = self.width;
        let shift = 64 - self.bits.saturating_sub(2).max(1);
        for (row, feature) in self.rows.iter_mut().zip(self.features) {
            *row = ((feature.wrapping_mul(SPREAD) >> shift) as usize) % self.vector_sums.len();
            if self.vector_sums[*row] == 0.0 {
                self.vector_sums[*row] = f32::MIN_POSITIVE;
                begin(&mut self.vectors[*row * width..][..width], *row as u64);
            }
        }
        let first = &self.vectors[self.rows[0] * width..][..width];
        for (mean, vector) in self.mean.iter_mut().zip(first) {
            for (mean, value) in mean.0.iter_mut().zip(vector.0) {
                *mean += (value - *mean) * FRESH;
            }
        }
        for (lanes, sum) in self.sum.iter_mut().enumerate() {
            let scale = &self.scales[FEATURES * width + lanes];
            for lane in 0..LANES {
                sum.0[lane] = self.mean[lanes].0[lane] * scale.0[lane];
            }
            for (k, &row) in self.rows.iter().enumerate() {
                let (vector, scale) =
                    (&self.vectors[row * width + lanes], &self.scales[k * width + lanes]);
                for lane in 0..LANES {
                    sum.0[lane] += vector.0[lane] * scale.0[lane];
                }
            }
        }
        self.sum[0].0[0] = 1.0;
        self.energy = dot(self.unit, &self.sum, &self.sum) / (width * LANES) as f32;
    }

    fn row(&self, decision: u64) -> usize {
        (decision.wrapping_mul(SPREAD) >> (64 - self.bits)) as usize
    }

    /// Asks for the vector of a decision, which may soon be needed.
    #[inline]
    pub fn touch(&self, decision: u64) {
        let row = self.row(decision);
        prefetch(&self.output_sums, row);
        (row * self.width..(row + 1) * self.width).for_each(|at| prefetch(&self.outputs, at));
    }

    /// The log odds of a decision, given the features.
    #[inline]
    pub fn odds(&mut self, decision: u64) -> f32 {
        self.at = self.row(decision);
        let output = &self.outputs[self.at * self.width..][..self.width];
        dot(self.unit, &self.sum, output).clamp(-MOST, MOST)
    }

    /// Learns from the error of the whole model, 1 or 0 less the probability of a one.
    #[inline]
    pub fn learn(&mut self, error: f32) {
        let output = &mut self.outputs[self.at * self.width..][..self.width];
        add(self.unit, &mut self.gradient, output, error);
        let sum = &mut self.output_sums[self.at];
        *sum += error * error * self.energy;
        add(self.unit, output, &self.sum, error * STEPS[0] / (*sum + CALM[0]).sqrt());
    }
}

/// Fills a vector with numbers that look random.
fn begin(vector: &mut [Lanes], seed: u64) {
    let mut state = seed.wrapping_add(1).wrapping_mul(SPREAD);
    for value in vector.iter_mut().flat_map(|lanes| &mut lanes.0) {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        *value = ((state >> 40) as f32 / (1 << 23) as f32 - 1.0) * START;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { dimensions: 32, bits: 12 };

    /// Teaches that the decision after a feature depends on its class; gives back the bits of all
    /// log odds, and how sure it is at the end of what it has never seen together.
    fn run(unit: Unit) -> (Vec<u32>, f32) {
        let mut model = Bilinear::new(SIZE).with(unit);
        let mut seen = Vec::new();
        let mut last = 0.0;
        let mut state = 1u64;
        for _ in 0..6000 {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            // Ten decisions behind each of twenty words; word 3 is taught nine of them only.
            let (word, decision) = ((state >> 33) % 20, (state >> 45) % 10);
            let unseen = word == 3 && decision == 4;
            let bit = (word ^ decision) & 1 == 1;
            model.look(&[word, 100, 101, 102, 103], 0);
            let odds = model.odds(1000 + decision);
            seen.push(odds.to_bits());
            if unseen {
                last = if bit { odds } else { -odds };
            } else {
                model.learn(f32::from(u8::from(bit)) - 1.0 / (1.0 + (-odds).exp()));
            }
        }
        (seen, last)
    }

    #[test]
    fn what_is_alike_is_known_of_what_was_never_seen() {
        let (_, sure) = run(Unit::best());
        assert!(sure > 1.0, "log odds {sure} for the right bit");
    }

    #[test]
    fn every_unit_gives_the_same_bits() {
        let (plain, _) = run(Unit::Plain);
        assert_eq!(plain, run(Unit::Avx2).0);
        assert_eq!(plain, run(Unit::Avx512).0);
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
        let sums = model.vector_sums.len() + model.output_sums.len();
        assert_eq!(SIZE.bytes(), lanes * 64 + sums * 4);
    }
}
