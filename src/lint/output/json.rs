//! One JSON object: `{"diagnostics": […], "summary": {…}}`.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::lint::{Diagnostic, FileReport, Level, Report, shown_path};
use crate::text::{Edit, LineCol, line_col};

/// Writes the object, with what else there is to say, and a line ending.
pub fn write(out: &mut dyn Write, report: &Report, mut more: Map<String, Value>) -> io::Result<()> {
    let mut all = Vec::new();
    for file in &report.files {
        all.extend(
            file.diagnostics.iter().filter(|it| it.allowed.is_none()).map(|it| one(file, it)),
        );
    }
    let counts = report.counts();
    let allowed = report.files.iter().flat_map(|it| &it.diagnostics);
    let summary = json!({
        "errors": counts[Level::Error as usize],
        "warnings": counts[Level::Warning as usize],
        "info": counts[Level::Info as usize],
        "suppressed": allowed.filter(|it| it.allowed.is_some()).count(),
        "skills": report.skills,
        "files": report.read,
    });
    more.insert("diagnostics".to_owned(), all.into());
    more.insert("summary".to_owned(), summary);
    writeln!(out, "{}", Value::Object(more))
}

fn one(file: &FileReport, it: &Diagnostic) -> Value {
    let mut res = json!({
        "rule": it.rule,
        "severity": it.level.word(),
        "message": it.message,
        "path": shown_path(&file.path),
        "start": place(line_col(&file.text, it.span.start)),
        "end": place(line_col(&file.text, it.span.end)),
    });
    if let Some(help) = &it.help {
        res["help"] = json!(help);
    }
    if !it.fix.is_empty() {
        res["fix"] = it.fix.iter().map(|edit| edit_of(file, edit)).collect();
    }
    res
}

fn edit_of(file: &FileReport, edit: &Edit) -> Value {
    json!({
        "start": place(line_col(&file.text, edit.span.start)),
        "end": place(line_col(&file.text, edit.span.end)),
        "text": edit.text,
    })
}

fn place(it: LineCol) -> Value {
    json!({ "line": it.line, "col": it.col })
}
