//! Why a state is believed: each signal, where, how old, how strong.

use ratatui::text::Line;
use topside_catalog::text::{neutralise, shown_path};
use topside_catalog::{format, status};
use topside_model::{Evidence, Place, elapsed};

use super::Page;
use crate::panel::table::status_role;
use crate::text::left;
use crate::theme::Role;

pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let (screen, session) = (page.screen, page.session);
    let sentence = status::sentence_of(session, screen.now, &screen.zone);
    let mut lines = page.wrapped(status_role(&session.status), &sentence, 3);
    if let Some(stall) = session.stall {
        lines.extend(page.wrapped(Role::Warning, &status::stall_sentence(stall, screen.now), 3));
    }
    lines.push(Line::default());
    if session.evidence.is_empty() {
        lines.extend(page.nothing("No signal was kept for this state."));
    }
    for evidence in &session.evidence {
        lines.extend(signal(page, evidence));
    }
    for source in &session.detail.sources {
        lines.push(page.pair_in(Role::Dim, "read from", &shown_path(source)));
    }
    lines
}

fn signal(page: &Page<'_>, evidence: &Evidence) -> Vec<Line<'static>> {
    let age =
        evidence.at.map(|at| format!(", {} ago", format::duration(elapsed(at, page.screen.now)))).unwrap_or_default();
    let head = Line::from(vec![
        page.span(Role::Title, format!(" {}", left(evidence.strength.id(), 7))),
        page.span(Role::Dim, format!("{}{age}", neutralise(evidence.about))),
    ]);
    let mut lines = vec![head];
    lines.extend(page.indented(8, Role::Text, &neutralise(&evidence.signal), 4));
    lines.extend(page.indented(8, Role::Dim, &place(&evidence.place), 3));
    lines.push(Line::default());
    lines
}

fn place(place: &Place) -> String {
    match place {
        Place::File { path, offset } => format!("{} at byte {offset}", shown_path(path)),
        Place::Process { pid } => format!("process {pid}"),
        Place::Lock { path, pid } => format!("{} locked by process {pid}", shown_path(path)),
        Place::Socket { path } => format!("told over {}", shown_path(path)),
        Place::Nowhere => "from what is absent".to_owned(),
    }
}
