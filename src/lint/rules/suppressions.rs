//! The comments by which a person allows a finding.

pub mod suppression_without_reason;
pub mod unused_suppression;
