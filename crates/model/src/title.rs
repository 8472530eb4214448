//! What an agent says in the title of its own terminal.

use crate::evidence::Place;
use crate::id::ProcessRef;
use crate::unit::Timestamp;

/// What an agent says in the title of its own terminal. It holds until another is seen or its process ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// Whose terminal it is.
    pub process: ProcessRef,
    /// What it says.
    pub word: TitleWord,
    /// When it was seen to begin to ask, the last time it did.
    pub asked: Option<Timestamp>,
    /// When it was seen to begin to work, the last time it did.
    pub worked: Option<Timestamp>,
    /// Where it was read.
    pub place: Place,
}

impl Title {
    /// Since when it was seen to say what it says.
    pub fn since(&self) -> Option<Timestamp> {
        match self.word {
            TitleWord::Asks => self.asked,
            TitleWord::Works => self.worked,
        }
    }
}

/// What a title can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TitleWord {
    /// A person must do something.
    Asks,
    /// The agent works.
    Works,
}
