//! `learn` keeps what coding agents learn from production deployments.
#![deny(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

pub mod clean;
pub mod cli;
pub mod config;
pub mod event;
pub mod journal;
pub mod learnings;
pub mod markdown;
pub mod projection;
pub mod resolve;
pub mod skill;
pub mod store;
pub mod sync;
pub mod text;
pub mod workspace;
