//! What a session runs with.

use crate::id::ModelId;
use crate::text::Untrusted;

/// What a session runs with. `None` is "not said".
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Settings {
    /// The model.
    pub model: Option<ModelId>,
    /// How hard it thinks.
    pub effort: Setting<Untrusted>,
    /// When it asks for leave.
    pub approval: Option<Untrusted>,
    /// Who answers when it asks; without a value, a person.
    pub reviewer: Setting<Untrusted>,
    /// What it may touch.
    pub sandbox: Option<Untrusted>,
    /// Working directory.
    pub cwd: Option<Untrusted>,
    /// Plan or default mode.
    pub mode: Option<Untrusted>,
}

/// A setting that a record may leave as it was, clear, or set.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Setting<T> {
    /// The record does not speak of it.
    #[default]
    Kept,
    /// The record says it has no value.
    Cleared,
    /// The record gives a value.
    Set(T),
}

impl<T> Setting<T> {
    /// The value, if one is set.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Kept | Self::Cleared => None,
        }
    }
}
