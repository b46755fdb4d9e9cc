//! `learn watch`: looks at addresses for a while and says whether the deployment is healthy. Passive: it
//! never rolls anything back.

use std::ops::RangeInclusive;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use regex::bytes::RegexBuilder;
use serde_json::json;

use crate::cli::deploy::skill_of;
use crate::cli::options::{NAME, Texts};
use crate::cli::{Ctx, Exit, SkillArg, commit, say};
use crate::deploy;
use crate::event::{By, Event, Kind, Timestamp, WatchVerdict};
use crate::metric::quantity::{self, Quantity};
use crate::probe::{Address, Expected};
use crate::watch::{Conclusion, Phase, Rules, Target, overall};
use crate::workspace::Workspace;

mod course;
mod live;

use course::{Course, Head};
use live::Live;

/// Longest watch, in milliseconds: a day.
const LONGEST_MS: u64 = 24 * 3_600_000;
/// Shortest interval between probes, in milliseconds.
const SHORTEST_MS: u64 = 10;

/// Watch a deployment and say whether it is healthy
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn watch https://shop.example.com/health --for 30m --version-match v1.4.0\n  learn watch https://shop.example.com/health --resume 7KQ2M9XA\n\nExit codes: 0 healthy, 1 unhealthy, 2 a usage or I/O error, 3 it cannot be told. It never rolls back."
)]
pub struct Watch {
    /// Addresses that tell whether production is healthy
    #[arg(value_name = "URL", required = true)]
    urls: Vec<String>,
    /// How long
    #[arg(long = "for", value_name = "DURATION", default_value = "30m")]
    length: String,
    /// Time from one probe to the next; a failing address is asked again after 10 s at most
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    interval: String,
    /// How long one probe may take
    #[arg(long, value_name = "DURATION", default_value = "10s")]
    timeout: String,
    /// Probes of the first time are kept and not judged
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    grace: String,
    /// So many failures in a row are unhealthy
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    fail_after: u64,
    /// So many good probes in a row are a recovery
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..))]
    recover_after: u64,
    /// A larger share of failures than this is unhealthy, in a row or not
    #[arg(long, value_name = "PERCENT", default_value = "5%")]
    max_fail: String,
    /// A slower answer is a failure
    #[arg(long, value_name = "DURATION")]
    max_latency: Option<String>,
    /// Good status codes: one or a range
    #[arg(long, value_name = "STATUS", default_value = "200-299")]
    expect: String,
    /// The answer must match
    #[arg(long = "match", value_name = "REGEX")]
    matches: Option<String>,
    /// The answer must not match
    #[arg(long, value_name = "REGEX")]
    reject: Option<String>,
    /// The answer must name this version; green but old is a failure
    #[arg(long, value_name = "VERSION")]
    version_match: Option<String>,
    /// The version that was deployed [default: that of `--version-match`]
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// The feature that was deployed
    #[arg(long, value_name = "NAME")]
    feature: Option<String>,
    /// Stop as soon as an address is unhealthy
    #[arg(long)]
    stop_on_fail: bool,
    /// Go on with a watch that was stopped, by its rules; the end of its id will do
    #[arg(long, value_name = "ID")]
    resume: Option<String>,
    /// Watch addresses of this machine's link too
    #[arg(long)]
    allow_link_local: bool,
    /// Store neither probes nor the result
    #[arg(long, conflicts_with = "resume")]
    no_record: bool,
    /// Print one JSON object at the end
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    skill: SkillArg,
}

