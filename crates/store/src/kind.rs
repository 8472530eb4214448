//! Kinds as the tables hold them: small numbers that never change.

use topside_model::{Outcome, StateKind, TurnEnd, Work};

/// A kind with a number. A number that this version does not know is none of its kinds.
pub(crate) trait Numbered: Sized {
    fn number(self) -> i64;
    fn numbered(number: i64) -> Option<Self>;
}

macro_rules! numbers {
    ($kind:ty: $($number:literal $variant:ident,)*) => {
        impl Numbered for $kind {
            fn number(self) -> i64 {
                match self { $(Self::$variant => $number,)* }
            }

            fn numbered(number: i64) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

numbers! { StateKind:
    0 Thinking, 1 RunningTool, 2 WaitingOnSubagents, 3 Compacting, 4 Retrying, 5 Approval, 6 Question, 7 Background,
    8 TurnDone, 9 RateLimited, 10 Failed, 11 New, 12 Ended, 13 Interrupted, 14 Crashed, 15 Unknown,
}
numbers! { TurnEnd: 0 Completed, 1 Interrupted, 2 Failed, }
numbers! { Work:
    0 Command, 1 Script, 2 Terminal, 3 Edit, 4 Read, 5 Question, 6 Permission, 7 Agent, 8 AgentWait, 9 Other,
}
numbers! { Outcome: 0 Completed, 1 Failed, 2 Declined, 3 Background, 4 Unknown, }

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    /// Kinds in the order of their numbers.
    fn listed<T: Numbered + Copy + Debug>() -> String {
        let known = (0..100).filter_map(|number| Some((number, T::numbered(number)?)));
        let words = known.map(|(number, kind)| {
            assert_eq!(kind.number(), number, "{kind:?}");
            format!("{number} {kind:?}")
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// Databases hold them: a new kind gets a number of its own, and no other changes.
    #[test]
    fn numbers_are_what_they_were() {
        assert_eq!(
            listed::<StateKind>(),
            "0 Thinking, 1 RunningTool, 2 WaitingOnSubagents, 3 Compacting, 4 Retrying, 5 Approval, 6 Question, \
             7 Background, 8 TurnDone, 9 RateLimited, 10 Failed, 11 New, 12 Ended, 13 Interrupted, 14 Crashed, 15 Unknown"
        );
        assert_eq!(listed::<TurnEnd>(), "0 Completed, 1 Interrupted, 2 Failed");
        assert_eq!(
            listed::<Work>(),
            "0 Command, 1 Script, 2 Terminal, 3 Edit, 4 Read, 5 Question, 6 Permission, 7 Agent, 8 AgentWait, 9 Other"
        );
        assert_eq!(listed::<Outcome>(), "0 Completed, 1 Failed, 2 Declined, 3 Background, 4 Unknown");
    }
}
