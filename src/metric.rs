//! What a number in a metrics table means: which metric a row is, what it aims at, and what a
//! sample says about it.
//!
//! Pure: descriptions, grammar and arithmetic. Does not know events, documents, time or windows.
//! `target` reads targets, `quantity` measured values, `stats` holds the statistics and
//! `verdict` what they allow to be said.

pub mod quantity;
mod scan;
pub mod stats;
pub mod target;
pub mod verdict;
