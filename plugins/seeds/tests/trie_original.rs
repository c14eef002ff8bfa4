//! The predictor against the original's definition written down plainly: a map from whole
//! contexts to nodes, every context walked, the recursion of the blend step by step, a pass of
//! the compressor over every node.

use std::collections::{BTreeMap, BTreeSet};

use pressmark_seeds::trie::compressor::{INTERVAL, Rules};
use pressmark_seeds::trie::predictor::{Predictor, Settings};
use proptest::prelude::*;

#[derive(Clone)]
struct Node {
    successors: Vec<(u32, f64)>,
    credibility: f64,
    observations: u32,
}

type Snapshot = (Vec<(u32, f64)>, f64);

struct Plain {
    settings: Settings,
    nodes: BTreeMap<Vec<u32>, Node>,
    frozen: BTreeMap<Vec<u32>, Snapshot>,
    history: Vec<u32>,
    vocabulary: usize,
    asked: (u64, u64),
}

impl Plain {
    fn new(settings: Settings) -> Self {
        let (nodes, frozen) = (BTreeMap::new(), BTreeMap::new());
        Self { settings, nodes, frozen, history: Vec::new(), vocabulary: 0, asked: (0, 0) }
    }

    /// The contexts of the next symbol, the shortest first.
    fn contexts(&self) -> Vec<Vec<u32>> {
        let end = self.history.len();
        (1..=self.settings.context_length.min(end))
            .map(|d| self.history[end - d..].to_vec())
            .collect()
    }

    fn predict(&mut self) -> Vec<f64> {
        let size = self.vocabulary as f64;
        let a = 0.5 / size;
        let mut neighbours = vec![0.0; self.vocabulary];
        for (_, symbol) in self.history.windows(2).map(|w| (w[0], w[1])).collect::<BTreeSet<_>>() {
            neighbours[symbol as usize] += 1.0;
        }
        let mut counts = vec![0.0; self.vocabulary];
        self.history.iter().for_each(|&symbol| counts[symbol as usize] += 1.0);
        let few = self.vocabulary < 8 || neighbours.iter().sum::<f64>() == 0.0;
        let seed = if few { counts } else { neighbours };
        let smooth = |weights: &[f64]| -> Vec<f64> {
            let total: f64 = weights.iter().sum();
            weights.iter().map(|weight| (weight + a) / (total + a * size)).collect()
        };
        let mut blend = smooth(&seed);
        for context in self.contexts() {
            let (successors, credibility) = match self.nodes.get(&context) {
                Some(node) if node.successors.is_empty() => continue,
                Some(node) => (node.successors.clone(), node.credibility),
                None if self.settings.compressor.is_none() => continue,
                None => {
                    self.asked.0 += 1;
                    let Some((parts, credibility)) = self.frozen.get(&context) else { continue };
                    self.asked.1 += 1;
                    let weigh = |&(symbol, part): &(u32, f64)| (symbol, part * credibility);
                    (parts.iter().map(weigh).collect(), *credibility)
                }
            };
            let mut weights = vec![0.0; self.vocabulary];
            successors.iter().for_each(|&(symbol, weight)| weights[symbol as usize] = weight);
            let x = credibility.powf(self.settings.lambda_power);
            let share = x / (x + 1.0);
            for (p, own) in blend.iter_mut().zip(smooth(&weights)) {
                *p = share * own + (1.0 - share) * *p;
            }
        }
        blend
    }

    fn update(&mut self, guess: Option<u32>, symbol: u32) {
        let Settings { learning_rate: rate, credibility_max, adaptive_cap, .. } = self.settings;
        for context in self.contexts() {
            for end in 1..=context.len() {
                let new = Node { successors: Vec::new(), credibility: 1.0, observations: 0 };
                self.nodes.entry(context[..end].to_vec()).or_insert(new);
            }
            let node = self.nodes.get_mut(&context).expect("it was just made");
            node.observations += 1;
            let grown = 1.0 + 0.5 * (1.0 + f64::from(node.observations) / 100.0).ln();
            let cap = credibility_max * if adaptive_cap { grown } else { 1.0 };
            if !node.successors.iter().any(|&(known, _)| known == symbol) {
                node.successors.push((symbol, 1.0));
            }
            let loss = rate * (1.0 + node.credibility / cap);
            for (known, weight) in &mut node.successors {
                if *known == symbol {
                    *weight = cap.min(*weight * (1.0 + rate));
                } else if guess == Some(*known) {
                    *weight = 0.01f64.max(*weight * (1.0 - loss));
                }
            }
            node.credibility = if guess == Some(symbol) {
                cap.min(node.credibility * (1.0 + rate))
            } else {
                0.01f64.max(node.credibility * (1.0 - loss))
            };
        }
        self.vocabulary = self.vocabulary.max(symbol as usize + 1);
        self.history.push(symbol);
        if let Some(rules) = self.settings.compressor
            && (self.history.len() as u64).is_multiple_of(INTERVAL)
        {
            self.pass(rules);
        }
    }

