//! Runs of GitHub Actions, as `gh run list --json …` and `gh run view --json …` print them.
//!
//! Fields: <https://cli.github.com/manual/gh_run_list>, <https://cli.github.com/manual/gh_run_view>.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;

use super::{
    Found, Import, JsonValue, Options, Refused, Times, deployment, is_version, json_values,
};
use crate::deploy::{PRODUCTION, commit_name};
use crate::event::{By, DurationFrom, Outcome, Timestamp};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    database_id: u64,
    attempt: Option<u64>,
    /// Empty while it runs.
    #[serde(borrow)]
    conclusion: Option<Cow<'a, str>>,
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow)]
    workflow_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    head_branch: Option<Cow<'a, str>>,
    #[serde(borrow)]
    head_sha: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "super::time")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "super::time")]
    started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "super::time")]
    updated_at: Option<Timestamp>,
    #[serde(borrow, default)]
    jobs: Vec<Job<'a>>,
}

#[derive(Deserialize)]
struct Job<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    conclusion: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    steps: Vec<Step<'a>>,
}

#[derive(Deserialize)]
struct Step<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    conclusion: Option<Cow<'a, str>>,
}

/// Returns the deployment that each finished run is.
///
/// # Errors
/// What is wrong first: no JSON, a field missing, runs of several workflows and none was chosen.
pub fn read(text: &str, options: &Options) -> Result<Import, Refused> {
    let mut runs = Vec::new();
    for value in json_values(text)? {
        runs.push((value, value.typed::<Run<'_>>()?));
    }
    check_workflows(&runs, &options.workflows)?;
    let mut res = Import::default();
    for (value, run) in runs {
        let chosen = &options.workflows;
        let is_chosen =
            run.workflow_name.as_deref().is_some_and(|it| chosen.iter().any(|w| w == it));
        let why = match () {
            () if !chosen.is_empty() && !is_chosen => "of another workflow",
            () if !is_finished(&run, value)? => "not finished",
            () => {
                res.found.push(found(&run, value, options)?);
                continue;
            }
        };
        *res.left_out.entry(why.to_owned()).or_default() += 1;
    }
    Ok(res)
}

/// Tests are no deployments: where there are several workflows, somebody has to say which one deploys.
fn check_workflows(runs: &[(JsonValue<'_>, Run<'_>)], chosen: &[String]) -> Result<(), Refused> {
    let names: BTreeSet<&str> =
        runs.iter().filter_map(|it| it.1.workflow_name.as_deref()).collect();
    let listed = || names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    if let Some(unknown) = chosen.iter().find(|it| !names.contains(it.as_str())) {
        let there = if names.is_empty() {
            "the runs do not name theirs: add `workflowName` to `--json`".to_owned()
        } else {
            format!("there are {}", listed())
        };
        return Err(Refused::new(0, format!("no run is of the workflow `{unknown}`; {there}")));
    }
    if chosen.is_empty() && names.len() > 1 {
        let first = runs.first().and_then(|it| it.1.workflow_name.as_deref());
        let other = runs.iter().find(|it| it.1.workflow_name.as_deref() != first);
        return Err(Refused::new(
            other.map_or(0, |it| it.0.offset),
            format!(
                "runs of several workflows: {}; name the one that deploys with `--workflow`",
                listed()
            ),
        ));
    }
    Ok(())
}

/// A run that is not finished is left for a later import: what is imported once stays as it is.
fn is_finished(run: &Run<'_>, value: JsonValue<'_>) -> Result<bool, Refused> {
    if run.status.as_deref().is_some_and(|it| it != "completed") {
        return Ok(false);
    }
    match run.conclusion.as_deref() {
        Some(it) => Ok(!it.is_empty()),
        None if run.status.is_some() => Ok(false),
        None => Err(Refused::new(value.offset, "the run has no `conclusion`: add it to `--json`")),
    }
}

fn found(run: &Run<'_>, value: JsonValue<'_>, options: &Options) -> Result<Found, Refused> {
    let started = run.started_at.or(run.created_at);
    let times = Times { at: None, started, finished: run.updated_at };
    let mut event = deployment(times, outcome(run), By::Ci, options).map_err(|it| {
        let more =
            if it.contains("no time") { ": add `startedAt,updatedAt` to `--json`" } else { "" };
        Refused::new(value.offset, format!("run {}: {it}{more}", run.database_id))
    })?;
    if event.started.is_some() && event.finished.is_some() {
        event.duration_from = Some(DurationFrom::Ci);
    }
    event.run = Some(run.database_id.to_string().into());
    event.sha = run.head_sha.as_deref().and_then(commit_name).map(Into::into);
    // The branch of a run that a tag started is the tag.
    let version = run.head_branch.as_deref().filter(|it| is_version(it));
    event.version = version.map(|it| it.to_owned().into());
    event.note = failed_step(run).map(Into::into);
    let env = options.env.as_deref().unwrap_or(PRODUCTION);
    let attempt = run.attempt.unwrap_or(1);
    event.key = Some(format!("run:{}/{attempt}:{env}", run.database_id).into());
    Ok(Found { offset: value.offset, event, rolled_back: None })
}

/// Conclusions: <https://docs.github.com/en/rest/checks/runs>. Cancelled, skipped, stale, neutral and
/// what waits for somebody tell nothing about the deployment.
fn outcome(run: &Run<'_>) -> Outcome {
    match run.conclusion.as_deref() {
        Some("success") => Outcome::Succeeded,
        Some("failure" | "timed_out") => Outcome::Failed,
        Some("startup_failure") => Outcome::Blocked,
        _ => Outcome::Unknown,
    }
}

/// Returns the first job that failed, and its step.
fn failed_step(run: &Run<'_>) -> Option<String> {
    let failed = |it: &Option<Cow<'_, str>>| matches!(it.as_deref(), Some("failure" | "timed_out"));
    let job = run.jobs.iter().find(|it| failed(&it.conclusion))?;
    let step = job.steps.iter().find(|it| failed(&it.conclusion));
    let step = step.map(|it| format!(", step {}", it.name)).unwrap_or_default();
    Some(format!("failed in job {}{step}", job.name))
}
