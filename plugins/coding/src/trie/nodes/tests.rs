use super::*;

fn hash(k: u64) -> u64 {
    let hash = (k + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash ^ (hash >> 29)).wrapping_mul(0xff51_afd7_ed55_8ccd) ^ (hash >> 31)
}

fn nodes(bytes: usize, most: u64, freeze: u32) -> Nodes {
    Nodes::new(Bounds { bytes, nodes: most, freeze }, &Histories::new())
}

/// Visits a node that `half` follows; gives back what it was before.
fn visit(nodes: &mut Nodes, histories: &Histories, key: u64, half: u8) -> (Place, Node) {
    let line = nodes.line(hash(key), 3);
    let (place, before) = nodes.find(line, ((hash(key) >> 16) as u8).max(1));
    let (mut node, mut at) = (before, 1);
    for left in (0..4).rev() {
        let bit = half >> left & 1;
        node[at & 15] = histories.after(node[at & 15], bit == 1);
        at = at << 1 | usize::from(bit);
    }
    nodes.put(place, node);
    (place, before)
}

/// Nodes of all forms, counted one by one.
fn census(nodes: &mut Nodes) -> u64 {
    let alive = |slot: &Node| slot::is_node(slot) as usize + slot::entries(slot).count();
    nodes.lines().iter().flatten().map(|slot| alive(slot) as u64).sum()
}

#[test]
fn a_context_finds_its_node_again() {
    let (mut nodes, histories) = (nodes(1 << 20, u64::MAX, 5), Histories::new());
    for round in 0..3 {
        let mut seen = |key| visit(&mut nodes, &histories, key, 7).1[1] != EMPTY;
        let found = (0..1000).filter(|&key| seen(key)).count();
        assert!(if round == 0 { found < 20 } else { found > 990 }, "{found} of 1000");
    }
    assert_eq!(nodes.events().evictions + nodes.events().condensed, 0, "there was no pressure");
}

#[test]
fn bounds_hold_at_every_moment_and_cold_nodes_leave_first() {
    let histories = Histories::new();
    for (most, freeze) in [(u64::MAX, 0), (u64::MAX, 5), (3000, 5), (1500, 0), (1500, 64), (1, 5)] {
        let mut nodes = nodes(64 * Bounds::LEAST, most, freeze);
        let busy = most.min(4096) / 8;
        for key in 0..busy {
            (0..20).for_each(|_| _ = visit(&mut nodes, &histories, key, 9));
        }
        for key in 0..12_000 {
            visit(&mut nodes, &histories, busy + key, (key % 5) as u8);
            visit(&mut nodes, &histories, busy + key / 2, (key % 3) as u8);
            assert!(nodes.events().alive <= most);
            if key % 1000 == 0 {
                assert_eq!(census(&mut nodes), nodes.events().alive);
            }
        }
        let events = *nodes.events();
        assert_eq!(census(&mut nodes), events.alive);
        assert!(events.evictions > 0 && (freeze > 0 || events.condensed + events.freezes == 0));
        let packing = Packing::new(&histories);
        let totals = |key| packing.total(&visit(&mut nodes, &histories, key, 9).1);
        let kept = (0..busy).map(totals).filter(|&total| total > 9).count() as u64;
        assert!(
            kept * 10 >= busy * 8,
            "{kept} of {busy} busy nodes kept, at most {most}, frozen up to {freeze}"
        );
    }
}

#[test]
fn packing_keeps_more_nodes() {
    let histories = Histories::new();
    let kept = [0, 5].map(|freeze| {
        let mut nodes = nodes(16 * Bounds::LEAST, u64::MAX, freeze);
        for round in 0..3u64 {
            (0..4000).for_each(|key| {
                _ = visit(&mut nodes, &histories, key, (key + round % 2) as u8 & 15)
            });
        }
        nodes.events().alive
    });
    assert!(kept[1] > 3 * kept[0], "{kept:?}");
}

#[test]
fn a_frozen_node_thaws_when_it_is_stale() {
    let histories = Histories::new();
    let mut nodes = nodes(0, u64::MAX, 5);
    // So many contexts that no line has room, each with two successors.
    for key in 0..400 {
        (0..4).for_each(|k| _ = visit(&mut nodes, &histories, key, if k == 2 { 4 } else { 12 }));
    }
    let frozen = (0..400)
        .find(|&key| visit(&mut nodes, &histories, key, 12).0.is_frozen())
        .expect("some are frozen");
    let before = visit(&mut nodes, &histories, frozen, 12).1;
    let thaws = nodes.events().thaws;
    assert_eq!(visit(&mut nodes, &histories, frozen, 12).1, before, "it does not learn");
    assert_eq!(nodes.events().thaws, thaws);
    (0..6).for_each(|_| _ = visit(&mut nodes, &histories, frozen, 1));
    assert!(nodes.events().thaws > thaws);
    let after = visit(&mut nodes, &histories, frozen, 1).1;
    assert_ne!(after[2], before[2], "what came since counts");
}

#[test]
fn the_smallest_trie_works() {
    let (mut nodes, histories) = (nodes(0, 64, 0), Histories::new());
    (0..10_000).for_each(|key| _ = visit(&mut nodes, &histories, key, 2));
    assert_eq!(nodes.events().alive, 64);
}
