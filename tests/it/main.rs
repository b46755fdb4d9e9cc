//! Tests of the whole program, one file an area.

mod bytes;
mod oracle;
mod owned;
mod record;
mod support;
mod update;
