//! Lines learned again, the important ones more often.
//!
//! The original draws with `Math.random`; here a generator with a seed draws.

use super::exact::power;

/// Episodes kept.
const MOST: usize = 50_000;

/// A line as it was when it came.
#[derive(Debug, Clone)]
pub struct Episode {
    /// Its features.
    pub features: Vec<u32>,
    /// The groups that were active.
    pub active: Vec<u32>,
    /// How much it taught.
    pub importance: f64,
}

/// The lines that can come again.
#[derive(Debug, Clone)]
pub struct Replay {
    episodes: Vec<Episode>,
    priorities: Vec<f64>,
    total: f64,
    random: u64,
}

impl Replay {
    /// Nothing yet; draws follow from the seed.
    pub fn new(seed: u64) -> Self {
        Self { episodes: Vec::new(), priorities: Vec::new(), total: 0.0, random: seed }
    }

    /// Keeps a line, for the least of those kept if there are too many.
    pub fn add(&mut self, episode: Episode, surprise: usize) {
        let priority = power(episode.importance * (1.0 + surprise as f64 / 10.0), 0.6);
        if self.episodes.len() < MOST {
            self.episodes.push(episode);
            self.priorities.push(priority);
        } else {
            let mut least = 0;
            for (at, &other) in self.priorities.iter().enumerate() {
                if other < self.priorities[least] {
                    least = at;
                }
            }
            self.total -= self.priorities[least];
            self.episodes[least] = episode;
            self.priorities[least] = priority;
        }
        self.total += priority;
    }

    /// Draws `count` lines by priority; the same may come twice.
    pub fn sample(&mut self, count: usize) -> Vec<Episode> {
        (0..count.min(self.episodes.len())).map(|_| self.draw()).collect()
    }

    fn draw(&mut self) -> Episode {
        let wanted = self.uniform() * self.total;
        let mut sum = 0.0;
        let reached = |priority: &f64| {
            sum += priority;
            sum >= wanted
        };
        let at = self.priorities.iter().position(reached).unwrap_or(self.episodes.len() - 1);
        self.episodes[at].clone()
    }

    /// A number in 0..1 by SplitMix64 (Steele, Lea and Flood, 2014).
    fn uniform(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_important_come_more_often() {
        let mut replay = Replay::new(1);
        for k in 0..4u32 {
            let episode = Episode { features: vec![k], active: Vec::new(), importance: 0.25 };
            replay.add(episode, if k == 3 { 310 } else { 0 });
        }
        let mut drawn = [0usize; 4];
        for _ in 0..1000 {
            for episode in replay.sample(4) {
                drawn[episode.features[0] as usize] += 1;
            }
        }
        // 32 to the power of 0.6 is 8: the last has 8 of 11 shares.
        assert!(
            (2800..3020).contains(&drawn[3]) && drawn[..3].iter().all(|n| (300..430).contains(n))
        );
        assert_eq!(replay.sample(9).len(), 4);
        assert!(Replay::new(1).sample(10).is_empty());
    }
}
