//! The YAML head of SKILL.md: every place lies in the text.
#![no_main]

use learn::lint::head;
use learn::skill::SkillDoc;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let head = head::read(text);
    assert!(text.is_char_boundary(head.body), "{}", head.body);
    for key in ["name", "description", "allowed-tools", "metadata", "x"] {
        if let Some((_, span)) = head.text(key) {
            assert!(text.get(span.start..span.end).is_some(), "{key}: {span:?}");
        }
    }
    let top = head.top(text);
    assert!(text.get(top.start..top.end).is_some(), "{top:?}");
    SkillDoc::parse(text);
});
