//! The speller: the next symbol of a word or a gap, from mixed contexts.
//!
//! Ten hashed contexts (letters of orders 1 to 5, the letters begun with up to two
//! words before; for gaps the words and gaps before) each give an opinion, two sets of
//! words vote (see [`crate::votes`]), selected mixers weigh all of them, and an adaptive
//! map corrects the result (Mahoney's paq and lpaq).
//!
//! Cost: about 0.1 µs per decision; the table of counters grows with what was spelled,
//! to 128 MiB at most.

use pressmark_coding::apm::{Apm, ConfidenceMap};
use pressmark_coding::logistic::Logistic;
use pressmark_coding::mixer::Mixer;
use pressmark_coding::range::BitIo;
use pressmark_coding::slots::SlotTable;

use crate::alphabet::{PLACES, Place, Step, Tree};
use crate::cell::scramble;
use crate::history::{CONTEXTS, History, TRUSTED};
use crate::votes::{STATES, Votes};

/// Two opinions per context, one per set of words, one constant.
const INPUTS: usize = 24;
const VOTES_AT: usize = 2 * CONTEXTS;
const NODES: usize = 256;

/// See the module.
#[derive(Debug, Clone)]
pub struct Speller {
    trees: [Tree; PLACES],
    slots: SlotTable<CONTEXTS>,
    maps: ConfidenceMap<CONTEXTS>,
    contexts: [u64; CONTEXTS],
    inputs: [i16; INPUTS],
    outputs: [i16; 4],
    by_node: Mixer<INPUTS>,
    by_votes: Mixer<INPUTS>,
    by_trust: Mixer<INPUTS>,
    last: Mixer<4>,
    node_map: Apm,
    pair_map: Apm,
    spelled: usize,
}

impl Speller {
    /// A speller that knows nothing.
    pub fn new(tables: &Logistic) -> Self {
        Self {
            trees: [Place::Word, Place::After, Place::Gap].map(Tree::new),
            slots: SlotTable::new(),
            maps: ConfidenceMap::new(tables),
            contexts: [0; CONTEXTS],
            inputs: [0; INPUTS],
            outputs: [0; 4],
            by_node: Mixer::new(PLACES * NODES, 4500, 6),
            by_votes: Mixer::new(PLACES * STATES * STATES, 4500, 6),
            by_trust: Mixer::new(PLACES * 64, 4500, 6),
            last: Mixer::new(PLACES * NODES, 10922, 2),
            node_map: Apm::new(PLACES * NODES, 6, tables),
            pair_map: Apm::new(1 << 14, 6, tables),
            spelled: 0,
        }
    }

    /// The tree of words, in which sets of words vote.
    pub fn letters(&self) -> &Tree {
        &self.trees[Place::Word as usize]
    }

    /// Codes the symbol due.
    pub fn symbol<Io: BitIo>(
        &mut self,
        io: &mut Io,
        place: Place,
        history: &History,
        votes: &mut [Votes; 2],
        wanted: u8,
        tables: &Logistic,
    ) -> u8 {
        history.symbol_contexts(place, &mut self.contexts);
        let code = self.trees[place as usize].code(wanted);
        let (mut node, mut path, mut depth) = (0u16, 1u32, 0u32);
        let symbol = loop {
            if depth % 4 == 0 {
                let chunk = u64::from(path) << 40;
                self.slots.select(&self.contexts.map(|context| scramble(context ^ chunk)));
            }
            let slot = 1usize << (depth % 4) | path as usize & ((1 << (depth % 4)) - 1);
            let mut states = [0; 2];
            for (k, votes) in votes.iter_mut().enumerate() {
                let (odds, state) = votes.opinion(depth, history.begun(), tables);
                self.inputs[VOTES_AT + k] = odds;
                states[k] = state;
            }
            let p1 = self.predict(place as usize, node, slot, states, history.pair(), tables);
            let bit = io.bit(p1, code.bit(depth));
            self.update(slot, bit);
            votes.iter_mut().for_each(|votes| votes.follow(depth, bit));
            match self.trees[place as usize].step(node, bit) {
                Step::Symbol(symbol) => break symbol,
                Step::Node(next) => node = next,
            }
            path = path << 1 | u32::from(bit);
            depth += 1;
        };
        self.spelled += 1;
        if self.spelled * 12 > self.slots.len() {
            self.slots.double();
        }
        symbol
    }

    #[inline]
    fn predict(
        &mut self,
        place: usize,
        node: u16,
        slot: usize,
        states: [usize; 2],
        pair: usize,
        tables: &Logistic,
    ) -> u16 {
        let counters = self.slots.read(slot);
        self.maps.refine(counters, &mut self.inputs[..VOTES_AT], tables);
        let class = |confidence: u16| match confidence {
            0 => 0,
            1 => 1,
            2..5 => 2,
            _ => 3,
        };
        let trust = TRUSTED.iter().fold(0, |sum, &k| 4 * sum + class(counters[k].confidence()));
        self.inputs[VOTES_AT + 2] = 256;
        let at_node = place * NODES + usize::from(node);
        let at_votes = (place * STATES + states[0]) * STATES + states[1];
        self.outputs = [
            self.by_node.mix(&self.inputs, at_node, tables),
            self.by_votes.mix(&self.inputs, at_votes, tables),
            self.by_trust.mix(&self.inputs, place * 64 + trust, tables),
            256,
        ];
        let odds = self.last.mix(&self.outputs, at_node, tables);
        let by_node = u32::from(self.node_map.refine(odds, at_node));
        let pair = scramble((pair << 12 | at_node) as u64) as usize & 0x3fff;
        let by_pair = u32::from(self.pair_map.refine(odds, pair));
        ((2 * u32::from(self.last.p1()) + by_node + by_pair + 2) / 4).clamp(1, 32767) as u16
    }

    #[inline]
    fn update(&mut self, slot: usize, bit: bool) {
        self.slots.update(slot, bit);
        self.maps.update(bit);
        self.by_node.update(&self.inputs, bit);
        self.by_votes.update(&self.inputs, bit);
        self.by_trust.update(&self.inputs, bit);
        self.last.update(&self.outputs, bit);
        self.node_map.update(bit);
        self.pair_map.update(bit);
    }
}
