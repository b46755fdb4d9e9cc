//! Reports as text, one file a form. The forms other than `human` are contracts of docs/lint.md.

pub mod human;
pub mod json;
