//! `learn doctor`: what is wrong with the set-up, and the command that mends each.

use std::path::Path;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cli::hooks::inspect;
use crate::cli::{Ctx, Exit, say};
use crate::journal::Damage;
use crate::store::{git, pack, read_text};
use crate::sync;
use crate::workspace::Workspace;
use crate::workspace::package;

/// Check the store, git, the files and this program
#[derive(Debug, Args)]
#[command(after_help = "Exits with 1 when something is wrong.\n\nExample:\n  learn doctor")]
pub struct Doctor {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// One thing that was looked at.
struct Check {
    name: &'static str,
    what: String,
    /// What to do, where something is wrong.
    mend: Option<String>,
}

fn good(name: &'static str, what: impl Into<String>) -> Check {
    Check { name, what: what.into(), mend: None }
}

fn bad(name: &'static str, what: impl Into<String>, mend: impl Into<String>) -> Check {
    Check { name, what: what.into(), mend: Some(mend.into()) }
}

impl Doctor {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let mut checks = Vec::new();
        store(&workspace, &mut checks)?;
        ignored(&workspace, &mut checks);
        binary(ctx, &mut checks);
        files(&workspace, &mut checks)?;
        hooks(ctx, &workspace, &mut checks)?;
        let wrong = checks.iter().filter(|it| it.mend.is_some()).count();
        if self.json {
            let list: Vec<_> = checks
                .iter()
                .map(|it| json!({ "check": it.name, "ok": it.mend.is_none(), "what": it.what, "mend": it.mend }))
                .collect();
            writeln!(ctx.out, "{}", json!({ "ok": wrong == 0, "checks": list }))?;
        } else {
            for it in &checks {
                let (style, mark) =
                    if it.mend.is_none() { (say::GREEN, "ok  ") } else { (say::RED, "BAD ") };
                writeln!(
                    ctx.out,
                    "{style}{mark}{} {}: {}",
                    say::RESET,
                    it.name,
                    crate::clean::printable(&it.what)
                )?;
                if let Some(mend) = &it.mend {
                    writeln!(ctx.out, "       → {mend}")?;
                }
            }
            if wrong > 0 {
                writeln!(ctx.out, "{} to mend", say::plural(wrong, "thing"))?;
            }
        }
        Ok(if wrong == 0 { Exit::Clean } else { Exit::Findings })
    }
}

/// The hooks of an agent, and what they could not do: nobody sees what a hook prints.
fn hooks(ctx: &Ctx<'_>, workspace: &Workspace, checks: &mut Vec<Check>) -> Result<()> {
    let state = inspect(ctx, workspace)?;
    for problem in &state.problems {
        checks.push(bad("hooks", problem, "learn hooks check"));
    }
    if state.problems.is_empty() {
        let count: usize = state.files.iter().map(|it| it.1).sum();
        let what = match (&*state.plugins, count) {
            ([], 0) => "none registered; `learn hooks install` lets an agent tell by itself".into(),
            ([], count) => format!("{} registered", say::plural(count, "handler")),
            (plugins, _) => format!("by the plugin {}", plugins.join(", ")),
        };
        checks.push(good("hooks", what));
    }
    let log = workspace.store.trouble_log();
    if let Some(last) = log.lines().last() {
        let count = say::plural(log.lines().count(), "time");
        let what = format!("a hook could not do its work {count}; the last: {last}");
        checks.push(bad("hooks", what, "mend the cause, then delete .learn/local/log"));
    }
    Ok(())
}

fn store(workspace: &Workspace, checks: &mut Vec<Check>) -> Result<()> {
    let store = &workspace.store;
    if !store.exists() {
        checks.push(bad(
            "store",
            format!("`{}` has no `.learn/` yet", store.root.display()),
            "learn init",
        ));
        return Ok(());
    }
    let (_, problems, len) = store.fold_anew()?;
    let sources = store.sources()?;
    let packs = sources.iter().filter(|it| it.starts_with("packs/")).count();
    let loose = sources.len() - packs;
    let what = format!(
        "{} ({} and {})",
        say::plural(len, "event"),
        say::plural(loose, "loose file"),
        say::plural(packs, "pack")
    );
    checks.push(good("store", what));
    for it in &problems {
        let place = if it.line > 0 && it.file.ends_with(".jsonl") {
            format!(".learn/{}:{}", it.file, it.line)
        } else {
            format!(".learn/{}", it.file)
        };
        let from_git =
            format!("git checkout -- .learn/{}   # or take the file from another clone", it.file);
        checks.push(match &it.what {
            Damage::Unreadable(why) => bad("store", format!("{place}: cannot be read, it does not count: {why}"), from_git),
            Damage::Checksum => bad("store", format!("{place}: does not fit its checksum"), from_git),
            Damage::NoChecksum => bad("store", format!("{place}: has no checksum: damaged, or written by another program"), from_git),
            Damage::Misnamed(id) => bad("store", format!("{place}: holds the event {id}"), from_git),
            Damage::Conflict(id) => bad("store", format!("{place}: another text has the same id {id}; one of them counts"), from_git),
            Damage::Foreign { version, known_kind } => {
                let kind = if *known_kind { "" } else { ", of a kind this program does not know" };
                bad("store", format!("{place}: written by a newer program (format {version}{kind}); read as far as it is understood"), "install a newer `learn`")
            }
        });
    }
    for pack in pack::misnamed(store)? {
        let mend = format!("git checkout -- .learn/{pack}   # or take the file from another clone");
        checks.push(bad(
            "store",
            format!(".learn/{pack}: its content is not what its name says"),
            mend,
        ));
    }
    Ok(())
}

