//! The trie's nodes: sixteen bytes each, four to a cache line, and fewer bytes under pressure.
//!
//! A context and half a byte after it lead to a node: a check of the context, and the fifteen
//! histories of the binary decisions that spell the next half byte. The path to a node is
//! never walked: the context's hash names a line, and the check finds the node in it.
//!
//! A line has four slots. While one is free, a new context takes it. Then, and only then, the
//! line makes room, in this order:
//!
//! 1. nodes with one successor are *condensed* to two bytes, seven to a slot;
//! 2. nodes of few visits are *frozen*: their histories become a quantised distribution of up
//!    to eight bytes, which predicts but does not learn;
//! 3. the node of the fewest visits is *evicted*.
//!
//! A condensed node goes on counting; a second successor expands it. A frozen node *thaws* when
//! it is stale, or when a slot of its line is free. What expands or thaws with no slot to be had
//! is packed again as it now is. So the trie stays within its bytes and its number of nodes at
//! every moment, and its cold nodes leave first.
//!
//! Cost: one cache miss per context and half byte when cold; the caller asks for several
//! lines before it uses the first, so that the misses overlap. A packed node costs a short scan
//! of its line; a trie without pressure has none.

mod packing;
mod slot;

use crate::memory::{large_pages, prefetch};

use crate::history::{EMPTY, Histories};
use packing::{Entry, Packing};

/// Bytes of a node.
const NODE: usize = size_of::<Node>();
/// Bytes of a line.
const LINE: usize = 64;
const SLOTS: usize = LINE / NODE;
/// Lines searched for the coldest node when there are too many nodes.
const SEARCHED: usize = 4;
/// Lines that half bytes of one context are spread over; they share a page.
const GROUP: usize = 16;

/// A check, then the histories of decisions 1 to 15, numbered as in a heap.
pub(super) type Node = [u8; 16];
type Line = [Node; SLOTS];

/// Where a node is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    line: u32,
    form: Form,
}

impl Place {
    /// Whether the node was found frozen.
    #[inline]
    pub(super) fn is_frozen(self) -> bool {
        matches!(self.form, Form::Frozen)
    }
}

/// What a node was found as.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// In this slot.
    Slot(u8),
    Condensed,
    Frozen,
    /// Not at all; it is made when it is put back.
    New,
}

impl Default for Form {
    fn default() -> Self {
        Self::Slot(0)
    }
}

/// The bounds of a set of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of all nodes.
    pub bytes: usize,
    /// The most nodes alive at a time, of any form; at least 1.
    pub nodes: u64,
    /// The most visits of a node that is frozen for lack of room; 0 if nothing is packed.
    pub freeze: u32,
}

impl Bounds {
    /// Bytes of a node as it begins.
    pub const NODE: usize = NODE;
    /// The fewest bytes; fewer are taken for so many.
    pub const LEAST: usize = GROUP * LINE;
}

/// What happened to nodes since the beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Events {
    /// Nodes alive now.
    pub alive: u64,
    /// Nodes forgotten for lack of room.
    pub evictions: u64,
    /// Nodes that came into two bytes.
    pub condensed: u64,
    /// Nodes with several successors that were quantised.
    pub freezes: u64,
    /// Frozen nodes that got their histories back.
    pub thaws: u64,
}

/// A bounded set of nodes.
#[derive(Debug)]
pub(super) struct Nodes {
    bytes: Vec<u8>,
    /// Where the first line begins, so that no line crosses a border of the cache.
    first: usize,
    lines: usize,
    most: u64,
    freeze: u32,
    packing: Packing,
    events: Events,
    /// Pseudo-random, the same on both sides.
    dice: u32,
    /// Where the search for a node to evict goes on when the bound on their number is met.
    hand: usize,
}

impl Nodes {
    /// An empty set within these bounds.
    pub(super) fn new(bounds: Bounds, histories: &Histories) -> Self {
        let lines = Self::groups(bounds.bytes) * GROUP;
        // Asked for as zeros, so that the system gives pages when they are first used.
        let bytes = vec![0; Self::allocated(bounds.bytes)];
        large_pages(&bytes);
        let first = bytes.as_ptr().align_offset(LINE).min(LINE);
        Self {
            bytes,
            first,
            lines,
            most: bounds.nodes.max(1),
            freeze: bounds.freeze,
            packing: Packing::new(histories),
            events: Events::default(),
            dice: 1,
            hand: 0,
        }
    }

