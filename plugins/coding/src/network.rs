//! Layers of mixers in single precision.
//!
//! What [`layer`](crate::layer) is to 16-bit integers: `S` blends of the same inputs, the weights
//! of each selected by a small context of its own. Weights and log odds are `f32`, so that
//! neither saturates and small errors still move a weight; the number of inputs is chosen when
//! the network is made.
//!
//! A sum is kept in [`LANES`] parts, input `k` being added to part `k % LANES`, and the parts
//! are added pair by pair at the end. This order is what vector units of 4, 8 or 16 numbers
//! can all follow, and a product is rounded before it is added (no fused operation); so the
//! plain code, AVX2 and AVX-512 give the same bits.
//!
//! Blends may also learn *together*: then the sum of their opinions is one opinion, whose weights
//! are the sums of the sets selected, and all of these learn from its error. A set then learns no
//! more than what its selector adds to the others, so that many selectors take no longer to learn
//! than few (weights that vary with selectors: Hastie and Tibshirani, *Varying-coefficient models*,
//! 1993).
//!
//! Cost: `2 * N * S` multiply-adds per bit; 4 bytes per weight.

use crate::memory::{filled, prefetch};
use crate::odds::squash;

/// Blends that are so few learn one by one.
const FEW: usize = 2;

/// Numbers that are processed together.
pub const LANES: usize = 16;

/// Some inputs or weights: a cache line.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes(pub [f32; LANES]);

#[allow(unsafe_code)]
impl Lanes {
    /// All numbers in a row.
    #[inline]
    pub fn flat(lanes: &mut [Self]) -> &mut [f32] {
        // SAFETY: `Lanes` is `[f32; LANES]` in C's layout; its size is a multiple of its
        // alignment, so there is nothing between two of them.
        unsafe { std::slice::from_raw_parts_mut(lanes.as_mut_ptr().cast(), lanes.len() * LANES) }
    }
}

/// `S` blends of `width * LANES` inputs.
#[derive(Debug, Clone)]
pub struct Network {
    width: usize,
    weights: Vec<Lanes>,
    /// The first set and the number of sets of every blend.
    groups: Vec<(usize, usize)>,
    /// The set selected for each.
    selected: Vec<usize>,
    /// How often each set learned, up to a bound.
    visits: Vec<u16>,
    /// Log odds of the last blends; how often their sets learned; what these learn now.
    opinions: Vec<Lanes>,
    ages: Vec<Lanes>,
    steps: Vec<Lanes>,
    /// Log odds of all blends together, see [`Network::mix_together`].
    together: f32,
    /// See [`Network::hurrying`].
    hurry: [f32; 2],
    /// See [`Network::ignoring`].
    ignored: f32,
}

/// What does the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Plain code.
    Plain,
    /// 8 numbers at a time.
    Avx2,
    /// 16 numbers at a time.
    Avx512,
}

impl Unit {
    /// The fastest that this processor has.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx2") {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") {
                return Self::Avx2;
            }
        }
        Self::Plain
    }

    /// Does a task with this unit, or plain code where the processor has no such unit.
    #[inline]
    #[allow(unsafe_code)]
    pub fn run<T: Task>(self, task: T) -> T::Output {
        match self.or_plain() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: such a unit is left only where the processor was found to have it.
            Self::Avx2 => unsafe { wide::with_avx2(task) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Self::Avx512 => unsafe { wide::with_avx512(task) },
            _ => task.run(Plain),
        }
    }

    /// This one, or plain code where the processor has no such unit.
    #[inline]
    fn or_plain(self) -> Self {
        let has = match (self, Self::best()) {
            (Self::Plain, _) | (_, Self::Avx512) => true,
            (wanted, best) => wanted == best,
        };
        if has { self } else { Self::Plain }
    }
}

/// Something to be done with vectors; see [`Unit::run`].
pub trait Task {
    /// What comes of it.
    type Output;
    /// Does it. Must be inlined always, as must what is to use wide registers in it.
    fn run(self, vectors: impl Vectors) -> Self::Output;
}

