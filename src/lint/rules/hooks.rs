//! The settings of an agent that runs hooks.

pub mod broken_settings;
pub mod duplicate_hook;
pub mod hook_not_found;
pub mod unknown_hook_event;
