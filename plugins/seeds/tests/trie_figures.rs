//! What the original was measured to give on the first bytes of a file of stories, to the last
//! digit that was noted. It sums in the order of a hash, so that the digits after vary.

use std::convert::Infallible;

use pressmark_coding::range::Teacher;
use pressmark_samples::shared;
use pressmark_seeds::trie::coder::Coder;
use pressmark_seeds::trie::compressor::Rules;
use pressmark_seeds::trie::predictor::Settings;
use pressmark_seeds::trie::symbols::Unit;

fn order(context_length: usize) -> Settings {
    Settings { context_length, ..Settings::default() }
}

/// The coder after the first bytes of the file, and what the original claims for them, in bits
/// per symbol.
fn run(text: &[u8], bytes: usize, unit: Unit, settings: Settings) -> (Coder, f64) {
    let mut coder = Coder::new(unit, settings);
    let Ok(()) = unit.each(&text[..bytes], |symbol, _| {
        coder.code(&mut Teacher, symbol);
        Ok::<(), Infallible>(())
    });
    let counts = coder.counts();
    let claimed = counts.claimed.bits() / counts.symbols as f64;
    (coder, claimed)
}

fn near(found: f64, noted: f64, digits: i32) -> bool {
    // The noted figure may itself be one off in its last digit.
    (found - noted).abs() <= 10f64.powi(-digits)
}

#[test]
fn the_predictor_claims_what_it_claimed() {
    let Some(text) = shared("data/tinystories/train.txt") else { return };
    for (bytes, bpc, top, novel, nodes) in [
        (20_000, 2.3294, 59.5, 55, 14_714),
        (100_000, 2.0895, 63.3, 61, 34_881),
        (400_000, 2.0552, 63.8, 71, 66_197),
    ] {
        let (coder, claimed) = run(&text, bytes, Unit::Char, order(5));
        let counts = coder.counts();
        assert!(near(claimed, bpc, 4), "{bytes} bytes: {claimed}");
        assert!(near(100.0 * counts.guessed as f64 / counts.symbols as f64, top, 1));
        assert_eq!(counts.novel, novel);
        assert_eq!(coder.predictor().trie().contexts(), nodes);
    }
    for (order, bpc) in [(2, 3.854), (3, 2.716), (4, 2.239), (6, 2.041), (8, 2.028), (12, 2.074)] {
        let (_, claimed) = run(&text, 100_000, Unit::Char, self::order(order));
        assert!(near(claimed, bpc, 3), "order {order}: {claimed}");
    }
}

#[test]
fn other_parameters_claim_what_they_claimed() {
    let Some(text) = shared("data/tinystories/train.txt") else { return };
    let generator = Settings {
        learning_rate: 0.08,
        credibility_max: 6.05,
        lambda_power: 0.65,
        adaptive_cap: true,
        ..order(6)
    };
    for (bytes, settings, bpc) in [
        (100_000, generator, 2.016),
        (400_000, Settings { lambda_power: 0.3, ..order(5) }, 1.984),
        (400_000, Settings { credibility_max: 100.0, ..order(6) }, 1.916),
        (5_000, order(64), 2.664),
    ] {
        let (_, claimed) = run(&text, bytes, Unit::Char, settings);
        assert!(near(claimed, bpc, 3), "{bytes} bytes, {settings:?}: {claimed}");
    }
}

#[test]
fn the_compressor_freezes_what_it_froze() {
    let Some(text) = shared("data/tinystories/train.txt") else { return };
    // Contexts by depth from 2 on, those whose node is still there, and those that grew again.
    for (bytes, loss, depths, husks, regrown) in [
        (20_000, 0.0005, [0, 0, 0, 3], 3, 2),
        (100_000, 0.0023, [0, 10, 54, 153], 216, 211),
        (400_000, 0.0009, [1, 31, 165, 757], 947, 924),
    ] {
        let (_, without) = run(&text, bytes, Unit::Char, order(5));
        let settings = Settings { compressor: Some(Rules::default()), ..order(5) };
        let (coder, with) = run(&text, bytes, Unit::Char, settings);
        assert!(near(with - without, loss, 4), "{bytes} bytes: {}", with - without);
        let trie = coder.predictor().trie();
        let store = coder.predictor().store().expect("there is a compressor");
        let of_depth = |depth| store.contexts().filter(|context| context.len() == depth).count();
        assert_eq!([2, 3, 4, 5].map(of_depth), depths);
        assert_eq!(store.len(), depths.iter().sum());
        let there: Vec<u32> = store.contexts().filter_map(|context| trie.find(context)).collect();
        let full = there.iter().filter(|&&node| trie.node(node).has_successors());
        assert_eq!((there.len(), full.count()), (husks, regrown));
        assert_eq!(store.thawed(), 0);
    }
}

#[test]
fn more_text_makes_it_worse() {
    let Some(text) = shared("data/tinystories/train.txt") else { return };
    for (order, some, bpc) in [(5, 2.0552, 2.2519), (2, 4.142, 4.584)] {
        let (_, claimed) = run(&text, 400_000, Unit::Byte, self::order(order));
        assert!(near(claimed, some, 3), "400 KB, order {order}: {claimed}");
        let (coder, claimed) = run(&text, text.len(), Unit::Byte, self::order(order));
        assert!(near(claimed, bpc, 3), "all, order {order}: {claimed}");
        assert_eq!(coder.counts().novel, 90);
    }
}
