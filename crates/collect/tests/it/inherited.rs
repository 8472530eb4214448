//! What a file has from another one is not its own: copied histories, running totals that go on, other threads' records.

use std::collections::BTreeMap;

use topside_model::EventKind;

use crate::by_hand::{OWN, PARENT, count, event, meta, read, record, spent, token_count, usage};

/// Turns begun, prompts and tokens of a session's own.
#[track_caller]
fn check_own(lines: &[String], turns: usize, prompts: usize, tokens: u64) {
    let events = read(lines).events;
    let begun = count(&events, |kind| matches!(kind, EventKind::TurnStarted { .. }));
    let asked = count(&events, |kind| matches!(kind, EventKind::PromptSent { .. }));
    assert_eq!((begun, asked, spent(&events)), (turns, prompts, tokens));
    assert!(events.iter().all(|event| event.session.as_str() == OWN));
}

/// What a fork copied of its parent, stamped with second 5: two turns and their cost.
fn copied(turn: &str) -> Vec<String> {
    let started = |id: u32| event(5, &format!(r#""type":"task_started"{}"#, turn.replace('N', &id.to_string())));
    let prompt = || event(5, r#""type":"user_message","message":"the parent's""#);
    vec![
        meta(5, OWN, &format!(r#","forked_from_id":"{PARENT}""#)),
        meta(5, PARENT, ""),
        started(1),
        prompt(),
        token_count(5, 100, 100),
        event(5, r#""type":"task_complete""#),
        started(2),
        prompt(),
        token_count(5, 250, 150),
        event(5, r#""type":"turn_aborted","reason":"interrupted""#),
    ]
}

fn own_turn(second: u32, turn: &str) -> Vec<String> {
    let started = event(second, &format!(r#""type":"task_started"{turn}"#));
    let prompt = event(second, r#""type":"user_message","message":"its own""#);
    vec![started, prompt, token_count(second + 9, 257, 7)]
}

#[test]
fn a_copied_history_ends_where_a_turn_is_younger_than_the_fork() {
    // 09:00:00 of that day is 1795165200.
    let by_time = r#","turn_id":"t","started_at":1795165190"#;
    check_own(&[copied(by_time), own_turn(5, r#","turn_id":"u","started_at":1795165205"#)].concat(), 1, 1, 7);
    let by_id = r#","turn_id":"01a19999-000N-7000-8000-000000000000""#;
    check_own(&[copied(by_id), own_turn(5, r#","turn_id":"01a2ffff-0000-7000-8000-000000000000""#)].concat(), 1, 1, 7);
}

#[test]
fn a_copied_history_without_times_ends_with_its_burst() {
    let nameless = r#","turn_id":"turn-N""#;
    check_own(&[copied(nameless), own_turn(30, r#","turn_id":"turn-3""#)].concat(), 1, 1, 7);
    // Before 0.100 no turn was recorded at all.
    let mut old = copied("");
    old.retain(|line| !line.contains("task_"));
    check_own(
        &[old, vec![event(30, r#""type":"user_message","message":"its own""#), token_count(31, 257, 7)]].concat(),
        0,
        1,
        7,
    );
    check_own(&copied(nameless), 0, 0, 0);
}

#[test]
fn a_slow_copy_ends_at_the_turn_all_the_same() {
    // A second between two records, as on a busy machine; since 0.100 every turn begins with a record.
    let slow = |turn: &str| -> Vec<String> {
        let copied = copied(turn).into_iter().zip(3..);
        let stamped = copied.map(|(line, second)| line.replacen("09:00:05", &format!("09:00:{second:02}"), 1));
        stamped
            .map(|line| line.replace(r#","forked_from_id""#, r#","cli_version":"0.144.0","forked_from_id""#))
            .collect()
    };
    let by_id = slow(r#","turn_id":"01a19999-000N-7000-8000-000000000000""#);
    check_own(&[by_id, own_turn(20, r#","turn_id":"01a2ffff-0000-7000-8000-000000000000""#)].concat(), 1, 1, 7);
    // Where turns do not tell when they began, the time of the copy is all there is.
    let nameless = copied(r#","turn_id":"turn-N""#);
    let nameless =
        nameless.iter().map(|line| line.replace("forked_from_id", r#"cli_version":"0.144.0","forked_from_id"#));
    check_own(&[nameless.collect(), own_turn(30, r#","turn_id":"turn-3""#)].concat(), 1, 1, 7);
}

#[test]
fn a_fork_of_a_fork_skips_both_introductions() {
    let mut lines = copied(r#","turn_id":"01a19999-000N-7000-8000-000000000000""#);
    lines.insert(2, meta(5, "01a18888-0000-7000-8000-000000000001", ""));
    lines.extend(own_turn(40, r#","turn_id":"01a2ffff-0000-7000-8000-000000000000""#));
    check_own(&lines, 1, 1, 7);
}

#[test]
fn an_introduction_that_is_repeated_begins_no_copy() {
    let mut lines = vec![meta(0, OWN, "")];
    lines.extend(own_turn(1, r#","turn_id":"t""#));
    lines.push(meta(20, OWN, r#","memory_mode":"polluted""#));
    lines.extend(own_turn(21, r#","turn_id":"u""#));
    check_own(&lines, 2, 2, 257);
}

/// The same record with an ordinal in front of its type.
fn numbered(ordinal: &str, line: &str) -> String {
    line.replacen(r#","type""#, &format!(r#","ordinal":{ordinal},"type""#), 1)
}

#[test]
fn an_inherited_prefix_ends_at_its_ordinal_however_that_is_written() {
    for start in ["10", "\"10\""] {
        let mut lines = vec![meta(5, OWN, &format!(r#","subagent_history_start_ordinal":{start}"#))];
        lines.extend(copied(r#","turn_id":"t""#).split_off(1));
        lines.extend(own_turn(5, r#","turn_id":"u""#));
        for quote in ["", "\""] {
            let number = |(at, line): (usize, &String)| numbered(&format!("{quote}{at}{quote}"), line);
            check_own(&lines.iter().enumerate().map(number).collect::<Vec<_>>(), 1, 1, 7);
        }
    }
}

#[test]
fn a_file_that_goes_on_from_another_counts_its_own_replies_only() {
    let base = r#","history_base":{"thread_id":"p","end_ordinal_exclusive":27,"end_byte_offset":9}"#;
    let lines = [meta(0, OWN, base), event(1, r#""type":"task_started","turn_id":"t""#), token_count(2, 58, 26)];
    let lines: Vec<String> = (27..).zip(&lines).map(|(at, line)| numbered(&at.to_string(), line)).collect();
    check_own(&lines, 1, 0, 26);
}

#[test]
fn records_of_another_thread_are_not_this_ones() {
    let named = |thread: &str| {
        let usage = usage(50);
        record(3, "token_usage_record", &format!(r#""thread_id":"{thread}","response_id":"r","usage":{usage}"#))
    };
    check_own(&[meta(0, OWN, ""), named(PARENT), named(OWN), token_count(4, 50, 50)], 0, 0, 50);
}

#[test]
fn the_context_after_an_overflow_is_full_and_costs_nothing() {
    let overflow = event(
        9,
        r#""type":"token_count","info":{"total_token_usage":{"input_tokens":0,"output_tokens":0,"total_tokens":258400},"last_token_usage":{"total_tokens":258400},"model_context_window":258400}"#,
    );
    let events = read(&[meta(0, OWN, ""), token_count(3, 70, 70), overflow, token_count(12, 80, 80)]).events;
    assert_eq!(spent(&events), 150);
    let full =
        count(&events, |kind| matches!(kind, EventKind::ContextMeasured { left: Some(left), .. } if left.0 == 0.0));
    assert_eq!(full, 1);
}

#[test]
fn records_on_the_same_line_are_replies_of_their_own() {
    let glued = [token_count(1, 50, 50), token_count(2, 70, 20)].concat();
    let events = read(&[meta(0, OWN, ""), glued]).events;
    let replies = events.iter().filter_map(|event| match &event.kind {
        EventKind::ResponseUsage { response, usage, .. } => Some((response.as_str(), usage.total().0)),
        _ => None,
    });
    let replies: BTreeMap<&str, u64> = replies.collect();
    assert_eq!(replies.into_values().collect::<Vec<_>>(), [50, 20]);
}

#[test]
fn a_file_that_is_introduced_late_is_no_excerpt() {
    let begun = event(0, r#""type":"task_started","turn_id":"t""#);
    assert_eq!(spent(&read(&[begun, meta(0, OWN, ""), token_count(1, 900, 30)]).events), 900);
}

#[test]
fn an_excerpt_without_an_introduction_keeps_the_id_of_its_name() {
    let events = read(&[token_count(1, 900, 30), token_count(2, 950, 50)]).events;
    assert_eq!(spent(&events), 80);
    assert!(events.iter().all(|event| event.session.as_str() == "00000000-0000-7000-8000-000000000000"));
}
