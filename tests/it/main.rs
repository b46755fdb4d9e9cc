//! Tests of the whole program, one file an area.

mod record;
mod support;
mod tidy;
