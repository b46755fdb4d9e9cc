//! Secrets in a stored line: where they are, and the line without them.

use crate::clean::{redact, secrets};
use crate::text::Span;

/// Fields that stay as they are: another name would be another pitfall, another key another event.
const NAMES: [&str; 13] = [
    "id", "key", "skill", "kind", "pitfall", "pitfalls", "pattern", "metric", "from", "to",
    "cause", "of", "recovers",
];

/// A secret in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InLine {
    pub shape: &'static str,
    /// It stands in a name, which only a person can change.
    pub in_name: bool,
    /// The secret, or the whole value where escapes move it.
    pub span: Span,
}

/// Returns the secrets in the values of a line of JSON; in the whole line where it is none.
pub fn find(line: &str) -> Vec<InLine> {
    let Some(values) = values(line) else {
        let all = secrets(line).into_iter();
        let found = |it: crate::clean::Secret| InLine {
            shape: it.shape,
            in_name: false,
            span: span(it.range, 0),
        };
        return all.map(found).collect();
    };
    let mut res = Vec::new();
    for Value { place, text, in_name } in values {
        let is_plain = place.end - place.start == text.len() + 2;
        for it in secrets(&text) {
            let own = if is_plain { span(it.range, place.start + 1) } else { place };
            res.push(InLine { shape: it.shape, in_name, span: own });
        }
    }
    res
}

/// Returns an event's line with a placeholder for each secret and the checksum that fits; `None` where there is
/// none, or the line is no JSON or does not fit its checksum: nobody knows what such a line said.
///
/// Every other byte stays, fields of newer programs too.
pub fn redacted(line: &str) -> Option<String> {
    let whole = super::checksum_fits(line);
    if whole == Some(false) {
        return None;
    }
    let mut res = String::with_capacity(line.len());
    let mut done = 0;
    for Value { place, text, .. } in values(line)?.into_iter().filter(|it| !it.in_name) {
        let (clean, found) = redact(&text);
        if !found.is_empty() {
            res.push_str(&line[done..place.start]);
            res.push_str(&serde_json::to_string(&clean).ok()?);
            done = place.end;
        }
    }
    if done == 0 {
        return None;
    }
    res.push_str(&line[done..]);
    if whole.is_some() {
        let end = res.rfind(",\"crc\":\"")?;
        let crc = crc32fast::hash(&res.as_bytes()[..end]);
        res.replace_range(end.., &format!(",\"crc\":\"{crc:08x}\"}}"));
    }
    Some(res)
}

fn span(range: std::ops::Range<usize>, offset: usize) -> Span {
    Span::new(range.start + offset, range.end + offset)
}

/// A text among the values of a line.
struct Value {
    /// Quotes included.
    place: Span,
    text: String,
    in_name: bool,
}

/// Returns the texts among the values of a line; `None` where it is no JSON.
fn values(line: &str) -> Option<Vec<Value>> {
    serde_json::from_str::<serde::de::IgnoredAny>(line).ok()?;
    let bytes = line.as_bytes();
    let mut res = Vec::new();
    let mut at = 0;
    let mut in_name = false;
    while let Some(start) = memchr::memchr(b'"', &bytes[at..]).map(|it| at + it) {
        let mut end = start + 1;
        while bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        at = end + 1;
        let text: String = serde_json::from_str(&line[start..at]).ok()?;
        if line[at..].trim_start().starts_with(':') {
            in_name = NAMES.contains(&&*text);
        } else {
            res.push(Value { place: Span::new(start, at), text, in_name });
        }
    }
    Some(res)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Id, Kind, Timestamp, checksum_fits};

    const KEY: &str = "AKIAQ4XZ7JR2MNP5TVWB";

    fn line(note: &str) -> String {
        let mut event = Event::new(Id::new(1, 2), Timestamp(0), "ship", Kind::Occurrence);
        event.pitfall = Some("late-alert".into());
        event.note = Some(note.to_owned().into());
        event.line().trim_end().to_owned()
    }

    #[test]
    fn a_secret_is_found_where_it_stands() {
        let text = line(&format!("used {KEY} there"));
        let found = find(&text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].span.of(&text), KEY);
        // An escape before it moves it: the value is marked.
        let text = line(&format!("\"used\" {KEY}"));
        assert!(find(&text)[0].span.of(&text).starts_with("\"\\\"used"));
        assert!(find(&line("nothing here")).is_empty());
        assert_eq!(find(&format!("{{broken {KEY}"))[0].span.of(&format!("{{broken {KEY}")), KEY);
    }

    #[test]
    fn a_redacted_line_is_the_same_event_and_whole() {
        let old = line(&format!("used {KEY} \"there\""));
        let new = redacted(&old).unwrap();
        assert!(!new.contains(KEY) && new.contains("[redacted:"), "{new}");
        assert_eq!(checksum_fits(&new), Some(true));
        let (old_event, new_event) = (Event::parse(&old).unwrap(), Event::parse(&new).unwrap());
        assert_eq!(Event { note: None, ..new_event }, Event { note: None, ..old_event });
        assert_eq!(redacted(&new), None);
        assert!(find(&new).is_empty());
    }

    #[test]
    fn fields_of_newer_programs_keep_their_bytes() {
        let old =
            format!("{{\"v\":9, \"id\":\"x\",  \"new\": {{ \"a\\u0041\" : [\"{KEY}\", 1.50] }}}}");
        let new = redacted(&old).unwrap();
        assert!(
            new.starts_with("{\"v\":9, \"id\":\"x\",  \"new\": { \"a\\u0041\" : [\"[redacted:")
        );
        assert!(new.ends_with("\", 1.50] }}"), "{new}");
    }

    #[test]
    fn names_and_keys_stay() {
        let old = format!("{{\"key\":\"{KEY}\",\"pitfalls\":[\"{KEY}\"]}}");
        assert_eq!(redacted(&old), None);
        assert!(find(&old).iter().all(|it| it.in_name) && find(&old).len() == 2);
    }

    #[test]
    fn damaged_lines_stay() {
        let old = line(&format!("used {KEY} there")).replace("late", "lame");
        assert_eq!(redacted(&old), None);
        assert_eq!(find(&old).len(), 1);
        assert_eq!(redacted("{\"note\":"), None);
    }
}
