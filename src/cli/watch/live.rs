//! The line that changes while a watch goes on; only on a terminal.

use crate::cli::watch::course::Course;
use crate::cli::{Ctx, say};

/// The line that changes while one waits.
pub struct Live {
    pub on: bool,
    /// Characters of what stands there.
    pub width: usize,
}

impl Live {
    pub fn show(&mut self, ctx: &mut Ctx<'_>, course: &Course) {
        if !self.on {
            return;
        }
        let left = course.end_ms().saturating_sub(course.now_ms()) / 1000;
        let phases: Vec<String> = course
            .targets
            .iter()
            .map(|it| format!("{} {}/{}", it.phase.word(), it.ok, it.ok + it.failed + it.errors))
            .collect();
        let line = say::cut(&format!("{} ({left} s left)", phases.join(", ")), 78);
        let width = line.chars().count();
        let padding = " ".repeat(self.width.saturating_sub(width));
        drop(write!(ctx.err, "\r{line}{padding}").and_then(|()| ctx.err.flush()));
        self.width = width;
    }

    pub fn clear(&mut self, ctx: &mut Ctx<'_>) {
        if self.width > 0 {
            drop(write!(ctx.err, "\r{}\r", " ".repeat(self.width)));
            self.width = 0;
        }
    }
}