    /// Groups of lines in so many bytes. Lines are numbered in 32 bits.
    fn groups(bytes: usize) -> usize {
        (bytes / Bounds::LEAST).clamp(1, u32::MAX as usize / GROUP)
    }

    /// What is allocated for so many bytes of nodes: a line more than whole groups of them.
    pub(super) fn allocated(bytes: usize) -> usize {
        Self::groups(bytes) * Bounds::LEAST + LINE
    }

    /// What happened so far.
    pub(super) fn events(&self) -> &Events {
        &self.events
    }

    /// The line of a context, and of the half byte `half` (0 to 15) after it.
    #[inline]
    pub(super) fn line(&self, hash: u64, half: u32) -> u32 {
        let group = ((hash >> 32) * (self.lines / GROUP) as u64) >> 32;
        (group as u32 * GROUP as u32 + (hash & 15) as u32) ^ half
    }

    #[inline]
    fn lines(&mut self) -> &mut [Line] {
        let (nodes, _) = self.bytes[self.first..].as_chunks_mut().0.as_chunks_mut();
        nodes
    }

    /// Has a line fetched.
    #[inline]
    pub(super) fn touch(&self, line: u32) {
        prefetch(&self.bytes, self.first + line as usize * LINE);
    }

    /// A copy of the node with a check (not 0) in a line, or of a node never visited.
    #[inline]
    pub(super) fn find(&mut self, line: u32, check: u8) -> (Place, Node) {
        let slots = &self.lines()[line as usize];
        match slots.iter().position(|slot| slot[0] == check) {
            Some(at) => (Place { line, form: Form::Slot(at as u8) }, slots[at]),
            None if slots.iter().any(slot::is_list) => self.find_packed(line, check),
            None => (Place { line, form: Form::New }, fresh(check)),
        }
    }

    #[inline(never)]
    fn find_packed(&mut self, line: u32, check: u8) -> (Place, Node) {
        let slots = &self.lines()[line as usize];
        let found = slots.iter().find_map(|slot| Some((slot, slot::find(slot, check)?)));
        if let Some(entry) = found.map(|(slot, at)| Entry::at(&slot[at..])) {
            let form = if entry.frozen() { Form::Frozen } else { Form::Condensed };
            return (Place { line, form }, self.packing.unpack(&entry));
        }
        (Place { line, form: Form::New }, fresh(check))
    }

    /// Puts a node back where it was found, after one visit. It is forgotten if another node
    /// took its place since.
    #[inline]
    pub(super) fn put(&mut self, place: Place, node: Node) {
        let Form::Slot(at) = place.form else { return self.put_elsewhere(place, node) };
        let slot = &mut self.lines()[place.line as usize][usize::from(at & 3)];
        if slot[0] == node[0] {
            *slot = node;
        }
    }

    #[inline(never)]
    fn put_elsewhere(&mut self, place: Place, node: Node) {
        if node[1] == EMPTY {
            return;
        }
        self.dice = self.dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if matches!(place.form, Form::New) && self.put_in_free_slot(place.line, node) {
            return;
        }
        let mut line = self.lines()[place.line as usize];
        if let Form::New = place.form {
            if self.events.alive >= self.most {
                self.evict_one(&mut line, place.line);
            }
            self.events.alive += 1;
            self.insert(&mut line, node);
        } else {
            self.visit_packed(&mut line, node);
        }
        self.lines()[place.line as usize] = line;
    }

    /// Makes a node in a line without pressure: the usual case.
    #[inline]
    fn put_in_free_slot(&mut self, line: u32, node: Node) -> bool {
        if self.events.alive >= self.most {
            return false;
        }
        let slots = &mut self.lines()[line as usize];
        let packed = slots.iter().any(slot::is_list);
        let free = slots.iter_mut().find(|slot| slot::is_free(slot)).filter(|_| !packed);
        let Some(slot) = free else { return false };
        *slot = node;
        self.events.alive += 1;
        true
    }

    /// Takes in the visit of a packed node, which made `node` of it.
    fn visit_packed(&mut self, line: &mut Line, node: Node) {
        let mut slots = line.iter().enumerate();
        let found = slots.find_map(|(s, slot)| Some((s, slot::find(slot, node[0])?)));
        let Some((s, at)) = found else { return };
        let room = line.iter().any(slot::is_free);
        let mut entry = Entry::at(&line[s][at..]);
        let kept = if entry.frozen() {
            let came = self.packing.came(&entry, &node);
            !room && !entry.is_stale(self.packing.strangeness(&entry, came))
        } else {
            let same = self.packing.single(&node).is_some();
            entry.count(self.dice >> 16);
            same
        };
        if kept {
            slot::replace(&mut line[s], at, &entry);
        } else {
            slot::remove(&mut line[s], at);
            self.events.thaws += u64::from(entry.frozen());
            self.insert(line, node);
        }
    }

