//! Layers of mixers in single precision.
//!
//! What [`layer`](crate::layer) is to 16-bit integers: `S` blends of the same inputs, the weights
//! of each selected by a small context of its own. Weights and log odds are `f32`, so that
//! neither saturates and small errors still move a weight; the number of inputs is chosen when
//! the network is made.
//!
//! Blends may also learn *together*: then the sum of their opinions is one opinion, whose weights
//! are the sums of the sets selected, and all of these learn from its error. A set then learns no
//! more than what its selector adds to the others, so that many selectors take no longer to learn
//! than few (weights that vary with selectors: Hastie and Tibshirani, *Varying-coefficient models*,
//! 1993).
//!
//! Cost: `2 * N * S` multiply-adds per bit; 4 bytes per weight.

use crate::memory::{filled, prefetch};
use crate::odds::{squash, squash_eight};
use crate::vectors::{LANES, Lanes, MOST_WIDTH, Task, Vectors, sized};

/// `S` blends of `width * LANES` inputs.
#[derive(Debug, Clone)]
pub struct Network {
    width: usize,
    /// The last number of every set is none, but says how often the set learned.
    weights: Vec<Lanes>,
    /// The first set and the number of sets of every blend.
    groups: Vec<(usize, usize)>,
    /// The set selected for each.
    selected: Vec<usize>,
    /// Log odds of the last blends; how often their sets learned; what these learn now.
    opinions: Vec<[f32; 8]>,
    ages: Vec<[f32; 8]>,
    steps: Vec<[f32; 8]>,
    /// Log odds of all blends together, see [`Network::mix_together`].
    together: f32,
    /// See [`Network::hurrying`].
    hurry: [f32; 2],
    /// See [`Network::ignoring`].
    ignored: f32,
}

impl Network {
    /// So many [`Lanes`] hold the inputs and behind them, at the very end, a zero.
    pub fn width(inputs: usize) -> usize {
        (inputs + 1).div_ceil(LANES)
    }

    /// What [`Network::new`] allocates, in bytes.
    pub fn allocated(inputs: usize, counts: &[usize]) -> usize {
        let sets: usize = counts.iter().map(|&count| count.max(1)).sum();
        sets * Self::width(inputs) * size_of::<Lanes>()
            + counts.len() * (size_of::<(usize, usize)>() + size_of::<usize>())
            + 3 * counts.len().div_ceil(8) * size_of::<[f32; 8]>()
    }

    /// `counts[s]` sets for blend `s`, all weights starting at `initial`; fewer than [`MOST_WIDTH`]
    /// times [`LANES`] inputs.
    pub fn new(inputs: usize, counts: &[usize], initial: f32) -> Self {
        let width = Self::width(inputs).min(MOST_WIDTH);
        let mut sets = 0;
        let mut groups = Vec::with_capacity(counts.len());
        for &count in counts {
            groups.push((sets, count.max(1)));
            sets += count.max(1);
        }
        let weights = filled(Lanes([initial; LANES]), sets * width);
        let network = Self {
            width,
            weights,
            selected: vec![0; counts.len()],
            opinions: vec![[0.0; 8]; counts.len().div_ceil(8)],
            ages: vec![[0.0; 8]; counts.len().div_ceil(8)],
            steps: vec![[0.0; 8]; counts.len().div_ceil(8)],
            groups,
            together: 0.0,
            hurry: [0.0, 1.0],
            ignored: 0.0,
        };
        network.starting_with(&vec![initial; inputs])
    }

