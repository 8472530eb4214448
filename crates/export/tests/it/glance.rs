//! One line for those who only glance, and what a wait came to.

use std::sync::Arc;

use topside_export::text::{Glance, Page, glance, reached};
use topside_export::wire::v1;
use topside_model::{Project, Session, Snapshot, Status, TimeZone, Untrusted};

use crate::support;

fn page() -> Page {
    Page { width: 80, colour: false, zone: TimeZone::UTC }
}

/// A fleet in which everything can be seen.
fn fleet() -> Snapshot {
    support::rich()
}

/// A session with a hostile name that waits for leave.
fn hostile() -> Snapshot {
    let since = Some(support::ago(90));
    let summary = Some(Untrusted::new("echo '#[bg=red]<b>&\u{1b}[2J"));
    let status = Status::Approval { tool: Untrusted::new("shell"), summary, since };
    let project = Project { name: Some(Untrusted::new("#[x]#{y}<i>\u{1b}]0;z\u{7}")), ..Project::default() };
    let session = Session { project, live: true, ..support::bare("a", status) };
    Snapshot { sessions: vec![Arc::new(session)], ..Snapshot::empty(support::now()) }
}

const FORMS: [Glance; 5] = [Glance::Plain, Glance::Tmux, Glance::Waybar, Glance::Starship, Glance::Claude];

fn lines(snapshot: &Snapshot) -> String {
    FORMS
        .map(|form| format!("{form:?}: {}\n", glance(snapshot, form, &page()).trim_end().replace('\u{1b}', "ESC")))
        .concat()
}

#[test]
fn each_form_tells_how_the_fleet_stands() {
    insta::assert_snapshot!(lines(&fleet()));
}

#[test]
fn nothing_at_all_is_told_as_that_and_a_prompt_shows_nothing() {
    insta::assert_snapshot!(lines(&support::empty()));
}

#[test]
fn text_from_outside_is_text_in_every_form() {
    insta::assert_snapshot!(lines(&hostile()));
}

#[test]
fn every_form_is_one_line() {
    for form in FORMS {
        assert!(!glance(&fleet(), form, &page()).trim_end().contains('\n'), "{form:?}");
    }
}

#[test]
fn a_document_tells_who_waits_and_which_limit_is_nearest() {
    insta::assert_snapshot!(v1::status(&fleet()).to_json());
}

#[test]
fn what_a_wait_came_to_is_one_line() {
    let snapshot = fleet();
    let lines: String = snapshot.sessions.iter().map(|session| reached(&snapshot, session, false, &page())).collect();
    insta::assert_snapshot!(lines);
}
