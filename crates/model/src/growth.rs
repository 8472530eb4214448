//! What came into a session's context, and what it has cost since.

use crate::charge::Money;
use crate::text::Untrusted;
use crate::unit::Tokens;

/// What came into a session's context: estimated from how large things were and how much larger the next request was.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Growth {
    /// What came in, dearest first.
    pub items: Vec<Added>,
    /// True when it may have cost more: some replies that read it have no known price.
    pub cost_is_floor: bool,
}

/// Something that came into the context, once or several times.
#[derive(Debug, Clone, PartialEq)]
pub struct Added {
    /// What.
    pub what: Addition,
    /// How often.
    pub times: u64,
    /// What it added.
    pub tokens: Tokens,
    /// How much of it is still there: a compaction takes everything out.
    pub held: Tokens,
    /// What it cost to be read by the model, from the first reply that read it on; `None` where no such reply has a known
    /// price.
    pub cost: Option<Money>,
}

/// What can come into a context.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Addition {
    /// What the first request holds, or the first one after a compaction: instructions, tools, the first prompt or the
    /// summary.
    Start,
    /// The prompt of that number, counted from 1.
    Prompt(u64),
    /// Results of the tool of that name.
    Tool(Untrusted),
    /// A file that was read.
    File(Untrusted),
    /// What the agent added by itself: reminders, output of hooks, commands and their output.
    Notes,
    /// What the model itself wrote.
    Replies,
    /// What came in together, and of which not every size is known.
    Unknown,
    /// What is too little to be told one by one.
    Rest,
}

impl Addition {
    /// Its kind in JSON.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Prompt(_) => "prompt",
            Self::Tool(_) => "tool",
            Self::File(_) => "file",
            Self::Notes => "notes",
            Self::Replies => "replies",
            Self::Unknown => "unknown",
            Self::Rest => "rest",
        }
    }
}
