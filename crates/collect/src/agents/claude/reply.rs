//! Assistant lines: one for each block of a reply, each with the usage of the whole.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use topside_model::{
    CallId, Covers, ErrorClass, EventKind, LimitId, LimitSample, LimitWindow, ModelId, Percent, ResponseId, Settings,
    Share, Terms, Timestamp, Tokens, TurnEnd, Usage, elapsed,
};

use super::decode::Scribe;
use super::record::{self, Line, Message};
use super::{tool, window};
use crate::agent::Level;
use crate::source::json::Json;

/// Lines of one reply that are further apart are copies: a resumed session of 2025 writes its history again.
const COPIED_AFTER: Duration = Duration::from_mins(1);

/// Reads one line of a reply.
pub(super) fn read(scribe: &mut Scribe<'_>, line: &Line<'_>, reply: &Message<'_>) {
    if line.api_error {
        if !scribe.aside {
            failed(scribe, line, reply);
        }
        return;
    }
    let named = |id: &Json<'_>| id.word().is_some_and(|word| !word.is_empty());
    let id = reply.id.filter(named).or_else(|| line.uuid.filter(named));
    if scribe.level == Level::Usage {
        if let (Some(usage), false) = (reply.usage, reply.is_synthetic()) {
            paid(scribe, line, reply, id, usage);
        }
        return;
    }
    let text = id.and_then(Json::text);
    if !reply.is_synthetic() {
        if !scribe.aside {
            go_on(scribe, line, text.as_deref());
        }
        if let Some(usage) = reply.usage {
            paid(scribe, line, reply, id, usage);
        }
    }
    scribe.settings(line);
    for block in reply.content.into_iter().flat_map(Json::items) {
        if block.field("type").and_then(Json::text).as_deref() == Some("tool_use") {
            called(scribe, block);
        }
    }
    if matches!(reply.stop_reason, Some(b"end_turn" | b"stop_sequence"))
        && scribe.state.turn_open
        && !scribe.aside
        && !reply.is_synthetic()
    {
        scribe.end(TurnEnd::Completed);
        scribe.state.ended_by = text.map(std::borrow::Cow::into_owned);
    }
}

/// The model answered, so whatever seemed to have ended the turn did not.
fn go_on(scribe: &mut Scribe<'_>, line: &Line<'_>, id: Option<&str>) {
    let ended_it = id.is_some() && scribe.state.ended_by.as_deref() == id;
    if !scribe.state.turn_open && !line.aborted && !ended_it {
        scribe.begin(line);
    }
    scribe.state.requests = 0;
}

/// A reply was paid for. Every line of a reply repeats its usage; while it grows, so do the counts. One without an id goes
/// by its place.
fn paid(
    scribe: &mut Scribe<'_>,
    line: &Line<'_>,
    reply: &Message<'_>,
    id: Option<Json<'_>>,
    (usage, terms): (Usage, Terms),
) {
    let counts = Counts { usage: parts(&usage), settled: reply.stop_reason.is_some() };
    let told = scribe.state.told.as_ref().filter(|told| id.is_some_and(|id| id.says(&told.id)));
    let is_going_on = told.is_some();
    let same = told.is_some_and(|told| {
        let is_close = || told.at.zip(scribe.at).is_none_or(|(before, at)| elapsed(before, at) < COPIED_AFTER);
        told.counts == counts && is_close()
    });
    if let (Level::Full, Some(id)) = (scribe.level, id) {
        replayed(scribe, id);
    }
    if !same {
        let told = scribe.state.told.get_or_insert_default();
        if !is_going_on {
            match id {
                Some(id) => id.text().unwrap_or_default().as_ref().clone_into(&mut told.id),
                None => told.id = format!("{} at {}", scribe.state.session, scribe.origin.offset),
            }
        }
        (told.counts, told.at) = (counts, scribe.at);
        let (response, share) = (ResponseId::new(&told.id), share(scribe, line));
        let model = reply.model.and_then(|model| scribe.names.model(model));
        let settled = counts.settled;
        if let Some(money) = line.cost.and_then(record::money) {
            scribe.say(EventKind::CostReported { money, covers: Covers::Reply(response.clone()) });
        }
        scribe.say(EventKind::ResponseUsage { response, model, usage, terms, share, settled });
    }
    if scribe.level == Level::Full {
        let model = reply.model.and_then(|model| scribe.names.model(model));
        measured(scribe, model.as_ref(), usage);
    }
}

/// What was told of a reply: equal lines of one reply are told once.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(super) struct Told {
    id: String,
    counts: Counts,
    at: Option<Timestamp>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    usage: [u64; 7],
    settled: bool,
}

fn parts(usage: &Usage) -> [u64; 7] {
    let Usage { input_uncached, cache_read, cache_write_5m, cache_write_1h, output, reasoning, web_searches } = usage;
    let [input, read, short, long] = [input_uncached, cache_read, cache_write_5m, cache_write_1h].map(|part| part.0);
    [input, read, short, long, output.0, reasoning.0, *web_searches]
}

/// Says so when the reply was told long ago.
fn replayed(scribe: &mut Scribe<'_>, id: Json<'_>) {
    if let Some((at, id)) = scribe.at.zip(id.text()).filter(|_| !scribe.state.marks_turns) {
        let first = *scribe.state.first_told.entry(id.into_owned()).or_insert(at);
        if elapsed(first, at) > COPIED_AFTER {
            scribe.say(EventKind::Replayed);
        }
    }
}