/// Sums over [`Lanes`], compiled into the code around them. Who has one has the unit.
pub trait Vectors: Copy {
    /// The product of two vectors of the same width.
    fn dot(self, a: &[Lanes], b: &[Lanes]) -> f32;
    /// Adds `times` as much as `from` to `to`, of the same width.
    fn add(self, to: &mut [Lanes], from: &[Lanes], times: f32);
}

/// Sums in plain code.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

impl Vectors for Plain {
    #[inline(always)]
    fn dot(self, a: &[Lanes], b: &[Lanes]) -> f32 {
        let mut parts = [0f32; LANES];
        for (a, b) in a.iter().zip(b) {
            for ((part, a), b) in parts.iter_mut().zip(a.0).zip(b.0) {
                *part += a * b;
            }
        }
        let mut half = LANES / 2;
        while half > 0 {
            for k in 0..half {
                parts[k] += parts[k + half];
            }
            half /= 2;
        }
        parts[0]
    }

    #[inline(always)]
    fn add(self, to: &mut [Lanes], from: &[Lanes], times: f32) {
        for (to, from) in to.iter_mut().zip(from) {
            for (to, from) in to.0.iter_mut().zip(from.0) {
                *to += from * times;
            }
        }
    }
}

impl Network {
    /// What [`Network::new`] allocates, in bytes.
    pub fn allocated(inputs: usize, counts: &[usize]) -> usize {
        let sets: usize = counts.iter().map(|&count| count.max(1)).sum();
        sets * (inputs.div_ceil(LANES) * size_of::<Lanes>() + size_of::<u16>())
            + counts.len() * (size_of::<(usize, usize)>() + size_of::<usize>())
            + 3 * counts.len().div_ceil(LANES) * size_of::<Lanes>()
    }

    /// `counts[s]` sets for blend `s`, all weights starting at `initial`.
    pub fn new(inputs: usize, counts: &[usize], initial: f32) -> Self {
        let width = inputs.div_ceil(LANES);
        let mut sets = 0;
        let mut groups = Vec::with_capacity(counts.len());
        for &count in counts {
            groups.push((sets, count.max(1)));
            sets += count.max(1);
        }
        let weights = filled(Lanes([initial; LANES]), sets * width);
        Self {
            width,
            weights,
            visits: vec![0; sets],
            selected: vec![0; counts.len()],
            opinions: vec![Lanes::default(); counts.len().div_ceil(LANES)],
            ages: vec![Lanes::default(); counts.len().div_ceil(LANES)],
            steps: vec![Lanes::default(); counts.len().div_ceil(LANES)],
            groups,
            together: 0.0,
            hurry: [0.0, 1.0],
            ignored: 0.0,
        }
    }

    /// Every set starts with these weights.
    pub fn starting_with(mut self, initial: &[f32]) -> Self {
        for set in self.weights.chunks_exact_mut(self.width) {
            for (weight, &start) in set.iter_mut().flat_map(|lanes| &mut lanes.0).zip(initial) {
                *weight = start;
            }
        }
        self
    }

    /// Sets learn faster while they are new: at first `1 + more` times as fast for `[more, half]`,
    /// after `half` bits `1 + more / 2` times, and so on.
    pub fn hurrying(mut self, hurry: [f32; 2]) -> Self {
        self.hurry = hurry;
        self
    }

    /// Blends with errors below this learn nothing, which saves the time where all is known.
    pub fn ignoring(mut self, error: f32) -> Self {
        self.ignored = error;
        self
    }

    /// Selects set `sets[s]` of every blend (the first one for a larger number), and asks for it.
    #[inline(always)]
    pub fn select(&mut self, sets: impl IntoIterator<Item = usize>) {
        let (weights, width) = (self.weights.as_slice(), self.width);
        let groups = self.groups.iter().zip(sets);
        for (selected, (&(first, count), set)) in self.selected.iter_mut().zip(groups) {
            *selected = first + if set < count { set } else { 0 };
            let at = *selected * width;
            (at..at + width).for_each(|at| prefetch(weights, at));
        }
    }

