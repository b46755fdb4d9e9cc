use super::*;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use std::collections::BTreeMap;

const TRUE: &str = include_str!("../../fixtures/secrets/true.tsv");
const FALSE: &str = include_str!("../../fixtures/secrets/false.txt");

/// A line of `true.tsv` with its templates filled in.
struct Case {
    line: usize,
    shape: &'static str,
    text: String,
    parts: Vec<String>,
}

fn cases() -> Vec<Case> {
    let lines = TRUE.lines().enumerate().filter(|(_, it)| !it.starts_with('#'));
    lines
        .map(|(at, it)| {
            let (shape, template) = it.split_once('\t').expect("SHAPE<TAB>TEXT");
            let (text, parts) = fill(template, at as u64 + 1);
            Case { line: at + 1, shape, text, parts }
        })
        .collect()
}

fn fill(template: &str, seed: u64) -> (String, Vec<String>) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut draw = |alphabet: &str, len: usize| -> String {
        let alphabet = alphabet.as_bytes();
        let pick = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(alphabet[(state >> 33) as usize % alphabet.len()])
        };
        (0..len).map(pick).collect()
    };
    let (lower, upper, digits) =
        ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789");
    let mut text = String::new();
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('⟦') {
        let (name, after) = after.split_once('⟧').expect("a closing bracket");
        let (kind, len) = name.split_once(':').unwrap_or((name, "0"));
        let len: usize = len.parse().expect("a length");
        let part = match kind {
            "rand" if len < 4 => draw(lower, len),
            "rand" => {
                let any = draw(&format!("{lower}{upper}{digits}"), len - 3);
                format!("{}{}{any}{}", draw(lower, 1), draw(upper, 1), draw(digits, 1))
            }
            "hex" => draw("0123456789abcdef", len),
            "upper" => draw("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", len),
            "lower" => draw(lower, len),
            "digits" => draw(digits, len),
            "uuid" => [8, 4, 4, 4, 12].map(|it| draw("0123456789abcdef", it)).join("-"),
            "nl" => "\n".into(),
            it => panic!("unknown template {it}"),
        };
        text.push_str(before);
        text.push_str(&part);
        if !matches!(kind, "nl" | "digits") && part.len() >= 4 {
            parts.push(part);
        }
        rest = after;
    }
    text.push_str(rest);
    (text, parts)
}

fn assert_redacted(case: &Case, text: &str, context: &str) {
    let (res, shapes) = redact(text);
    let left = case.parts.iter().find(|it| res.contains(it.as_str()));
    let at = format!("true.tsv:{} {context}\n  {text}\n  {res}", case.line);
    assert!(left.is_none(), "{left:?} survives in {at}");
    assert!(shapes.contains(&case.shape), "{shapes:?} has no {} in {at}", case.shape);
    assert_eq!(redact(&res).0, res, "not idempotent: {at}");
}

#[test]
fn redacts_every_secret_of_the_corpus() {
    for case in cases() {
        assert_redacted(&case, &case.text, "alone");
    }
}

#[test]
fn redacts_in_every_context() {
    for case in cases() {
        let text = &case.text;
        let json = serde_json::to_string(text).expect("a string is JSON");
        let twice = serde_json::to_string(&json).expect("a string is JSON");
        let contexts = [
            ("JSON", format!("{{\"note\":{json}}}")),
            ("JSON in JSON", format!("{{\"log\":{twice}}}")),
            ("after a line", format!("first line\n{text}\nlast line")),
            ("after an escaped line", format!("first line\\n{text}\\nlast line")),
            ("in parentheses", format!("it failed ({text})")),
            ("in backticks", format!("ran `{text}` twice")),
            ("after an emoji", format!("🚀{text}")),
            ("before an emoji", format!("{text} 🚀")),
            ("in a sentence", format!("We saw {text}. Then it stopped.")),
            ("in a list", format!("- 2026-01-01 (f): {text}, and more")),
            ("after a secret", format!("ghp_{} {text}", "aB3".repeat(12))),
            ("in a shell", format!("$ {text} && echo done")),
            ("in Markdown bold", format!("**{text}**")),
            ("after non-ASCII", format!("Passwörter über {text} – Ende")),
        ];
        for (context, text) in contexts {
            assert_redacted(&case, &text, context);
        }
    }
}

