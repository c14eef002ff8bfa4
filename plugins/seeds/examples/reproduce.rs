//! Prints what the original trie was measured to give beside what `trie.seed` gives.
//!
//! `reproduce FILE` takes the file that the figures were measured on,
//! `../shared/data/tinystories/train.txt`, and uses its first bytes. Tables are Markdown.

use std::convert::Infallible;

use pressmark_coding::range::Encoder;
use pressmark_seeds::trie::coder::Coder;
use pressmark_seeds::trie::compressor::Rules;
use pressmark_seeds::trie::predictor::Settings;
use pressmark_seeds::trie::symbols::Unit;

const ALL: usize = 4_069_518;

/// A measurement of the original: bytes, unit, settings, bits per symbol, contexts.
type Row = (usize, Unit, Settings, f64, Option<usize>);

fn order(context_length: usize) -> Settings {
    Settings { context_length, ..Settings::default() }
}

fn rows() -> Vec<Row> {
    let generator = Settings {
        learning_rate: 0.08,
        credibility_max: 6.05,
        lambda_power: 0.65,
        adaptive_cap: true,
        ..order(6)
    };
    vec![
        (20_000, Unit::Char, order(5), 2.3294, Some(14_714)),
        (100_000, Unit::Char, order(5), 2.0895, Some(34_881)),
        (400_000, Unit::Char, order(5), 2.0552, Some(66_197)),
        (100_000, Unit::Char, order(2), 3.854, None),
        (100_000, Unit::Char, order(3), 2.716, None),
        (100_000, Unit::Char, order(4), 2.239, None),
        (100_000, Unit::Char, order(6), 2.041, None),
        (100_000, Unit::Char, order(8), 2.028, Some(156_000)),
        (100_000, Unit::Char, order(12), 2.074, Some(423_000)),
        (5_000, Unit::Char, order(64), 2.664, Some(289_661)),
        (100_000, Unit::Char, generator, 2.016, None),
        (400_000, Unit::Char, Settings { lambda_power: 0.3, ..order(5) }, 1.984, None),
        (400_000, Unit::Char, Settings { credibility_max: 100.0, ..order(6) }, 1.916, None),
        (ALL, Unit::Byte, order(5), 2.2519, Some(162_000)),
        (ALL, Unit::Byte, order(8), 1.8309, None),
        (400_000, Unit::Byte, order(2), 4.142, None),
        (ALL, Unit::Byte, order(2), 4.584, None),
    ]
}

struct Run {
    coder: Coder,
    claimed: f64,
    /// Bits of the code per symbol.
    real: f64,
}

fn run(text: &[u8], unit: Unit, settings: Settings) -> Run {
    let mut coder = Coder::new(unit, settings);
    let mut code = Encoder::new(Vec::new());
    let Ok(()) = unit.each(text, |symbol, _| {
        coder.code(&mut code, symbol);
        Ok::<(), Infallible>(())
    });
    let symbols = coder.counts().symbols as f64;
    let claimed = coder.counts().claimed.bits() / symbols;
    Run { claimed, real: 8.0 * code.finish().len() as f64 / symbols, coder }
}

fn predictor(text: &[u8]) {
    println!(
        "| bytes | symbols | settings | claimed: original | here | decodable, here | best guess right | new symbols | nodes: original | here |\n\
         |---|---|---|---|---|---|---|---|---|---|"
    );
    for (bytes, unit, settings, noted, nodes) in rows() {
        let run = run(&text[..bytes], unit, settings);
        let counts = run.coder.counts();
        println!(
            "| {bytes} | {} | {} | {noted} | {:.6} | {:.4} | {:.2} % | {} | {} | {} |",
            match unit {
                Unit::Char => "characters",
                Unit::Byte => "bytes",
            },
            describe(settings),
            run.claimed,
            run.real,
            100.0 * counts.guessed as f64 / counts.symbols as f64,
            counts.novel,
            nodes.map_or("-".into(), |nodes| nodes.to_string()),
            run.coder.predictor().trie().contexts(),
        );
    }
}

fn describe(settings: Settings) -> String {
    let usual = order(settings.context_length);
    let mut text = format!("k {}", settings.context_length);
    for (name, value, usual) in [
        ("lr", settings.learning_rate, usual.learning_rate),
        ("C", settings.credibility_max, usual.credibility_max),
        ("p", settings.lambda_power, usual.lambda_power),
    ] {
        if value != usual {
            text += &format!(", {name} {value}");
        }
    }
    if settings.adaptive_cap {
        text += ", adaptive";
    }
    text
}

fn compressor(text: &[u8]) {
    println!(
        "| bytes | frozen: original | here | by depth 2, 3, 4, 5 | still a node | grown again | cost: original | here | asked, answered |\n\
         |---|---|---|---|---|---|---|---|---|"
    );
    for (bytes, frozen, cost) in
        [(20_000, 3, 0.0005), (100_000, 217, 0.0023), (400_000, 954, 0.0009)]
    {
        let without = run(&text[..bytes], Unit::Char, order(5));
        let settings = Settings { compressor: Some(Rules::default()), ..order(5) };
        let with = run(&text[..bytes], Unit::Char, settings);
        let predictor = with.coder.predictor();
        let (trie, Some(store)) = (predictor.trie(), predictor.store()) else { continue };
        let husks: Vec<u32> = store.contexts().filter_map(|context| trie.find(context)).collect();
        println!(
            "| {bytes} | {frozen} | {} | {:?} | {} | {} | {cost:+} | {:+.6} | {:?} |",
            store.len(),
            [2, 3, 4, 5].map(|depth| store.contexts().filter(|c| c.len() == depth).count()),
            husks.len(),
            husks.iter().filter(|&&node| trie.node(node).has_successors()).count(),
            with.claimed - without.claimed,
            store.asked(),
        );
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = std::fs::read(std::env::args().nth(1).ok_or("usage: reproduce FILE")?)?;
    if text.len() != ALL {
        return Err(format!("the file has {} bytes, not {ALL}: it is another", text.len()).into());
    }
    predictor(&text);
    println!();
    compressor(&text);
    Ok(())
}
