//! Coders, counters, tokenisers and matchers that pressmark strategies share.
//!
//! | module | it is |
//! |---|---|
//! | [`bilinear`] | what words say about each other, in vectors that are learned |
//! | [`estimates`] | probabilities that are learned, sixteen at a time |
//! | [`history`] | the bits that followed a context, in a byte |
//! | [`network`] | layers of mixers in single precision |
//! | [`odds`] | log odds in single precision |
//! | [`past`] | the text so far |
//! | [`range`] | binary arithmetic coder, and the one face that coding, learning and pricing share |
//! | [`cost`] | the price of a bit |
//! | [`meter`] | what each of several sources pays |
//! | [`adaptive`] | small adaptive models: bit, symbol, number |
//! | [`logistic`] | log odds in integers |
//! | [`slots`] | hashed buckets of adaptive counters |
//! | [`mixer`] | gated logistic mixing |
//! | [`layer`] | mixers that share their inputs, with AVX2 where there is |
//! | [`apm`] | secondary estimation |
//! | [`memory`] | hints that hide how far away memory is |
//! | [`vectors`] | vectors of numbers, with AVX2 or AVX-512 where there is |
//! | [`classes`] | what bytes are, 64 at a time |
//! | [`token`] | words and gaps, losing nothing |
//! | [`lexicon`] | distinct tokens, numbered |
//! | [`mod@unit`] | bytes, or codes of words |
//! | [`words`] | text as codes of words, in band |
//! | [`suffix`] | longest earlier occurrences, from a suffix array |
//! | [`trie`] | the next symbol, from a trie of contexts |
//! | [`blending`] | the next symbol, from a few contexts, fast |
//! | [`codec`] | the codec of such a model |
//!
//! Everything is integer arithmetic, or operations of IEEE 754 one by one in a fixed order (`odds`,
//! `network`, `estimates`, `bilinear`, `blending`), and nothing depends on time, addresses or the
//! order of a hash map: the same input gives the same bytes on every machine.
// These allow it: `blending`, `classes`, `estimates`, `layer` and `vectors` for vector units, `memory` for
// prefetching.
#![deny(unsafe_code)]

pub mod adaptive;
pub mod apm;
pub mod bilinear;
pub mod blending;
pub mod classes;
pub mod codec;
pub mod cost;
pub mod estimates;
pub mod history;
pub mod layer;
pub mod lexicon;
pub mod logistic;
pub mod memory;
pub mod meter;
pub mod mixer;
pub mod network;
pub mod odds;
pub mod past;
pub mod range;
pub mod slots;
pub mod suffix;
pub mod token;
pub mod trie;
pub mod unit;
pub mod vectors;
pub mod words;