    /// Blends `inputs`, which has room for all inputs, with the sets selected; as log odds.
    #[inline(always)]
    pub fn mix(&mut self, vectors: impl Vectors, inputs: &[Lanes]) -> &[f32] {
        let inputs = &inputs[..self.width];
        let weights = self.weights.as_slice();
        let opinions = Lanes::flat(&mut self.opinions);
        for (opinion, &selected) in opinions.iter_mut().zip(&self.selected) {
            let set = &weights[selected * inputs.len()..][..inputs.len()];
            *opinion = vectors.dot(inputs, set);
        }
        &opinions[..self.selected.len()]
    }

    /// As [`Network::mix`], for blends that speak and learn together, see the [module](self): the sum of
    /// what they say, as log odds.
    #[inline(always)]
    pub fn mix_together(&mut self, vectors: impl Vectors, inputs: &[Lanes]) -> f32 {
        self.together = self.mix(vectors, inputs).iter().sum();
        self.together
    }

    /// As [`Network::update`], for blends last mixed [together](Network::mix_together).
    #[inline(always)]
    pub fn update_together(
        &mut self,
        vectors: impl Vectors,
        inputs: &[Lanes],
        bit: bool,
        rate: f32,
    ) {
        let inputs = &inputs[..self.width];
        let error = f32::from(u8::from(bit)) - squash(self.together);
        if error.abs() < self.ignored {
            return;
        }
        let [more, half] = self.hurry;
        let (step, slower) = (error * rate / self.selected.len() as f32, 1.0 / half);
        let (weights, visits) = (self.weights.as_mut_slice(), self.visits.as_mut_slice());
        for &selected in &self.selected {
            let visits = &mut visits[selected];
            let hurried = step * (1.0 + more / (1.0 + f32::from(*visits) * slower));
            *visits = visits.saturating_add(1);
            let set = &mut weights[selected * inputs.len()..][..inputs.len()];
            vectors.add(set, inputs, hurried);
        }
    }

