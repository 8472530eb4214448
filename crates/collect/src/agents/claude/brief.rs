//! Lines as history reads them: of most only the time matters, and of a reply what it consumed.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use topside_model::Timestamp;

use super::decode::OPENING;
use super::record::{self, Clock, Line, Message, Usages, holds};
use crate::source::HEAD;
use crate::source::json::Json;
use crate::source::walk::Walk;

/// Lines of the conversation in which seldom a reply stands. Each has a time.
const SILENT: &[&str] = &["attachment", "progress", "system", "user"];
/// Lines beside the conversation, without a time.
const TIMELESS: &[&str] =
    &["agent-name", "ai-title", "bridge-session", "custom-title", "last-prompt", "mode", "permission-mode", "summary"];
/// What no line with a reply is without.
static USAGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""usage""#));
/// What stands in front of a line's time, and seldom elsewhere.
static TIME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""timestamp""#));
/// What another record on the same line begins with.
static ANOTHER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(OPENING));
/// Longest end of a line that is remembered.
const ENDING: usize = 4096;

/// What a line tells.
pub(super) enum Brief {
    /// Nothing of use but its time.
    Time(Option<Timestamp>),
    /// All that matters of a session that is known.
    Line,
    /// More than can be told in brief, or it is not one whole line.
    Unsure,
}

/// Reads lines in brief, and remembers what lines of one file have in common.
#[derive(Default)]
pub(super) struct BriefReader {
    clock: Clock,
    usages: Usages,
    /// What stood behind the time of a reply, up to the end of its line: nothing of it matters.
    ending: Vec<u8>,
}

impl BriefReader {
    /// Reads a line of a session that is known. `aside` says that helpers in its midst are known, too.
    pub(super) fn read<'a>(&mut self, bytes: &'a [u8], aside: bool, line: &mut Line<'a>) -> Brief {
        let Some(mut walk) = Walk::begin(bytes) else { return Brief::Unsure };
        let (mut own, mut is_silent) = (aside, false);
        let mut ending: Option<&[u8]> = None;
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
                        && let Some(at) = line.at.or_else(|| self.lone_time(walk.rest()))
                        && is_alone(walk.rest()) =>
                {
                    return Brief::Time(Some(at));
                }
                b"message" => line.message = Some(Message::of(&mut walk, &mut self.usages)),
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

    /// The time of a line, found in the `rest` of it, which is searched but not gone through: where the time is named more
    /// than once, it is not sure which is the line's own.
    fn lone_time(&mut self, rest: &[u8]) -> Option<Timestamp> {
        let behind = &rest[TIME.find(rest)? + TIME.needle().len()..];
        let at = self.clock.read(Json::value(behind)?)?;
        TIME.find(behind).is_none().then_some(at)
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