impl Watch {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = if self.no_record { None } else { Some(ctx.open()?) };
        if let Some(workspace) = &workspace {
            skill_of(workspace, self.skill.skill.as_deref(), None)
                .context("`--no-record` watches without a skill")?;
        }
        let mut course = self.course(ctx, workspace.as_ref())?;
        let stop = stop_signal();
        let stopped = self.watch(ctx, &mut course, &stop)?;
        let now_ms = course.now_ms();
        let conclude = |it: &Target| it.conclude(&course.rules, now_ms, stopped);
        let conclusions: Vec<Conclusion> = course.targets.iter().map(conclude).collect();
        let verdict = overall(conclusions.iter().map(|it| it.verdict));
        self.print(ctx, &course, &conclusions, verdict)?;
        if let Some(workspace) = &workspace {
            self.record(ctx, workspace, &course, &conclusions)?;
        }
        Ok(match verdict {
            WatchVerdict::Healthy => Exit::Clean,
            WatchVerdict::Unhealthy => Exit::Findings,
            _ => Exit::Inconclusive,
        })
    }

    fn course(&self, ctx: &Ctx<'_>, workspace: Option<&Workspace>) -> Result<Course> {
        let address = |it: &String| {
            // The address itself may hold a password, so the message leaves it out.
            let number = self.urls.iter().position(|url| url == it).unwrap_or(0) + 1;
            Address::parse(it, self.allow_link_local)
                .map_err(|why| anyhow::anyhow!("URL {number} {why}"))
        };
        let addresses = self.urls.iter().map(address).collect::<Result<Vec<_>>>()?;
        let wall = ctx.world.clock;
        let mut res = Course {
            id: ctx.clock.id()?,
            rules: self.rules()?,
            expected: self.expected()?,
            targets: vec![Target::default(); addresses.len()],
            addresses,
            started_ms: ctx.world.millis,
            base_ms: 0,
            begin: Instant::now(),
            begin_wall: ctx.world.millis,
            wall,
            resumed: 0,
            log: None,
        };
        let Some(workspace) = workspace else { return Ok(res) };
        match &self.resume {
            Some(id) => res.resume(workspace, id)?,
            None => {
                let head = Head {
                    schema: "learn.watch/1".to_owned(),
                    id: res.id,
                    started_ms: res.started_ms,
                    targets: res.addresses.iter().map(|it| it.shown.clone()).collect(),
                    rules: res.rules.clone(),
                };
                let mut log = workspace.store.probe_log(&res.id.to_string())?;
                log.add(&serde_json::to_string(&head)?)?;
                res.log = Some(log);
            }
        }
        Ok(res)
    }

    fn rules(&self) -> Result<Rules> {
        let max_fail_percent = match quantity::parse(&self.max_fail) {
            Ok(Quantity::Share(it)) if it.as_f64() <= 1.0 => it.as_f64() * 100.0,
            _ => bail!("--max-fail: `{}` is no share: write 5%", self.max_fail),
        };
        let res = Rules {
            length_ms: duration("--for", &self.length)?,
            interval_ms: duration("--interval", &self.interval)?,
            timeout_ms: duration("--timeout", &self.timeout)?,
            grace_ms: duration("--grace", &self.grace)?,
            fail_after: self.fail_after,
            recover_after: self.recover_after,
            max_fail_percent,
        };
        if res.interval_ms < SHORTEST_MS || res.timeout_ms < SHORTEST_MS {
            bail!("--interval and --timeout: at least {SHORTEST_MS} ms");
        }
        if res.grace_ms >= res.length_ms {
            let (grace, length) = (&self.grace, &self.length);
            bail!("--grace ({grace}) leaves nothing of --for ({length}) to be judged: shorten it");
        }
        Ok(res)
    }

    fn expected(&self) -> Result<Expected> {
        let regex = |option: &str, text: &Option<String>| {
            // `\w` and its like are ASCII: an answer of any encoding is searched as bytes.
            let build = |it: &str| RegexBuilder::new(it).unicode(false).build();
            let regex = text.as_deref().map(build).transpose();
            regex.with_context(|| format!("{option} is no regular expression"))
        };
        let latency = self.max_latency.as_deref().map(|it| duration("--max-latency", it));
        Ok(Expected {
            status: statuses(&self.expect)?,
            timeout: Duration::from_millis(duration("--timeout", &self.timeout)?),
            matches: regex("--match", &self.matches)?,
            rejects: regex("--reject", &self.reject)?,
            version: self.version_match.clone().filter(|it| !it.is_empty()),
            max_latency: latency.transpose()?.map(Duration::from_millis),
        })
    }

    /// Looks until the time is over; true when somebody stopped it before.
    fn watch(&self, ctx: &mut Ctx<'_>, course: &mut Course, stop: &Receiver<()>) -> Result<bool> {
        let mut due = vec![course.base_ms; course.targets.len()];
        let mut live = Live { on: (ctx.world.is_terminal)() && !self.json, width: 0 };
        loop {
            let now_ms = course.now_ms();
            if now_ms >= course.end_ms() {
                live.clear(ctx);
                return Ok(false);
            }
            if stop.try_recv().is_ok() {
                live.clear(ctx);
                return Ok(true);
            }
            let own: Vec<usize> = (0..due.len()).filter(|it| due[*it] <= now_ms).collect();
            if own.is_empty() {
                let next = due.iter().copied().min().unwrap_or(now_ms).min(course.end_ms());
                let pause = Duration::from_millis((next - now_ms).clamp(1, 1000));
                // Without a handler nobody sends: then the pause is only a pause.
                match stop.recv_timeout(pause) {
                    Ok(()) => {
                        live.clear(ctx);
                        return Ok(true);
                    }
                    Err(RecvTimeoutError::Disconnected) => std::thread::sleep(pause),
                    Err(RecvTimeoutError::Timeout) => {}
                }
                live.show(ctx, course);
                continue;
            }
            for (target, probe) in course.look(&own) {
                let before = course.targets[target].phase;
                course.targets[target].add(&course.rules, &probe);
                // Late probes do not add up, and those missed are not made up for.
                let pause = course.rules.pause_ms(&course.targets[target]);
                due[target] = (due[target] + pause).max(probe.at_ms);
                course.keep(ctx, target, probe);
                let after = course.targets[target].phase;
                if before != after && !self.json {
                    live.clear(ctx);
                    say_phase(ctx, course, target, after)?;
                }
            }
            live.show(ctx, course);
            if self.stop_on_fail && course.targets.iter().any(Target::was_unhealthy) {
                live.clear(ctx);
                return Ok(true);
            }
        }
    }

    fn print(
        &self,
        ctx: &mut Ctx<'_>,
        course: &Course,
        conclusions: &[Conclusion],
        verdict: WatchVerdict,
    ) -> Result<()> {
        if self.json {
            let pairs = course.addresses.iter().zip(conclusions);
            let targets: Vec<serde_json::Value> = pairs
                .map(|(address, it)| {
                    let mut value = json!(it);
                    value["url"] = json!(address.shown);
                    value
                })
                .collect();
            let value = json!({
                "schema": "learn.watch/1",
                "id": course.id,
                "verdict": verdict.word(),
                "started": Timestamp((course.started_ms / 1000) as i64),
                "requested_s": course.rules.length_ms / 1000,
                "rules": course.rules,
                "targets": targets,
            });
            writeln!(ctx.out, "{value}")?;
            return Ok(());
        }
        for (address, it) in course.addresses.iter().zip(conclusions) {
            let style = match it.verdict {
                WatchVerdict::Healthy => say::GREEN,
                WatchVerdict::Unhealthy => say::RED,
                _ => say::YELLOW,
            };
            let word = it.verdict.word();
            writeln!(ctx.out, "{style}{word}{} {}: {}", say::RESET, address.shown, it.reason)?;
            let times = match (it.p50_ms, it.p95_ms, it.max_ms) {
                (Some(p50), Some(p95), Some(max)) => {
                    format!(", half within {p50} ms, 95 % within {p95} ms, the slowest {max} ms")
                }
                (Some(p50), None, Some(max)) => {
                    format!(", half within {p50} ms, the slowest {max} ms")
                }
                _ => String::new(),
            };
            writeln!(
                ctx.out,
                "  watched {} s of {} s{times}",
                it.observed_s,
                course.rules.length_ms / 1000
            )?;
        }
        match verdict {
            WatchVerdict::Unhealthy => writeln!(
                ctx.out,
                "if users are hurt: roll back by the written plan, then `learn record rollback --detected-by watch`"
            )?,
            WatchVerdict::Inconclusive if course.log.is_some() => writeln!(
                ctx.out,
                "it cannot be told; `learn watch URL --resume {}` goes on with a watch that was stopped",
                course.id.short()
            )?,
            _ => {}
        }
        Ok(())
    }

    /// Stores one event for each address; the watch itself is over, so trouble is a warning.
    fn record(
        &self,
        ctx: &mut Ctx<'_>,
        workspace: &Workspace,
        course: &Course,
        conclusions: &[Conclusion],
    ) -> Result<()> {
        let folder = skill_of(workspace, self.skill.skill.as_deref(), None)?;
        let mut fold = workspace.store.fold()?;
        let mut text = Texts::default();
        let version = self.version.as_ref().or(self.version_match.as_ref());
        let version = version.and_then(|it| text.add("version", it, NAME));
        let feature = self.feature.as_ref().and_then(|it| text.add("feature", it, NAME));
        let all = fold.skill(&folder.key).deployments();
        let deployed = all
            .into_iter()
            .rev()
            .find(|it| version.is_some() && it.version == version && it.env == deploy::PRODUCTION);
        let ended = Timestamp(((course.started_ms + course.now_ms()) / 1000) as i64);
        for (number, it) in conclusions.iter().enumerate() {
            let id = ctx.clock.id()?;
            let mut event = Event::new(id, ended, folder.key.clone(), Kind::Watch);
            event.target = Some(course.addresses[number].shown.clone().into());
            event.verdict = Some(it.verdict);
            event.planned = Some(it.planned);
            event.ok = Some(it.ok);
            event.failed = Some(it.failed);
            event.errors = Some(it.errors);
            event.p50_ms = it.p50_ms;
            event.p95_ms = it.p95_ms;
            event.max_ms = it.max_ms;
            event.first5m_p95_ms = it.first5m_p95_ms;
            event.observed_s = Some(it.observed_s);
            event.of = deployed.as_ref().and_then(|it| it.ids.first().copied());
            event.version = version.clone().map(Into::into);
            event.feature = feature.clone().map(Into::into);
            event.by = Some(By::Watch);
            event.note = text.add("reason", &it.reason, NAME * 3).map(Into::into);
            // A watch that was stopped and resumed ends twice; both ends are facts.
            let key = format!("watch:{}:{}:{number}", course.id, course.resumed);
            event.key = Some(key.into());
            let done = commit::commit(ctx, workspace, &mut fold, &mut event, folder)?;
            done.warn(ctx);
        }
        for remark in text.remarks {
            ctx.warn(&remark);
        }
        Ok(())
    }
}