fn share(scribe: &Scribe<'_>, line: &Line<'_>) -> Share {
    let requested_by = line.requested_by.and_then(Json::text);
    let elsewhere = requested_by.is_some_and(|session| session != scribe.state.session && !scribe.is_helper());
    if line.forked_from.is_some() || elsewhere { Share::Copied } else { Share::Own }
}

/// The model in use, and how full its context is: all input of the latest reply, output left out, as the agent counts.
fn measured(scribe: &mut Scribe<'_>, model: Option<&ModelId>, usage: Usage) {
    if !scribe.aside
        && let Some(model) = model
        && scribe.state.model.as_deref() != Some(model.as_str())
    {
        scribe.state.model = Some(model.as_str().to_owned());
        scribe
            .say(EventKind::SettingsChanged(Box::new(Settings { model: Some(model.clone()), ..Settings::default() })));
    }
    let used = usage.input();
    if !scribe.aside {
        scribe.state.observed = scribe.state.observed.max(used.0);
    }
    let (window, source) = window::window(model.map_or("", ModelId::as_str), scribe.state.observed);
    scribe.say(EventKind::ContextMeasured {
        used: Some(used),
        window: Some(window),
        window_from: Some(source),
        left: None,
        compacts_at: None,
    });
}

fn called(scribe: &mut Scribe<'_>, block: Json<'_>) {
    let Some(call) = tool::call(block) else { return };
    let id = call.start.call.clone();
    if let Some(file) = tool::changed_file(call.start.name.raw(), block) {
        scribe.state.edits.insert(id.as_str().to_owned(), file);
    }
    scribe.say(EventKind::ToolStarted(Box::new(call.start)));
    if call.question.is_some() {
        scribe.say(EventKind::QuestionAsked { call: CallId::new(id.as_str()), text: call.question });
    }
}

/// A request failed for good: the agent's own line in the place of a reply.
fn failed(scribe: &mut Scribe<'_>, line: &Line<'_>, reply: &Message<'_>) {
    let message = reply.content.and_then(record::first_text).unwrap_or_default();
    let limits = line.field("quotaLimits").filter(|limits| limits.is_object());
    let old = message.split_once("usage limit reached|").map(|(_, at)| at.trim());
    let word = line.error.and_then(Json::text);
    let status = line.field("apiErrorStatus").and_then(Json::count);
    let reached = line.field("apiError").and_then(Json::text).as_deref() == Some("usage_limit_reached");
    let class = record::failure(word.as_deref(), status, reached || limits.is_some() || old.is_some(), &message);
    if class == ErrorClass::UsageLimit {
        let sample = limits.map(|limits| (limit_name(limits), limits.field("resetsAt").and_then(Json::number)));
        let sample = sample.or_else(|| Some(("usage".to_owned(), Some(old?.parse().ok()?))));
        if let (Some((name, resets_at)), Some(at)) = (sample, scribe.at) {
            scribe.say(EventKind::LimitObserved(exhausted(&name, resets_at, at)));
        }
    }
    let message = (!message.is_empty()).then(|| tool::first_line(&message));
    scribe.say(EventKind::ErrorReported { class, message });
    scribe.end(TurnEnd::Failed);
}

fn limit_name(limits: Json<'_>) -> String {
    limits.field("rateLimitType").and_then(record::string).unwrap_or_else(|| "usage".to_owned())
}

/// A window that is used up. Its length follows from its name; nothing else of it is told.
fn exhausted(name: &str, resets_at: Option<f64>, seen_at: Timestamp) -> LimitSample {
    const HOUR: u64 = 60 * 60;
    let hours = match name {
        "five_hour" => Some(5),
        _ if name.starts_with("seven_day") => Some(7 * 24),
        _ => None,
    };
    let window = LimitWindow {
        window: hours.map(|hours| Duration::from_secs(hours * HOUR)),
        used: Percent(100.0),
        resets_at: resets_at.and_then(|at| Timestamp::from_second(at as i64).ok()),
    };
    LimitSample {
        limit: LimitId::new(name),
        name: None,
        plan: None,
        windows: vec![window],
        reached: Some(topside_model::Untrusted::new(name)),
        seen_at,
    }
}

/// A reply that a `progress` line quotes: its own file may be gone.
pub(super) fn quoted(scribe: &mut Scribe<'_>, reply: &Message<'_>) {
    let id = reply.id.and_then(Json::text).filter(|id| !id.is_empty() && !reply.is_synthetic());
    let (Some(id), Some((usage, terms))) = (id, reply.usage) else { return };
    let (response, model) = (ResponseId::new(id), reply.model.and_then(Json::text).map(ModelId::new));
    scribe.say(EventKind::ResponseUsage { response, model, usage, terms, share: Share::Quoted, settled: false });
}

/// The context after a compaction, until the next reply tells it.
pub(super) fn shortened(scribe: &mut Scribe<'_>, metadata: Json<'_>) {
    let count = |key: &str| metadata.field(key).and_then(Json::count);
    let automatic = metadata.field("trigger").and_then(Json::text).as_deref() == Some("auto");
    let (window, source) = window::window(scribe.state.model.as_deref().unwrap_or_default(), scribe.state.observed);
    let known = scribe.state.model.is_some();
    let compacts_at = count("preTokens")
        .filter(|tokens| automatic && known && *tokens <= window.0)
        .map(|tokens| Percent(100.0 * tokens as f64 / window.0 as f64));
    scribe.say(EventKind::ContextMeasured {
        used: count("postTokens").map(Tokens),
        window: known.then_some(window),
        window_from: known.then_some(source),
        left: None,
        compacts_at,
    });
}
