//! Dialects of which no recording is at hand, written by hand after the format's description.

use topside_model::{
    Bytes, CompactionRecord, ErrorClass, EventKind, FileChange, Identity, LimitWindow, ModelId, Outcome, SessionId,
    SessionKind, Setting, Settings, TurnEnd, Untrusted,
};

use crate::by_hand::{OWN, count, event, kinds, meta, read, record};

fn identity(lines: &[String]) -> Identity {
    let opened = kinds(lines).into_iter().find_map(|kind| match kind {
        EventKind::SessionOpened(identity) => Some(*identity),
        _ => None,
    });
    opened.expect("it introduces itself")
}

#[track_caller]
fn check_kind(source: &str, kind: &SessionKind, parent: Option<&str>) {
    let seen = identity(&[meta(0, OWN, &format!(",{source}"))]);
    assert_eq!((&seen.kind, seen.parent.as_ref().map(SessionId::as_str)), (kind, parent), "{source}");
}

#[test]
fn what_a_session_is_for_is_told_by_its_source() {
    let internal = |what: &str| SessionKind::Internal(Untrusted::new(what));
    let nobody = || SessionKind::Subagent { nickname: None, role: None };
    check_kind(r#""source":"cli""#, &SessionKind::User, None);
    check_kind(r#""source":null"#, &SessionKind::User, None);
    check_kind(r#""source":{"custom":"x"}"#, &SessionKind::User, None);
    check_kind(r#""source":{"subagent":"review"}"#, &internal("review"), None);
    check_kind(r#""source":{"subagent":"compact"},"parent_thread_id":"p""#, &internal("compact"), Some("p"));
    check_kind(r#""source":{"subagent":{"other":"guardian"}}"#, &internal("guardian"), None);
    check_kind(r#""source":{"internal":"memory_consolidation"}"#, &internal("memory_consolidation"), None);
    check_kind(r#""source":"cli","thread_source":"memory_consolidation""#, &internal("memory_consolidation"), None);
    check_kind(r#""source":{"subagent":{"thread_spawn":{"parent_thread_id":"p","depth":1}}}"#, &nobody(), Some("p"));
    let named =
        SessionKind::Subagent { nickname: Some(Untrusted::new("Darwin")), role: Some(Untrusted::new("tester")) };
    let spawn = r#""source":{"subagent":{"thread_spawn":{"parent_thread_id":"p","agent_nickname":"Darwin"}}}"#;
    check_kind(&format!(r#"{spawn},"agent_type":"tester""#), &named, Some("p"));
}

fn settings(lines: &[String]) -> Vec<Settings> {
    let each = kinds(lines).into_iter().filter_map(|kind| match kind {
        EventKind::SettingsChanged(settings) => Some(*settings),
        _ => None,
    });
    each.collect()
}

#[test]
fn a_turn_states_its_model_and_effort_and_settings_count_until_there_is_one() {
    let applied = |model: &str, effort: &str| {
        let settings = format!(r#"{{"model":"{model}","reasoning_effort":{effort},"cwd":"/x"}}"#);
        event(1, &format!(r#""type":"thread_settings_applied","thread_settings":{settings}"#))
    };
    let turn = record(2, "turn_context", r#""model":"b","summary":"auto","sandbox_policy":{"mode":"read-only"}"#);
    let seen = settings(&[meta(0, OWN, ""), applied("a", "\"high\""), turn, applied("c", "\"low\"")]);
    let [before, turn, after] = &seen[..] else { panic!("three changes, not {}", seen.len()) };
    assert_eq!((&before.model, &before.effort), (&Some(ModelId::new("a")), &Setting::Set(Untrusted::new("high"))));
    assert_eq!((&turn.model, &turn.effort), (&Some(ModelId::new("b")), &Setting::Cleared));
    assert_eq!(turn.sandbox, Some(Untrusted::new("read-only")));
    assert_eq!((&after.model, &after.effort, &after.cwd), (&None, &Setting::Kept, &Some(Untrusted::new("/x"))));
}

#[test]
fn a_granular_policy_and_a_guardian_are_named() {
    let turn = r#""model":"m","approval_policy":{"granular":{"rules":true}},"approvals_reviewer":"auto_review""#;
    let seen = &settings(&[meta(0, OWN, ""), record(1, "turn_context", turn)])[0];
    assert_eq!(seen.approval, Some(Untrusted::new("granular")));
    assert_eq!(seen.reviewer, Setting::Set(Untrusted::new("auto_review")));
}

/// Windows of every limit in one `rate_limits`, at 09:00:02.5.
fn limit(rate_limits: &str) -> Option<(String, Vec<LimitWindow>)> {
    let line = event(2, &format!(r#""type":"token_count","info":null,"rate_limits":{rate_limits}"#));
    kinds(&[meta(0, OWN, ""), line]).into_iter().find_map(|kind| match kind {
        EventKind::LimitObserved(sample) => Some((sample.limit.as_str().to_owned(), sample.windows)),
        _ => None,
    })
}

/// Minutes, percent and reset (seconds after 09:00:00) of each window.
#[track_caller]
fn check_limit(rate_limits: &str, id: &str, expected: &[(Option<u64>, f64, Option<i64>)]) {
    let (name, windows) = limit(rate_limits).expect("a limit");
    let seen: Vec<_> = windows
        .iter()
        .map(|one| {
            let reset = one.resets_at.map(|at| at.as_second() - 1_795_165_200);
            (one.window.map(|length| length.as_secs() / 60), one.used.0, reset)
        })
        .collect();
    assert_eq!((name.as_str(), seen.as_slice()), (id, expected));
}

#[test]
fn limits_are_read_in_every_shape_they_ever_had() {
    check_limit(
        r#"{"primary_used_percent":5.0,"secondary_used_percent":7.5,"primary_to_secondary_ratio_percent":20.0,"primary_window_minutes":300,"secondary_window_minutes":10080}"#,
        "codex",
        &[(Some(300), 5.0, None), (Some(10080), 7.5, None)],
    );
    check_limit(
        r#"{"primary":{"used_percent":1.0,"window_minutes":299,"resets_in_seconds":60},"secondary":null}"#,
        "codex",
        &[(Some(299), 1.0, Some(62))],
    );
    check_limit(
        r#"{"limit_id":"codex_bengalfox","primary":{"used_percent":12.5,"window_minutes":10080,"resets_at":1795165300},"secondary":null,"credits":{"has_credits":true},"individual_limit":{"limit":"100","used":"40","remaining_percent":60,"resets_at":1795999999}}"#,
        "codex_bengalfox",
        &[(Some(10080), 12.5, Some(100))],
    );
    check_limit(
        r#"{"limit_id":null,"primary":{"used_percent":3},"secondary":{"used_percent":4,"window_minutes":43200}}"#,
        "codex",
        &[(None, 3.0, None), (Some(43200), 4.0, None)],
    );
    assert_eq!(limit(r#"{"limit_id":"premium","primary":null,"secondary":null,"plan_type":"plus"}"#), None);
    assert_eq!(limit("null"), None);
}

#[track_caller]
fn check_error(info: &str, expected: ErrorClass) {
    let done = event(1, &format!(r#""type":"task_complete","error":{{"message":"m","codex_error_info":{info}}}"#));
    let seen = kinds(&[meta(0, OWN, ""), done]);
    let class = seen.iter().find_map(|kind| match kind {
        EventKind::ErrorReported { class, .. } => Some(*class),
        _ => None,
    });
    assert_eq!(class, Some(expected), "{info}");
    assert!(seen.iter().any(|kind| matches!(kind, EventKind::TurnEnded { how: TurnEnd::Failed, .. })));
}

#[test]
fn errors_are_sorted_by_their_word_and_by_what_the_server_said() {
    check_error(r#""usage_limit_exceeded""#, ErrorClass::UsageLimit);
    check_error(r#""context_window_exceeded""#, ErrorClass::ContextFull);
    check_error(r#""server_overloaded""#, ErrorClass::Server);
    check_error(r#"{"http_connection_failed":{"http_status_code":null}}"#, ErrorClass::Network);
    check_error(r#"{"response_too_many_failed_attempts":{"http_status_code":429}}"#, ErrorClass::RateLimit);
    check_error(r#"{"response_stream_disconnected":{"http_status_code":503}}"#, ErrorClass::Server);
    check_error(r#"{"http_connection_failed":{"http_status_code":401}}"#, ErrorClass::Unauthorized);
    check_error(r#""a word of tomorrow""#, ErrorClass::Other);
    check_error("null", ErrorClass::Other);
}

fn call(second: u32, name: &str, id: &str, arguments: &str) -> String {
    let arguments = arguments.replace('"', "\\\"");
    record(
        second,
        "response_item",
        &format!(r#""type":"function_call","name":"{name}","arguments":"{arguments}","call_id":"{id}""#),
    )
}

fn output(second: u32, id: &str, text: &str) -> String {
    let text = text.replace('"', "\\\"");
    record(second, "response_item", &format!(r#""type":"function_call_output","call_id":"{id}","output":"{text}""#))
}

fn files(lines: &[String]) -> Vec<(String, FileChange)> {
    let each = kinds(lines).into_iter().filter_map(|kind| match kind {
        EventKind::FileTouched { path, how } => Some((path.raw().to_owned(), how)),
        _ => None,
    });
    each.collect()
}

#[test]
fn files_count_as_changed_when_their_patch_went_through() {
    let patch =
        r"*** Begin Patch\\n*** Update File: a.rs\\n@@\\n-*** Add File: no\\n*** Delete File: b.rs\\n*** End Patch";
    let tool = call(1, "apply_patch", "c1", &format!(r#"{{"input":"{patch}"}}"#));
    let shell = call(1, "shell", "c1", &format!(r#"{{"command":["apply_patch","{patch}"]}}"#));
    let both = [("a.rs".to_owned(), FileChange::Updated), ("b.rs".to_owned(), FileChange::Deleted)];
    for asked in [tool, shell] {
        let done = |text| [meta(0, OWN, ""), asked.clone(), output(2, "c1", text)];
        assert_eq!(files(&done("Exit code: 0\\nOutput:\\nSuccess.")), both);
        assert_eq!(files(&done("Exit code: 1\\nOutput:\\nno such file")), []);
        assert_eq!(files(&done("patch rejected by user")), []);
        assert_eq!(files(&[meta(0, OWN, ""), asked.clone()]), []);
        let noted = event(
            2,
            r#""type":"patch_apply_end","call_id":"c1","success":true,"changes":{"/p/a.rs":{"type":"update"}}"#,
        );
        let listed = [("/p/a.rs".to_owned(), FileChange::Updated)];
        assert_eq!(files(&[meta(0, OWN, ""), asked.clone(), noted, output(3, "c1", "Success.")]), listed);
    }
}

#[track_caller]
fn check_result(text: &str, expected: (Outcome, Option<i32>)) {
    let seen = kinds(&[meta(0, OWN, ""), call(1, "shell", "c1", "{}"), output(2, "c1", text)]);
    let result = seen.iter().find_map(|kind| match kind {
        EventKind::ToolFinished { outcome, exit_code, .. } => Some((*outcome, *exit_code)),
        _ => None,
    });
    assert_eq!(result, Some(expected), "{text}");
}

#[test]
fn results_are_read_in_the_words_of_every_version() {
    let long = "x".repeat(2000);
    check_result(
        &format!(r#"{{"output":"{long}","metadata":{{"exit_code":2,"duration_seconds":0.1}}}}"#),
        (Outcome::Failed, Some(2)),
    );
    check_result("Exit code: 0\\nWall time: 0 seconds\\nOutput:\\nExit code: 9", (Outcome::Completed, Some(0)));
    check_result("Wall time: 1.0 seconds\\nProcess exited with code -1\\nOutput:", (Outcome::Failed, Some(-1)));
    check_result("Wall time: 1.0 seconds\\nProcess running with session ID 934\\nOutput:", (Outcome::Background, None));
    check_result("exec_command failed: rejected by user", (Outcome::Declined, None));
    check_result("Wall time: 6.5 seconds\\naborted by user", (Outcome::Declined, None));
    check_result("done", (Outcome::Completed, None));
}

#[test]
fn the_wider_set_of_events_between_0_102_and_0_139_is_understood() {
    let out = read(&[
        meta(0, OWN, ""),
        call(1, "exec_command", "c1", r#"{"cmd":"ls"}"#),
        event(
            2,
            r#""type":"exec_command_end","call_id":"c1","exit_code":3,"status":"failed","duration":{"secs":1,"nanos":5}"#,
        ),
        event(3, r#""type":"guardian_assessment","id":"g","status":"approved""#),
        event(4, r#""type":"collab_agent_spawn_end","call_id":"c2","new_thread_id":"kid","status":"running""#),
        event(5, r#""type":"collab_waiting_end","call_id":"c3""#),
        event(6, r#""type":"sub_agent_activity","kind":"completed","agent_thread_id":"kid""#),
        event(7, r#""type":"mcp_tool_call_end","call_id":"c4","duration":{"secs":1,"nanos":0}"#),
        event(8, r#""type":"web_search_end","call_id":"ws""#),
        event(9, r#""type":"thread_rolled_back","num_turns":1"#),
        event(9, r#""type":"context_compacted""#),
        event(9, r#""type":"thread_name_updated","thread_id":"t","thread_name":"a name""#),
        event(9, r#""type":"error","message":"m","codex_error_info":"other""#),
    ]);
    assert!(out.unknown.is_empty(), "{:?}", out.unknown);
    let links: Vec<bool> = out
        .events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::SubagentLinked { done, .. } => Some(done),
            _ => None,
        })
        .collect();
    assert_eq!(links, [false, true]);
    let failed = |kind: &EventKind| {
        matches!(kind, EventKind::ToolFinished { outcome: Outcome::Failed, exit_code: Some(3), delivered: false, .. })
    };
    assert_eq!(count(&out.events, failed), 1);
    assert_eq!(count(&out.events, |kind| matches!(kind, EventKind::RolledBack)), 1);
    assert_eq!(count(&out.events, |kind| *kind == EventKind::Compacted(CompactionRecord::Notice)), 1);
    assert_eq!(count(&out.events, |kind| *kind == EventKind::SessionNamed(Untrusted::new("a name"))), 1);
}

#[test]
fn searches_of_the_vendor_are_counted_apart_and_have_no_result() {
    let search =
        record(1, "response_item", r#""type":"web_search_call","status":"completed","action":{"type":"search"}"#);
    let tool = record(
        2,
        "response_item",
        r#""type":"tool_search_call","call_id":"s1","execution":"client","arguments":{"query":"q"}"#,
    );
    let found = record(3, "response_item", r#""type":"tool_search_output","call_id":"s1","tools":[]"#);
    let shell = record(
        4,
        "response_item",
        r#""type":"local_shell_call","call_id":"l1","status":"completed","action":{"type":"exec","command":["bash","-lc","ls -a"]}"#,
    );
    let events = read(&[meta(0, OWN, ""), search.clone(), search, tool, found, shell]).events;
    assert_eq!(count(&events, |kind| *kind == EventKind::WebSearched), 2);
    let asked: Vec<String> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::ToolStarted(start) => Some(format!("{} {}", start.name.raw(), start.summary.as_ref()?.raw())),
            _ => None,
        })
        .collect();
    assert_eq!(asked, ["tool_search q", "local_shell ls -a"]);
    assert_eq!(count(&events, |kind| matches!(kind, EventKind::ToolFinished { .. })), 1);
}

#[test]
fn kinds_of_tomorrow_are_counted_by_the_version_that_wrote_them() {
    let out = read(&[
        meta(0, OWN, r#","cli_version":"9.9.9""#),
        record(1, "hologram", r#""a":1"#),
        event(2, r#""type":"sneezed""#),
        record(3, "response_item", r#""type":"poem_call""#),
    ]);
    let seen: Vec<(&str, Option<&str>)> =
        out.unknown.keys().map(|(kind, version)| (kind.as_str(), version.as_deref())).collect();
    assert_eq!(
        seen,
        [("event_msg/sneezed", Some("9.9.9")), ("hologram", Some("9.9.9")), ("response_item/poem_call", Some("9.9.9"))]
    );
}

/// How large a prompt is with these members beside its message of four letters.
#[track_caller]
fn check_prompt(more: &str, expected: Option<u64>) {
    let prompt = event(1, &format!(r#""type":"user_message","message":"look"{more}"#));
    let sizes: Vec<Option<Bytes>> = kinds(&[meta(0, OWN, ""), prompt])
        .into_iter()
        .filter_map(|kind| match kind {
            EventKind::PromptSent { size, .. } => Some(size),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, [expected.map(Bytes)], "{more}");
}

#[test]
fn a_prompt_with_more_than_text_is_of_unknown_size() {
    check_prompt("", Some(4));
    check_prompt(r#","images":null,"local_images":[],"audio":[],"local_audio":[]"#, Some(4));
    check_prompt(r#","images":["data:image/png;base64,AAAA"],"local_images":[]"#, None);
    check_prompt(r#","images":[],"local_images":["/tmp/shot.png"]"#, None);
    check_prompt(r#","local_images":[],"audio":[{"data":"AAAA"}],"local_audio":[]"#, None);
    check_prompt(r#","local_images":[],"audio":[],"local_audio":["/tmp/note.wav"]"#, None);
}

fn item(second: u32, item: &str) -> String {
    event(second, &format!(r#""type":"item_completed","thread_id":"{OWN}","turn_id":"t","item":{{{item}}}"#))
}

#[test]
fn items_tell_what_calls_did_and_what_no_call_told() {
    let foreign = item(9, r#""type":"UserMessage","id":"u","content":[{"type":"text","text":"not ours"}]"#);
    let out = read(&[
        meta(0, OWN, ""),
        item(
            1,
            r#""type":"UserMessage","id":"u","content":[{"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}]"#,
        ),
        call(2, "mcp__docs__find", "c1", r#"{"q":"x"}"#),
        item(3, r#""type":"McpToolCall","id":"c1","server":"docs","tool":"find","status":"completed""#),
        output(4, "c1", "found"),
        // Inside a script: known only when it is done.
        item(
            5,
            r#""type":"CommandExecution","id":"exec-1","command":["bash","-lc","ls"],"status":"failed","exit_code":2"#,
        ),
        item(6, r#""type":"FileChange","id":"exec-2","status":"completed","changes":{"/p/a":{"type":"add"}}"#),
        item(
            7,
            r#""type":"CollabAgentToolCall","id":"exec-3","tool":"spawn_agent","status":"completed","receiver_thread_ids":["kid"]"#,
        ),
        item(8, r#""type":"SubAgentActivity","kind":"completed","agent_thread_id":"kid""#),
        item(8, r#""type":"CommandExecution","id":"exec-4","status":"in_progress""#),
        // A reviewer's prompt is nobody's.
        foreign.replacen(OWN, "reviewer", 1),
        item(10, r#""type":"ExitedReviewMode","id":"x""#),
    ]);
    let told: Vec<String> = out
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::PromptSent { text, .. } => Some(format!("prompt {}", text.as_ref()?.raw().replace('\n', "/"))),
            EventKind::ToolStarted(start) => Some(format!("{} {} {}", start.call, start.name.raw(), start.counted)),
            EventKind::ToolFinished { call, outcome, delivered, .. } => Some(format!("{call} {outcome:?} {delivered}")),
            EventKind::FileTouched { path, how } => Some(format!("{} {how:?}", path.raw())),
            EventKind::SubagentLinked { child, done } => Some(format!("{child} {done}")),
            _ => None,
        })
        .collect();
    let expected = [
        "prompt a/b",
        "c1 mcp__docs__find true",
        "c1 Completed false",
        "c1 Completed true",
        "exec-1 exec_command false",
        "exec-1 Failed false",
        "exec-2 apply_patch false",
        "/p/a Added",
        "exec-2 Completed false",
        "kid false",
        "exec-3 spawn_agent false",
        "exec-3 Completed false",
        "kid true",
        "exec-4 exec_command false",
        "reviewer false",
        "reviewer true",
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_a_compaction_repeats_counts_once() {
    let paid = r#""thread_id":"t","response_id":"r","usage":{"input_tokens":5}"#;
    let call = r#"{"type":"function_call","name":"x","arguments":"{}","call_id":"c"}"#;
    let calls = [call; 40].join(",");
    let compacted = format!(r#""message":"","replacement_history":[{calls}],"latest_token_usage_record":{{{paid}}}"#);
    let seen =
        kinds(&[meta(0, OWN, ""), record(1, "compacted", &compacted), event(1, r#""type":"context_compacted""#)]);
    let [EventKind::SessionOpened(_), rest @ .., EventKind::Progress { .. }] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(rest, [EventKind::Compacted(CompactionRecord::History), EventKind::Compacted(CompactionRecord::Notice)]);
}
