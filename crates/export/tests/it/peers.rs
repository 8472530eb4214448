//! What an agent is told of the others.

use std::path::Path;

use topside_export::text::{self, Page};
use topside_export::wire::v1;
use topside_model::TimeZone;

use crate::support;

#[test]
fn others_are_told_by_what_they_do_and_never_by_what_was_written() {
    let snapshot = support::rich();
    let place = (Path::new("/code/payments/src"), Some(Path::new("/code/payments")));
    let sessions = snapshot.sessions.iter().take(2).map(|session| &**session);
    let document = v1::agents(&snapshot, place, sessions, Some(4242));
    let page = Page { width: 100, colour: false, zone: TimeZone::UTC };
    let said = format!("{}\n\n{}", text::peers(document.body(), &page), document.to_json());
    for written in ["npm publish", "Release 2.4", "release 2.4", "Allow every origin?"] {
        assert!(!said.contains(written), "{written}");
    }
    insta::assert_snapshot!(said);
}

#[test]
fn where_nobody_works_that_is_said() {
    let snapshot = support::rich();
    let document = v1::agents(&snapshot, (Path::new("/tmp"), None), std::iter::empty(), None);
    let page = Page { width: 100, colour: false, zone: TimeZone::UTC };
    assert_eq!(text::peers(document.body(), &page), "No agent works in /tmp.\n");
}
