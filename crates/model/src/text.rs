//! Text that came from outside.

use std::fmt;
use std::sync::Arc;

/// Text somebody else wrote: a prompt, a command, a path, a name. It may hold escape sequences, bidirectional
/// controls and secrets, so it has no `Display`; `catalog::text` is the one way to show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Untrusted(Arc<str>);

impl Untrusted {
    /// Wraps `text`, unchanged.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// The text as it came. Not for a screen, a shell, HTML or a log.
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
