//! `learn` keeps what coding agents learn from production deployments.
//!
//! The nouns, in reading order: an **event** is one immutable fact; the **journal** is all events of a
//! project as a set; a **tally** is what they add up to, and the **projection** all tallies; a
//! **learnings.md** is the user's document in which the projection stands; a **skill** is a folder whose
//! other files belong to a package and are never written.
#![deny(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

pub mod parallel;
pub mod text;

pub mod metric;

pub mod clean;
pub mod event;

pub mod deploy;

pub mod journal;
pub mod projection;

pub mod measure;

pub mod markdown;

pub mod learnings;
pub mod resolve;
pub mod skill;

pub mod lessons;
pub mod sync;

pub mod catalog;
pub mod detect;
pub mod import;
pub mod report;
pub mod watch;

pub mod probe;

pub mod config;
pub mod hook;
pub mod store;
pub mod workspace;

pub mod lint;

pub mod cli;
