//! How archives are hurt.

/// SplitMix64 (Steele, Lea and Flood, 2014): the same seed hurts in the same way.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// A number below 2^`bits`, small ones far more often.
    pub(super) fn small(&mut self, bits: usize) -> usize {
        let bits = self.below(bits + 1);
        self.below(1 << bits)
    }

    /// True once in so many times.
    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Bytes at the edges of ranges; 0x80 and up go on in LEB128.
const EDGES: [u8; 6] = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
/// The longest archive that is made: beyond, runs are slow and find nothing new.
const LONGEST: usize = 1 << 16;

/// The archive hurt in one to six ways; `other` is what parts are taken from.
pub(super) fn mutate(archive: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut hurt = archive.to_vec();
    let ways = 1 + random.below(2) + random.below(2) * random.below(5);
    for _ in 0..ways {
        once(&mut hurt, other, random);
    }
    hurt.truncate(LONGEST);
    hurt
}

/// A place in an archive; every second lies in its first bytes, where lengths and tables are.
fn place(len: usize, random: &mut Random) -> usize {
    let reach = if random.one_in(2) { len.min(24) } else { len };
    random.below(reach)
}

fn once(archive: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = place(archive.len(), random);
    let span = 1 + random.small(8);
    let end = archive.len().min(at + span);
    match random.below(12) {
        0..3 if !archive.is_empty() => archive[at] ^= 1 << random.below(8),
        3..5 if !archive.is_empty() => archive[at] = random.pick(&EDGES),
        5 if !archive.is_empty() => archive[at] = random.next() as u8,
        6 => archive.truncate(at),
        7 => {
            archive.drain(at..end);
        }
        8 => {
            let twice = archive[at..end].to_vec();
            let to = place(archive.len() + 1, random);
            archive.splice(to..to, twice);
        }
        9 => {
            let from = place(other.len(), random);
            let keep = at.min(archive.len());
            archive.truncate(keep);
            archive.extend_from_slice(&other[from..]);
        }
        10 => {
            // A LEB128 number of any size in the place of a byte.
            let bytes = 1 + random.below(10);
            let mut number = vec![random.pick(&[0x80, 0xff]); bytes];
            number[bytes - 1] = random.pick(&[0, 1, 0x0f, 0x7f]);
            archive.splice(at..archive.len().min(at + 1), number);
        }
        _ => {
            let value = random.one_in(2).then(|| random.pick(&EDGES));
            for _ in 0..span {
                archive.push(value.unwrap_or(random.next() as u8));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_hurt_stays_bounded_and_the_same(
            archive in prop::collection::vec(any::<u8>(), 0..300),
            other in prop::collection::vec(any::<u8>(), 0..300),
            seed: u64,
        ) {
            let hurt = mutate(&archive, &other, &mut Random(seed));
            prop_assert!(hurt.len() <= LONGEST);
            prop_assert_eq!(hurt, mutate(&archive, &other, &mut Random(seed)));
        }
    }

    #[test]
    fn most_archives_come_out_changed() {
        let (archive, other) = ([7u8; 100], [9u8; 50]);
        let mut random = Random(1);
        let changed = (0..1000).filter(|_| mutate(&archive, &other, &mut random) != archive);
        assert!(changed.count() > 900);
    }
}
