//! One run of a deployment command in an agent's session: what was seen, and how it ended.

use serde::{Deserialize, Serialize};

use crate::event::{Outcome, Timestamp};
use crate::hook::rules::{Evidence, Says, Strength};

/// Seconds after which a run that nobody ended is over.
pub const STALE: i64 = 24 * 3600;

/// A line of a run's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    Start(Start),
    /// What a tool call showed.
    Seen {
        at: Timestamp,
        /// Id of the call, so that an event delivered twice is one.
        call: String,
        evidence: Evidence,
        /// Set while the command goes on in the background: it counts when the task has ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<String>,
    },
    TaskEnded {
        at: Timestamp,
        task: String,
        ok: bool,
    },
}

/// How a run began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub at: Timestamp,
    /// Hash of the session's id.
    pub session: String,
    pub command: String,
    /// A version among the command's arguments.
    pub version: Option<String>,
}

/// A run as its file tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub id: String,
    pub start: Start,
    lines: Vec<Line>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub outcome: Outcome,
    /// When that was seen.
    pub at: Timestamp,
    /// It was rolled back, or somebody tried.
    pub rolled_back: bool,
    /// A rollback that a person should confirm.
    pub perhaps_rolled_back: bool,
    pub version: Option<String>,
    pub run: Option<String>,
    pub feature: Option<String>,
}

impl Run {
    /// Reads the file of a run; lines that cannot be read are left out. `None` when it has no start.
    pub fn parse(id: &str, text: &str) -> Option<Self> {
        let mut lines: Vec<Line> =
            text.lines().filter_map(|it| serde_json::from_str(it).ok()).collect();
        let at = lines.iter().position(|it| matches!(it, Line::Start(_)))?;
        let Line::Start(start) = lines.remove(at) else { return None };
        Some(Self { id: id.to_owned(), start, lines })
    }

    /// Says whether a tool call was seen already.
    pub fn has_call(&self, id: &str) -> bool {
        !id.is_empty()
            && self.lines.iter().any(|it| matches!(it, Line::Seen { call, .. } if call == id))
    }

    /// Says whether the run waits for a task.
    pub fn waits_for(&self, id: &str) -> bool {
        self.lines.iter().any(|it| matches!(it, Line::Seen { task: Some(task), .. } if task == id))
    }

    /// Returns the evidence in order, with the end of background tasks in place of their beginning.
    fn evidence(&self) -> Vec<(Timestamp, Evidence)> {
        let mut res = Vec::new();
        for line in &self.lines {
            match line {
                Line::Seen { at, evidence, task: None, .. } => res.push((*at, evidence.clone())),
                Line::Seen { at, evidence, task: Some(_), .. } => {
                    let says = match evidence.says {
                        Says::Succeeded | Says::Failed => Says::Started,
                        it => it,
                    };
                    res.push((*at, Evidence { says, ..evidence.clone() }));
                }
                Line::TaskEnded { at, task: ended, ok } => {
                    for line in &self.lines {
                        if let Line::Seen { evidence, task: Some(task), .. } = line
                            && task == ended
                        {
                            let says = match (evidence.says, ok) {
                                (Says::Succeeded | Says::Failed, true) => Says::Succeeded,
                                (Says::Succeeded | Says::Failed, false) => Says::Failed,
                                (it, _) => it,
                            };
                            res.push((*at, Evidence { says, ..evidence.clone() }));
                        }
                    }
                }
                Line::Start(_) => {}
            }
        }
        res
    }

    /// Decides how the run ended; `None` while nothing decisive was seen.
    ///
    /// A rollback decides whatever else was seen. Else the newest exit status decides, for a second
    /// try may mend the first; then what was printed or reported.
    pub fn decide(&self) -> Option<Ended> {
        let all = self.evidence();
        let decisive = |strength: Strength| {
            all.iter().rev().find(move |it| it.1.strength == strength && it.1.says != Says::Started)
        };
        let back =
            all.iter().find(|it| it.1.says == Says::RolledBack && it.1.strength > Strength::Weak);
        let (at, found) =
            back.or_else(|| decisive(Strength::Fact)).or_else(|| decisive(Strength::Strong))?;
        let outcome = match found.says {
            Says::Succeeded => Outcome::Succeeded,
            Says::Failed | Says::RolledBack => Outcome::Failed,
            Says::Blocked => Outcome::Blocked,
            Says::Started => return None,
        };
        Some(self.ended(&all, outcome, *at, back.is_some()))
    }