    fn pass(&mut self, rules: Rules) {
        let mut contexts: Vec<Vec<u32>> = self.nodes.keys().cloned().collect();
        contexts.sort_by_key(|context| std::cmp::Reverse(context.len()));
        for context in contexts {
            let node = &self.nodes[&context];
            let child =
                |other: &&Vec<u32>| other.len() == context.len() + 1 && other.starts_with(&context);
            if self.frozen.contains_key(&context)
                || node.observations < rules.min_observations
                || node.credibility < rules.stability_ratio * self.settings.credibility_max
                || node.successors.is_empty()
                || self.nodes.keys().filter(child).any(|other| !self.frozen.contains_key(other))
            {
                continue;
            }
            let total: f64 = node.successors.iter().map(|&(_, weight)| weight).sum();
            let part = |&(symbol, weight): &(u32, f64)| (symbol, weight / total);
            let parts = node.successors.iter().map(part).collect();
            self.frozen.insert(context.clone(), (parts, node.credibility));
            self.nodes.retain(|other, _| *other == context || !other.starts_with(&context));
            self.nodes.get_mut(&context).expect("it was kept").successors.clear();
        }
    }
}

/// Symbols with some order in them, numbered as they appear.
fn symbols() -> impl Strategy<Value = Vec<u32>> {
    let words = prop::collection::vec(prop::collection::vec(0u8..12, 1..6), 1..8);
    (words, prop::collection::vec(any::<prop::sample::Index>(), 600..900)).prop_map(
        |(words, order)| {
            let mut numbers = Vec::new();
            order
                .iter()
                .flat_map(|index| &words[index.index(words.len())])
                .map(|byte| {
                    numbers.iter().position(|known| known == byte).unwrap_or_else(|| {
                        numbers.push(*byte);
                        numbers.len() - 1
                    }) as u32
                })
                .collect()
        },
    )
}

fn settings() -> impl Strategy<Value = Settings> {
    let rules = (2u32..30, 0.1f64..0.9);
    let rules = rules.prop_map(|(min_observations, stability_ratio)| Rules {
        min_observations,
        stability_ratio,
    });
    (
        1usize..=4,
        0.05f64..0.2,
        2.0f64..10.0,
        prop_oneof![Just(1.0), 0.3f64..2.0],
        any::<bool>(),
        prop::option::of(rules),
    )
        .prop_map(
            |(
                context_length,
                learning_rate,
                credibility_max,
                lambda_power,
                adaptive_cap,
                compressor,
            )| {
                Settings {
                    context_length,
                    learning_rate,
                    credibility_max,
                    lambda_power,
                    adaptive_cap,
                    compressor,
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn predictions_and_nodes_are_those_of_the_definition(symbols in symbols(), settings in settings()) {
        let mut plain = Plain::new(settings);
        let mut predictor = Predictor::new(settings);
        for symbol in symbols {
            predictor.predict();
            let expected = plain.predict();
            let found = predictor.distribution();
            prop_assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert!((found / expected - 1.0).abs() < 1e-9, "{} for {}", found, expected);
            }
            // Where two are equal the recursion may round them apart.
            if let Some(guess) = predictor.guess() {
                let best = expected.iter().copied().fold(0.0, f64::max);
                prop_assert!(expected[guess as usize] > best * (1.0 - 1e-9));
            }
            plain.update(predictor.guess(), symbol);
            predictor.update(symbol);
        }
        // The empty context counts as one.
        prop_assert_eq!(predictor.trie().contexts(), plain.nodes.len() + 1);
        if let Some(store) = predictor.store() {
            prop_assert!(store.contexts().eq(plain.frozen.keys().map(Vec::as_slice)));
            prop_assert_eq!(store.asked(), plain.asked);
        }
    }
}
