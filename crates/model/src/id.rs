//! Identities. Each is the text its agent wrote; none is ever parsed for meaning outside its collector.

use std::fmt;
use std::sync::Arc;

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id made of `text`.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }
            /// The id as the agent wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_id! {
    /// Which agent program: `codex`, `claude_code`, …
    AgentId;
    /// One conversation of an agent (Codex: a thread).
    SessionId;
    /// One turn of a conversation: from a prompt to the agent's rest.
    TurnId;
    /// One model reply. Global: a reply copied into another file keeps its id and is paid once.
    ResponseId;
    /// One prompt. Global: a prompt copied into another file keeps its id and was sent once.
    PromptId;
    /// One tool call.
    CallId;
    /// One rate limit of an account.
    LimitId;
    /// A model by its vendor's name.
    ModelId;
}

/// A session among all agents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey {
    /// Whose session.
    pub agent: AgentId,
    /// Its own id.
    pub id: SessionId,
}

/// A process, safe against reuse of its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessRef {
    /// The system's number for it.
    pub pid: u32,
    /// When it started, in the system's own ticks; with `pid` it names one process for as long as the machine runs.
    pub started: u64,
}
