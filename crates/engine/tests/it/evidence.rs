//! Every state says why it is believed, strongest signal first.

use topside_model::{CallId, ErrorClass, EventKind, Place, TurnEnd, Work};

use crate::scene::{Scene, session, thread, turn, unwritten};

/// The evidence for the state of `scene`, a line each: how strong, where, what.
fn reasons(scene: &Scene) -> Vec<String> {
    let session = session(&[scene], 40);
    let about_status = session.evidence.iter().take_while(|one| one.about == "status");
    let line = about_status.map(|one| {
        let place = match &one.place {
            Place::File { offset, .. } => format!("byte {offset}"),
            Place::Process { pid } | Place::Lock { pid, .. } => format!("process {pid}"),
            Place::Socket { path } => format!("over {}", path.raw()),
            Place::Nowhere => "nowhere".to_owned(),
        };
        format!("{} at {place}: {}", one.strength.id(), one.signal)
    });
    line.collect()
}

#[track_caller]
fn check(scene: &Scene, expected: &[&str]) {
    assert_eq!(reasons(scene), expected);
}

#[test]
fn the_owner_comes_before_the_record_and_the_record_before_the_processes() {
    check(
        &turn().calls(12, "c1", Work::Command).runs("c1").calls(12, "c2", Work::Command),
        &[
            "live at process 100: process 100 has it loaded",
            "record at byte 300: a turn began and did not end",
            "joined at byte 400: call of command has no result; its process is there",
            "joined at byte 500: call of command has no result; it has no process",
        ],
    );
}

#[test]
fn what_the_agent_says_itself_outweighs_what_was_put_together() {
    let asked = EventKind::ApprovalAsked(CallId::new("c2"));
    check(
        &turn().escalates(12, "c1", Work::Command).calls(12, "c2", Work::Command).says(12, asked),
        &[
            "live at process 100: process 100 has it loaded",
            "record at byte 300: a turn began and did not end",
            "record at byte 500: call of command has no result; the agent asks for leave",
            "joined at byte 400: call of command has no result; it asks for more than the sandbox grants, and has no process",
        ],
    );
}

#[test]
fn the_absence_of_an_owner_is_a_reason() {
    check(
        &turn().unloaded(),
        &["live at nowhere: no process has it loaded", "record at byte 300: a turn began and did not end"],
    );
    check(
        &turn().unwatched(),
        &[
            "record at byte 300: a turn began and did not end",
            "hint at nowhere: the system does not tell who has it loaded",
        ],
    );
}

#[test]
fn silence_and_the_age_of_the_owner_are_named() {
    check(
        &thread("a").prompt(5),
        &[
            "live at process 100: process 100 has it loaded",
            "hint at nowhere: its version records no turns, and it has been quiet",
        ],
    );
    check(
        &turn().owned_since(30, 2),
        &[
            "live at process 100: process 100 has it loaded",
            "record at byte 300: a turn began and did not end",
            "joined at process 100: the process is younger than the turn: an earlier one left it open",
        ],
    );
}

#[test]
fn every_state_has_a_reason_and_the_strongest_comes_first() {
    let scenes = [
        unwritten("a"),
        thread("a"),
        thread("a").unloaded(),
        thread("a").unwatched(),
        thread("a").prompt(5).unwatched(),
        turn(),
        turn().compaction(12),
        turn().calls(12, "c1", Work::Edit),
        turn().calls(12, "q1", Work::Question),
        turn().calls(12, "w1", Work::AgentWait),
        turn().fails(12, ErrorClass::UsageLimit),
        turn().fails(12, ErrorClass::Other).unloaded(),
        turn().rests(12, TurnEnd::Completed),
        turn().rests(12, TurnEnd::Interrupted).unloaded(),
    ];
    for scene in &scenes {
        let session = session(&[scene], 40);
        let status = || session.evidence.iter().take_while(|one| one.about == "status");
        assert!(status().count() > 0, "{:?} has no reason", session.status);
        assert!(status().is_sorted_by(|a, b| a.strength >= b.strength), "{:?}", session.evidence);
        assert!(session.evidence.iter().skip(status().count()).all(|one| one.about != "status"));
    }
}