fn say_phase(ctx: &mut Ctx<'_>, course: &Course, target: usize, phase: Phase) -> Result<()> {
    let seconds = course.now_ms() / 1000;
    let it = &course.targets[target];
    let detail = match phase {
        Phase::Suspect | Phase::Unhealthy => it.last_detail.clone().unwrap_or_default(),
        _ => String::new(),
    };
    let detail = if detail.is_empty() { detail } else { format!(": {detail}") };
    let shown = &course.addresses[target].shown;
    writeln!(ctx.out, "{seconds:>5} s  {shown} is {}{detail}", phase.word())?;
    ctx.out.flush()?;
    Ok(())
}

/// Returns what hears that somebody wants the watch to end; without a handler nothing is heard.
fn stop_signal() -> Receiver<()> {
    let (sender, receiver) = mpsc::channel();
    // A second watch of one process, as in tests, goes without.
    let heard = move || sender.send(()).unwrap_or_default();
    ctrlc::set_handler(heard).unwrap_or_default();
    receiver
}

/// Reads a duration in milliseconds.
fn duration(option: &str, text: &str) -> Result<u64> {
    match quantity::parse(text) {
        Ok(Quantity::Duration(ms)) if ms <= LONGEST_MS => Ok(ms),
        Ok(Quantity::Duration(_)) => bail!("{option}: `{text}` is longer than a day"),
        _ => bail!("{option}: `{text}` is no time: write 30m or 10s"),
    }
}

fn statuses(text: &str) -> Result<RangeInclusive<u16>> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    match (from.trim().parse(), to.trim().parse()) {
        (Ok(from), Ok(to)) if (100..=599).contains(&from) && (from..=599).contains(&to) => {
            Ok(from..=to)
        }
        _ => bail!("--expect: `{text}` is no status: write 200 or 200-299"),
    }
}
