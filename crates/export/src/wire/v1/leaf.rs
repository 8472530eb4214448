//! Leaves of the wire: times, shares and texts, each converted in one place.

use std::fmt;

use serde::Serialize;
use topside_catalog::text::{neutralise, shown, shown_path};
use topside_model::{ErrorClass, Percent, Timestamp, Untrusted};

/// A moment: RFC 3339, UTC, milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(extend("format" = "date-time")))]
pub struct TimeV1(String);

impl From<Timestamp> for TimeV1 {
    fn from(at: Timestamp) -> Self {
        Self(format!("{at:.3}"))
    }
}

impl fmt::Display for TimeV1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A moment that may be unknown.
pub(super) fn time(at: Option<Timestamp>) -> Option<TimeV1> {
    at.map(TimeV1::from)
}

/// A share with one decimal.
pub(super) fn tenths(share: Option<Percent>) -> Option<f64> {
    share.map(|Percent(value)| (value * 10.0).round() / 10.0)
}

/// Free text: secrets blotted out, control characters made harmless.
pub(super) fn prose(text: Option<&Untrusted>) -> Option<String> {
    text.map(shown)
}

/// A path, a branch, a version: harmless, and otherwise exactly as written, since it is compared and opened.
pub(super) fn exact(text: Option<&Untrusted>) -> Option<String> {
    text.map(shown_path)
}

/// An id as its agent wrote it, made harmless.
pub(super) fn id(text: &str) -> String {
    neutralise(text)
}

/// The name of a kind of failure.
pub(super) fn error_class(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::UsageLimit => "usage_limit",
        ErrorClass::RateLimit => "rate_limit",
        ErrorClass::ContextFull => "context_full",
        ErrorClass::Server => "server",
        ErrorClass::Unauthorized => "unauthorized",
        ErrorClass::Network => "network",
        ErrorClass::Policy => "policy",
        ErrorClass::Other => "other",
    }
}
