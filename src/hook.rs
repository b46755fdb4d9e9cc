//! What an agent's hooks tell, without files and clock: payload → signal, command → evidence,
//! evidence → outcome. `cli::hook` asks here and does what has to be done.

pub mod input;
pub mod listed;
pub mod rules;
pub mod run;
pub mod settings;
pub mod shell;

/// Which agent called; its hooks differ in names and in what they accept as an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Agent {
    /// Run against Claude Code 2.1.330.
    #[default]
    Claude,
    /// From its documentation, not run.
    Codex,
    /// From its documentation, not run.
    Gemini,
    /// From its documentation, not run. It takes no context when a prompt is submitted.
    Cursor,
    /// From its documentation, not run.
    Copilot,
}

impl Agent {
    pub const WORDS: [&str; 5] = ["claude", "codex", "gemini", "cursor", "copilot"];

    /// Reads the name of an agent.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "claude" => Self::Claude,
            "codex" => Self::Codex,
            "gemini" => Self::Gemini,
            "cursor" => Self::Cursor,
            "copilot" => Self::Copilot,
            _ => return None,
        })
    }

    /// Returns the answer that puts a text before the agent; `None` where it takes none.
    pub fn context(self, event: &str, text: &str, told: usize, command: &str) -> Option<String> {
        let plural = if told == 1 { "" } else { "s" };
        let message = format!("learn: {told} lesson{plural} loaded for /{command}");
        let answer = match self {
            Self::Claude | Self::Codex | Self::Gemini => serde_json::json!({
                "hookSpecificOutput": { "hookEventName": event, "additionalContext": text },
                "systemMessage": message,
            }),
            Self::Copilot => serde_json::json!({ "additionalContext": text }),
            Self::Cursor => return None,
        };
        Some(answer.to_string())
    }

    /// Returns the answer that tells the user something; `None` where it is not documented.
    pub fn message(self, text: &str) -> Option<String> {
        matches!(self, Self::Claude | Self::Codex | Self::Gemini)
            .then(|| serde_json::json!({ "systemMessage": text }).to_string())
    }
}
