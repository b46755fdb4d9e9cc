//! The journal: its files and what its events say of each other.

use crate::journal::Problem;
use crate::lint::project::{Project, TextFile};
use crate::text::Span;

pub mod dangling_reference;
pub mod foreign_event_version;
pub mod future_event;
pub mod misnamed_pack;
pub mod unreadable_event;

/// A journal as it should be.
const JOURNAL: &[(&str, &str)] = &[(
    "/.learn/events/2026-11/01M7W6C3800000000000000002.json",
    "{\"v\":1,\"id\":\"01M7W6C3800000000000000002\",\"at\":\"2026-11-20T10:00:00Z\",\"skill\":\"ship\",\"kind\":\"occurrence\",\"pitfall\":\"late-alert\"}\n",
)];

/// Returns the file and the line of a problem.
fn line(project: &Project, problem: &Problem) -> (TextFile, Span) {
    project.line((&problem.file, problem.line))
}