    /// Returns how a run is closed that nothing decided: as unknown, if a deployment began at all.
    pub fn give_up(&self) -> Option<Ended> {
        let all = self.evidence();
        let (at, _) = all.last()?;
        Some(self.ended(&all, Outcome::Unknown, *at, false))
    }

    fn ended(
        &self,
        all: &[(Timestamp, Evidence)],
        outcome: Outcome,
        at: Timestamp,
        rolled_back: bool,
    ) -> Ended {
        // What says most about itself: the release, the report; the newest of them.
        let last = |of: fn(&Evidence) -> Option<&String>| {
            let best = |it: &&(Timestamp, Evidence)| it.1.strength;
            let with = all.iter().filter(|it| of(&it.1).is_some());
            with.max_by_key(best).and_then(|it| of(&it.1)).cloned()
        };
        let weak =
            all.iter().any(|it| it.1.says == Says::RolledBack && it.1.strength == Strength::Weak);
        Ended {
            outcome,
            at,
            rolled_back,
            perhaps_rolled_back: weak && !rolled_back,
            version: last(|it| it.version.as_ref()).or_else(|| self.start.version.clone()),
            run: last(|it| it.run.as_ref()),
            feature: last(|it| it.feature.as_ref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hook::rules::shell;

    fn run(commands: &[(&str, bool)]) -> Run {
        let start = Start {
            at: Timestamp(100),
            session: "s".into(),
            command: "phase-2-ship".into(),
            version: Some("v1.0.0".into()),
        };
        let mut lines = Vec::new();
        for (at, (command, ok)) in commands.iter().enumerate() {
            for evidence in shell(command, *ok, "") {
                let (at, call) = (Timestamp(200 + at as i64), format!("c{at}"));
                lines.push(Line::Seen { at, call, evidence, task: None });
            }
        }
        Run { id: "r".into(), start, lines }
    }

    const WATCH: &str = "gh run watch 9182736450 --exit-status";

    #[test]
    fn the_newest_exit_status_decides_and_a_rollback_decides_for_good() {
        let outcome = |it: &[(&str, bool)]| run(it).decide().map(|it| (it.outcome, it.rolled_back));
        assert_eq!(outcome(&[]), None);
        assert_eq!(outcome(&[("gh workflow run promote.yml", true)]), None);
        assert_eq!(outcome(&[(WATCH, true)]), Some((Outcome::Succeeded, false)));
        assert_eq!(outcome(&[(WATCH, false), (WATCH, true)]), Some((Outcome::Succeeded, false)));
        assert_eq!(
            outcome(&[(WATCH, true), ("vercel rollback", true), (WATCH, true)]),
            Some((Outcome::Failed, true))
        );
    }

    #[test]
    fn the_version_of_the_release_wins_over_the_typed_one() {
        let ended = run(&[(WATCH, true), ("gh release create v1.8.0", true)]).decide().unwrap();
        assert_eq!(ended.version.as_deref(), Some("v1.8.0"));
        assert_eq!(ended.run.as_deref(), Some("9182736450"));
        assert_eq!(run(&[(WATCH, true)]).decide().unwrap().version.as_deref(), Some("v1.0.0"));
    }

    #[test]
    fn a_background_command_decides_when_it_has_ended() {
        let mut it = run(&[]);
        let evidence = shell(WATCH, true, "").remove(0);
        let task = Some("b1".to_owned());
        it.lines.push(Line::Seen { at: Timestamp(200), call: "c".into(), evidence, task });
        assert_eq!(it.decide(), None);
        assert_eq!(it.give_up().unwrap().outcome, Outcome::Unknown);
        assert!(it.waits_for("b1"));
        it.lines.push(Line::TaskEnded { at: Timestamp(900), task: "b1".into(), ok: false });
        let ended = it.decide().unwrap();
        assert_eq!((ended.outcome, ended.at), (Outcome::Failed, Timestamp(900)));
    }

    #[test]
    fn nothing_happened_is_no_outcome() {
        assert_eq!(run(&[("npm test", true)]).give_up(), None);
        assert_eq!(
            run(&[("gh workflow run promote.yml", true)]).give_up().unwrap().outcome,
            Outcome::Unknown
        );
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let it = run(&[(WATCH, true)]);
        let mut text = String::from("{broken\n");
        text += &format!("{}\n", serde_json::to_string(&Line::Start(it.start.clone())).unwrap());
        for line in &it.lines {
            text += &format!("{}\n", serde_json::to_string(line).unwrap());
        }
        assert_eq!(Run::parse("r", &text), Some(it));
        assert_eq!(Run::parse("r", ""), None);
    }
}
