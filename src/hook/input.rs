//! One hook payload → what it means here. Fields may be missing or of another type; names differ
//! by agent. What is not understood means nothing, and that is no error.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::hook::Agent;

/// Who speaks, and about what.
#[derive(Debug, PartialEq)]
pub struct Input {
    /// Name of the event as the agent wrote it; an answer repeats it.
    pub event: String,
    pub session: String,
    /// Id of the user's prompt, the same on all events of a turn; `None` before Claude Code 2.1.196.
    pub prompt_id: Option<String>,
    /// The prompt itself, where the event has it.
    pub prompt: Option<String>,
    /// The agent's folder.
    pub cwd: Option<String>,
    pub signal: Signal,
}

/// What happened in the session.
#[derive(Debug, PartialEq)]
pub enum Signal {
    /// A slash command began; `typed` by the user, else called by the model.
    Command {
        name: String,
        args: String,
        typed: bool,
    },
    /// A tool ended.
    Tool(Tool),
    /// A background task ended.
    TaskEnded {
        task: String,
        ok: bool,
    },
    /// A turn ended; `busy` while something runs in the background or is scheduled.
    Stop {
        busy: bool,
    },
    SessionStart,
    SessionEnd,
}

/// A tool call that ended.
#[derive(Debug, PartialEq)]
pub struct Tool {
    /// The agent's id of the call; the same when an event is delivered twice.
    pub id: String,
    pub what: Did,
}

#[derive(Debug, PartialEq)]
pub enum Did {
    Shell {
        command: String,
        ok: bool,
        output: String,
        /// Set while it goes on in the background.
        task: Option<String>,
    },
    /// A file was written; of an edit the text is the part that was put in.
    Write { path: String, text: String },
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(alias = "hookEventName")]
    hook_event_name: Option<Value>,
    #[serde(alias = "conversation_id", alias = "sessionId")]
    session_id: Option<Value>,
    #[serde(alias = "turn_id", alias = "generation_id")]
    prompt_id: Option<Value>,
    cwd: Option<Value>,
    workspace_roots: Option<Value>,
    prompt: Option<Value>,
    command_name: Option<Value>,
    command_args: Option<Value>,
    #[serde(alias = "toolName")]
    tool_name: Option<Value>,
    #[serde(borrow, alias = "toolArgs")]
    tool_input: Option<&'a RawValue>,
    #[serde(borrow, alias = "toolResult")]
    tool_response: Option<&'a RawValue>,
    tool_use_id: Option<Value>,
    error: Option<Value>,
    is_interrupt: Option<Value>,
    background_tasks: Option<Value>,
    session_crons: Option<Value>,
    // Cursor, after a shell command.
    command: Option<Value>,
    output: Option<Value>,
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