    /// Every set starts with these weights.
    pub fn starting_with(mut self, initial: &[f32]) -> Self {
        for set in self.weights.chunks_exact_mut(self.width) {
            for (weight, &start) in Lanes::flat(set).iter_mut().zip(initial) {
                *weight = start;
            }
            set[self.width - 1].0[LANES - 1] = 0.0;
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
        sized!(self.width, W => self.select_sized::<W>(sets));
    }

    #[inline(always)]
    fn select_sized<const W: usize>(&mut self, sets: impl IntoIterator<Item = usize>) {
        let weights = self.weights.as_chunks::<W>().0;
        let groups = self.groups.iter().zip(sets);
        for (selected, (&(first, count), set)) in self.selected.iter_mut().zip(groups) {
            *selected = first + if set < count { set } else { 0 };
            (0..W).for_each(|lanes| prefetch(weights.as_flattened(), *selected * W + lanes));
        }
    }

    /// Blends `inputs`, which has room for all inputs, with the sets selected; as log odds.
    #[inline(always)]
    pub fn mix(&mut self, vectors: impl Vectors, inputs: &[Lanes]) -> &[f32] {
        sized!(self.width, W => vectors.apart(Mix::<W> { network: self, inputs }));
        &self.opinions.as_flattened()[..self.selected.len()]
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
        let error = f32::from(u8::from(bit)) - squash(self.together);
        if error.abs() < self.ignored {
            return;
        }
        let step = error * rate / self.selected.len() as f32;
        sized!(self.width, W => {
            vectors.apart(Shared::<W> { network: self, inputs, step })
        });
    }

    /// Learns the bit that came, given the inputs last blended; `rate` is the learning rate,
    /// about 0.002 for slow to 0.02 for quick.
    #[inline(always)]
    pub fn update(&mut self, vectors: impl Vectors, inputs: &[Lanes], bit: bool, rate: f32) {
        sized!(self.width, W => {
            vectors.apart(Update::<W> { network: self, inputs, bit, rate })
        });
    }
}

/// See [`Network::mix`].
struct Mix<'a, const W: usize> {
    network: &'a mut Network,
    inputs: &'a [Lanes],
}

impl<const W: usize> Task for Mix<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self, v: impl Vectors) {
        let Self { network, inputs } = self;
        let Some(inputs) = inputs.first_chunk::<W>() else { return };
        let sets = network.weights.as_chunks::<W>().0;
        let opinions = network.opinions.as_flattened_mut();
        for (opinion, &selected) in opinions.iter_mut().zip(&network.selected) {
            *opinion = v.dot(inputs, &sets[selected]);
        }
    }
}

/// See [`Network::update_together`].
struct Shared<'a, const W: usize> {
    network: &'a mut Network,
    inputs: &'a [Lanes],
    step: f32,
}

impl<const W: usize> Task for Shared<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self, v: impl Vectors) {
        let Self { network, inputs, step } = self;
        let Some(inputs) = inputs.first_chunk::<W>() else { return };
        let [more, half] = network.hurry;
        let slower = 1.0 / half;
        let sets = network.weights.as_chunks_mut::<W>().0;
        for &selected in &network.selected {
            let set = &mut sets[selected];
            let hurried = step * (1.0 + more / (1.0 + set[W - 1].0[LANES - 1] * slower));
            v.add(set, inputs, hurried);
            set[W - 1].0[LANES - 1] += 1.0;
        }
    }
}

/// See [`Network::update`].
struct Update<'a, const W: usize> {
    network: &'a mut Network,
    inputs: &'a [Lanes],
    bit: bool,
    rate: f32,
}

impl<const W: usize> Task for Update<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self, v: impl Vectors) {
        let Self { network, inputs, bit, rate } = self;
        let Some(inputs) = inputs.first_chunk::<W>() else { return };
        let ages = network.ages.as_flattened_mut();
        let sets = network.weights.as_chunks_mut::<W>().0;
        for (age, &selected) in ages.iter_mut().zip(&network.selected) {
            *age = sets[selected][W - 1].0[LANES - 1];
        }
        let [more, half] = network.hurry;
        let [one, target] = [1.0, f32::from(u8::from(bit))].map(|number| v.all(number));
        let [rate, ignored] = [rate, network.ignored].map(|number| v.all(number));
        let [more, slower] = [more, 1.0 / half].map(|number| v.all(number));
        let opinions = network.opinions.iter().zip(&network.ages);
        for (steps, (opinions, ages)) in network.steps.iter_mut().zip(opinions) {
            let error = v.less(target, squash_eight(v, v.floats(opinions)));
            let hurried = v.sum(one, v.over(more, v.sum(one, v.times(v.floats(ages), slower))));
            let step = v.times(v.times(error, rate), hurried);
            v.put(v.unless_less(step, v.absolute(error), ignored), steps);
        }
        for (&step, &selected) in network.steps.as_flattened().iter().zip(&network.selected) {
            if step != 0.0 {
                let set = &mut sets[selected];
                v.add(set, inputs, step);
                set[W - 1].0[LANES - 1] += 1.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vectors::{Plain, Unit};

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
                let mut lanes = vec![Lanes::default(); Network::width(inputs)];
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
