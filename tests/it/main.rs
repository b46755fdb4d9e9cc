//! Tests of the whole program, one file an area.

mod by_hand;
mod crash;
mod damage;
mod editor;
mod fault;
mod parallel;
mod record;
mod refused;
mod support;
mod tidy;
