//! Reports as text, one file a form.

pub mod human;
pub mod json;
