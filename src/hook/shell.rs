//! A command line as a shell takes it apart, without running it.

/// A command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// At least one, which has no words where the line is empty.
    pub commands: Vec<Simple>,
    /// A quote is not closed.
    pub is_open: bool,
}

/// A simple command of a command line, and what stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simple {
    pub before: Joint,
    /// Quotes, assignments and what only calls another program (`sudo`, `env`) taken off.
    pub words: Vec<String>,
}

/// What joins a simple command to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    Start,
    And,
    Or,
    Then,
    Pipe,
}

/// Splits a command line into simple commands, as far as quotes and operators go. Substitutions stay
/// words of the command they stand in.
pub fn split(command: &str) -> Line {
    let mut res: Vec<Simple> = vec![Simple { before: Joint::Start, words: Vec::new() }];
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut depth = 0_usize;
    let mut chars = command.chars().peekable();
    let end_word = |word: &mut String, res: &mut Vec<Simple>| {
        if word.is_empty() {
            return;
        }
        let simple = res.last_mut().expect("there is always one");
        let assignment = simple.words.is_empty()
            && word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
            });
        let prefix = simple.words.is_empty()
            && ["sudo", "env", "time", "nohup", "command", "exec", "then", "do", "if", "!", "{"]
                .contains(&word.as_str());
        if !assignment && !prefix {
            simple.words.push(std::mem::take(word));
        }
        word.clear();
    };
    while let Some(it) = chars.next() {
        if let Some(mark) = quote {
            match it {
                _ if it == mark => quote = None,
                '\\' if mark == '"' => word.extend(chars.next()),
                _ => word.push(it),
            }
            continue;
        }
        let next = chars.peek().copied();
        let joint = match (it, next) {
            ('&', Some('&')) => Some((Joint::And, true)),
            ('|', Some('|')) => Some((Joint::Or, true)),
            ('|', _) => Some((Joint::Pipe, next == Some('&'))),
            (';' | '\n', _) => Some((Joint::Then, false)),
            // `>&2` and `&>` are redirections.
            ('&', _) if next != Some('>') && !word.ends_with('>') => Some((Joint::Then, false)),
            _ => None,
        };
        match (it, joint) {
            ('(', _) if word.ends_with('$') || depth > 0 => {
                depth += 1;
                word.push(it);
            }
            (')', _) if depth > 0 => {
                depth -= 1;
                word.push(it);
            }
            _ if depth > 0 => word.push(it),
            ('\'' | '"', _) => quote = Some(it),
            ('\\', _) => match chars.next() {
                Some('\n') | None => {}
                Some(it) => word.push(it),
            },
            // A redirection is a word of its own; a number before it belongs to it.
            ('<' | '>', _)
                if !word.bytes().all(|it| it.is_ascii_digit() || b"&<>".contains(&it)) =>
            {
                end_word(&mut word, &mut res);
                word.push(it);
            }
            ('#', _) if word.is_empty() => while chars.next_if(|it| *it != '\n').is_some() {},
            (_, Some((joint, two))) => {
                end_word(&mut word, &mut res);
                if two {
                    chars.next();
                }
                if res.last().is_some_and(|it| it.words.is_empty()) {
                    // An empty line, or a stray operator.
                    continue;
                }
                res.push(Simple { before: joint, words: Vec::new() });
            }
            (it, None) if it.is_whitespace() || it == '(' || it == ')' => {
                end_word(&mut word, &mut res);
            }
            _ => word.push(it),
        }
    }
    end_word(&mut word, &mut res);
    if res.len() > 1 && res.last().is_some_and(|it| it.words.is_empty()) {
        res.pop();
    }
    Line { commands: res, is_open: quote.is_some() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_as_a_shell_does() {
        let words = |line: &str| -> Vec<Vec<String>> {
            split(line).commands.into_iter().map(|it| it.words).collect()
        };
        for (line, expected) in [
            ("a b", &[&["a", "b"][..]][..]),
            ("X=1 sudo env Y=2 a 'b c'\\ d", &[&["a", "b c d"]]),
            ("a>log 2>&1 &>x <y", &[&["a", ">log", "2>&1", "&>x", "<y"]]),
            ("a&&b||c;d|e&", &[&["a"], &["b"], &["c"], &["d"], &["e"]]),
            ("a $(b; c) d # e; f\ng", &[&["a", "$(b; c)", "d"], &["g"]]),
            ("\"a\\\"b\"'c'", &[&["a\"bc"]]),
            ("", &[&[]]),
        ] {
            assert_eq!(words(line), expected, "{line}");
        }
        assert!(split("a 'b").is_open && !split("a 'b'").is_open);
    }
}
