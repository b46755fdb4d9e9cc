//! State files (`workflow-state.yaml`, `state.yaml`, `workflow-state.json`): ten layouts in the wild,
//! so values are looked for under the names that were seen, and what is elsewhere is not known.

use serde_json::Value;

use crate::detect::report::{self, is_open};
use crate::detect::{QUOTES, Quote, Source};
use crate::event::Timestamp;

/// Deepest nesting that is read; the parser takes time by the square of it.
const DEPTH: usize = 64;
const PRODUCTION: [&str; 3] = ["production", "prod", "direct-prod"];

/// A state file, read.
#[derive(Debug)]
pub struct State<'a> {
    pub source: &'a Source,
    value: Value,
}

impl<'a> State<'a> {
    /// Reads a state file; `None` for other files and for what is no YAML or JSON.
    pub fn new(source: &'a Source) -> Option<Self> {
        let name = source.path.rsplit('/').next()?;
        let known = ["workflow-state.yaml", "workflow-state.yml", "state.yaml", "state.yml"];
        let is_json = ["workflow-state.json", "state.json", "deployment-metadata.json"];
        let value = if known.contains(&name) && is_shallow(&source.text) {
            serde_yaml::from_str(&source.text).ok()?
        } else if is_json.contains(&name) {
            serde_json::from_str(&source.text).ok()?
        } else {
            return None;
        };
        Some(Self { source, value })
    }

    /// Returns what the state says under the first of the paths that is there.
    pub fn get(&self, paths: &[&[&str]]) -> Option<(&Value, Quote)> {
        let found = paths.iter().find_map(|path| {
            let value = path.iter().try_fold(&self.value, |it, key| it.get(key))?;
            (!value.is_null()).then_some((value, *path))
        })?;
        Some((found.0, Quote::new(self.source, self.place(found.1))))
    }

    /// Returns a value of the production deployment under one of the names.
    pub fn production(&self, names: &[&str]) -> Option<(&Value, Quote)> {
        for parent in ["deployment", "deployment_state", "deployments"] {
            for env in PRODUCTION {
                for name in names {
                    if let Some(it) = self.get(&[&[parent, env, name]]) {
                        return Some(it);
                    }
                }
            }
        }
        let own = PRODUCTION.iter().flat_map(|env| names.iter().map(move |it| [*env, *it]));
        own.into_iter().find_map(|it| self.get(&[&it]))
    }

    /// Returns a filled text of the production deployment.
    pub fn text(&self, names: &[&str]) -> Option<(String, Quote)> {
        let (value, quote) = self.production(names)?;
        let text = scalar(value)?;
        (!is_open(&text)).then_some((text, quote))
    }

    /// Returns when production was deployed.
    pub fn time(&self) -> Option<Timestamp> {
        let names = ["deployed_at", "timestamp", "completed_at", "date"];
        names.iter().find_map(|it| report::time(&self.text(&[it])?.0))
    }

    /// Returns the phases that failed, and where they are listed.
    pub fn failed_phases(&self) -> Vec<(String, Quote)> {
        let paths: [&[&str]; 4] = [
            &["workflow", "failed_phases"],
            &["failed_phases"],
            &["workflow", "phases_failed"],
            &["phases_failed"],
        ];
        let Some((value, quote)) = self.get(&paths) else { return Vec::new() };
        let names = value.as_array().into_iter().flatten().filter_map(scalar);
        names.take(QUOTES).map(|it| (it, quote.clone())).collect()
    }

    /// Returns the gates that were refused.
    pub fn refused_gates(&self) -> Vec<(String, Quote)> {
        let mut res = Vec::new();
        let parents: [&[&str]; 4] = [
            &["quality_gates"],
            &["manual_gates"],
            &["workflow", "quality_gates"],
            &["workflow", "manual_gates"],
        ];
        for parent in parents {
            let Some((Value::Object(gates), _)) = self.get(&[parent]) else { continue };
            for (name, gate) in gates {
                let verdict = gate.get("passed").or_else(|| gate.get("approved")).unwrap_or(gate);
                let status = gate.get("status").and_then(Value::as_str).unwrap_or_default();
                if res.len() < QUOTES
                    && (*verdict == Value::Bool(false) || ["failed", "rejected"].contains(&status))
                {
                    let path: Vec<&str> = parent.iter().copied().chain([name.as_str()]).collect();
                    res.push((name.clone(), Quote::new(self.source, self.place(&path))));
                }
            }
        }
        res
    }

    /// Returns the byte where the last key of a path stands, going down key by key.
    fn place(&self, path: &[&str]) -> usize {
        let text = &self.source.text;
        let mut at = 0;
        for key in path.iter().filter(|it| !it.is_empty()) {
            let mut from = at;
            let found = loop {
                let Some(offset) = text[from..].find(key) else { break None };
                let start = from + offset;
                let before = text[..start].trim_end_matches(['"', '\'']);
                let after = text[start + key.len()..].trim_start_matches(['"', '\'']);
                let opens = before.is_empty() || before.ends_with([' ', '\t', '\n', '{', ',']);
                if opens && after.trim_start().starts_with(':') {
                    break Some(start);
                }
                from = start + key.len();
            };
            at = found.unwrap_or(at);
        }
        at
    }
}

/// Returns a single value as text.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(it) => Some(it.trim().to_owned()),
        Value::Number(it) => Some(it.to_string()),
        Value::Bool(it) => Some(it.to_string()),
        _ => None,
    }
}

/// Returns a yes or a no, however it is written.
pub fn yes(value: &Value) -> Option<bool> {
    match scalar(value)?.to_lowercase().as_str() {
        "true" | "yes" => Some(true),
        "false" | "no" => Some(false),
        _ => None,
    }
}

fn is_shallow(text: &str) -> bool {
    let mut depth = 0_usize;
    text.bytes().all(|it| {
        match it {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth <= DEPTH
    })
}
