//! Size, headings, fences, tables, what was left over, and what only all skills together show.

pub mod conflict_marker;
pub mod duplicate_name;
pub mod empty_body;
pub mod heavy_body;
pub mod leftover_placeholder;
pub mod listing_over_budget;
pub mod long_body;
pub mod nested_fence;
pub mod ragged_table;
pub mod skipped_heading;
pub mod unclosed_fence;
pub mod unreadable_text;

const COMMONMARK: &str = "https://spec.commonmark.org/0.31.2/#fenced-code-blocks";

const LINES: usize = 500;
