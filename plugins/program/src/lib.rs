//! The procedural machine: text as a program of literals, copies and repeats.
