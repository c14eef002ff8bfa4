//! Coders, counters, tokenisers and matchers that pressmark strategies share.
