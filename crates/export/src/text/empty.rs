//! What a page says when there is nothing to show: what was looked for, where, and what to do next.

use std::time::Duration;

use topside_catalog::format;
use topside_catalog::text::shown_path;
use topside_model::{PlaceSeen, Snapshot};

use super::page::{Page, Sheet};

/// No session at all, or none as recent as that.
pub(super) fn no_sessions(snapshot: &Snapshot, recent: Duration, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    let places = snapshot.health.iter().flat_map(|health| &health.places);
    let has_history = places.filter_map(|place| place.files).any(|files| files > 0);
    if has_history {
        sheet.say(format!("No agent runs, and none has written in the last {}.", format::age(recent)));
    } else {
        sheet.say("No agent has left a session here.");
    }
    looked(&mut sheet, snapshot);
    sheet.gap();
    if has_history {
        sheet.say("`topside ls --all` lists earlier sessions; --recent MINUTES looks further back.");
    } else {
        sheet.say("Start an agent, or point topside elsewhere with --root DIR.");
    }
    sheet.say("`topside demo` shows a simulated fleet; `topside doctor` says what was looked at.");
    sheet.finish()
}

/// Where the collectors looked.
pub(super) fn looked(sheet: &mut Sheet<'_>, snapshot: &Snapshot) {
    if snapshot.health.is_empty() {
        sheet.say("No collector has looked anywhere yet.");
    }
    for health in &snapshot.health {
        sheet.say(format!("{} was looked for in", health.title));
        for place in &health.places {
            sheet.say(format!("  {}", seen(place)));
        }
    }
}

/// A place and what was found there.
pub(super) fn seen(place: &PlaceSeen) -> String {
    let found = match place.files {
        None => "does not exist".to_owned(),
        Some(0) => "holds none of its files".to_owned(),
        Some(1) => "1 file".to_owned(),
        Some(files) => format!("{files} files"),
    };
    format!("{}  {found}", shown_path(&place.path))
}
