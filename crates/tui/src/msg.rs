//! What happens to a screen, and what it asks for.

use crossterm::event::{KeyEvent, MouseEvent};
use topside_model::Timestamp;

/// Something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Msg {
    /// Time went on, or a new snapshot came. The time is the one to show.
    Tick(Timestamp),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was used.
    Mouse(MouseEvent),
}

/// Something the screen asks the program to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Leave.
    Quit,
}
