//! `learn` keeps what coding agents learn from production deployments.
#![deny(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

pub mod metric;
pub mod text;
