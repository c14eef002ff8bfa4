//! `compaction.seed` against what the original wrote, byte for byte.

use pressmark_compaction::SEED;
use pressmark_samples::shared;
use pressmark_sdk::Budget;
use pressmark_sdk::testing::compact;

/// Each output of the golden set, and the options that ask for it.
const OUTPUTS: [(&str, &[(&str, &str)]); 9] = [
    ("daily", &[("to", "daily")]),
    ("weekly", &[("to", "weekly")]),
    ("monthly", &[("to", "monthly")]),
    ("root", &[("to", "root")]),
    ("step_daily_to_weekly", &[("from", "daily"), ("to", "weekly")]),
    ("step_weekly_to_monthly", &[("from", "weekly"), ("to", "monthly")]),
    ("step_monthly_to_root", &[("from", "monthly"), ("to", "root")]),
    ("promote3_from_raw", &[("promote", "3")]),
    ("promote3_from_root", &[("from", "root"), ("promote", "3")]),
];

const INPUTS: [&str; 14] = [
    "blank_only_50",
    "header_every_5",
    "numbered_0003",
    "numbered_0004",
    "numbered_0005",
    "numbered_0020",
    "numbered_0020_nl",
    "numbered_0050",
    "numbered_0050_crlf",
    "numbered_0100",
    "numbered_0200",
    "numbered_1000",
    "session_markdown",
    "session_plain",
];

#[test]
fn every_output_is_the_originals() {
    for input in INPUTS {
        let Some(document) = shared(&format!("golden/compaction/in/{input}.txt")) else { return };
        for (output, options) in OUTPUTS {
            let path = format!("golden/compaction/out/{input}.{output}.txt");
            let expected = shared(&path).expect("every input has its nine outputs");
            let found = compact(&SEED, options, &document, Budget::Free).expect("it compacts");
            assert_eq!(
                String::from_utf8_lossy(&found.output.bytes),
                String::from_utf8_lossy(&expected),
                "{input}, {output}"
            );
        }
    }
}
