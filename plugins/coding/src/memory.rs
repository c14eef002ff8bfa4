//! Hints to the memory system. They change when data arrives, never what is computed.
//!
//! A table of hundreds of megabytes that is read at random misses every cache, and most
//! translations of addresses besides. [`prefetch`] starts a read long before its result is
//! needed; [`large_pages`] makes translations cover two megabytes instead of four kilobytes.
//! Where the processor or the system knows no such thing, nothing happens.
#![allow(unsafe_code)]

/// Asks for the cache line of `items[at]`, and does not wait for it; if there is no such item,
/// nothing of use comes.
#[inline(always)]
pub fn prefetch<T>(items: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let address = items.as_ptr().wrapping_add(at).cast();
        // SAFETY: every x86-64 processor has it, it touches nothing but caches, and no address is
        // wrong for it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (items, at);
}

/// Asks the system to back `items` with large pages, as far as it covers some; best before
/// they are first touched.
pub fn large_pages<T>(items: &[T]) {
    #[cfg(target_os = "linux")]
    {
        // The advice is given for whole small pages; the system picks the large ones inside.
        const SMALL: usize = 1 << 12;
        const LARGE: usize = 1 << 21;
        let start = items.as_ptr().addr().next_multiple_of(SMALL);
        let end = (items.as_ptr().addr() + size_of_val(items)) / SMALL * SMALL;
        if end.saturating_sub(start) >= 2 * LARGE {
            let pages = std::ptr::without_provenance_mut(start);
            // SAFETY: whole pages inside a live slice; the advice leaves their content and
            // protection alone, and its failure means that nothing changed.
            let _ = unsafe { libc::madvise(pages, end - start, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = items;
}

/// `count` copies of `item`, on large pages where the system has some.
pub fn filled<T: Clone>(item: T, count: usize) -> Vec<T> {
    let mut items = Vec::with_capacity(count);
    large_pages(items.spare_capacity_mut());
    items.resize(count, item);
    items
}

/// For how many bytes of a text tables have room where time counts: bytes behind the first megabyte
/// count a third, since they repeat more, and the system clears all that is asked for.
pub fn of_use(text: usize) -> usize {
    const WHOLE: usize = 1 << 20;
    text.min(WHOLE) + text.saturating_sub(WHOLE) / 3
}

/// How many of the first items lie before a border of the cache lines, of 64 bytes; 0 if
/// none of them begins at one. What is kept behind them does not cross borders needlessly. A
/// type that asks for such borders itself would be cleared byte by byte when it is allocated.
pub fn before_line<T>(items: &[T]) -> usize {
    let skip = items.as_ptr().addr().wrapping_neg() % 64;
    if size_of::<T>() > 0 && skip.is_multiple_of(size_of::<T>()) {
        skip / size_of::<T>()
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found() {
        let items = vec![[0u8; 16]; 100];
        let skip = before_line(&items);
        assert!(skip < 4 && (skip == 0 || items[skip..].as_ptr().addr() % 64 == 0));
        assert_eq!(filled(7u32, 3_000_000), vec![7; 3_000_000]);
    }

    #[test]
    fn hints_change_nothing() {
        let items: Vec<u32> = (0..3_000_000).collect();
        large_pages(&items);
        large_pages::<u64>(&[]);
        for at in [0, 1, 2_999_999, 3_000_000, usize::MAX] {
            prefetch(&items, at);
        }
        assert!(items.iter().zip(0..).all(|(&item, k)| item == k));
    }
}
