//! The report as one JSON object, its fields as [`Report`] names them.

use crate::report::Report;

/// # Errors
/// When a number is none that JSON knows.
pub fn render(report: &Report) -> serde_json::Result<String> {
    serde_json::to_string(report)
}
