//! The pages of the command line at two widths, and what they say when there is nothing.

use std::time::Duration;

use topside_catalog::TimeZone;
use topside_export::text::{self, Listing, Page};
use topside_model::Snapshot;
use unicode_width::UnicodeWidthStr;

use crate::support;

const LISTING: Listing<'_> = Listing { agent: None, all: false, recent: Duration::from_mins(10), text: false };

fn page(width: usize) -> Page {
    Page { width, colour: false, zone: TimeZone::UTC }
}

/// Checks a page at 80 and 120 columns against its goldens.
fn check(name: &str, write: impl Fn(&Page) -> String) {
    for width in [80, 120] {
        insta::assert_snapshot!(format!("{name}_{width}"), write(&page(width)));
    }
}

#[test]
fn ls_puts_first_what_needs_a_person() {
    check("ls", |page| text::ls(&support::rich(), &LISTING, page));
}

#[test]
fn ls_lists_what_ended_long_ago_when_asked() {
    let everything = text::ls(&support::rich(), &Listing { all: true, ..LISTING }, &page(120));
    assert!(everything.contains("old-api"), "{everything}");
    let usual = text::ls(&support::rich(), &LISTING, &page(120));
    assert!(!usual.contains("old-api") && usual.contains("infra"), "{usual}");
}

#[test]
fn ls_keeps_to_one_agent_when_asked() {
    let other = text::ls(&support::rich(), &Listing { agent: Some("claude_code"), ..LISTING }, &page(80));
    assert_eq!(other, "0 sessions of claude_code\n");
}

#[test]
fn ls_keeps_to_the_page() {
    for width in [40, 60, 80, 100, 120, 160, 200, 240] {
        for line in text::ls(&support::rich(), &LISTING, &page(width)).lines() {
            assert!(line.width() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn ls_shows_a_question_only_when_texts_were_asked_for() {
    assert!(!text::ls(&support::rich(), &LISTING, &page(240)).contains("Allow every origin?"));
    assert!(text::ls(&support::rich(), &Listing { text: true, ..LISTING }, &page(240)).contains("Allow every origin?"));
}

#[test]
fn conflicts_say_who_is_in_whose_way() {
    check("conflicts", |page| text::conflicts(&support::rich(), page));
    let alone = text::conflicts(&support::empty(), &page(80));
    assert!(alone.starts_with("No two sessions are in each other's way."), "{alone}");
}

#[test]
fn one_that_is_stalled_and_in_the_way_says_so_first() {
    let (snapshot, page) = (support::rich(), page(80));
    let [session, orphan] = [3, 11].map(|place| &snapshot.sessions[place]);
    let shown = text::show(&snapshot, session, false, &page);
    insta::assert_snapshot!(shown.lines().take(6).collect::<Vec<_>>().join("\n"));
    assert!(text::show(&snapshot, orphan, false, &page).contains(":8080 is held by what was left behind"));
}

#[test]
fn show_says_everything_of_one_session() {
    let snapshot = support::rich();
    check("show", |page| text::show(&snapshot, &snapshot.sessions[0], true, page));
}

#[test]
fn show_says_what_is_not_known() {
    let snapshot = support::rich();
    let bare = snapshot.sessions.last().expect("a session");
    insta::assert_snapshot!(text::show(&snapshot, bare, true, &page(80)));
}

#[test]
fn why_names_each_signal_and_its_place() {
    let snapshot = support::rich();
    check("why", |page| text::why(&snapshot, &snapshot.sessions[0], page));
}

#[test]
fn why_without_signals_says_so() {
    let snapshot = support::rich();
    insta::assert_snapshot!(text::why(&snapshot, snapshot.sessions.last().expect("a session"), &page(80)));
}

#[test]
fn ports_names_orphans() {
    check("ports", |page| text::ports(&support::rich(), page));
}

#[test]
fn reclaim_says_what_there_is_to_win() {
    check("reclaim", |page| text::reclaim(&support::rich(), page));
}

#[test]
fn limits_says_where_each_window_leads() {
    check("limits", |page| text::limits(&support::rich(), page));
}

#[test]
fn limits_keep_to_the_page() {
    for width in [40, 60, 80, 120] {
        for line in text::limits(&support::rich(), &page(width)).lines() {
            assert!(line.width() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn doctor_says_what_failed_and_what_was_not_understood() {
    check("doctor", |page| text::doctor(&support::rich(), page));
}

#[test]
fn a_page_of_nothing_says_what_was_looked_for_and_what_to_do() {
    let pages = |snapshot: &Snapshot| {
        let page = page(80);
        [
            text::ls(snapshot, &LISTING, &page),
            text::ports(snapshot, &page),
            text::reclaim(snapshot, &page),
            text::limits(snapshot, &page),
            text::doctor(snapshot, &page),
        ]
        .join("\n---\n")
    };
    insta::assert_snapshot!(pages(&support::empty()));
}

#[test]
fn colours_change_nothing_but_colours() {
    let coloured = text::ls(&support::rich(), &LISTING, &Page { colour: true, ..page(120) });
    assert!(coloured.contains('\u{1b}'));
    let plain: String =
        coloured.split('\u{1b}').map(|part| part.split_once('m').map_or(part, |(_, rest)| rest)).collect();
    // The part before the first escape holds the letter too.
    let first = coloured.split('\u{1b}').next().expect("a part");
    assert!(first.is_empty() || !first.contains('m'), "{first}");
    assert_eq!(plain, text::ls(&support::rich(), &LISTING, &page(120)));
}
