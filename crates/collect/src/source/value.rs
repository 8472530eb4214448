//! Values as every agent writes them.

use std::borrow::Cow;

use topside_model::{SessionId, Timestamp, Untrusted};

use super::json::Json;

/// Longest text kept of anything, in bytes.
pub(crate) const TEXT: usize = 4 * 1024;

/// A text for people.
pub(crate) fn untrusted(value: Json<'_>) -> Option<Untrusted> {
    value.text_head(TEXT).map(Untrusted::new)
}

/// A text for the collector itself.
pub(crate) fn string(value: Json<'_>) -> Option<String> {
    value.text_head(TEXT).map(Cow::into_owned)
}

/// A session's id.
pub(crate) fn session(value: Json<'_>) -> Option<SessionId> {
    value.text().map(SessionId::new)
}

/// A time in the form of RFC 3339.
pub(crate) fn time(value: Json<'_>) -> Option<Timestamp> {
    value.text()?.parse().ok()
}
