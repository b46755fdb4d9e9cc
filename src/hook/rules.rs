//! What a finished command or a written file proves about a deployment. The table stands in docs/hooks.md.
//!
//! A command line is split into simple commands. Its exit status proves only those that must have
//! ended that way: with `&&` all, with `;` the last, with `|` the last, with `||` none. Text on the
//! output counts only from commands that deploy.

use serde::{Deserialize, Serialize};

use crate::detect::{self, version};
use crate::event::Outcome;
use crate::hook::shell::{self, Joint, Simple};

/// What a piece of evidence says about the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// A deployment was begun; its end is not known from this.
    Started,
    Succeeded,
    Failed,
    /// It was rolled back, or somebody had to try.
    RolledBack,
    /// A gate refused before anything reached production.
    Blocked,
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// A person should confirm it.
    Weak,
    /// Written by the process itself, which may be wrong.
    Strong,
    /// An exit status.
    Fact,
}

/// A piece of evidence. Holds no output of the tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Name of the rule, as in docs/hooks.md.
    pub rule: String,
    pub says: Says,
    pub strength: Strength,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Id of the run of a pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
}

impl Says {
    fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Succeeded => Self::Succeeded,
            Outcome::Failed => Self::Failed,
            Outcome::Blocked => Self::Blocked,
            Outcome::Unknown | Outcome::Other => Self::Started,
        }
    }
}

impl Evidence {
    fn new(rule: &str, says: Says, strength: Strength) -> Self {
        let rule = rule.to_owned();
        Self { rule, says, strength, version: None, run: None, feature: None }
    }
}

/// Commands that end with the deployment: program, words that follow it, rule. A word with `--` may stand anywhere.
const DEPLOYS: [(&str, &[&str], &str); 9] = [
    ("gh", &["run", "watch", "--exit-status"], "pipeline"),
    ("kubectl", &["rollout", "status"], "rollout"),
    ("helm", &["upgrade"], "helm-upgrade"),
    ("vercel", &["--prod"], "vercel-prod"),
    ("vercel", &["promote"], "vercel-promote"),
    ("railway", &["up"], "railway-up"),
    ("fly", &["deploy"], "fly-deploy"),
    ("flyctl", &["deploy"], "fly-deploy"),
    ("netlify", &["deploy", "--prod"], "netlify-prod"),
];
/// Commands that take a deployment back.
const ROLLBACKS: [(&str, &[&str], &str); 9] = [
    ("vercel", &["rollback"], "vercel-rollback"),
    ("railway", &["rollback"], "railway-rollback"),
    ("railway", &["redeploy"], "railway-redeploy"),
    ("kubectl", &["rollout", "undo"], "rollout-undo"),
    ("helm", &["rollback"], "helm-rollback"),
    ("fly", &["releases", "rollback"], "fly-rollback"),
    ("heroku", &["rollback"], "heroku-rollback"),
    ("heroku", &["releases:rollback"], "heroku-rollback"),
    ("netlify", &["rollback"], "netlify-rollback"),
];
/// Commands that cannot be what failed in a line, as good as.
const TRIVIAL: [&str; 9] = ["cd", "echo", "export", "set", "sleep", "true", "pwd", "source", ":"];

