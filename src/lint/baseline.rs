//! Findings that were there before: known by rule, file and text, not by line.

use std::collections::{HashMap, HashSet};

use crate::event::digest;
use crate::lint::{Diagnostic, FileReport, Report, shown_path};
use crate::markdown::line_of;
use crate::text::floor_char_boundary;

/// Bytes of a line that make it known; more could be a whole file.
const LINE: usize = 256;

/// Returns what a finding is known by, 16 hexadecimal digits; `seen` tells equal ones of a file apart.
pub fn fingerprint(
    file: &FileReport,
    it: &Diagnostic,
    seen: &mut HashMap<String, usize>,
) -> String {
    let path = shown_path(&file.path);
    let path = path.strip_prefix("./").unwrap_or(&path);
    let line = line_of(&file.text, it.span.start).of(&file.text).trim();
    let marked = it.span.of(&file.text);
    let [line, marked] = [line, marked].map(|it| &it[..floor_char_boundary(it, LINE)]);
    let base = digest([it.rule, path, line, marked]);
    let count = seen.entry(base.clone()).or_default();
    *count += 1;
    digest([base, count.to_string()])
}

/// Returns the text of a baseline: one finding a line, fingerprint first.
pub fn text(report: &Report) -> String {
    let mut res = String::from(
        "# learn lint baseline 1: findings that are known; take a line out to see its finding again\n",
    );
    let mut seen = HashMap::new();
    for file in &report.files {
        for it in file.diagnostics.iter().filter(|it| it.allowed.is_none()) {
            let hash = fingerprint(file, it, &mut seen);
            res += &format!("{hash} {} {}\n", it.rule, shown_path(&file.path));
        }
    }
    res
}

/// Takes out the findings that a baseline knows; returns how many of its findings are gone.
///
/// # Errors
/// Names the first line that is none of a baseline.
pub fn apply(report: &mut Report, baseline: &str) -> Result<usize, String> {
    let mut known: HashSet<&str> = HashSet::new();
    for (number, line) in baseline.lines().enumerate() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let hash = line.split(' ').next().unwrap_or("");
        if hash.len() != 16 || !hash.bytes().all(|it| it.is_ascii_hexdigit()) {
            return Err(format!("line {}: `{hash}` is no fingerprint", number + 1));
        }
        known.insert(hash);
    }
    let mut seen = HashMap::new();
    for file in &mut report.files {
        let mut is_new = Vec::new();
        for it in &file.diagnostics {
            let hash = it.allowed.is_none().then(|| fingerprint(file, it, &mut seen));
            is_new.push(hash.is_none_or(|it| !known.remove(it.as_str())));
        }
        let mut is_new = is_new.into_iter();
        file.diagnostics.retain(|_| is_new.next().unwrap_or(true));
    }
    report.files.retain(|it| !it.diagnostics.is_empty());
    Ok(known.len())
}