/// Reads one JSON object at the start of `bytes`; `None` when it is none or says nothing to us.
pub fn read(bytes: &[u8], agent: Agent) -> Option<Input> {
    let lossy = String::from_utf8_lossy(bytes);
    let json = lossy.trim_start_matches('\u{feff}');
    let mut values = serde_json::Deserializer::from_str(json);
    let it = Payload::deserialize(&mut values).ok()?;
    let event = text(it.hook_event_name.as_ref())?;
    let session = text(it.session_id.as_ref()).filter(|it| !it.is_empty())?;
    let signal = match event.as_str() {
        "UserPromptExpansion" => {
            let name = text(it.command_name.as_ref())?;
            let args = text(it.command_args.as_ref()).unwrap_or_default();
            Signal::Command { name, args, typed: true }
        }
        "UserPromptSubmit" | "BeforeAgent" | "beforeSubmitPrompt" | "userPromptSubmitted" => {
            of_prompt(&text(it.prompt.as_ref())?, agent)?
        }
        "PreToolUse" | "preToolUse" => {
            if text(it.tool_name.as_ref())? != "Skill" {
                return None;
            }
            let input: Value = serde_json::from_str(it.tool_input?.get()).ok()?;
            let args = text(input.get("args")).unwrap_or_default();
            Signal::Command { name: text(input.get("skill"))?, args, typed: false }
        }
        "PostToolUse" | "postToolUse" | "AfterTool" => Signal::Tool(tool(&it, true)?),
        "PostToolUseFailure" => {
            // A call that the user stopped proves nothing.
            if it.is_interrupt.as_ref().and_then(Value::as_bool) == Some(true) {
                return None;
            }
            Signal::Tool(tool(&it, false)?)
        }
        "afterShellExecution" => {
            let command = text(it.command.as_ref())?;
            let output = text(it.output.as_ref()).unwrap_or_default();
            // Cursor tells no exit status: only what the output says counts.
            let what =
                Did::Shell { command: format!("{command} || true"), ok: true, output, task: None };
            Signal::Tool(Tool { id: String::new(), what })
        }
        "Stop" | "AfterAgent" | "stop" | "agentStop" => {
            let crons = it.session_crons.as_ref().and_then(Value::as_array);
            let busy = crons.is_some_and(|it| !it.is_empty()) || runs(it.background_tasks.as_ref());
            Signal::Stop { busy }
        }
        "SessionStart" | "sessionStart" => Signal::SessionStart,
        "SessionEnd" | "sessionEnd" => Signal::SessionEnd,
        _ => return None,
    };
    let roots = it.workspace_roots.as_ref().and_then(|it| it.get(0));
    Some(Input {
        session,
        prompt_id: text(it.prompt_id.as_ref()),
        prompt: text(it.prompt.as_ref()),
        cwd: text(it.cwd.as_ref()).or_else(|| text(roots)),
        event,
        signal,
    })
}

/// Says whether a background task is not over.
fn runs(tasks: Option<&Value>) -> bool {
    let over = ["completed", "failed", "killed", "stopped", "cancelled"];
    tasks.and_then(Value::as_array).is_some_and(|all| {
        all.iter().any(|it| {
            it.get("status").and_then(Value::as_str).is_none_or(|status| !over.contains(&status))
        })
    })
}

/// Reads what stands in a prompt: a slash command, or the end of a background task.
fn of_prompt(prompt: &str, agent: Agent) -> Option<Signal> {
    if prompt.starts_with("<task-notification>") {
        let within = |tag: &str| {
            let (_, rest) = prompt.split_once(&format!("<{tag}>"))?;
            Some(rest.split_once(&format!("</{tag}>"))?.0.trim().to_owned())
        };
        let (task, status) = (within("task-id")?, within("status")?);
        if status == "running" {
            return None;
        }
        let summary = within("summary").unwrap_or_default();
        let code = summary.rsplit_once("(exit code ").and_then(|it| it.1.split_once(')'));
        let ok = match code {
            Some((code, _)) => code == "0",
            None => status == "completed",
        };
        return Some(Signal::TaskEnded { task, ok });
    }
    let mark = if agent == Agent::Codex { &['/', '$'][..] } else { &['/'] };
    let rest = prompt.strip_prefix(mark)?;
    let (name, args) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let args = args.lines().next().unwrap_or_default().trim().to_owned();
    Some(Signal::Command { name: name.to_owned(), args, typed: true })
}

