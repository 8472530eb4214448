//! `topside doctor`: where topside looked, what it found, what it did not understand.

use topside_catalog::text::{neutralise, shown_path};
use topside_catalog::{alert, format};
use topside_model::{Health, HealthState, Snapshot};

use super::empty::seen;
use super::page::{Ink, Page, Piece, Sheet};

/// How every collector fares.
pub fn doctor(snapshot: &Snapshot, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    if snapshot.health.is_empty() {
        sheet.say("No collector ran, so nothing was looked for.");
        sheet.say("That is a defect of topside: please report how you started it.");
    }
    for health in &snapshot.health {
        sheet.gap();
        collector(&mut sheet, health);
    }
    programs(&mut sheet, snapshot);
    deliveries(&mut sheet, snapshot, page);
    sheet.finish()
}

fn collector(sheet: &mut Sheet<'_>, health: &Health) {
    let (state, ink) = match &health.state {
        HealthState::Up => ("works".to_owned(), Ink::Plain),
        HealthState::Panicked(message) => (format!("failed and was taken out: {}", neutralise(message)), Ink::Fail),
    };
    sheet.line(&[Piece::new(health.title, Ink::Strong), Piece::plain("  "), Piece::new(state, ink)]);
    sheet.pair(
        "read",
        Some(format!(
            "{}, {} events, last round {}",
            format::bytes(health.bytes_read),
            format::count(health.events),
            format::short_duration(health.last_round)
        )),
    );
    for place in &health.places {
        sheet.pair("looked in", Some(seen(place)));
    }
    if health.places.iter().all(|place| place.files.unwrap_or(0) == 0) {
        sheet.pair("", Some("nothing of this agent is here; start it once, or give --root DIR".to_owned()));
    }
    for unknown in &health.unknown {
        let version = unknown.version.as_ref().map_or_else(|| "unknown version".to_owned(), shown_path);
        let times = if unknown.count == 1 { "once".to_owned() } else { format!("{} times", unknown.count) };
        sheet.pair("not known", Some(format!("{}  {times}, written by {version}", shown_path(&unknown.kind))));
    }
    for problem in &health.problems {
        sheet.pair("not read", Some(format!("{}: {}", shown_path(&problem.path), neutralise(&problem.what))));
    }
}

/// Agent programs that own no session.
fn programs(sheet: &mut Sheet<'_>, snapshot: &Snapshot) {
    if snapshot.programs.is_empty() {
        return;
    }
    sheet.gap();
    sheet.line(&[Piece::new("Programs without a session", Ink::Strong)]);
    for program in &snapshot.programs {
        let cwd = program.cwd.as_ref().map(|cwd| format!(" in {}", shown_path(cwd))).unwrap_or_default();
        let agent = neutralise(program.agent.as_str());
        sheet.pair(&format!("pid {}", program.process.pid), Some(format!("{agent} {}{cwd}", program.role)));
    }
}

/// How the ways fare by which the user is told.
fn deliveries(sheet: &mut Sheet<'_>, snapshot: &Snapshot, page: &Page) {
    if snapshot.deliveries.is_empty() {
        return;
    }
    sheet.gap();
    sheet.line(&[Piece::new("Notifications", Ink::Strong)]);
    for delivery in &snapshot.deliveries {
        sheet.pair(delivery.target, Some(alert::fares(delivery, snapshot.taken_at, &page.zone)));
    }
}
