//! Tests of the whole program, one file an area.

mod by_hand;
mod bytes;
mod crash;
mod deploy;
mod fault;
mod metrics;
mod oracle;
mod owned;
mod record;
mod support;
mod tidy;
mod update;
