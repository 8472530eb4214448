//! An alert in the forms in which it is told.

use std::time::Instant;

use topside_catalog::{TimeZone, alert};
use topside_export::wire::v1::{self, AlertV1};
use topside_model::Alert;

/// An alert in words; every text is one harmless line.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// The headline.
    pub(crate) title: String,
    /// What stands below it. It may show a command, so it stays on this machine.
    pub(crate) body: Option<String>,
    /// True when it is told in quiet hours too.
    pub(crate) urgent: bool,
    /// The alert as one line of JSON, fit to leave this machine.
    pub(crate) document: String,
    /// The same as variables of an environment.
    pub(crate) variables: Vec<(&'static str, String)>,
    /// When it was made.
    pub(crate) made: Instant,
}

impl Message {
    /// `alert` in words; times of day are those of `zone`.
    pub(crate) fn of(alert: &Alert, zone: &TimeZone) -> Self {
        let document = v1::alert(alert, zone);
        Self {
            title: alert::title(alert, zone),
            body: alert::body(alert, zone),
            urgent: alert.urgent,
            variables: variables(document.body()),
            document: document.to_json_line(),
            made: Instant::now(),
        }
    }
}

fn variables(alert: &AlertV1) -> Vec<(&'static str, String)> {
    let always = [("TOPSIDE_KIND", Some(alert.kind.to_owned())), ("TOPSIDE_TEXT", Some(alert.text.clone()))];
    let known = [
        ("TOPSIDE_AGENT", &alert.agent),
        ("TOPSIDE_SESSION", &alert.session),
        ("TOPSIDE_PROJECT", &alert.project),
        ("TOPSIDE_TOOL", &alert.tool),
    ];
    let all = always.into_iter().chain(known.into_iter().map(|(name, value)| (name, value.clone())));
    // A variable that is not known is empty, so that an outer topside's never stands in for it.
    all.map(|(name, value)| (name, value.unwrap_or_default())).collect()
}
