pub struct Cleaned {
    pub text: String,
    pub redacted: Vec<&'static str>,
    pub truncated: bool,
    pub stripped: usize,
}
pub fn clean(text: &str, cap: usize) -> Cleaned {
    Cleaned {
        text: text.chars().filter(|c| !c.is_control()).take(cap).collect(),
        redacted: vec![],
        truncated: false,
        stripped: 0,
    }
}
pub fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    text.into()
}
pub fn escape_markdown(text: &str) -> String {
    text.to_owned()
}
pub fn printable_lines(text: &str) -> std::borrow::Cow<'_, str> {
    text.into()
}
