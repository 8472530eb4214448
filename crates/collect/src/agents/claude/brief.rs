//! Lines as history reads them: of most only the time matters, and of a reply what it consumed.

use std::cell::Cell;
use std::sync::LazyLock;

use memchr::memchr3;
use topside_model::Timestamp;

use super::decode::OPENING;
use super::record::{self, Clock, Line, Message, Usages, holds};
use crate::source::HEAD;
use crate::source::json::Json;
use crate::source::needle::Needle;
use crate::source::walk::Walk;

/// Lines of the conversation in which seldom a reply stands. Each has a time.
const SILENT: &[&str] = &["attachment", "progress", "system", "user"];
/// Lines beside the conversation, without a time.
const TIMELESS: &[&str] =
    &["agent-name", "ai-title", "bridge-session", "custom-title", "last-prompt", "mode", "permission-mode", "summary"];
/// What no line with a reply is without.
static USAGE: LazyLock<Needle> = LazyLock::new(|| Needle::new(br#""usage""#, [1, 4]));
/// What stands in front of a line's time, and seldom elsewhere.
static TIME: LazyLock<Needle> = LazyLock::new(|| Needle::new(br#""timestamp""#, [2, 9]));
/// What another record on the same line begins with.
static ANOTHER: LazyLock<Needle> = LazyLock::new(|| Needle::new(OPENING, [0, 8]));
/// Longest end of a line that is remembered.
const ENDING: usize = 4096;
/// Bytes at the end of a line in which its time is, if it is there.
const USUAL_ENDING: usize = 384;
/// Length of a line's id, its key and a comma.
const ID: usize = r#""uuid":"01234567-89ab-4cde-8f01-23456789abcd","#.len();

/// What a line tells.
pub(super) enum Brief {
    /// Nothing of use but its time.
    Time(Option<Timestamp>),
    /// All that matters of a session that is known.
    Line,
    /// More than can be told in brief, or it is not one whole line.
    Unsure,
}

/// Reads lines in brief, and remembers what lines have in common.
#[derive(Default)]
pub(super) struct BriefReader {
    clock: Clock,
    pub(super) usages: Usages,
    /// What stood behind the time of a reply, up to the end of its line: nothing of it matters.
    ending: Vec<u8>,
}

thread_local! {
    /// What was learned of one transcript helps with the next.
    static LEARNED: Cell<BriefReader> = Cell::default();
}

impl BriefReader {
    /// One that knows what the last one on this thread learned.
    pub(super) fn learned() -> Self {
        LEARNED.take()
    }

    /// Leaves what it learned to the next one.
    pub(super) fn leave(&mut self) {
        LEARNED.set(std::mem::take(self));
    }

    /// Reads a line of a session that is known. `aside` says that helpers in its midst are known, too.
    pub(super) fn read<'a>(&mut self, bytes: &'a [u8], aside: bool, line: &mut Line<'a>) -> Brief {
        let Some(mut walk) = Walk::begin(bytes) else { return Brief::Unsure };
        let (mut own, mut is_silent) = (aside, false);
        let mut ending: Option<&[u8]> = None;
        // In this order, as it is written today.
        walk.next_if(br#""parentUuid":"#);
        if let Some(sidechain) = walk.next_if(br#""isSidechain":"#) {
            line.sidechain = sidechain.is_true();
            own = true;
            walk.next_if(br#""promptId":"#);
        }
        if walk.next_if(br#""message":"#).is_some() {
            self.message(&mut walk, line);
        }
        if line.sidechain && !aside {
            return Brief::Unsure;
        }
        while let Some((key, value)) = walk.member() {
            match key {
                b"timestamp" => {
                    line.at = self.clock.read(value);
                    let rest = walk.rest();
                    if line.message.is_some() && rest == self.ending && !rest.is_empty() {
                        return Brief::Line;
                    }
                    ending = Some(rest);
                    continue;
                }
                b"type" => {
                    line.kind = value.word();
                    let is = |kinds: &[&str]| line.kind.is_some_and(|kind| holds(kinds, kind));
                    if is(TIMELESS) && TIME.find(walk.rest()).is_none() && is_alone(walk.rest()) {
                        return Brief::Time(None);
                    }
                    if is(record::BULK) && bytes.len() >= HEAD {
                        return bulk(bytes);
                    }
                    is_silent = is(SILENT);
                }
                b"isSidechain" => {
                    line.sidechain = value.is_true();
                    if line.sidechain && !aside {
                        return Brief::Unsure;
                    }
                    own = true;
                }
                b"isApiErrorMessage" if value.is_true() => return Brief::Unsure,
                b"attachment" if bytes.len() >= HEAD && record::is_bulk_attachment(value) => return bulk(bytes),
                b"attachment" | b"message" | b"data" | b"toolUseResult"
                    if own
                        && (is_silent || key == b"attachment")
                        && is_alone(walk.rest())
                        && let Some(at) =
                            line.at.or_else(|| self.time_behind(walk.rest(), line.kind == Some(b"user"))) =>
                {
                    return Brief::Time(Some(at));
                }
                b"message" => self.message(&mut walk, line),
                b"data" => line.quoted = record::quoted(&mut walk, &mut self.usages),
                b"uuid" => line.uuid = Some(value),
                b"requestSessionId" => line.requested_by = Some(value),
                b"forkedFrom" => line.forked_from = Some(value).filter(|from| from.is_object()),
                _ => continue,
            }
            ending = None;
        }
        if walk.leave() != Some(bytes.len()) {
            return Brief::Unsure;
        }
        if let Some(ending) = ending.filter(|ending| line.message.is_some() && ending.len() <= ENDING) {
            self.ending.clear();
            self.ending.extend_from_slice(ending);
        }
        Brief::Line
    }

    /// Reads the value that comes next, and what usually follows it on the line of a reply.
    fn message<'a>(&mut self, walk: &mut Walk<'a>, line: &mut Line<'a>) {
        line.message = Some(Message::of(walk, &mut self.usages));
        walk.next_if(br#""requestId":"#);
        if let Some(kind) = walk.next_if(br#""type":"#) {
            line.kind = kind.word();
        }
        if let Some(uuid) = walk.next_if(br#""uuid":"#) {
            line.uuid = Some(uuid);
        }
    }

    /// The time of a line, found in the `rest` of it, which is searched but not gone through: at its end, behind
    /// everything that has members of its own, else beside its id. A line of which it is elsewhere may name a time but
    /// once, and so may one that quotes other lines: it would not be sure which is its own.
    fn time_behind(&mut self, rest: &[u8], is_user: bool) -> Option<Timestamp> {
        let ending = &rest[rest.len().saturating_sub(USUAL_ENDING)..rest.len() - 1];
        if let Some(place) = TIME.find(ending) {
            let behind = &ending[place + TIME.text().len()..];
            if memchr3(b'{', b'}', b'\\', behind).is_none() {
                return self.clock.read(Json::value(behind)?);
            }
        }
        let place = TIME.find(rest)?;
        let behind = &rest[place + TIME.text().len()..];
        let at = self.clock.read(Json::value(behind)?)?;
        let is_own = is_user && place.checked_sub(ID).is_some_and(|from| rest[from..].starts_with(br#""uuid":""#));
        (is_own || TIME.find(behind).is_none()).then_some(at)
    }
}

/// True when in the `rest` of a line there is no reply: neither its own nor another record's on the same line.
fn is_alone(rest: &[u8]) -> bool {
    rest.ends_with(b"}") && USAGE.find(rest).is_none()
}

/// What a long line tells that is passed over by its beginning, as [`Decoder::head`](crate::Decoder::head) does it.
fn bulk(line: &[u8]) -> Brief {
    let alone = line.ends_with(b"}") && ANOTHER.find(&line[1..]).is_none();
    if alone { Brief::Time(record::head_time(&line[..HEAD])) } else { Brief::Unsure }
}
