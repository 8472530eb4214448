//! Identities. Each is the text its agent wrote; none is ever parsed for meaning outside its collector.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use arrayvec::ArrayString;

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident($text:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($text);

        impl $name {
            /// The id made of `text`.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(<$text>::from(text.as_ref()))
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
    AgentId(Arc<str>);
    /// One conversation of an agent (Codex: a thread).
    SessionId(Arc<str>);
    /// One turn of a conversation: from a prompt to the agent's rest.
    TurnId(Arc<str>);
    /// One model reply. Global: a reply copied into another file keeps its id and is paid once.
    ResponseId(InPlace);
    /// One prompt. Global: a prompt copied into another file keeps its id and was sent once.
    PromptId(Arc<str>);
    /// One tool call.
    CallId(Arc<str>);
    /// One rate limit of an account.
    LimitId(Arc<str>);
    /// A model by its vendor's name.
    ModelId(Arc<str>);
}

/// A text that is in place where it is short. Every reply brings one, and asking for memory would take as long as reading
/// it: Anthropic's ids have 28 bytes.
#[derive(Clone)]
enum InPlace {
    Short(ArrayString<28>),
    Long(Arc<str>),
}

impl From<&str> for InPlace {
    fn from(text: &str) -> Self {
        ArrayString::from(text).map_or_else(|long| Self::Long(Arc::from(long.element())), Self::Short)
    }
}

impl Deref for InPlace {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Short(text) => text,
            Self::Long(text) => text,
        }
    }
}

impl PartialEq for InPlace {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for InPlace {}

impl PartialOrd for InPlace {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for InPlace {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for InPlace {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (**self).hash(hasher);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_length_are_what_their_agent_wrote() {
        for length in [0, 27, 28, 29, 100] {
            let text = "m".repeat(length);
            let id = ResponseId::new(&text);
            assert_eq!((id.as_str(), &id.clone()), (text.as_str(), &id));
        }
        assert!(ResponseId::new("b") > ResponseId::new("a".repeat(40)));
    }
}