fn ignored(workspace: &Workspace, checks: &mut Vec<Check>) {
    let store = &workspace.store;
    if git::git_dir(&store.root).is_none() {
        checks.push(good("git", "no git repository: the journal lives on this machine only"));
        return;
    }
    let files: Vec<String> = workspace
        .skills
        .iter()
        .flat_map(|it| workspace.files(it))
        .map(|it| store.shown(&it))
        .collect();
    let mut paths = vec![".learn/events/x.json", ".learn/packs/x.jsonl"];
    paths.extend(files.iter().map(String::as_str));
    let ignored = git::ignored(&store.root, &paths);
    if ignored.is_empty() {
        checks.push(good("git", "the journal and learnings.md are not ignored"));
    }
    for git::Ignored { path, .. } in ignored {
        checks.push(if path.starts_with(".learn/") {
            let why = format!("git ignores {path}, so the journal stays on this machine");
            bad("git", why, "git check-ignore -v .learn/events/x.json   # names the line to remove; fine if you chose `init --private`")
        } else {
            bad("git", format!("git ignores {path}"), format!("git check-ignore -v {path}   # names the line to remove"))
        });
    }
}

fn binary(ctx: &Ctx<'_>, checks: &mut Vec<Check>) {
    let real = |it: &Path| it.canonicalize().ok();
    checks.push(match (ctx.on_path(), &(ctx.world.exe)()) {
        (None, _) => bad(
            "program",
            "`learn` is not on PATH, so agent hooks cannot call it",
            "cargo install --path .   # and put ~/.cargo/bin on PATH",
        ),
        (Some(found), Some(exe)) if real(&found) != real(exe) => bad(
            "program",
            format!("`learn` on PATH is {}, this one is {}", found.display(), exe.display()),
            "put the one you want first on PATH",
        ),
        (Some(found), _) => {
            good("program", format!("{} {}", found.display(), env!("CARGO_PKG_VERSION")))
        }
    });
}

fn files(workspace: &Workspace, checks: &mut Vec<Check>) -> Result<()> {
    let mut fold = workspace.store.fold_fresh()?;
    let mut current = 0;
    for skill in &workspace.skills {
        if let Err(err) = skill.doc() {
            checks.push(bad("file", format!("{err:#}"), "mend the file; its package owns it"));
            continue;
        }
        for path in workspace.files(skill) {
            let shown = workspace.store.shown(&path);
            let tally = fold.skill(&skill.key);
            if !path.exists() && tally.newest.is_none() {
                continue;
            }
            if let Err(err) = workspace.store.learnings_target(&path) {
                checks.push(bad(
                    "file",
                    format!("{err:#}"),
                    "make learnings.md a file of its own in the project",
                ));
                continue;
            }
            let planned = workspace.read(&path).and_then(|source| {
                let by_hand = source.map(|it| sync::by_hand(&it, tally)).unwrap_or_default();
                Ok((by_hand, workspace.plan(skill, &path, tally)?))
            });
            match planned {
                Err(err) => checks.push(bad("file", format!("{err:#}"), "save it as UTF-8")),
                Ok((by_hand, report)) => {
                    if let Some(it) = report.plan.conflicts.first() {
                        checks.push(bad(
                            "file",
                            format!("{shown}:{}: conflict markers", it.first_line),
                            "resolve them, then learn sync",
                        ));
                    } else if !by_hand.is_empty() {
                        checks.push(bad("file", format!("{shown}: counted by hand"), "learn sync"));
                    } else if report.changes() {
                        let why = match report.plan.state {
                            sync::State::Overwritten => "overwritten by an update",
                            sync::State::Older => "older than the journal",
                            _ => "does not say what the journal says",
                        };
                        checks.push(bad("file", format!("{shown}: {why}"), "learn sync"));
                    } else {
                        current += 1;
                    }
                }
            }
        }
    }
    if let Ok(Some(text)) = read_text(&workspace.store.root.join("package.json")) {
        for it in package::shipped(workspace, &text) {
            let (why, mend) = match it.entry {
                Some(entry) => (
                    format!("`files` has `{entry}`"),
                    "add \"!**/learnings.md\" to `files` of package.json",
                ),
                None => ("it has no `files`".to_owned(), "add a line `learnings.md` to .npmignore"),
            };
            let what = format!(
                "package.json ships {} ({why}): installing the package overwrites the user's file",
                it.path
            );
            checks.push(bad("package", what, mend));
        }
    }
    checks.push(good(
        "files",
        format!("{} of learnings.md up to date", say::plural(current, "file")),
    ));
    Ok(())
}
