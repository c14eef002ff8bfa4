//! The procedural machine: a line as literals, copies from the words before it, or a repeat.
//!
//! [`Machine::encode`] gives the price the original claims, with its defects: copies are emitted
//! by what they save and not by place, so that literals between them are paid twice or left
//! out; the words of the line are counted before they are priced; the tail of a repeat is priced
//! at the whole universe; the index of the context is kept when length and both ends are the
//! same. [`Machine::plan`] puts the same copies in order, so that they execute.

use super::exact::log2;
use super::features::UNIVERSE;
use super::hash::Map;

/// Words that can be copied from.
pub const CONTEXT: usize = 1024;
/// The shortest copy and the longest.
pub const COPY: std::ops::RangeInclusive<usize> = 3..=64;
/// The longest pattern of a repeat.
pub const PATTERN: usize = 10;
/// Words assumed to be known at least.
const VOCABULARY: usize = 500;
/// The bits of a copy's length, and of a repeat's count.
const LENGTH_BITS: f64 = 6.0;
const COUNT_BITS: f64 = 4.0;

/// Words of the line that stand in the context too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Match {
    source: usize,
    target: usize,
    length: usize,
}

/// A part of a program; numbers are in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Words of the line as they are.
    Literal {
        /// The first of them in the line.
        from: usize,
        /// How many.
        length: usize,
    },
    /// Words of the context.
    Copy {
        /// The first of them in the context.
        source: usize,
        /// How many.
        length: usize,
    },
    /// The first words of the line, several times.
    Repeat {
        /// How many words.
        period: usize,
        /// How often they stand there, the first time included.
        count: usize,
    },
}

/// The cheapest program, as the original prices it.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// What the original says it costs, in bits.
    pub bits: f64,
    /// Its parts, in the order in which the original executes them.
    pub ops: Vec<Op>,
    /// A copy would have saved something, and the order in which copies are emitted cost it.
    pub rejected: bool,
}

impl Program {
    /// Whether executing it gives the line.
    pub fn is_right(&self, line: &[u32], context: &[u32]) -> bool {
        let mut made = Vec::new();
        for op in &self.ops {
            match *op {
                Op::Literal { from, length } => made.extend_from_slice(&line[from..from + length]),
                Op::Copy { source, length } => {
                    made.extend_from_slice(context.get(source..source + length).unwrap_or(&[]));
                }
                Op::Repeat { period, count } => {
                    (0..count).for_each(|_| made.extend_from_slice(&line[..period]));
                }
            }
        }
        made == line
    }
}

/// The words the machine has seen, and the context it indexed last.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    seen: Vec<bool>,
    distinct: usize,
    indexed: Vec<u32>,
}

impl Machine {
    /// The bits of a word: all words are equally likely, and as many again unknown.
    fn word_bits(&self) -> f64 {
        log2(VOCABULARY.max(2 * self.distinct) as f64)
    }

    /// The cheapest of the original's programs for a line, which is seen with it.
    pub fn encode(&mut self, line: &[u32], context: &[u32]) -> Program {
        self.see(line);
        let bits = self.word_bits();
        let literal = line.len() as f64 * bits;
        let all = Op::Literal { from: 0, length: line.len() };
        let mut best = Program { bits: literal, ops: vec![all], rejected: false };
        if context.len() >= *COPY.start() {
            self.index(context);
            let mut matches = chosen(line, &self.indexed, bits);
            let ops = by_savings(line.len(), &matches);
            let cost = self.cost(&ops, context.len());
            if !matches.is_empty() && cost < literal {
                best = Program { bits: cost, ops, rejected: false };
            } else {
                best.rejected = !std::mem::take(&mut matches).is_empty();
            }
        }
        if let Some((ops, cost)) = self.repeat(line)
            && cost < best.bits
        {
            best = Program { bits: cost, ops, rejected: false };
        }
        best
    }