    /// Learns the bit that came, given the inputs last blended; `rate` is the learning rate,
    /// about 0.002 for slow to 0.02 for quick.
    #[inline(always)]
    pub fn update(&mut self, vectors: impl Vectors, inputs: &[Lanes], bit: bool, rate: f32) {
        let inputs = &inputs[..self.width];
        let target = f32::from(u8::from(bit));
        let [more, half] = self.hurry;
        let slower = 1.0 / half;
        let ignored = self.ignored;
        let step = |opinion: f32, age: f32| {
            let error = target - squash(opinion);
            let error = if error.abs() < ignored { 0.0 } else { error };
            error * rate * (1.0 + more / (1.0 + age * slower))
        };
        let (weights, all_visits) = (self.weights.as_mut_slice(), self.visits.as_mut_slice());
        let ages = Lanes::flat(&mut self.ages);
        for (age, &selected) in ages.iter_mut().zip(&self.selected) {
            let visits = &mut all_visits[selected];
            *age = f32::from(*visits);
            *visits = visits.saturating_add(1);
        }
        for (steps, (opinions, ages)) in
            self.steps.iter_mut().zip(self.opinions.iter().zip(&self.ages))
        {
            // Numbers just written one by one would be waited for before they are read together.
            if self.selected.len() > FEW {
                (0..LANES).for_each(|k| steps.0[k] = step(opinions.0[k], ages.0[k]));
            } else {
                (0..FEW).for_each(|k| steps.0[k] = step(opinions.0[k], ages.0[k]));
            }
        }
        let steps = Lanes::flat(&mut self.steps);
        for (&step, &selected) in steps.iter().zip(&self.selected) {
            if step == 0.0 {
                continue;
            }
            let set = &mut weights[selected * inputs.len()..][..inputs.len()];
            vectors.add(set, inputs, step);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod wide {
    //! The loops with AVX2 and AVX-512. Products are rounded before they are added: no fused
    //! operations here.

    use std::arch::x86_64::*;

    use super::{Lanes, Task, Vectors};

    /// To be had from [`with_avx2`] alone.
    #[derive(Clone, Copy)]
    pub(super) struct Avx2(());

    /// To be had from [`with_avx512`] alone.
    #[derive(Clone, Copy)]
    pub(super) struct Avx512(());

    #[target_feature(enable = "avx2")]
    pub(super) fn with_avx2<T: Task>(task: T) -> T::Output {
        task.run(Avx2(()))
    }

    #[target_feature(enable = "avx512f,avx2")]
    pub(super) fn with_avx512<T: Task>(task: T) -> T::Output {
        task.run(Avx512(()))
    }

    impl Vectors for Avx2 {
        #[inline(always)]
        fn dot(self, a: &[Lanes], b: &[Lanes]) -> f32 {
            // SAFETY: who has this has the unit.
            unsafe { dot_avx2(a, b) }
        }

        #[inline(always)]
        fn add(self, to: &mut [Lanes], from: &[Lanes], times: f32) {
            // SAFETY: as above.
            unsafe { add_avx2(to, from, times) }
        }
    }

    impl Vectors for Avx512 {
        #[inline(always)]
        fn dot(self, a: &[Lanes], b: &[Lanes]) -> f32 {
            // SAFETY: as above.
            unsafe { dot_avx512(a, b) }
        }

        #[inline(always)]
        fn add(self, to: &mut [Lanes], from: &[Lanes], times: f32) {
            // SAFETY: as above.
            unsafe { add_avx512(to, from, times) }
        }
    }

    /// The lower and upper half of some numbers.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn halves(lanes: &Lanes) -> [__m256; 2] {
        // SAFETY: `Lanes` has 64 bytes and is aligned to 64.
        unsafe { [_mm256_load_ps(lanes.0.as_ptr()), _mm256_load_ps(lanes.0.as_ptr().add(8))] }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn whole(lanes: &Lanes) -> __m512 {
        // SAFETY: `Lanes` has 64 bytes and is aligned to 64.
        unsafe { _mm512_load_ps(lanes.0.as_ptr()) }
    }

    /// The sum of eight parts: those four apart, two apart, then next to each other.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn total(parts: __m256) -> f32 {
        let four = _mm_add_ps(_mm256_castps256_ps128(parts), _mm256_extractf128_ps::<1>(parts));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn dot_avx2(a: &[Lanes], b: &[Lanes]) -> f32 {
        let mut parts = [_mm256_setzero_ps(); 2];
        for (a, b) in a.iter().zip(b) {
            let (a, b) = (halves(a), halves(b));
            parts[0] = _mm256_add_ps(parts[0], _mm256_mul_ps(a[0], b[0]));
            parts[1] = _mm256_add_ps(parts[1], _mm256_mul_ps(a[1], b[1]));
        }
        total(_mm256_add_ps(parts[0], parts[1]))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx2")]
    fn dot_avx512(a: &[Lanes], b: &[Lanes]) -> f32 {
        let mut parts = _mm512_setzero_ps();
        for (a, b) in a.iter().zip(b) {
            parts = _mm512_add_ps(parts, _mm512_mul_ps(whole(a), whole(b)));
        }
        let upper = _mm512_shuffle_f32x4::<0b11_10_11_10>(parts, parts);
        total(_mm256_add_ps(_mm512_castps512_ps256(parts), _mm512_castps512_ps256(upper)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn add_avx2(to: &mut [Lanes], from: &[Lanes], times: f32) {
        let times = _mm256_set1_ps(times);
        for (to, from) in to.iter_mut().zip(from) {
            let (from, [low, high]) = (halves(from), halves(to));
            let low = _mm256_add_ps(low, _mm256_mul_ps(from[0], times));
            let high = _mm256_add_ps(high, _mm256_mul_ps(from[1], times));
            // SAFETY: `Lanes` has 64 bytes and is aligned to 64.
            unsafe {
                _mm256_store_ps(to.0.as_mut_ptr(), low);
                _mm256_store_ps(to.0.as_mut_ptr().add(8), high);
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn add_avx512(to: &mut [Lanes], from: &[Lanes], times: f32) {
        let times = _mm512_set1_ps(times);
        for (to, from) in to.iter_mut().zip(from) {
            let moved = _mm512_add_ps(whole(to), _mm512_mul_ps(whole(from), times));
            // SAFETY: `Lanes` has 64 bytes and is aligned to 64.
            unsafe { _mm512_store_ps(to.0.as_mut_ptr(), moved) };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A step: inputs, the sets selected, the bit.
    type Step = (Vec<f32>, [usize; 3], bool);

    /// The bits of all weights after some steps, and of all opinions on the way.
    struct Run<'a>(usize, bool, &'a [Step]);

    impl Task for Run<'_> {
        type Output = Vec<u32>;

        #[inline(always)]
        fn run(self, vectors: impl Vectors) -> Vec<u32> {
            let Self(inputs, together, steps) = self;
            let mut network = Network::new(inputs, &[1, 3, 5], 0.3).hurrying([2.0, 4.0]);
            let mut seen = Vec::new();
            for (values, sets, bit) in steps {
                let mut lanes = vec![Lanes::default(); inputs.div_ceil(LANES)];
                for k in 0..inputs {
                    lanes[k / LANES].0[k % LANES] = values[k];
                }
                network.select(*sets);
                if together {
                    seen.push(network.mix_together(vectors, &lanes).to_bits());
                    network.update_together(vectors, &lanes, *bit, 0.01);
                } else {
                    let odds = network.mix(vectors, &lanes);
                    seen.extend(odds.iter().map(|odds| odds.to_bits()));
                    network.update(vectors, &lanes, *bit, 0.01);
                }
            }
            seen.extend(network.weights.iter().flat_map(|lanes| lanes.0).map(f32::to_bits));
            seen
        }
    }

    proptest! {
        #[test]
        fn every_unit_gives_the_same_bits(steps in prop::collection::vec((prop::collection::vec(-12f32..12.0, 70), prop::array::uniform3(0usize..7), any::<bool>()), 0..40)) {
            for (inputs, together) in [(5, false), (16, true), (33, false), (70, true)] {
                let run = |unit: Unit| unit.run(Run(inputs, together, &steps));
                prop_assert_eq!(&run(Unit::Plain), &run(Unit::Avx2));
                prop_assert_eq!(&run(Unit::Plain), &run(Unit::Avx512));
            }
        }
    }

    #[test]
    fn who_is_right_gains() {
        let mut network = Network::new(2, &[3, 1], 0.2);
        let mut state = 1u32;
        let mut wrong = 0;
        for step in 0..4000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let bit = state >> 31 == 1;
            let noise = ((state >> 8) & 255) as f32 / 128.0 - 1.0;
            let mut inputs = [Lanes::default()];
            inputs[0].0[..2].copy_from_slice(&[if bit { 1.5 } else { -1.5 }, noise]);
            network.select([1, 0]);
            let odds = network.mix(Plain, &inputs)[0];
            wrong += usize::from(step > 3000 && (odds >= 0.0) != bit);
            network.update(Plain, &inputs, bit, 0.02);
        }
        assert!(wrong < 10, "{wrong} wrong of 1000");
    }

    #[test]
    fn together_each_learns_what_it_adds() {
        // The bit is that of the input, but the other one where both selectors say so: neither alone
        // can tell, and no set has to.
        let mut network = Network::new(1, &[2, 2], 0.0);
        let mut state = 1u32;
        let mut wrong = 0;
        for step in 0..4000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (bit, one, two) = (state >> 31 == 1, state >> 30 & 1, state >> 29 & 1);
            let turned = one == 1 && two == 1;
            let mut inputs = [Lanes::default()];
            inputs[0].0[0] = if bit != turned { 1.0 } else { -1.0 };
            network.select([one as usize, two as usize]);
            let odds = network.mix_together(Plain, &inputs);
            wrong += usize::from(step > 3000 && (odds >= 0.0) != bit);
            network.update_together(Plain, &inputs, bit, 0.1);
        }
        assert!(wrong < 10, "{wrong} wrong of 1000");
    }
}
