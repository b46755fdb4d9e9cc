//! Tests of the whole program, one file an area.

mod by_hand;
mod bytes;
mod catalog;
mod crash;
mod damage;
mod deploy;
mod detect;
mod editor;
mod fault;
mod fold;
mod gitops;
mod hook;
mod hooks;
mod import;
mod lint;
mod metrics;
mod oracle;
mod owned;
mod parallel;
mod record;
mod refused;
mod support;
mod tidy;
mod undo;
mod update;
mod watch;
