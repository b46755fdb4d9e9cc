//! The journal: its files and what its events say of each other.

use crate::journal::Problem;
use crate::lint::project::{Project, TextFile};
use crate::markdown::{after_line, line_of};
use crate::text::Span;

pub mod dangling_reference;
pub mod foreign_event_version;
pub mod future_event;
pub mod misnamed_pack;
pub mod unreadable_event;

/// Returns the file and the line of a problem.
fn line(project: &Project, problem: &Problem) -> (TextFile, Span) {
    let file = project.lossy(&format!(".learn/{}", problem.file));
    let mut at = 0;
    for _ in 1..problem.line.max(1) {
        at = after_line(&file.text, at).min(file.text.len());
    }
    let span = line_of(&file.text, at);
    (file, span)
}
