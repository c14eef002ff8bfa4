//! What groups learn from a passage: taking part, creation, merging, splitting, decay.
//!
//! The groups that explain a passage best take part in it: greedily, each must cover two
//! words or one still uncovered. Words the passage has grow in them, members it lacks
//! shrink, and *surprises*, words no such group has, come on trial. A member stays where
//! it comes in more than a fifth of the passages its group takes part in.
//!
//! A group is made, at most one per passage, from a pair of words seen together more
//! often than chance explains, with the words of this passage that go with both; or from
//! words that surprised together twice; or from the words of a passage that is almost all
//! surprise.
//!
//! Cost: a pass over the pairs of a passage, about 0.3 ms per passage of 48 words.

use super::pairs::Pairs;
use super::store::{MEMBER, Member, Store, UNIT};
use super::{Counts, Settings};

/// Passages between looks for groups to merge or to split.
const TIDY: u32 = 500;
/// Passages between decays.
const DECAY: u32 = 1000;
/// How often a pair must have come.
const PAIR: u32 = 8;
/// Past surprises that a new one is compared with.
const SURPRISES: usize = 64;
/// Words two surprises must share.
const SHARED: usize = 3;

/// The learning state.
#[derive(Debug, Clone, Default)]
pub struct Learner {
    passages: u32,
    pairs: Pairs,
    /// By word: in how many passages it came.
    presence: Vec<u32>,
    surprises: Vec<Vec<u32>>,
}

impl Learner {
    /// How many passages were learned.
    pub fn passages(&self) -> u32 {
        self.passages
    }

    /// Learns from a passage of distinct words in their order.
    pub fn learn(
        &mut self,
        store: &mut Store,
        passage: &[u32],
        frequency: impl Fn(u32) -> u32,
        settings: &Settings,
        counts: &mut Counts,
    ) {
        self.passages += 1;
        for &word in passage {
            if self.presence.len() <= word as usize {
                self.presence.resize(word as usize + 1, 0);
            }
            self.presence[word as usize] += 1;
        }
        let mut sorted = passage.to_vec();
        sorted.sort_unstable();
        let taking_part = self.taking_part(store, &sorted, settings.top_k);
        let held = |store: &Store, word: u32| {
            store.holders(word).iter().any(|id| taking_part.contains(id))
        };
        let surprise: Vec<u32> =
            passage.iter().copied().filter(|&word| !held(store, word)).collect();
        self.update(store, &taking_part, &sorted, &surprise, counts);
        let made = self
            .pair_group(store, passage)
            .or_else(|| self.surprise_group(&surprise, passage.len()))
            .or_else(|| novelty_group(&surprise, passage, frequency));
        self.keep_surprise(surprise);
        if let Some((words, salience)) = made {
            let members: Vec<Member> =
                words.iter().map(|&word| Member { word, count: MEMBER + UNIT / 2 }).collect();
            store.create(&members, salience, self.passages);
            counts.created += 1;
        }
        if self.passages.is_multiple_of(TIDY) {
            merge(store, counts);
            self.split(store, counts);
        }
        if self.passages.is_multiple_of(DECAY) {
            self.decay(store, settings.decay as u32, counts);
        }
        if store.len() > settings.max_groups {
            shed(store, settings.max_groups, counts);
        }
    }

    /// The groups that explain a passage, the best first.
    fn taking_part(&self, store: &Store, sorted: &[u32], top_k: usize) -> Vec<u32> {
        let mut scored: Vec<(u32, u32)> = store
            .overlaps(sorted.iter().copied())
            .into_iter()
            .filter(|&(_, shared)| shared >= 2)
            .map(|(id, shared)| {
                let group = store.get(id);
                let own = (shared << 15) / group.size().max(1);
                let passage = (shared << 15) / sorted.len().max(1) as u32;
                (own + passage + group.salience * 8, id)
            })
            .collect();
        scored.sort_unstable_by_key(|&(score, id)| (std::cmp::Reverse(score), id));
        let mut covered = vec![false; sorted.len()];
        let mut chosen = Vec::new();
        for (_, id) in scored {
            let mut new = false;
            for member in store.get(id).members() {
                if let Ok(at) = sorted.binary_search(&member.word) {
                    new |= !std::mem::replace(&mut covered[at], true);
                }
            }
            if new {
                chosen.push(id);
                if chosen.len() == top_k {
                    break;
                }
            }
        }
        chosen
    }

    fn update(
        &self,
        store: &mut Store,
        taking_part: &[u32],
        sorted: &[u32],
        surprise: &[u32],
        counts: &mut Counts,
    ) {
        let size = sorted.len().max(1) as u32;
        // In 256ths: a quarter for surprise, a fifth for being explained at all, a tenth always.
        let importance = 64 * surprise.len() as u32 / size + 51 + 26;
        let (up, down) = ((26 * importance) >> 7, ((6 * importance) >> 7).max(1));
        for &id in taking_part {
            let group = store.get_mut(id);
            group.uses += 1;
            group.used = self.passages;
            // What it does not earn back it loses.
            group.salience -= group.salience / 64;
            let lives = store.change(id, |words| {
                for member in words.iter_mut() {
                    if sorted.binary_search(&member.word).is_ok() {
                        member.count += up;
                    } else {
                        member.count = member.count.saturating_sub(down);
                    }
                }
                let known = words.len();
                for &word in surprise {
                    if words[..known].binary_search_by_key(&word, |m| m.word).is_err() {
                        words.push(Member { word, count: up });
                    }
                }
            });
            counts.pruned += u64::from(!lives);
        }
    }

