//! Words that commands share, and the colours of `text::style`.

use std::io::{self, Write};

use similar::TextDiff;
use unicode_width::UnicodeWidthStr;

use crate::clean::printable;
use crate::learnings::EntryKind;
use crate::sync::{ByHand, State};
use crate::workspace::{FileReport, Workspace};

pub use crate::text::plural;
pub use crate::text::style::{BOLD, DIM, GREEN, RED, RESET, YELLOW, cut};

/// Writes rows with columns under each other; the last column is as wide as it likes.
pub fn table(out: &mut dyn Write, indent: &str, rows: &[Vec<String>]) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |at: usize| rows.iter().filter_map(|it| it.get(at)).map(|it| it.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::from(indent);
        for (at, cell) in row.iter().enumerate() {
            line += &printable(cell);
            if at + 1 < row.len() {
                line += &" ".repeat(widths[at].saturating_sub(cell.width()) + 2);
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Writes what changes in a file as a unified diff that `git apply` reads.
pub fn patch(out: &mut dyn Write, path: &str, old: &str, new: &str) -> io::Result<()> {
    let diff = TextDiff::from_lines(old, new);
    let diff = diff.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string();
    for line in diff.split_terminator('\n') {
        let style = match line.as_bytes().first() {
            Some(b'+') => GREEN,
            Some(b'-') => RED,
            _ => anstyle::Style::new(),
        };
        writeln!(out, "{style}{line}{RESET}")?;
    }
    Ok(())
}

/// What became of one file, in one or more lines.
pub fn file_lines(workspace: &Workspace, report: &FileReport, done: bool) -> Vec<String> {
    let path = workspace.store.shown(&report.path);
    let mut res = Vec::new();
    let will = |past: &str, future: &str| if done { past.to_owned() } else { future.to_owned() };
    for it in &report.adopted {
        res.push(adopted_line(&path, it, done));
    }
    if let Some(first) = report.plan.conflicts.first() {
        let places: Vec<String> = report
            .plan
            .conflicts
            .iter()
            .map(|it| format!("{}-{}", it.first_line, it.last_line))
            .collect();
        res.push(format!(
            "{path}:{}: conflict markers around text of yours (lines {}); resolve them, then run `learn sync`",
            first.first_line,
            places.join(", ")
        ));
        return res;
    }
    if !report.changes() {
        return res;
    }
    let counts: Vec<String> = report
        .plan
        .behind
        .iter()
        .take(6)
        .map(|it| format!("{} {} → {}", it.id, it.file, it.journal))
        .collect();
    let more = report.plan.behind.len().saturating_sub(6);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let counts =
        if counts.is_empty() { String::new() } else { format!(": {}{more}", counts.join(", ")) };
    res.push(match (&report.old, report.plan.state) {
        (None, _) if report.plan.restored => format!(
            "{path}: was gone, {} with your text{counts}",
            will("restored", "would be restored")
        ),
        (None, _) => format!("{path}: {}{counts}", will("created", "would be created")),
        (_, State::Overwritten) => format!(
            "{path}: overwritten by an update; your text and counts {}{counts}",
            will("are back", "would come back")
        ),
        (_, State::Older) => {
            format!("{path}: {}{counts}", will("brought up to date", "is older than the journal"))
        }
        (_, _) => {
            format!("{path}: {}", will("brought up to date", "does not say what the journal says"))
        }
    });
    if report.plan.lost > 0 {
        res.push(format!(
            "  {} of the last synced text missing; if an update took them, `learn sync --restore {}` brings them back",
            if report.plan.lost == 1 { "1 line is".to_owned() } else { format!("{} lines are", report.plan.lost) },
            report.skill
        ));
    }
    for (id, text) in &report.plan.unread {
        res.push(format!(
            "{path}: the count of {id} could not be read and {} (`{}`)",
            will("was replaced", "would be replaced"),
            printable(text)
        ));
    }
    if let Some(backup) = &report.backup {
        res.push(format!("  the shipped file is kept as {}", workspace.store.shown(backup)));
    }
    res
}

fn adopted_line(path: &str, it: &ByHand, done: bool) -> String {
    let what = match it.kind {
        EntryKind::Pitfall => "seen",
        EntryKind::Pattern => "used",
    };
    let verb = if done { "taken over" } else { "would be taken over" };
    format!(
        "{path}: {} was counted by hand ({what} {}, the journal knew {}); {verb}",
        it.id, it.count, it.ever
    )
}
