//! SARIF 2.1.0, with fixes, fingerprints and suppressions. Columns count UTF-16 units.

use std::collections::HashMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::lint::{Diagnostic, FileReport, Level, Report, baseline, rules, shown_path};
use crate::text::{Span, line_col};

/// Writes the log.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    // A baseline does not count what is allowed.
    let (mut seen, mut allowed) = (HashMap::new(), HashMap::new());
    let mut results = Vec::new();
    for file in &report.files {
        for it in &file.diagnostics {
            let seen = if it.allowed.is_none() { &mut seen } else { &mut allowed };
            results.push(one(file, it, seen));
        }
    }
    let described: Vec<Value> = rules::RULES
        .iter()
        .map(|it| {
            let fix = rules::fix_of(it.name).map_or_else(String::new, |it| format!(" --fix: {it}"));
            let mut rule = json!({
                "id": it.name,
                "shortDescription": { "text": it.what },
                "fullDescription": { "text": it.why },
                "help": { "text": format!("{} {}{fix}", it.what, it.why) },
                "defaultConfiguration": { "level": word(it.level), "enabled": it.level != Level::Off },
            });
            if it.source.starts_with("https://") {
                rule["helpUri"] = json!(it.source);
            }
            rule
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "learn", "version": env!("CARGO_PKG_VERSION"), "rules": described } },
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    });
    writeln!(out, "{log}")
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info | Level::Off => "note",
    }
}

fn one(file: &FileReport, it: &Diagnostic, seen: &mut HashMap<String, usize>) -> Value {
    let uri = uri(&shown_path(&file.path));
    let message = match &it.help {
        Some(help) => format!("{}; {help}", it.message),
        None => it.message.clone(),
    };
    let mut res = json!({
        "ruleId": it.rule,
        "level": word(it.level),
        "message": { "text": message },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri },
                "region": region(&file.text, it.span),
            }
        }],
        "partialFingerprints": { "learn/v1": baseline::fingerprint(file, it, seen) },
    });
    if let Some(index) = rules::RULES.iter().position(|rule| rule.name == it.rule) {
        res["ruleIndex"] = json!(index);
    }
    if !it.fix.is_empty() {
        let replacements: Vec<Value> = it
            .fix
            .iter()
            .map(|edit| {
                json!({
                    "deletedRegion": region(&file.text, edit.span),
                    "insertedContent": { "text": edit.text },
                })
            })
            .collect();
        res["fixes"] = json!([{
            "description": { "text": it.help.as_deref().unwrap_or("fix") },
            "artifactChanges": [{ "artifactLocation": { "uri": uri }, "replacements": replacements }],
        }]);
    }
    if let Some(reason) = &it.allowed {
        res["suppressions"] = json!([{ "kind": "inSource", "justification": reason }]);
    }
    res
}

fn region(text: &str, span: Span) -> Value {
    json!({
        "startLine": line_col(text, span.start).line,
        "startColumn": column(text, span.start),
        "endLine": line_col(text, span.end).line,
        "endColumn": column(text, span.end),
    })
}

/// Returns the column of a byte in UTF-16 units, from 1.
fn column(text: &str, at: usize) -> usize {
    let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
    text[start..at].encode_utf16().count() + 1
}

/// Escapes what a URI cannot hold.
fn uri(path: &str) -> String {
    let mut res = String::new();
    for it in path.bytes() {
        if it.is_ascii_alphanumeric() || b"-._~/".contains(&it) {
            res.push(char::from(it));
        } else {
            res += &format!("%{it:02X}");
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_utf16_units() {
        assert_eq!(column("a\n👍b", 6), 3);
        assert_eq!(uri("a b/ü.md"), "a%20b/%C3%BC.md");
    }
}
