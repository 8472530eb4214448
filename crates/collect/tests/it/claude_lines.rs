//! Lines of Claude Code of which no recording is at hand, written by hand after the format's description.

use topside_collect::{Layout, Output, Source};
use topside_model::{
    Bytes, CompactionRecord, Covers, ErrorClass, Event, EventKind, Outcome, ResponseId, SessionId, Share, Timestamp,
    TurnEnd, Usage,
};

use crate::common::{agent, decode_by, source};

/// A line at `second` of a minute: its members besides those that every line has.
fn line(second: u32, members: &str) -> String {
    format!(r#"{{{members},"timestamp":"2026-11-20T09:00:{second:02}.000Z","uuid":"u{second}","version":"2.1.328"}}"#)
}

fn user(second: u32, content: &str, more: &str) -> String {
    line(second, &format!(r#""type":"user","message":{{"role":"user","content":{content}}}{more}"#))
}

fn prompt(second: u32, text: &str) -> String {
    user(second, &format!("{text:?}"), "")
}

/// A reply `id` that wrote `output` tokens and stopped for `stop`.
fn reply(second: u32, id: &str, output: u64, stop: &str, content: &str) -> String {
    let usage = format!(r#"{{"input_tokens":10,"output_tokens":{output}}}"#);
    let message = format!(
        r#"{{"id":"{id}","model":"claude-opus-5","content":[{content}],"stop_reason":{stop},"usage":{usage}}}"#
    );
    line(second, &format!(r#""type":"assistant","message":{message}"#))
}

fn bash(second: u32, call: &str) -> String {
    let block = format!(r#"{{"type":"tool_use","id":"{call}","name":"Bash","input":{{"command":"ls"}}}}"#);
    reply(second, call, 5, r#""tool_use""#, &block)
}

fn result(second: u32, call: &str, error: bool, of_agent: &str) -> String {
    let block = format!(r#"[{{"type":"tool_result","tool_use_id":"{call}","content":"x","is_error":{error}}}]"#);
    user(second, &block, &format!(r#","toolUseResult":{of_agent}"#))
}

fn read(lines: &[String]) -> Output {
    let source = Source { session: SessionId::new("s"), ..source(Layout::Lines) };
    decode_by(agent("claude_code"), &source, [lines.join("\n").as_bytes(), b"\n"])
}

fn kinds(lines: &[String]) -> Vec<EventKind> {
    read(lines).events.into_iter().map(|event| event.kind).collect()
}

/// Turns, prompts and ends in a few letters: `B` begun, `?` perhaps begun, `P` prompt, then how each ended.
fn life(lines: &[String]) -> String {
    let letter = |event: &Event| match &event.kind {
        EventKind::TurnStarted { .. } => Some("B".to_owned()),
        EventKind::TurnUnmarked => Some("?".to_owned()),
        EventKind::PromptSent { .. } => Some("P".to_owned()),
        EventKind::TurnEnded { how, .. } => Some(format!("{how:?}")),
        EventKind::Retried { .. } => Some("again".to_owned()),
        _ => None,
    };
    read(lines).events.iter().filter_map(letter).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_turn_ends_once_however_many_lines_say_so() {
    let end = reply(2, "m", 9, r#""end_turn""#, "");
    let hook = line(3, r#""type":"system","subtype":"stop_hook_summary""#);
    let duration = line(4, r#""type":"system","subtype":"turn_duration","durationMs":5"#);
    assert_eq!(life(&[prompt(1, "go"), end.clone(), end, hook, duration]), "P B Completed");
}

#[test]
fn versions_that_do_not_record_how_turns_end_say_that_one_may_have_begun() {
    let old = |line: String| line.replace("2.1.328", "2.1.49");
    assert_eq!(life(&[prompt(1, "go"), reply(2, "m", 9, "null", ""), prompt(3, "on")].map(old)), "P ? P ?");
}

#[test]
fn an_answer_that_is_too_long_or_refused_does_not_end_the_turn() {
    for stop in ["\"max_tokens\"", "\"refusal\"", "\"pause_turn\"", "\"tool_use\"", "null"] {
        assert_eq!(life(&[prompt(1, "go"), reply(2, "m", 9, stop, "")]), "P B", "{stop}");
    }
}

#[test]
fn what_only_looks_like_a_prompt_is_none() {
    for text in [
        "<command-name>/clear</command-name>",
        "<local-command-stdout>ok</local-command-stdout>",
        "<system-reminder>x</system-reminder>",
        "Caveat: the messages below",
    ] {
        assert_eq!(life(&[prompt(1, text)]), "", "{text}");
    }
    assert_eq!(life(&[user(1, "\"harness\"", r#","isMeta":true"#)]), "");
    assert_eq!(life(&[prompt(1, "<bash-input>ls</bash-input>")]), "B", "the model answers to it");
    assert_eq!(life(&[prompt(1, "<task-notification><task-id>x</task-id></task-notification>")]), "B");
    assert_eq!(life(&[user(1, r#"[{"type":"image"},{"type":"text","text":"look"}]"#, "")]), "P B");
}

/// The oracle of the corpus counts prompts by their lines; what joins a turn on the way has none.
#[test]
fn what_is_typed_while_it_works_joins_the_turn() {
    let waits = line(2, r#""type":"queue-operation","operation":"enqueue","content":"and that""#);
    let joins = line(3, r#""type":"attachment","attachment":{"type":"queued_command","prompt":"and that"}"#);
    assert_eq!(life(&[prompt(1, "go"), waits, joins, reply(4, "m", 9, r#""end_turn""#, "")]), "P B Completed");
}

#[test]
fn somebody_who_stops_a_turn_ends_it() {
    let stopped = |text: &str| user(3, &format!(r#"[{{"type":"text","text":"{text}"}}]"#), "");
    assert_eq!(life(&[prompt(1, "go"), stopped("[Request interrupted by user]")]), "P B Interrupted");
    let for_tool = stopped("[Request interrupted by user for tool use]");
    let rejected = result(2, "c", true, "\"User rejected tool use\"");
    assert_eq!(life(&[prompt(1, "go"), bash(1, "c"), rejected, for_tool]), "P B Interrupted");
    assert_eq!(life(&[prompt(1, "go"), line(2, r#""type":"cost-state","totalCostUSD":0.5"#)]), "P B Interrupted");
}

#[test]
fn a_second_attempt_without_an_answer_between_is_a_retry() {
    let attempt = |second, of: &str| line(second, &format!(r#""type":"api-request","id":"r","querySource":"{of}""#));
    let main = |second| attempt(second, "repl_main_thread");
    assert_eq!(life(&[prompt(1, "go"), main(2)]), "P B");
    assert_eq!(life(&[prompt(1, "go"), main(2), main(3), main(4)]), "P B again again");
    assert_eq!(life(&[prompt(1, "go"), main(2), bash(3, "c"), result(4, "c", false, "{}"), main(5)]), "P B");
    assert_eq!(life(&[prompt(1, "go"), main(2), attempt(3, "agent:builtin:Explore")]), "P B", "a helper's is its own");
}

#[test]
fn a_retry_of_older_releases_says_when_and_why() {
    let error = r#""retryAttempt":1,"retryInMs":30000,"error":{"status":529}"#;
    let seen = kinds(&[prompt(1, "go"), line(2, &format!(r#""type":"system","subtype":"api_error",{error}"#))]);
    let until: Timestamp = "2026-11-20T09:00:32Z".parse().expect("a time");
    assert!(seen.contains(&EventKind::Retried { class: ErrorClass::Server, until: Some(until) }), "{seen:?}");
}

#[test]
fn a_limit_says_which_and_until_when() {
    let failed = |more: &str, text: &str| {
        let content = format!(r#"[{{"type":"text","text":"{text}"}}]"#);
        let message = format!(r#"{{"id":"x","model":"<synthetic>","content":{content},"usage":{{"input_tokens":0}}}}"#);
        line(2, &format!(r#""type":"assistant","isApiErrorMessage":true,"message":{message}{more}"#))
    };
    let limits = r#""quotaLimits":{"status":"rejected","resetsAt":1795150000,"rateLimitType":"seven_day_opus"}"#;
    let new = failed(&format!(r#","error":"rate_limit",{limits}"#), "You've hit your limit");
    let old = failed("", "Claude AI usage limit reached|1795150000");
    for (line, name, hours) in [(new, "seven_day_opus", Some(168)), (old, "usage", None)] {
        let seen = kinds(&[prompt(1, "go"), line]);
        let sample = seen.iter().find_map(|kind| match kind {
            EventKind::LimitObserved(sample) => Some(sample),
            _ => None,
        });
        let sample = sample.expect("a limit");
        let window = &sample.windows[0];
        let length = window.window.map(|window| window.as_secs() / 3600);
        let until = window.resets_at.map(Timestamp::as_second);
        assert_eq!((sample.limit.as_str(), length, until), (name, hours, Some(1_795_150_000)));
        let class = |kind: &EventKind| matches!(kind, EventKind::ErrorReported { class: ErrorClass::UsageLimit, .. });
        assert!(seen.iter().any(class));
        assert!(seen.contains(&EventKind::TurnEnded { turn: None, how: TurnEnd::Failed }));
        assert!(!seen.iter().any(|kind| matches!(kind, EventKind::ResponseUsage { .. })), "nobody asked a model");
    }
}

#[test]
fn results_tell_how_a_call_went() {
    let outcome = |error: bool, of_agent: &str| {
        let seen = kinds(&[prompt(1, "go"), bash(2, "c"), result(3, "c", error, of_agent)]);
        seen.into_iter().find_map(|kind| match kind {
            EventKind::ToolFinished { outcome, .. } => Some(outcome),
            _ => None,
        })
    };
    assert_eq!(outcome(false, r#"{"stdout":"ok","interrupted":false}"#), Some(Outcome::Completed));
    assert_eq!(outcome(true, r#""Error: no""#), Some(Outcome::Failed));
    assert_eq!(outcome(true, r#""User rejected tool use""#), Some(Outcome::Declined));
    assert_eq!(outcome(false, r#"{"toolDenialKind":"user"}"#), Some(Outcome::Declined));
    assert_eq!(outcome(false, r#"{"backgroundTaskId":"b1"}"#), Some(Outcome::Background));
    assert_eq!(outcome(false, r#"{"stdout":"","interrupted":true}"#), Some(Outcome::Failed));
    assert_eq!(outcome(false, "null"), Some(Outcome::Completed));
}

/// Replies that were told: id, output, share, whether the count is final.
fn replies(lines: &[String]) -> Vec<(String, u64, Share, bool)> {
    let each = kinds(lines).into_iter().filter_map(|kind| match kind {
        EventKind::ResponseUsage { response, usage: Usage { output, .. }, share, settled, .. } => {
            Some((response.as_str().to_owned(), output.0, share, settled))
        }
        _ => None,
    });
    each.collect()
}

#[test]
fn a_count_taken_while_it_was_written_is_not_final() {
    let seen = replies(&[prompt(1, "go"), reply(2, "m", 1, "null", ""), reply(3, "m", 80, r#""end_turn""#, "")]);
    assert_eq!(seen, [("m".to_owned(), 1, Share::Own, false), ("m".to_owned(), 80, Share::Own, true)]);
}

#[test]
fn a_reply_without_an_id_goes_by_its_line_or_its_place() {
    let ids = |reply: &str| {
        let lines = [reply.to_owned(), prompt(9, "go"), reply.to_owned()];
        replies(&lines).into_iter().map(|(id, ..)| id).collect::<Vec<_>>()
    };
    let whole = reply(2, "m", 5, "null", "");
    assert_eq!(ids(&whole), ["m"]);
    for nameless in [whole.replace(r#""id":"m","#, ""), whole.replace(r#""id":"m""#, r#""id":"""#)] {
        assert_eq!(ids(&nameless), ["u2"], "{nameless}");
        let unmarked = nameless.replace(r#","uuid":"u2""#, "");
        let second = unmarked.len() + prompt(9, "go").len() + 2;
        assert_eq!(ids(&unmarked), ["s at 0".to_owned(), format!("s at {second}")], "{unmarked}");
    }
}

#[test]
fn copies_say_that_they_are() {
    let copy = |mark: &str| reply(2, "m", 5, "null", "").replacen('{', &format!("{{{mark},"), 1);
    let share = |mark: &str| replies(&[copy(mark)])[0].2;
    assert_eq!(share(r#""forkedFrom":{"sessionId":"o","messageUuid":"u"}"#), Share::Copied);
    assert_eq!(share(r#""requestSessionId":"o""#), Share::Copied);
    assert_eq!(share(r#""requestSessionId":"s""#), Share::Own);
    assert_eq!(share(r#""session_id":"o""#), Share::Own, "the process's first session says nothing");
    assert_eq!(share(r#""forkedFrom":null"#), Share::Own);
}

#[test]
fn a_quoted_reply_of_a_helper_is_told_as_one() {
    let message = r#"{"id":"h","model":"claude-haiku-4-5","usage":{"input_tokens":1,"output_tokens":7}}"#;
    let data = format!(r#"{{"type":"agent_progress","message":{{"type":"assistant","message":{message}}}}}"#);
    let seen = replies(&[prompt(1, "go"), line(2, &format!(r#""type":"progress","data":{data}"#))]);
    assert_eq!(seen, [("h".to_owned(), 7, Share::Quoted, false)]);
}

#[test]
fn odd_values_drop_no_line() {
    let odd = [
        r#""type":"assistant","message":null"#,
        r#""type":"assistant","message":{"content":null,"usage":null}"#,
        r#""type":"assistant","error":{"status":529},"message":"text""#,
        r#""type":"user","message":{"content":[null,7,{"type":"tool_result"}]},"toolUseResult":[1]"#,
        r#""type":"attachment","attachment":null"#,
        r#""type":"attachment","attachment":{"type":"queued_command","prompt":null}"#,
        r#""type":"queue-operation","content":{"a":1}"#,
        r#""type":"progress","data":7"#,
        r#""type":"system","subtype":"compact_boundary","compactMetadata":"none""#,
        r#""type":7"#,
    ];
    for members in odd {
        let out = read(&[line(1, members), prompt(2, "still read")]);
        let prompts = out.events.iter().filter(|event| matches!(event.kind, EventKind::PromptSent { .. })).count();
        assert!(out.unreadable == 0 && prompts >= 1, "{members}");
    }
}

#[test]
fn kinds_of_tomorrow_are_counted_by_the_version_that_wrote_them() {
    let out = read(&[line(1, r#""type":"hologram""#), line(2, r#""type":"system","subtype":"sneeze""#)]);
    let seen: Vec<_> = out.unknown.keys().map(|(kind, version)| (kind.as_str(), version.as_deref())).collect();
    assert_eq!(seen, [("hologram", Some("2.1.328")), ("system/sneeze", Some("2.1.328"))]);
}

#[test]
fn a_persons_own_title_outranks_the_agents() {
    let title = |kind: &str, key: &str, name: &str| line(1, &format!(r#""type":"{kind}","{key}":"{name}""#));
    let lines = [
        title("summary", "summary", "of old"),
        title("custom-title", "customTitle", "mine"),
        title("ai-title", "aiTitle", "made up"),
        title("custom-title", "customTitle", ""),
    ];
    let names: Vec<String> = kinds(&lines)
        .into_iter()
        .filter_map(|kind| match kind {
            EventKind::SessionNamed(name) => Some(name.raw().to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["of old", "mine"]);
}

#[test]
fn a_compaction_tells_the_context_and_where_it_begins() {
    let metadata = r#"{"trigger":"auto","preTokens":800000,"postTokens":12000}"#;
    let boundary = format!(r#""type":"system","subtype":"compact_boundary","compactMetadata":{metadata}"#);
    let summary = user(4, "\"so far\"", r#","isCompactSummary":true"#);
    let seen = kinds(&[prompt(1, "go"), reply(2, "m", 5, "null", ""), line(3, &boundary), summary]);
    let context = seen.iter().rev().find_map(|kind| match kind {
        EventKind::ContextMeasured { used, compacts_at, .. } => Some((*used, *compacts_at)),
        _ => None,
    });
    let (used, compacts_at) = context.expect("it is measured");
    assert_eq!((used.map(|used| used.0), compacts_at.map(|share| share.0)), (Some(12_000), Some(80.0)));
    let count = |record| seen.iter().filter(|kind| **kind == EventKind::Compacted(record)).count();
    assert_eq!((count(CompactionRecord::Notice), count(CompactionRecord::History)), (1, 1));
    let prompts = seen.iter().filter(|kind| matches!(kind, EventKind::PromptSent { .. })).count();
    assert_eq!(prompts, 1, "the summary is no prompt");
}

/// What came into the context, in words: what, and how large.
#[track_caller]
fn check_sizes(lines: &[String], expected: &[&str]) {
    let size = |size: Option<Bytes>| size.map_or("?".to_owned(), |Bytes(size)| size.to_string());
    let word = |kind: EventKind| match kind {
        EventKind::PromptSent { size: bytes, .. } => Some(format!("prompt {}", size(bytes))),
        EventKind::ToolFinished { size: bytes, .. } => Some(format!("result {}", size(bytes))),
        EventKind::ContextAdded { file, size: bytes } => {
            let file = file.map_or(String::new(), |file| format!(" of {}", file.raw()));
            Some(format!("added{file} {}", size(bytes)))
        }
        EventKind::ToolStarted(start) => start.reads.map(|file| format!("reads {}", file.raw())),
        _ => None,
    };
    assert_eq!(kinds(lines).into_iter().filter_map(word).collect::<Vec<_>>(), expected);
}

fn attachment(second: u32, attachment: &str) -> String {
    line(second, &format!(r#""type":"attachment","attachment":{attachment}"#))
}

#[test]
fn sizes_are_those_of_the_text_that_the_model_is_given() {
    check_sizes(&[user(1, r#""gr\u00fc\u00df\n""#, "")], &["prompt 7"]);
    check_sizes(&[user(1, r#"[{"type":"text","text":"ab"},{"type":"text","text":"cde"}]"#, "")], &["prompt 5"]);
    check_sizes(&[user(1, r#"[{"type":"text","text":"see"},{"type":"image","source":{}}]"#, "")], &["prompt ?"]);
    let result = |content| format!(r#"[{{"type":"tool_result","tool_use_id":"c"{content}}}]"#);
    for (content, expected) in [
        (r#","content":"four""#, "result 4"),
        (r#","content":[{"type":"text","text":"four"},{"type":"text","text":"\ttab"}]"#, "result 8"),
        (r#","content":[{"type":"image","source":{"data":"AAAA"}}]"#, "result ?"),
        (r#","content":[]"#, "result 0"),
        ("", "result 0"),
    ] {
        check_sizes(&[user(1, &result(content), "")], &[expected]);
    }
    let read = r#"{"type":"tool_use","id":"c","name":"Read","input":{"file_path":"/a.rs","limit":9}}"#;
    check_sizes(&[reply(1, "m", 5, r#""tool_use""#, read)], &["reads /a.rs"]);
}

#[test]
fn what_the_agent_adds_by_itself_is_told_apart() {
    check_sizes(&[user(1, r#""skill text""#, r#","isMeta":true"#)], &["added 10"]);
    check_sizes(&[user(1, r#""<command-name>/x</command-name>""#, "")], &["added 31"]);
    check_sizes(&[user(1, r#""seen by people only""#, r#","isVisibleInTranscriptOnly":true"#)], &[]);
    check_sizes(&[attachment(1, r#"{"type":"skill_listing","content":"- one"}"#)], &["added 5"]);
    check_sizes(&[attachment(1, r#"{"type":"agent_listing_delta","addedLines":["- a","- bc"]}"#)], &["added 7"]);
    let file = r#"{"type":"file","filename":"/w.txt","content":{"type":"text","file":{"content":"hello\n"}}}"#;
    check_sizes(&[attachment(1, file)], &["added of /w.txt 6"]);
    let blocks = r#"{"type":"queued_command","prompt":[{"type":"text","text":"and"},{"type":"text","text":" this"}]}"#;
    check_sizes(&[attachment(1, blocks)], &["added 8"]);
    for nothing in [
        r#"{"type":"prompt_snapshot","text":"is sent anyway"}"#,
        r#"{"type":"hook_success","content":"","stdout":"{}"}"#,
        r#"{"type":"task_reminder","content":[],"itemCount":0}"#,
        r#"{"type":"session_context","content":null}"#,
    ] {
        check_sizes(&[attachment(1, nothing)], &[]);
    }
}

#[test]
fn what_the_agent_adds_and_is_not_all_text_is_of_unknown_size() {
    let blocks = |blocks: &str, more: &str| user(1, &format!("[{blocks}]"), more);
    let (text, picture) = (r#"{"type":"text","text":"page 1"}"#, r#"{"type":"image","source":{"data":"AAAA"}}"#);
    let result = r#"{"type":"tool_result","tool_use_id":"c","content":"four"}"#;
    let meta = r#","isMeta":true"#;
    check_sizes(&[blocks(picture, meta)], &["added ?"]);
    check_sizes(&[blocks(&format!("{text},{picture}"), meta)], &["added ?"]);
    check_sizes(&[blocks(&format!("{result},{text}"), "")], &["result 4", "added 6"]);
    check_sizes(&[blocks(&format!("{result},{picture}"), "")], &["result 4", "added ?"]);
    check_sizes(&[blocks(result, "")], &["result 4"]);
    let file = |content: &str| attachment(1, &format!(r#"{{"type":"file","filename":"/p","content":{content}}}"#));
    for content in [
        r#"{"type":"image","file":{"base64":"AAAA","type":"image/png"}}"#,
        r#"{"type":"notebook","file":{"filePath":"/p","cells":[]}}"#,
        r#"{"type":"parts"}"#,
    ] {
        check_sizes(&[file(content)], &["added of /p ?"]);
    }
    let queued = format!(r#"{{"type":"queued_command","prompt":[{text},{picture}]}}"#);
    check_sizes(&[attachment(1, &queued)], &["added ?"]);
    let tasks = r#"{"type":"task_reminder","content":[{"id":"1","subject":"tidy"}],"itemCount":1}"#;
    check_sizes(&[attachment(1, tasks)], &["added ?"]);
}

/// What the agent says that things cost, in millionths of a dollar.
#[track_caller]
fn check_costs(lines: &[String], expected: &[(Covers, u64)]) {
    let cost = |kind| match kind {
        EventKind::CostReported { money, covers } => Some((covers, money.as_micros())),
        _ => None,
    };
    assert_eq!(kinds(lines).into_iter().filter_map(cost).collect::<Vec<_>>(), expected);
}

#[test]
fn costs_that_the_agent_wrote_are_told_and_nothing_else_is() {
    let reply = |cost: &str| reply(1, "m", 5, "null", "").replacen('{', &format!("{{{cost}"), 1);
    let of_reply = Covers::Reply(ResponseId::new("m"));
    check_costs(&[reply(""), reply(r#""costUSD":null,"#), reply(r#""costUSD":-1,"#)], &[]);
    check_costs(&[reply(r#""costUSD":0.09015825,"#), reply(r#""costUSD":0.09015825,"#)], &[(of_reply, 90_158)]);
    let left = |cost: &str| format!(r#"{{"type":"cost-state","sessionId":"s"{cost},"hasUnknownModelCost":false}}"#);
    check_costs(&[left(r#","totalCostUSD":1.2851959999999998"#), left("")], &[(Covers::Session, 1_285_196)]);
}
