//! What a person does not see and an agent reads; and what nobody should read.

use crate::lint::walk::Page;

pub mod bidirectional_control;
pub mod hidden_instruction;
pub mod secret;
pub mod tag_character;
pub mod zero_width;

const TROJAN: &str = "https://trojansource.codes";

const GOOD: &[(&str, &str)] = &[(
    "reference.md",
    "# R\n\nText. 👨‍👩‍👧 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}\n",
)];

/// Calls `each` for every character that takes three bytes or more and is not plain CJK.
fn each_wide(page: &Page, first: &[u8], each: &mut dyn FnMut(usize, char)) {
    for lead in first {
        for at in memchr::memchr_iter(*lead, page.text.as_bytes()) {
            if let Some(it) = page.text.get(at..).and_then(|it| it.chars().next()) {
                each(at, it);
            }
        }
    }
}
