//! What happens to a screen, and what it asks for.

use crossterm::event::{KeyEvent, MouseEvent};
use topside_model::{Ending, SessionKey, Timestamp};

/// Something happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// Time went on, or a new snapshot came. The time is the one to show; a frame follows before the next key.
    Tick(Timestamp),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse was used.
    Mouse(MouseEvent),
    /// Something that was asked for is done, or not.
    Told(Told),
}

/// Something the screen asks the program to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Leave.
    Quit,
    /// End processes. A person saw which and agreed.
    Stop(StopOrder),
    /// Bring the terminal of a session to the front.
    Jump(SessionKey),
}

/// Processes to end.
#[derive(Debug, Clone, PartialEq)]
pub struct StopOrder {
    /// What ends.
    pub endings: Vec<Ending>,
    /// True to end them without asking them first.
    pub force: bool,
}

/// What came of an effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// It is done; in a sentence, fit to be shown.
    Done(String),
    /// It is not, and why.
    Failed(String),
    /// These did not end when they were asked to: only force ends them.
    Left(StopOrder),
}
