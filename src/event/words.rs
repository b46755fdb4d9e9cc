//! The words that fields of events may have; those of newer versions read as "other".

use serde::{Deserialize, Serialize};

/// Declares an enum of lower-case words that keeps words it does not know.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum $name {
            $(#[serde(rename = $word)] $variant,)+
            /// A word of a newer version.
            #[default]
            #[serde(other, rename = "other")]
            Other,
        }

        impl $name {
            pub const WORDS: &[&str] = &[$($word),+];

            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ Self::Other => "other" }
            }

            pub fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// Who wrote an event.
    By { Hand = "hand", Hook = "hook", Detect = "detect", Ci = "ci", Watch = "watch", Sync = "sync" }
}
words! {
    /// Who noticed that something went wrong.
    DetectedBy { Alert = "alert", Watch = "watch", User = "user", Agent = "agent", Hand = "hand" }
}
words! {
    /// What an occurrence is to its deployment.
    Role { Rollback = "rollback", Incident = "incident" }
}
words! {
    /// How bad a pitfall is.
    Impact { Critical = "critical", High = "high", Medium = "medium", Low = "low" }
}
words! {
    /// How a deployment ended.
    Outcome { Succeeded = "succeeded", Failed = "failed", Blocked = "blocked", Unknown = "unknown" }
}
words! {
    /// Where the times of a deployment come from.
    DurationFrom { Ci = "ci", Session = "session", Hand = "hand" }
}
words! {
    /// What a watch concluded.
    WatchVerdict { Healthy = "healthy", Unhealthy = "unhealthy", Inconclusive = "inconclusive" }
}

impl Impact {
    /// Returns the word as skills write it: `Critical`.
    pub fn title(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::High => "High",
            Self::Medium => "Medium",
            Self::Low => "Low",
            Self::Other => "Unknown",
        }
    }
}

words! {
    /// What kind of fact an event is.
    Kind {
        Occurrence = "occurrence", Use = "use", Deploy = "deploy", Reading = "reading",
        Baseline = "baseline", Shown = "shown", Resolution = "resolution", Adoption = "adoption",
        Watch = "watch", Confirmation = "confirmation", Retraction = "retraction",
        Rename = "rename", Mute = "mute",
    }
}
