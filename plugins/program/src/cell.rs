//! A memory of what followed a context: three tokens and how far each is trusted.
//!
//! Trust grows with every success and shrinks with the successes of others; a
//! newcomer replaces what is no longer trusted (in the manner of the successor
//! lists of indirect context models, kept in one 16-byte cell).

/// Successors of one context: the token in the low 24 bits, its trust above; best first.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(16))]
pub(crate) struct Cell {
    check: u32,
    successors: [u32; WIDTH],
}

/// The part of a successor that is the token.
pub(crate) const TOKEN: u32 = (1 << 24) - 1;
/// Trust is below this.
pub(crate) const TRUSTS: usize = 16;
/// Successors remembered per context.
pub(crate) const WIDTH: usize = 3;

/// The trust of a successor.
#[inline]
pub(crate) fn trust(successor: u32) -> usize {
    (successor >> 24) as usize
}

impl Cell {
    /// The successors of the context with this check, if the cell holds it.
    #[inline]
    pub(crate) fn successors(&self, check: u32) -> &[u32] {
        if self.check == check { &self.successors } else { &[] }
    }

    /// Moves trust to the successor that came.
    pub(crate) fn learn(&mut self, check: u32, token: u32) {
        let fresh = token | 1 << 24;
        if self.check != check {
            *self = Self { check, successors: [fresh, 0, 0] };
            return;
        }
        match self.successors.iter().position(|&s| s & TOKEN == token && s > TOKEN) {
            Some(k) => {
                let grown = (trust(self.successors[k]) + 2).min(TRUSTS - 1) as u32;
                self.successors[k] = token | grown << 24;
                for (other, successor) in self.successors.iter_mut().enumerate() {
                    if other != k && trust(*successor) > 4 {
                        *successor -= 1 << 24;
                    }
                }
                if k > 0 && trust(self.successors[k]) >= trust(self.successors[k - 1]) {
                    self.successors.swap(k, k - 1);
                }
            }
            None => {
                let last = &mut self.successors[WIDTH - 1];
                if trust(*last) <= 1 {
                    *last = fresh;
                    // A newcomer goes before others that were seen only once.
                    for k in (1..WIDTH).rev() {
                        if trust(self.successors[k - 1]) <= 1 {
                            self.successors.swap(k, k - 1);
                        }
                    }
                } else {
                    *last -= 1 << 24;
                }
            }
        }
    }
}

/// Spreads the bits of a hash.
#[inline]
pub(crate) fn scramble(value: u64) -> u64 {
    let hash = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}