/// Returns what a shell command proves that ended with success or not.
pub fn shell(command: &str, ok: bool, output: &str) -> Vec<Evidence> {
    let all = shell::split(command).commands;
    let mut res = Vec::new();
    let mut prints = false;
    for (at, it) in all.iter().enumerate() {
        let Some(program) = it.words.first().map(|it| base(it)) else { continue };
        let words: Vec<&str> = it.words[1..].iter().map(String::as_str).collect();
        let ended = if ok { proven_ok(&all, at) } else { proven_failed(&all, at) };
        prints |= is_deploying(program, &words);
        let find = |table: &[(&str, &[&str], &'static str)]| {
            table.iter().find(|row| row.0 == program && has(&words, row.1)).map(|row| row.2)
        };
        if let Some(rule) = find(&ROLLBACKS) {
            // Somebody wanted to go back, whether the command worked or not.
            res.push(Evidence::new(rule, Says::RolledBack, Strength::Fact));
        } else if program.starts_with("ship-rollback") {
            res.push(Evidence::new("rollback-script", Says::RolledBack, Strength::Fact));
        } else if program == "git" && words.first() == Some(&"revert") && ok && ended {
            res.push(Evidence::new("git-revert", Says::RolledBack, Strength::Weak));
        } else if program == "gh" && has(&words, &["workflow", "run"]) {
            let name = words.get(2).copied().unwrap_or_default();
            let back = name.contains("rollback");
            let says = if back { Says::RolledBack } else { Says::Started };
            if ok && ended {
                res.push(Evidence::new("workflow-run", says, Strength::Fact));
            }
        } else if program == "gh" && has(&words, &["release", "create"]) {
            if ok && ended {
                let mut found = Evidence::new("release", Says::Succeeded, Strength::Fact);
                found.version = words[2..].iter().find_map(|it| version(it));
                res.push(found);
            }
        } else if let Some(rule) = find(&DEPLOYS) {
            let says = match (ok, ended) {
                (_, false) => Says::Started,
                (true, true) => Says::Succeeded,
                (false, true) => Says::Failed,
            };
            let mut found = Evidence::new(rule, says, Strength::Fact);
            found.run = words.iter().find(|it| is_run(it)).map(|it| (*it).to_owned());
            res.push(found);
        } else if program == "git"
            && words.first() == Some(&"tag")
            && ok
            && ended
            && let Some(version) = words[1..].iter().find_map(|it| version(it))
        {
            let mut found = Evidence::new("tag", Says::Started, Strength::Weak);
            found.version = Some(version);
            res.push(found);
        }
    }
    if prints {
        res.extend(printed(output));
    }
    res
}

/// Returns what the output of a deploying command says.
fn printed(output: &str) -> Option<Evidence> {
    let said = detect::printed(output);
    let (says, strength) = match said.outcome {
        Some(outcome) => (Says::of(outcome), Strength::Strong),
        None if said.run.is_some() || said.version.is_some() => (Says::Started, Strength::Weak),
        None => return None,
    };
    let (version, run) = (said.version, said.run);
    Some(Evidence { version, run, ..Evidence::new("printed", says, strength) })
}

/// Returns what a written file says: the report of a deployment to production says how it ended.
pub fn written(path: &str, text: &str) -> Option<Evidence> {
    let said = detect::reported(path, text);
    let mut res = Evidence::new("ship-report", Says::of(said.outcome?), Strength::Strong);
    (res.version, res.run) = (said.version, said.run);
    let mut below = path.split('/').skip_while(|it| *it != "specs").skip(1);
    let feature = below.next().filter(|_| below.next().is_some());
    res.feature = feature.map(str::to_owned);
    Some(res)
}

fn is_run(word: &str) -> bool {
    (6..=20).contains(&word.len()) && word.bytes().all(|it| it.is_ascii_digit())
}

/// Says whether the words begin with those of a rule; options of the rule may stand anywhere.
fn has(words: &[&str], rule: &[&str]) -> bool {
    let mut plain = words.iter().filter(|it| !it.starts_with('-'));
    rule.iter().all(|it| match it.starts_with("--") {
        true => words.contains(it),
        false => plain.next() == Some(it),
    })
}

/// Says whether the output of a command may tell how a deployment went.
fn is_deploying(program: &str, words: &[&str]) -> bool {
    let deploys = |name: &str| {
        let name = base(name).to_ascii_lowercase();
        ["deploy", "ship", "release", "promote", "rollback"].iter().any(|it| name.contains(it))
    };
    match program {
        "gh" | "vercel" | "railway" | "fly" | "flyctl" | "kubectl" | "helm" | "netlify" => true,
        "bash" | "sh" | "zsh" | "node" | "python" | "python3" | "pwsh" => {
            words.iter().find(|it| !it.starts_with('-')).is_some_and(|it| deploys(it))
        }
        "npm" | "pnpm" | "yarn" | "bun" | "make" | "just" => words.iter().any(|it| deploys(it)),
        "cat" | "echo" | "grep" | "rg" | "printf" | "head" | "tail" | "less" | "git" | "sed"
        | "awk" | "jq" => false,
        _ => deploys(program),
    }
}

/// Returns the last part of a path, without the extension that scripts have.
fn base(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// Says whether a command must have ended well when the whole line did.
fn proven_ok(all: &[Simple], at: usize) -> bool {
    let is_or = |it: &Simple| it.before == Joint::Or;
    // What comes after `;` decides alone, what comes after `||` may have stood in.
    let later = &all[at + 1..];
    !later.iter().any(|it| matches!(it.before, Joint::Then | Joint::Pipe | Joint::Or))
        && !all[..=at]
            .iter()
            .rev()
            .take_while(|it| it.before != Joint::Start && it.before != Joint::Then)
            .any(is_or)
}

/// Says whether a command must be what failed when the whole line did.
fn proven_failed(all: &[Simple], at: usize) -> bool {
    let later_decides =
        all[at + 1..].iter().any(|it| matches!(it.before, Joint::Then | Joint::Pipe));
    let trivial = |it: &Simple| it.words.first().is_none_or(|it| TRIVIAL.contains(&base(it)));
    let start = all[..=at].iter().rposition(|it| matches!(it.before, Joint::Start | Joint::Then));
    let chain = all[start.unwrap_or(0)..].iter().enumerate();
    let own = at - start.unwrap_or(0);
    !later_decides && chain.filter(|it| it.0 != own).all(|it| trivial(it.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(command: &str, ok: bool) -> Vec<(Says, Strength)> {
        shell(command, ok, "").into_iter().map(|it| (it.says, it.strength)).collect()
    }

    #[test]
    fn an_exit_status_proves_what_must_have_ended_that_way() {
        use Says::*;
        use Strength::Fact;
        let watch = "gh run watch 9182736450 --exit-status";
        for (line, ok, expected) in [
            (watch.to_owned(), true, Succeeded),
            (watch.to_owned(), false, Failed),
            (format!("cd app && {watch}"), false, Failed),
            (format!("cd app; {watch}"), false, Failed),
            (format!("GH_TOKEN=x sudo {watch} 2>&1"), true, Succeeded),
            (format!("{watch} && echo done"), true, Succeeded),
            (format!("{watch} && echo done"), false, Failed),
            // Who knows which of them it was.
            (format!("{watch} || true"), true, Started),
            (format!("{watch} | tail -5"), true, Started),
            (format!("{watch}; echo done"), true, Started),
            (format!("npm test && {watch}"), false, Started),
            (format!("{watch} &"), true, Succeeded),
        ] {
            assert_eq!(says(&line, ok), [(expected, Fact)], "{line}");
        }
        // Without the option, the command ends well however the run ends.
        assert_eq!(says("gh run watch 9182736450", true), []);
        assert_eq!(says("echo 'gh run watch 1 --exit-status'", true), []);
        assert_eq!(says("# gh release create v1", true), []);
    }

    #[test]
    fn a_rollback_is_one_even_when_it_fails() {
        use Says::RolledBack;
        for line in [
            "railway rollback api --environment production",
            "kubectl rollout undo deployment/api",
            "helm rollback shop 3",
            "./scripts/ship-rollback.sh v1.7.0",
        ] {
            for ok in [true, false] {
                assert_eq!(says(line, ok), [(RolledBack, Strength::Fact)], "{line}");
            }
        }
        assert_eq!(says("git revert HEAD", true), [(RolledBack, Strength::Weak)]);
        assert_eq!(says("grep -r 'vercel rollback' docs", true), []);
    }

    #[test]
    fn a_release_tells_its_version() {
        let found =
            shell("gh release create v1.8.0 --title v1.8.0 --notes-file /x/notes.md", true, "");
        assert_eq!((found[0].says, found[0].version.as_deref()), (Says::Succeeded, Some("v1.8.0")));
        assert_eq!(shell("gh release create v1.8.0", false, ""), []);
    }

    #[test]
    fn output_counts_from_commands_that_deploy_only() {
        let text = "Run ID: 9182736450\n✅ Production deployment failed\n";
        let found = shell("bash .spec-flow/scripts/ship-prod.sh", true, text);
        assert_eq!(found[0].run.as_deref(), Some("9182736450"));
        assert_eq!((found[0].says, found[0].strength), (Says::Failed, Strength::Strong));
        let long = format!("{}\nProduction deployment successful", "é".repeat(1 << 20));
        assert_eq!(shell("bash deploy.sh", true, &long)[0].says, Says::Succeeded);
        for command in ["cat specs/1/ship-report.md", "echo x", "grep failed deploy.log", "git log"]
        {
            assert_eq!(shell(command, true, text), [], "{command}");
        }
    }

    #[test]
    fn a_report_says_how_it_ended() {
        let path = "/home/d/shop/specs/042-checkout/ship-report.md";
        let found =
            written(path, "# Ship\n**Status**: ✅ Deployed to production\nVersion: v1.8.0\n")
                .unwrap();
        assert_eq!(found.says, Says::Succeeded);
        assert_eq!(found.feature.as_deref(), Some("042-checkout"));
        assert_eq!(found.version.as_deref(), Some("v1.8.0"));
        for (path, text) in [
            (path, "Status: READY FOR PRODUCTION"),
            (path, "Status: not deployed to production"),
            (path, "nothing"),
            ("specs/1/staging-ship-report.md", "Status: Deployed to production"),
            ("specs/1/NOTES.md", "Status: Deployed to production"),
        ] {
            assert_eq!(written(path, text), None, "{path} {text}");
        }
    }

    #[test]
    fn versions_have_two_to_four_numbers() {
        for it in ["v1.8.0", "1.8", "v1.2.3-rc.1", "2026.11.23"] {
            assert_eq!(version(it).as_deref(), Some(it));
        }
        for it in ["v1", "1", "x1.2", "1..2", "main", "1.2.3.4.5", "a1b2c3d", "v1.2/../x"] {
            assert_eq!(version(it), None, "{it}");
        }
    }

    #[test]
    fn any_line_is_split() {
        for it in ["", ";;", "'", "\"\\", "$(", "a && ", "((", "| |", "\\", "&&&&", "$(a; b) && c"]
        {
            let _ = shell(it, true, it);
        }
    }
}