    /// The cheapest program that executes in its order: the original's copies by place, its
    /// repeat, or all literal.
    pub fn plan(&self, line: &[u32], context: &[u32]) -> Vec<Op> {
        let bits = self.word_bits();
        let mut matches = chosen(line, context, bits);
        matches.sort_by_key(|found| found.target);
        let copies = by_savings(line.len(), &matches);
        match self.repeat(line) {
            Some((ops, cost)) if cost < self.cost(&copies, context.len()) => ops,
            _ => copies,
        }
    }

    /// Forgets all words, as the original does when it is written and read.
    pub fn reload(&mut self) {
        *self = Self::default();
    }

    fn see(&mut self, line: &[u32]) {
        for &word in line {
            let at = word as usize;
            if at >= self.seen.len() {
                self.seen.resize(at + 1, false);
            }
            self.distinct += usize::from(!std::mem::replace(&mut self.seen[at], true));
        }
    }

    fn index(&mut self, context: &[u32]) {
        let same = self.indexed.len() == context.len()
            && self.indexed.first() == context.first()
            && self.indexed.last() == context.last();
        if !same {
            self.indexed = context.to_vec();
        }
    }

    fn cost(&self, ops: &[Op], context: usize) -> f64 {
        let price = |op: &Op| match *op {
            Op::Literal { length, .. } => length as f64 * self.word_bits(),
            Op::Copy { .. } => copy_bits(context),
            Op::Repeat { period, .. } => period as f64 * self.word_bits() + COUNT_BITS,
        };
        ops.iter().map(price).sum()
    }

    /// The first period at the start of the line that costs less than the line in words of the
    /// whole universe.
    fn repeat(&self, line: &[u32]) -> Option<(Vec<Op>, f64)> {
        if line.len() < 4 {
            return None;
        }
        let universe = log2(f64::from(UNIVERSE));
        (1..=PATTERN.min(line.len() / 2)).find_map(|period| {
            let again = line[period..].chunks_exact(period);
            let count = 1 + again.take_while(|part| *part == &line[..period]).count();
            let tail = line.len() - period * count;
            let cost = period as f64 * self.word_bits() + COUNT_BITS + tail as f64 * universe;
            let mut ops = vec![Op::Repeat { period, count }];
            if tail > 0 {
                ops.push(Op::Literal { from: period * count, length: tail });
            }
            (count >= 2 && cost < line.len() as f64 * universe).then_some((ops, cost))
        })
    }
}

fn copy_bits(context: usize) -> f64 {
    log2(context.max(1) as f64) + LENGTH_BITS
}

/// Copies that save something and do not overlap, the best first.
fn chosen(line: &[u32], context: &[u32], word_bits: f64) -> Vec<Match> {
    let least = *COPY.start();
    let mut places: Map<&[u32], Vec<usize>> =
        line.windows(least).map(|words| (words, Vec::new())).collect();
    for (source, words) in context.windows(least).enumerate() {
        if let Some(places) = places.get_mut(words) {
            places.push(source);
        }
    }
    let mut found = Vec::new();
    // Lengths at the target before: a match goes on where the one before it did.
    let (mut before, mut here) = (vec![0; context.len() + 1], vec![0; context.len() + 1]);
    for (target, words) in line.windows(least).enumerate() {
        here.fill(0);
        for &source in &places[words] {
            let known = usize::saturating_sub(before[source], 1).max(least);
            let pairs = line[target + known..].iter().zip(&context[source + known..]);
            let more = pairs.take(COPY.end() - known).take_while(|(a, b)| a == b).count();
            let length = known + more;
            here[source + 1] = length;
            if length as f64 * word_bits > copy_bits(context.len()) {
                found.push(Match { source, target, length });
            }
        }
        std::mem::swap(&mut before, &mut here);
    }
    // Longer copies save more; the sort keeps the order of equals.
    found.sort_by_key(|found| std::cmp::Reverse(found.length));
    let mut taken = vec![false; line.len()];
    found.retain(|found| {
        let words = &mut taken[found.target..found.target + found.length];
        let free = words.iter().all(|taken| !taken);
        if free {
            words.fill(true);
        }
        free
    });
    found
}

