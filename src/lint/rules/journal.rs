//! The journal: its files and what its events say of each other.

use crate::journal::Problem;
use crate::lint::project::{Project, TextFile};
use crate::text::Span;

pub mod dangling_reference;
pub mod foreign_event_version;
pub mod future_event;
pub mod misnamed_pack;
pub mod unreadable_event;

/// Returns the file and the line of a problem.
fn line(project: &Project, problem: &Problem) -> (TextFile, Span) {
    project.line((&problem.file, problem.line))
}