#[test]
fn finds_secrets_behind_invisible_characters() {
    for case in cases() {
        let hidden: String = case.text.chars().flat_map(|it| [it, '\u{200b}']).collect();
        let res = clean(&hidden, 4000);
        let left = case.parts.iter().find(|it| res.text.contains(it.as_str()));
        assert!(
            left.is_none() && res.redacted.contains(&case.shape),
            "line {}: {}",
            case.line,
            res.text
        );
    }
}

#[test]
fn a_cap_never_shows_part_of_a_secret() {
    for case in cases() {
        let whole = clean(&case.text, usize::MAX).text;
        for cap in 0..whole.chars().count() {
            let res = clean(&case.text, cap);
            assert!(res.truncated && res.text.chars().count() <= cap, "{cap}: {}", res.text);
            let kept = res.text.trim_end_matches('…');
            assert!(whole.starts_with(kept), "{cap}: {}", res.text);
            let open = kept.rfind("[redacted").is_some_and(|it| !kept[it..].contains(']'));
            assert!(!open, "{cap}: {}", res.text);
        }
    }
}

#[test]
fn leaves_lines_without_a_secret_alone() {
    let wrong: Vec<String> = FALSE
        .lines()
        .filter(|it| redact(it).0 != *it)
        .map(|it| format!("{it}\n    {}", redact(it).0))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(FALSE.lines().count() > 250);
    assert_eq!(redact(FALSE).0, FALSE);
}

#[test]
fn every_shape_has_cases_and_keywords_that_let_it_run() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases() {
        *counts.entry(case.shape).or_default() += 1;
    }
    for shape in SHAPES {
        assert!(counts.get(shape.name).is_some_and(|it| *it >= 3), "{}", shape.name);
        assert!(regex::Regex::new(shape.pattern).is_ok(), "{}", shape.name);
    }
    assert_eq!(counts.len(), SHAPES.len());
}

#[test]
fn keeps_what_is_not_the_secret() {
    let check = |text: &str, expected: &str| assert_eq!(redact(text).0, expected);
    check("postgres://u:s3@h/d?a=b", "postgres://u:[redacted:url-password]@h/d?a=b");
    check(
        r#"{\"password\": \"hunter22\", \"a\": 1}"#,
        r#"{\"password\": \"[redacted:password]\", \"a\": 1}"#,
    );
    check("password=a,b;c&d!e next", "password=[redacted:password] next");
    check("password=hunter22, user=bob", "password=[redacted:password], user=bob");
    check(&"token=".repeat(3000), &"token=".repeat(3000));
    let long = format!("password={}", "aB3".repeat(400));
    check(&long, "password=[redacted:password]");
    check("token: password=hunter22", "token: password=[redacted:password]");
    check(r#"password="a\"b c1defg" x"#, r#"password="[redacted:password]" x"#);
}

#[test]
fn cleans_to_one_line() {
    let res = clean(" a\t\r\n b\u{1b}[31mred\u{1b}[0m \u{202e}c\u{e0041}\u{7}\u{a0}d ", 500);
    assert_eq!(res.text, "a bred c d");
    assert_eq!((res.truncated, res.stripped), (false, 12));
    assert_eq!(clean("abcdef", 4).text, "abc…");
    assert_eq!(clean("abc def", 5).text, "abc…");
    assert_eq!(clean("ab", 2).text, "ab");
}

#[test]
fn printable_borrows_what_is_safe() {
    assert!(matches!(printable("a\n\tü ⭐"), Cow::Borrowed(_)));
    assert_eq!(printable("a\u{1b}[2Jb\u{202e}\rc"), "abc");
}

#[test]
fn escapes_only_what_matters() {
    assert_eq!(
        escape_markdown("p95 < 200 ms in snake_case, 1.2 & C:\\Users"),
        "p95 < 200 ms in snake_case, 1.2 & C:\\Users"
    );
    assert_eq!(
        escape_markdown("- *a* | <b> &amp; [x](y) `c`"),
        r"\- \*a\* \| \<b> \&amp; \[x\](y) \`c\`"
    );
    assert_eq!(escape_markdown("12. x"), r"12\. x");
}

/// Returns the structure that Markdown finds, and the text in it.
fn read_back(markdown: &str) -> (Vec<String>, String) {
    let mut text = String::new();
    let mut structure = Vec::new();
    for event in
        Parser::new_ext(markdown, Options::all().difference(Options::ENABLE_SMART_PUNCTUATION))
    {
        match event {
            Event::Text(it) => text.push_str(&it),
            Event::Start(Tag::Paragraph) => structure.push("Paragraph".into()),
            Event::Start(it) => structure
                .push(format!("{it:?}").split(['(', ' ']).next().unwrap_or_default().into()),
            Event::End(_) => {}
            it => structure.push(format!("{it:?}")),
        }
    }
    (structure, text)
}

fn assert_inert(text: &str) {
    let escaped = escape_markdown(text);
    let item = read_back(&format!("- 2026-01-01 (f): {escaped}\n"));
    assert_eq!(
        item,
        (vec!["List".into(), "Item".into()], format!("2026-01-01 (f): {text}")),
        "{escaped}"
    );
    let alone = read_back(&format!("{escaped}\n"));
    assert_eq!(alone, (vec!["Paragraph".into()], text.to_owned()), "{escaped}");
    let (structure, cells) = read_back(&format!("| a | b |\n|---|---|\n| {escaped} | z |\n"));
    let expected =
        ["Table", "TableHead", "TableCell", "TableCell", "TableRow", "TableCell", "TableCell"];
    assert_eq!(structure, expected, "{escaped}");
    assert_eq!(cells, format!("ab{text}z"), "{escaped}");
}

/// Text with all that Markdown, redaction and terminals care about.
fn hostile(fragments: &'static [&'static str]) -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        6 => proptest::sample::select(fragments).prop_map(String::from),
        1 => "[a-zA-Z0-9]{1,40}",
        1 => "[ -~]{1,6}",
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(fragment, 1..14).prop_map(|it| it.concat())
}