    /// Puts a node that lives nowhere into a line.
    fn insert(&mut self, line: &mut Line, node: Node) {
        let entry = (self.freeze > 0).then(|| self.packing.pack(&node));
        let condensed = entry.filter(|entry| !entry.frozen());
        loop {
            let lists = |slot: &&mut Node| slot::is_list(slot);
            if let Some(entry) = &condensed
                && line.iter_mut().filter(lists).any(|slot| slot::append(slot, entry))
            {
                self.events.condensed += 1;
                return;
            }
            if let Some(slot) = line.iter_mut().find(|slot| slot::is_free(slot)) {
                *slot = node;
                return;
            }
            if let Some(entry) = &entry
                && line.iter_mut().any(|slot| slot::append(slot, entry))
            {
                self.events.freezes += 1;
                return;
            }
            if !self.pack_one(line) && !self.evict(line) {
                return;
            }
        }
    }

    /// Packs the coldest node that may be packed, those with one successor first.
    fn pack_one(&mut self, line: &mut Line) -> bool {
        if self.freeze == 0 {
            return false;
        }
        let packing = &self.packing;
        let nodes = line.iter().enumerate().filter(|(_, slot)| slot::is_node(slot));
        let ranked =
            nodes.map(|(s, node)| (packing.single(node).is_none(), packing.total(node), s));
        let coldest = ranked.filter(|&(several, total, _)| !several || total <= self.freeze).min();
        let Some((several, _, s)) = coldest else { return false };
        let entry = packing.pack(&line[s]);
        line[s] = [0; NODE];
        let lists = |slot: &&mut Node| slot::is_list(slot);
        if !line.iter_mut().filter(lists).any(|slot| slot::append(slot, &entry)) {
            slot::append(&mut line[s], &entry);
        }
        self.events.freezes += u64::from(several);
        self.events.condensed += u64::from(!several);
        true
    }

    /// The node of the fewest visits in a line, the oldest of a list first: its visits, its
    /// slot, and where in a list it is (0: it fills the slot).
    fn coldest(&self, line: &Line) -> Option<(u32, usize, usize)> {
        let mut coldest: Option<(u32, usize, usize)> = None;
        let mut consider = |total, s, at| {
            if coldest.is_none_or(|(least, ..)| total < least) {
                coldest = Some((total, s, at));
            }
        };
        // No slot is always the first to be searched.
        for s in (0..SLOTS).map(|s| (s + (self.dice >> 20) as usize) % SLOTS) {
            if slot::is_node(&line[s]) {
                consider(self.packing.total(&line[s]), s, 0);
            }
            for at in slot::entries(&line[s]) {
                consider(Entry::at(&line[s][at..]).total(), s, at);
            }
        }
        coldest
    }

    /// Evicts the coldest node of a line; false if there is none.
    fn evict(&mut self, line: &mut Line) -> bool {
        let Some((_, s, at)) = self.coldest(line) else { return false };
        if at == 0 {
            line[s] = [0; NODE];
        } else {
            slot::remove(&mut line[s], at);
        }
        self.events.alive -= 1;
        self.events.evictions += 1;
        true
    }

    /// Evicts a node for the sake of their number: the coldest of the given line and of the
    /// next few, wherever these have got to.
    fn evict_one(&mut self, own: &mut Line, number: u32) {
        let visits = |coldest: Option<(u32, usize, usize)>| coldest.map(|(total, ..)| total);
        let (mut least, mut from) = (visits(self.coldest(own)), None);
        for searched in 0..self.lines {
            if searched >= SEARCHED && least.is_some() {
                break;
            }
            let at = (self.hand + 1) % self.lines;
            self.hand = at;
            let line = self.lines()[at];
            let total = visits(self.coldest(&line)).filter(|_| at != number as usize);
            if total.is_some_and(|total| least.is_none_or(|least| total < least)) {
                (least, from) = (total, Some(at));
            }
        }
        let Some(at) = from else {
            self.evict(own);
            return;
        };
        let mut line = self.lines()[at];
        self.evict(&mut line);
        self.lines()[at] = line;
    }
}

/// A node never visited.
fn fresh(check: u8) -> Node {
    let mut node = [EMPTY; NODE];
    node[0] = check;
    node
}

#[cfg(test)]
mod tests;
