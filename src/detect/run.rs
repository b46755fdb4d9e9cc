//! Answers of `gh run view ID --json databaseId,status,conclusion,createdAt,startedAt,updatedAt,headSha,event,jobs,url`.

use serde_json::Value;

use crate::clean::inert;
use crate::detect::state::scalar;
use crate::detect::{Quote, Source};
use crate::event::{Outcome, Timestamp};

/// A run of a pipeline.
#[derive(Clone, Debug)]
pub struct Run {
    pub id: String,
    /// Of the deployment: how often it was tried does not make it more than one.
    pub outcome: Outcome,
    pub sha: Option<String>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    /// Name of the first job that failed.
    pub failed_job: Option<String>,
    pub quote: Quote,
}

/// Reads a run, or a list of runs; nothing from other JSON.
pub fn runs(source: &Source) -> Vec<Run> {
    let Ok(value) = serde_json::from_str::<Value>(&source.text) else { return Vec::new() };
    let all = match &value {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    all.into_iter().filter_map(|it| run(it, source)).collect()
}

fn run(value: &Value, source: &Source) -> Option<Run> {
    let id = value.get("databaseId").and_then(scalar)?;
    let conclusion = value.get("conclusion")?.as_str().unwrap_or_default().to_lowercase();
    let time = |key: &str| Timestamp::parse(value.get(key)?.as_str()?);
    let outcome = match conclusion.as_str() {
        "success" => Outcome::Succeeded,
        "failure" | "timed_out" => Outcome::Failed,
        // Cancelled, skipped, neutral, stale: nobody knows what reached production.
        _ => Outcome::Unknown,
    };
    let failed = |it: &&Value| {
        it["conclusion"].as_str().is_some_and(|it| it == "failure" || it == "timed_out")
    };
    let job = value["jobs"].as_array().and_then(|it| it.iter().find(failed));
    let place = source.text.find(&id).unwrap_or(0);
    let mut quote = Quote::new(source, place);
    quote.text = inert(&format!("run {id}: conclusion {conclusion}"), super::QUOTE);
    Some(Run {
        id: super::name(&id),
        outcome,

        sha: value["headSha"].as_str().and_then(super::report::commit),
        started: time("startedAt").or_else(|| time("createdAt")),
        finished: time("updatedAt"),
        failed_job: job.and_then(|it| it["name"].as_str()).map(str::to_owned),
        quote,
    })
}
