//! How each figure of a report is defined, in the words of the reader.

/// Name of a figure and its definition.
pub(crate) const DEFINITIONS: &[(&str, &str)] = &[
    (
        "Encoded, bytes",
        "Every byte the decoder needs except the plugin and the priming text: payload, model and \
         options. It is the size of a file that a second process decoded, byte for byte.",
    ),
    (
        "BPC, bits per character",
        "8 × encoded bytes / Unicode scalar values of the input. An input that is not UTF-8 has \
         no characters; it is divided by bytes, in a column of its own.",
    ),
    (
        "Difference, %",
        "BPC of the best of this project over that of the best peer, less one; negative is smaller.",
    ),
    (
        "Size over the smallest",
        "Encoded size over that of the smallest strategy on the same dataset and protocol, with \
         the best options of each; geometric mean over the datasets counted beside it.",
    ),
    ("Bits per byte", "8 × encoded bytes / input bytes."),
    (
        "Ideal",
        "The model's own code length, −Σ log2 p, per character. Its distance from BPC is what \
         coding costs.",
    ),
    (
        "Claimed",
        "The size that a reproduced system was said to reach, computed as it computed it and told \
         by the strategy as a metric; no decoder can work from it. Real / claimed is BPC, which \
         is what a decoder needs, over it.",
    ),
    (
        "With decoder",
        "As BPC, with the size of the stripped, xz-compressed plugin added to the encoded bytes: \
         the rule of the Large Text Compression Benchmark.",
    ),
    (
        "Encode and decode, MB/s",
        "10⁶ input bytes per second of the call, median over repeats, each in a fresh process. \
         The small figures are the bootstrap 95 % interval of the median; one repeat has none.",
    ),
    (
        "Memory, MB",
        "10⁶ bytes. The larger of two peaks: live bytes in the host allocator, which counts what \
         was reserved but never touched, and the growth of resident memory, which also sees code \
         that allocates elsewhere. Max RSS is the whole worker.",
    ),
    (
        "Hit rate",
        "Hits / lookups of a named channel, with both counts. What a lookup is depends on the \
         channel: a token, a symbol, an access.",
    ),
    (
        "Learning curve",
        "Encoded bytes against input position: cumulative (all so far) and windowed (each part \
         alone), both in bits per byte of input.",
    ),
    ("Pareto front", "The cells that no other cell beats on one axis without losing on the other."),
    (
        "Exponent",
        "k of the power law c · bytesᵏ through a strategy's cells over datasets of one source, \
         fitted by least squares where both axes are logarithmic; 1 is linear. It needs three \
         sizes or more.",
    ),
    (
        "Time per byte, ×",
        "Time per byte of the largest input over that at 4 MB, or at the second smallest size \
         where there is no 4 MB; linear time is 1.",
    ),
    (
        "Over the best, %",
        "BPC over the least of the same sweep, less one. A sweep is the cells of a strategy that \
         differ in one option alone, where that moves peak memory by half or more; “of the largest” \
         is a cell's peak over the largest of them.",
    ),
    ("Memory curve", "Live bytes in the host allocator against input position."),
    (
        "Protocol",
        "cold: no side information. primed: encoder and decoder are given the same priming text \
         before the first byte; its size is shown, it is not counted. trained: the strategy turns \
         training text into model bytes, which are counted.",
    ),
    (
        "Δ",
        "The strategy cannot take a priming text. Its primed figure is the size of prime + text \
         minus the size of prime: what priming would give, not an archive that was decoded alone.",
    ),
    (
        "Compaction and caches",
        "Shortening with loss and replaying accesses have tables of their own: a figure with loss \
         never shares a column with one without.",
    ),
    (
        "Contexts",
        "What of a session a packer chose for the next answer, within a budget of tokens. Evidence \
         is what the answer then quotes from earlier pages, or the pages that a labelled question \
         needs; strategies never see it. recall_any and recall_all: questions with some and with \
         all of their evidence in the context. page_precision: chosen pages that hold evidence.",
    ),
    (
        "State",
        "ok: measured, and the round trip checked. Every other state is listed with its reason; \
         a dash stands for a value that does not exist, never a zero.",
    ),
];
