//! Secrets in a stored line: where they are, and the line without them.

use crate::clean::{redact, secrets};
use crate::text::Span;

/// A secret in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InLine {
    pub shape: &'static str,
    /// The secret, or the whole value where escapes move it.
    pub span: Span,
}

/// Returns the secrets in the values of a line of JSON; in the whole line where it is none.
pub fn find(line: &str) -> Vec<InLine> {
    let Some(values) = values(line) else {
        let all = secrets(line).into_iter();
        return all.map(|it| InLine { shape: it.shape, span: span(it.range, 0) }).collect();
    };
    let mut res = Vec::new();
    for (place, text) in values {
        let is_plain = place.end - place.start == text.len() + 2;
        for it in secrets(&text) {
            let own = if is_plain { span(it.range, place.start + 1) } else { place };
            res.push(InLine { shape: it.shape, span: own });
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
    for (place, text) in values(line)? {
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

/// Returns the texts among the values of a line, with their places, quotes included; `None` where it is no JSON.
fn values(line: &str) -> Option<Vec<(Span, String)>> {
    serde_json::from_str::<serde::de::IgnoredAny>(line).ok()?;
    let bytes = line.as_bytes();
    let mut res = Vec::new();
    let mut at = 0;
    while let Some(start) = memchr::memchr(b'"', &bytes[at..]).map(|it| at + it) {
        let mut end = start + 1;
        while bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        at = end + 1;
        let is_name = line[at..].trim_start().starts_with(':');
        if !is_name {
            res.push((Span::new(start, at), serde_json::from_str(&line[start..at]).ok()?));
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
    fn damaged_lines_stay() {
        let old = line(&format!("used {KEY} there")).replace("late", "lame");
        assert_eq!(redacted(&old), None);
        assert_eq!(find(&old).len(), 1);
        assert_eq!(redacted("{\"note\":"), None);
    }
}