const MARKUP: &[&str] = &[
    "*",
    "**",
    "_",
    "__",
    "`",
    "```",
    "~~",
    "~",
    "[",
    "](",
    ")",
    "![",
    "]: /x",
    "<b>",
    "</b>",
    "<!--",
    "-->",
    "<?",
    "&amp;",
    "&",
    "#",
    "# ",
    "> ",
    "- ",
    "+ ",
    "1. ",
    "2) ",
    "---",
    "===",
    "|",
    "\\",
    "\\|",
    "$",
    "$$",
    "^",
    "^[",
    "[^1]",
    "{#x}",
    "::",
    ": ",
    "http://a.b",
    "<http://a.b>",
    "a",
    "1",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r",
    "%%%",
    "+++",
    "[[x]]",
    "[x]",
    "[!NOTE]",
    "ü",
    "é_",
];

const LEADS: &[&str] = &[
    "password",
    "=",
    ": ",
    "\"",
    "'",
    "\\\"",
    "token",
    "secret=",
    "api_key: ",
    "--password ",
    "://",
    "u:",
    "@",
    "/",
    "?token=",
    "&sig=",
    "Authorization: ",
    "Bearer ",
    "Basic ",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "\\n",
    "\n",
    " ",
    "ghp_",
    "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6",
    "sk-",
    "AKIA",
    "QWERTYUIOP234567",
    "eyJhbGciOiJI",
    ".",
    "[redacted:password]",
    "[redacted:",
    "]",
    "[",
    "{",
    "}",
    ",",
    ";",
    "hunter22",
    "$",
    "%",
    "<",
    ">",
    "curl -u ",
    "mysql -p",
    "_",
    "-",
    "é",
    "*",
    "xxxxxx",
    "SK",
    "pass",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn redacting_twice_is_redacting_once(text in hostile(LEADS)) {
        let (once, _) = redact(&text);
        let (twice, shapes) = redact(&once);
        prop_assert_eq!(&twice, &once, "{:?}", shapes);
    }

    #[test]
    fn secrets_are_in_order_and_apart(text in hostile(LEADS)) {
        let mut done = 0;
        for it in secrets(&text) {
            prop_assert!(it.range.start >= done && it.range.start < it.range.end);
            prop_assert!(text.get(it.range.clone()).is_some());
            done = it.range.end;
        }
    }

    #[test]
    fn cleaned_is_one_visible_line(text in any::<String>(), more in hostile(LEADS), cap in 0_usize..60) {
        let res = clean(&format!("{text}{more}\u{1b}[1m{text}"), cap);
        prop_assert!(res.text.chars().count() <= cap);
        prop_assert!(!res.text.contains("  ") && res.text.trim() == res.text);
        prop_assert!(!res.text.chars().any(|it| is_invisible(it) || (it.is_whitespace() && it != ' ')));
    }

    #[test]
    fn escaped_is_inert(text in hostile(MARKUP)) {
        let text: String = text.chars().filter(|it| *it != '\0').collect();
        prop_assume!(!text.is_empty());
        assert_inert(&text);
    }
}
