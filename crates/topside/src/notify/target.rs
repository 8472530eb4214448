//! Where alerts go.

/// A way of telling a user something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Target {
    /// A notification of the desktop.
    Desktop,
    /// The terminal's bell.
    Bell,
    /// A notification by the terminal, as iTerm2, `WezTerm` and Ghostty do it.
    Osc9,
    /// The same, as rxvt, foot and VTE do it.
    Osc777,
    /// The same, as kitty does it.
    Osc99,
    /// A POST request to the user's address.
    Webhook,
    /// The user's own program.
    Command,
}

impl Target {
    /// All of them.
    pub(crate) const ALL: [Self; 7] =
        [Self::Desktop, Self::Bell, Self::Osc9, Self::Osc777, Self::Osc99, Self::Webhook, Self::Command];

    /// Its name in the configuration.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Bell => "bell",
            Self::Osc9 => "osc9",
            Self::Osc777 => "osc777",
            Self::Osc99 => "osc99",
            Self::Webhook => "webhook",
            Self::Command => "command",
        }
    }

    /// The target of this name.
    pub(crate) fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.id() == id)
    }
}
