//! How text looks on a terminal: colours and width. Colour is written always; the stream takes it out where
//! it is not wanted.

use anstyle::{AnsiColor, Reset, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub const RED: Style = AnsiColor::Red.on_default().bold();
pub const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
pub const GREEN: Style = AnsiColor::Green.on_default();
pub const DIM: Style = Style::new().dimmed();
pub const BOLD: Style = Style::new().bold();
pub const RESET: Reset = Reset;

/// Cuts a text to a width in terminal columns.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut res = String::new();
    for ch in text.chars() {
        if res.width() + ch.width().unwrap_or(0) + 1 > width {
            break;
        }
        res.push(ch);
    }
    res + "…"
}