fn tool(it: &Payload<'_>, ok: bool) -> Option<Tool> {
    let name = text(it.tool_name.as_ref())?;
    let is_shell = ["Bash", "PowerShell", "run_shell_command", "shell", "bash"].contains(&&*name);
    let is_write = ["Write", "Edit", "MultiEdit", "write_file", "replace"].contains(&&*name);
    if !(is_shell || is_write && ok) {
        return None;
    }
    let input: Value = serde_json::from_str(it.tool_input?.get()).ok()?;
    let what = if is_shell {
        let response: Value = it
            .tool_response
            .and_then(|it| serde_json::from_str(it.get()).ok())
            .unwrap_or(Value::Null);
        let part = |name| text(response.get(name)).unwrap_or_default();
        let output = if ok {
            format!("{}\n{}", part("stdout"), part("stderr"))
        } else {
            text(it.error.as_ref()).unwrap_or_default()
        };
        if response.get("interrupted").and_then(Value::as_bool) == Some(true) {
            return None;
        }
        let task = text(response.get("backgroundTaskId"));
        Did::Shell { command: text(input.get("command"))?, ok, output, task }
    } else {
        let content = input.get("content").or_else(|| input.get("new_string"));
        let path = text(input.get("file_path"))?.replace('\\', "/");
        Did::Write { path, text: text(content).unwrap_or_default() }
    };
    Some(Tool { id: text(it.tool_use_id.as_ref()).unwrap_or_default(), what })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(json: &str) -> Option<Signal> {
        let json = json.replacen('{', r#"{"session_id":"s","#, 1);
        read(json.as_bytes(), Agent::Claude).map(|it| it.signal)
    }

    #[test]
    fn a_typed_command_is_one_at_the_start_of_a_prompt_only() {
        let of = |prompt: &str| {
            signal(&format!(r#"{{"hook_event_name":"UserPromptSubmit","prompt":"{prompt}"}}"#))
        };
        let command = |name: &str, args: &str| {
            Some(Signal::Command { name: name.into(), args: args.into(), typed: true })
        };
        assert_eq!(of("/phase-2-ship v1.8.0"), command("phase-2-ship", "v1.8.0"));
        assert_eq!(of("/phase-2-ship"), command("phase-2-ship", ""));
        assert_eq!(of("please run /phase-2-ship"), None);
        assert_eq!(of(" /phase-2-ship"), None);
    }

    #[test]
    fn the_end_of_a_task_tells_its_exit_code() {
        let of = |status: &str, summary: &str| {
            signal(&format!(
                r#"{{"hook_event_name":"UserPromptSubmit","prompt":"<task-notification>\n<task-id>b1</task-id><status>{status}</status><summary>{summary}</summary></task-notification>"}}"#
            ))
        };
        let ended = |ok| Some(Signal::TaskEnded { task: "b1".into(), ok });
        assert_eq!(
            of("completed", "Background command \\\"x\\\" completed (exit code 0)"),
            ended(true)
        );
        assert_eq!(of("completed", "it completed (exit code 1)"), ended(false));
        assert_eq!(of("failed", ""), ended(false));
        assert_eq!(of("running", ""), None);
    }

    #[test]
    fn a_stop_is_busy_while_anything_goes_on() {
        let of = |more: &str| signal(&format!(r#"{{"hook_event_name":"Stop"{more}}}"#));
        assert_eq!(of(""), Some(Signal::Stop { busy: false }));
        let tasks = |status: &str| of(&format!(r#","background_tasks":[{{"status":"{status}"}}]"#));
        assert_eq!(tasks("running"), Some(Signal::Stop { busy: true }));
        assert_eq!(tasks("completed"), Some(Signal::Stop { busy: false }));
        assert_eq!(of(r#","session_crons":[{"id":"c"}]"#), Some(Signal::Stop { busy: true }));
    }

    #[test]
    fn wrong_types_and_other_bytes_mean_nothing() {
        for json in [
            "",
            "[]",
            "7",
            "\"x\"",
            "{",
            "{}",
            r#"{"hook_event_name":7}"#,
            r#"{"hook_event_name":"Stop"}"#,
            r#"{"hook_event_name":"PostToolUse","session_id":"s","tool_name":"Bash","tool_input":"rm"}"#,
            r#"{"hook_event_name":"PreToolUse","session_id":"s","tool_name":{},"tool_input":{}}"#,
        ] {
            assert_eq!(read(json.as_bytes(), Agent::Claude), None, "{json}");
        }
        let with_bom =
            b"\xef\xbb\xbf{\"hook_event_name\":\"Stop\",\"session_id\":\"s\xff\"} {\"second\":1}";
        assert!(read(with_bom, Agent::Claude).is_some());
    }
}
