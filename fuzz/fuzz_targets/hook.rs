//! What an agent's hooks send, and command lines: read or not, never a panic.
#![no_main]

use learn::hook::{Agent, input, rules, shell};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for agent in [Agent::Claude, Agent::Codex, Agent::Gemini, Agent::Cursor, Agent::Copilot] {
        input::read(bytes, agent);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let line = shell::split(text);
        assert!(!line.commands.is_empty());
        assert!(line.commands.iter().all(|it| it.words.iter().all(|word| !word.is_empty())));
        rules::shell(text, true, text);
        rules::shell(text, false, text);
        rules::written("specs/1/ship-report.md", text);
    }
});