/// Copies in the order given, each after the words between it and the last one emitted.
fn by_savings(line: usize, copies: &[Match]) -> Vec<Op> {
    let (mut ops, mut at) = (Vec::new(), 0);
    for copy in copies {
        if copy.target > at {
            ops.push(Op::Literal { from: at, length: copy.target - at });
        }
        ops.push(Op::Copy { source: copy.source, length: copy.length });
        at = copy.target + copy.length;
    }
    if at < line {
        ops.push(Op::Literal { from: at, length: line - at });
    }
    ops
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn machine(words: u32) -> Machine {
        let mut machine = Machine::default();
        machine.see(&(0..words).collect::<Vec<_>>());
        machine
    }

    #[test]
    fn words_cost_twice_the_vocabulary() {
        let program = machine(0).encode(&[1, 2], &[]);
        assert!((program.bits - 2.0 * 500f64.log2()).abs() < 1e-9);
        let program = machine(3000).encode(&[1, 5000], &[]);
        assert!((program.bits - 2.0 * 6002f64.log2()).abs() < 1e-9, "with those of the line");
    }

    #[test]
    fn copies_out_of_order_are_paid_twice() {
        let context = [1, 2, 3, 9, 4, 5, 6, 7];
        let program = machine(1000).encode(&[1, 2, 3, 8, 4, 5, 6, 7], &context);
        // The longer copy comes first, after four literals; the other then starts over.
        let ops = [
            Op::Literal { from: 0, length: 4 },
            Op::Copy { source: 4, length: 4 },
            Op::Copy { source: 0, length: 3 },
            Op::Literal { from: 3, length: 5 },
        ];
        let literal = 8.0 * 2000f64.log2();
        assert!(program.rejected && (program.bits - literal).abs() < 1e-9);
        let matches = chosen(&[1, 2, 3, 8, 4, 5, 6, 7], &context, 11.0);
        assert_eq!(by_savings(8, &matches), ops);
        let plan = machine(1000).plan(&[1, 2, 3, 8, 4, 5, 6, 7], &context);
        assert_eq!(
            plan,
            [
                Op::Copy { source: 0, length: 3 },
                Op::Literal { from: 3, length: 1 },
                Op::Copy { source: 4, length: 4 },
            ]
        );
    }

    #[test]
    fn an_old_index_is_used_for_a_context_alike() {
        let mut machine = machine(1000);
        machine.encode(&[50], &[1, 2, 3, 4]);
        let program = machine.encode(&[2, 3, 4], &[1, 7, 7, 4]);
        assert_eq!(program.ops, [Op::Copy { source: 1, length: 3 }]);
        assert!(!program.is_right(&[2, 3, 4], &[1, 7, 7, 4]));
    }

    #[test]
    fn repeats_begin_the_line() {
        let mut machine = machine(1000);
        let line = [1, 2, 1, 2, 1, 2, 1, 2, 3];
        let program = machine.encode(&line, &[]);
        assert_eq!(
            program.ops,
            [Op::Repeat { period: 2, count: 4 }, Op::Literal { from: 8, length: 1 }]
        );
        assert!(program.is_right(&line, &[]));
        let bits = 2.0 * 2000f64.log2() + 4.0 + 100_000f64.log2();
        assert!((program.bits - bits).abs() < 1e-9, "the tail at the price of the universe");
    }

    proptest! {
        #[test]
        fn plans_execute(line in prop::collection::vec(0u32..6, 1..90), context in prop::collection::vec(0u32..6, 0..200)) {
            let mut machine = machine(300);
            let program = machine.encode(&line, &context);
            let plan = Program { ops: machine.plan(&line, &context), bits: 0.0, rejected: false };
            prop_assert!(plan.is_right(&line, &context));
            prop_assert!(machine.cost(&plan.ops, context.len()) <= program.bits + 1e-6 || !program.is_right(&line, &context));
            for op in &plan.ops {
                let fits = !matches!(op, Op::Copy { length, .. } if !COPY.contains(length));
                prop_assert!(fits);
            }
        }
    }
}