    /// The pair of this passage that chance explains least, and what goes with it.
    fn pair_group(&mut self, store: &Store, passage: &[u32]) -> Option<(Vec<u32>, u32)> {
        let mut best: Option<(u64, u32, u32)> = None;
        for (k, &a) in passage.iter().enumerate() {
            for &b in &passage[..k] {
                let count = self.pairs.add(a, b);
                if count < PAIR {
                    continue;
                }
                let lift = self.lift(a, b, count);
                let together = || store.holders(a).iter().any(|id| store.holders(b).contains(id));
                if lift >= 3 * 256 && best.is_none_or(|(most, _, _)| lift > most) && !together() {
                    best = Some((lift, a, b));
                }
            }
        }
        let (_, a, b) = best?;
        let goes = |&&c: &&u32| {
            let with = |d| {
                let count = self.pairs.count(c, d);
                count >= 2 && self.lift(c, d, count) >= 2 * 256
            };
            c != a && c != b && with(a) && with(b)
        };
        let rest = passage.iter().filter(goes).copied().take(14);
        Some((rest.chain([a, b]).collect(), 300))
    }

    /// How much more often than by chance two words came together, in 256ths.
    fn lift(&self, a: u32, b: u32, count: u32) -> u64 {
        let chance = u64::from(self.presence[a as usize]) * u64::from(self.presence[b as usize]);
        u64::from(count) * u64::from(self.passages) * 256 / chance.max(1)
    }

    fn surprise_group(&self, surprise: &[u32], size: usize) -> Option<(Vec<u32>, u32)> {
        if surprise.len() * 5 < size || surprise.len() < SHARED {
            return None;
        }
        let shared = self
            .surprises
            .iter()
            .map(|before| -> Vec<u32> {
                surprise.iter().copied().filter(|w| before.binary_search(w).is_ok()).collect()
            })
            .reduce(|best, other| if other.len() > best.len() { other } else { best })?;
        (shared.len() >= SHARED).then_some((shared, 256))
    }

    fn keep_surprise(&mut self, mut surprise: Vec<u32>) {
        surprise.sort_unstable();
        if self.surprises.len() < SURPRISES {
            self.surprises.push(surprise);
        } else {
            self.surprises[self.passages as usize % SURPRISES] = surprise;
        }
    }

    /// Divides groups that take part too often to tell anything: the firmer half of the members
    /// stays, the others become a group of their own.
    fn split(&self, store: &mut Store, counts: &mut Counts) {
        for id in store.numbers() {
            let group = store.get_mut(id);
            let uses = std::mem::take(&mut group.uses);
            if uses * 8 < TIDY || group.size() < 8 {
                continue;
            }
            let salience = group.salience;
            let mut members: Vec<Member> = group.members().collect();
            members.sort_by_key(|member| (std::cmp::Reverse(member.count), member.word));
            let others = members.split_off(members.len() / 2);
            store.change(id, |words| {
                words.retain(|member| others.iter().all(|other| other.word != member.word));
            });
            store.create(&others, salience, self.passages);
            counts.split += 1;
        }
    }

    fn decay(&self, store: &mut Store, hundredths: u32, counts: &mut Counts) {
        let loss = hundredths * UNIT / 100;
        for id in store.numbers() {
            let unused = self.passages - store.get(id).used;
            if unused > 4 * DECAY {
                store.remove(id);
                counts.pruned += 1;
                continue;
            }
            let lives = store.change(id, |words| {
                words
                    .iter_mut()
                    .for_each(|member| member.count = member.count.saturating_sub(loss));
            });
            counts.pruned += u64::from(!lives);
        }
    }
}

/// The words of a passage that is almost all surprise.
fn novelty_group(
    surprise: &[u32],
    passage: &[u32],
    frequency: impl Fn(u32) -> u32,
) -> Option<(Vec<u32>, u32)> {
    if surprise.len() < 5 || surprise.len() * 10 < passage.len() * 7 {
        return None;
    }
    let words: Vec<u32> = passage.iter().copied().filter(|&w| frequency(w) >= 2).take(10).collect();
    (words.len() >= 2).then_some((words, 205))
}

/// The larger of two groups that are four fifths the same absorbs the other.
fn merge(store: &mut Store, counts: &mut Counts) {
    for id in store.numbers() {
        let size = store.get(id).size();
        if size == 0 {
            continue;
        }
        let members = store.get(id).members().map(|member| member.word);
        for (other, shared) in store.overlaps(members) {
            let theirs = store.get(other).size();
            let union = size + theirs - shared.min(theirs);
            if other == id || theirs > size || shared * 5 < union * 4 {
                continue;
            }
            let absorbed: Vec<Member> = store.get(other).members().collect();
            let (salience, uses) = (store.get(other).salience, store.get(other).uses);
            store.remove(other);
            store.change(id, |words| {
                for member in absorbed {
                    match words.iter_mut().find(|known| known.word == member.word) {
                        Some(known) => known.count += member.count,
                        None => words.push(member),
                    }
                }
            });
            let group = store.get_mut(id);
            group.salience = group.salience.max(salience);
            group.uses += uses;
            counts.merged += 1;
            // Its size changed; the next look compares it anew.
            break;
        }
    }
}

/// Forgets the least salient groups down to nine tenths of what is allowed.
fn shed(store: &mut Store, allowed: usize, counts: &mut Counts) {
    let mut order = store.numbers();
    order.sort_by_key(|&id| (store.get(id).salience, store.get(id).used, id));
    let surplus = store.len() - allowed * 9 / 10;
    for &id in &order[..surplus.min(order.len())] {
        store.remove(id);
        counts.pruned += 1;
    }
}
