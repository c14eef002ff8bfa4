//! Median and its bootstrap interval, with a generator of our own so that the
//! same samples give the same interval on every machine.

/// Resamples per interval: enough that the ends move by less than the noise of
/// the times themselves.
const RESAMPLES: usize = 2000;

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014).
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, by the high half of a wide product; the bias is
    /// below `bound` / 2⁶⁴.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

/// Median of the finite samples: the middle one, or the mean of the two middle
/// ones. `None` when there is none.
pub fn median(samples: &[f64]) -> Option<f64> {
    let mut sorted = finite(samples);
    sorted.sort_by(f64::total_cmp);
    median_of_sorted(&sorted)
}

/// Percentile bootstrap (Efron 1979) 95 % interval of the median, `[low, high]`.
///
/// `None` for fewer than two finite samples. The same samples and `seed` give
/// the same interval. With few repeats the interval is as wide as the samples
/// reach, which is what so little data supports.
pub fn bootstrap_ci95_of_median(samples: &[f64], seed: u64) -> Option<[f64; 2]> {
    let mut sorted = finite(samples);
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    if n < 2 {
        return None;
    }
    let mut generator = SplitMix64(seed);
    let mut ranks = vec![0usize; n];
    let mut medians = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        // Resampling ranks of the sorted samples keeps the sort on integers.
        ranks.fill_with(|| generator.below(n));
        ranks.sort_unstable();
        let upper = sorted[ranks[n / 2]];
        medians.push(if n % 2 == 1 { upper } else { (sorted[ranks[n / 2 - 1]] + upper) / 2.0 });
    }
    medians.sort_by(f64::total_cmp);
    let tail = RESAMPLES / 40;
    Some([medians[tail], medians[RESAMPLES - 1 - tail]])
}

/// Slope of the straight line through (ln x, ln y) by least squares: k of the power law
/// y = c · xᵏ that fits best there.
///
/// `None` unless every coordinate is positive and finite and two x differ.
pub fn log_log_slope(points: &[[f64; 2]]) -> Option<f64> {
    if !points.iter().flatten().all(|v| v.is_finite() && *v > 0.0) {
        return None;
    }
    let n = points.len() as f64;
    let mean = |i: usize| points.iter().map(|p| p[i].ln()).sum::<f64>() / n;
    let (x, y) = (mean(0), mean(1));
    let (mut spread, mut joint) = (0.0, 0.0);
    for point in points {
        let dx = point[0].ln() - x;
        spread += dx * dx;
        joint += dx * (point[1].ln() - y);
    }
    // Equal x differ from their mean by rounding alone.
    (spread > 1e-12).then(|| joint / spread)
}

fn finite(samples: &[f64]) -> Vec<f64> {
    samples.iter().copied().filter(|x| x.is_finite()).collect()
}

fn median_of_sorted(sorted: &[f64]) -> Option<f64> {
    let n = sorted.len();
    match n {
        0 => None,
        _ if n % 2 == 1 => Some(sorted[n / 2]),
        _ => Some((sorted[n / 2 - 1] + sorted[n / 2]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn splitmix_gives_its_published_sequence() {
        let mut generator = SplitMix64(1_234_567);
        assert_eq!(generator.next(), 6_457_827_717_110_365_317);
        assert_eq!(generator.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn median_of_few() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[f64::NAN]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0]), Some(2.5));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
    }

    #[test]
    fn the_slope_of_what_is_no_line_is_missing() {
        assert_eq!(log_log_slope(&[]), None);
        assert_eq!(log_log_slope(&[[2.0, 3.0]]), None);
        assert_eq!(log_log_slope(&[[2.0, 3.0], [2.0, 4.0]]), None);
        assert_eq!(log_log_slope(&[[2.0, 3.0], [4.0, 0.0]]), None);
        assert_eq!(log_log_slope(&[[2.0, 3.0], [4.0, f64::NAN]]), None);
    }

    #[test]
    fn equal_samples_have_an_interval_of_width_zero() {
        assert_eq!(bootstrap_ci95_of_median(&[2.0; 7], 1), Some([2.0, 2.0]));
    }

    #[test]
    fn the_interval_narrows_as_samples_grow() {
        let width = |n: usize| {
            let samples: Vec<f64> = (0..n).map(|i| (i * 37 % n) as f64 / n as f64).collect();
            let [low, high] = bootstrap_ci95_of_median(&samples, 7).unwrap();
            high - low
        };
        assert!(width(400) < width(25));
        // The standard error of a uniform median is 1 / (2 √n): 0.025 at n = 400.
        assert!((0.06..0.14).contains(&width(400)), "{}", width(400));
    }

    proptest! {
        #[test]
        fn the_slope_of_a_power_law_is_its_exponent(
            sizes in proptest::collection::btree_set(1u32..1_000_000, 2..9),
            scale in 1e-9f64..1e3, exponent in -2.0f64..3.0,
        ) {
            let points: Vec<[f64; 2]> = sizes
                .iter()
                .map(|x| f64::from(*x))
                .map(|x| [x, scale * x.powf(exponent)])
                .collect();
            if let Some(slope) = log_log_slope(&points) {
                prop_assert!((slope - exponent).abs() < 1e-6, "{slope}");
            }
        }

        #[test]
        fn the_interval_lies_within_the_samples(
            samples in proptest::collection::vec(0.001f64..1e6, 2..40), seed: u64,
        ) {
            let [low, high] = bootstrap_ci95_of_median(&samples, seed).unwrap();
            let least = samples.iter().copied().fold(f64::INFINITY, f64::min);
            let most = samples.iter().copied().fold(0.0, f64::max);
            prop_assert!(least <= low && low <= high && high <= most);
            prop_assert_eq!(Some([low, high]), bootstrap_ci95_of_median(&samples, seed));
        }
    }
}
