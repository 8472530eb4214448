//! Lines as history reads them: of most only the time matters, and of a reply what it consumed.

use std::cell::Cell;
use std::sync::LazyLock;

use memchr::memchr;
use topside_model::Timestamp;

use super::decode::OPENING;
use super::record::{self, Clock, Line, Message, Usages, holds};
use crate::source::HEAD;
use crate::source::json::Json;
use crate::source::needle::{Either, Needle};
use crate::source::walk::Walk;

/// What no line with a reply is without.
const USAGE: &[u8] = br#""usage""#;
/// What stands in front of a line's time, and seldom elsewhere.
const TIME: &[u8] = br#""timestamp""#;
/// Both of them.
static SIGNS: LazyLock<Either> = LazyLock::new(|| Either::new([USAGE, TIME], [3, 6], 4));
/// What another record on the same line begins with.
static ANOTHER: LazyLock<Needle> = LazyLock::new(|| Needle::new(OPENING, [0, 8]));
/// Longest part of a line that is remembered.
const ENDING: usize = 4096;
/// Shortest one that is worth it.
const WORTH: usize = 32;
/// Bytes at the end of a line in which its time is, if it is there.
const USUAL_ENDING: usize = 384;
/// Length of a line's id, its key and a comma.
const ID: usize = r#""uuid":"01234567-89ab-4cde-8f01-23456789abcd","#.len();

/// What a line tells.
pub(super) enum Brief {
    /// Nothing of use but its time.
    Time(Option<Timestamp>),
    /// All that matters, whether the session is known or not.
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
    /// Members that do not matter, which stood behind the kind of a line, or behind whether it is a helper's.
    dull: Vec<u8>,
}

/// What is known before a line is read.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    /// The session that it belongs to.
    pub(super) session: bool,
    /// Helpers in the midst of the session's lines.
    pub(super) aside: bool,
}

/// What is known of a line while it is gone through.
struct Way<'a> {
    bytes: &'a [u8],
    known: Standing,
    /// True once it is known that it is not one of another helper.
    own: bool,
    /// True for a line in which seldom a reply stands.
    is_silent: bool,
    /// What follows its time, as long as nothing of it mattered.
    ending: Option<&'a [u8]>,
    /// The line from where members began that do not matter.
    dull: Option<&'a [u8]>,
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

    /// Reads a line. Whether its session and helpers in its midst are known says `known`.
    pub(super) fn read<'a>(&mut self, bytes: &'a [u8], known: Standing, line: &mut Line<'a>) -> Brief {
        let Some(mut walk) = Walk::begin(bytes) else { return Brief::Unsure };
        let mut way = Way { bytes, known, own: known.aside, is_silent: false, ending: None, dull: None };
        if let Some(brief) = self.begin(&mut walk, &mut way, line) {
            return brief;
        }
        loop {
            let before = walk.rest();
            let Some(member) = walk.member() else { break };
            if let Some(brief) = self.member(&mut walk, before, member, &mut way, line) {
                return brief;
            }
        }
        if walk.leave() != Some(bytes.len()) {
            return Brief::Unsure;
        }
        if let Some(ending) = way.ending.filter(|ending| line.message.is_some() && ending.len() <= ENDING) {
            ending.clone_into(&mut self.ending);
        }
        Brief::Line
    }

    /// Reads the first members in the order in which they are written today; what always stays the same is passed over with
    /// the key behind it.
    #[inline]
    fn begin<'a>(&mut self, walk: &mut Walk<'a>, way: &mut Way<'a>, line: &mut Line<'a>) -> Option<Brief> {
        walk.next_if(br#""parentUuid":"#);
        let sidechain = walk.next_if(br#""isSidechain":"#)?;
        (line.sidechain, way.own) = (sidechain.is_true(), true);
        if line.sidechain && !way.known.aside {
            return Some(Brief::Unsure);
        }
        walk.next_if(br#""promptId":"#);
        walk.next_if(br#""agentId":"#);
        if walk.next_if(br#""message":"#).is_some() {
            self.message(walk, line);
            walk.next_if(br#""requestId":"#);
            if let Some(uuid) = walk.next_if(br#""type":"assistant","uuid":"#) {
                (line.kind, line.uuid) = (Some(b"assistant".as_slice()), Some(uuid));
            }
            let time = walk.next_if(br#""timestamp":"#)?;
            return self.time(walk.rest(), time, way, line);
        }
        if walk.next_if(br#""type":"user","message":"#).is_some() {
            (line.kind, way.is_silent) = (Some(b"user".as_slice()), true);
            let brief = self.alone(walk.rest(), line);
            if brief.is_none() {
                self.message(walk, line);
            }
            return brief;
        }
        if walk.next_if(br#""type":"progress","data":"#).is_some() {
            (line.kind, way.is_silent) = (Some(b"progress".as_slice()), true);
            let brief = self.alone(walk.rest(), line);
            if brief.is_none() {
                line.quoted = record::quoted(walk, &mut self.usages);
            }
            return brief;
        }
        way.dull = self.dull(walk);
        None
    }

    /// Reads the member that was given last; the rest of the line was `before` when it was not.
    #[expect(clippy::inline_always, reason = "a part of the loop over all members")]
    #[inline(always)]
    fn member<'a>(
        &mut self,
        walk: &mut Walk<'a>,
        before: &[u8],
        (key, value): (&[u8], Json<'a>),
        way: &mut Way<'a>,
        line: &mut Line<'a>,
    ) -> Option<Brief> {
        let mut dull = None;
        match key {
            b"timestamp" => return self.time(walk.rest(), value, way, line),
            b"type" => {
                self.passed(way.dull, before);
                line.kind = value.word();
                let kind = line.kind.unwrap_or_default();
                way.is_silent = is_silent(kind);
                if is_timeless(kind)
                    && way.known.session
                    && Times::of(walk.rest()).is_some_and(|times| times.first.is_none())
                {
                    return Some(Brief::Time(None));
                }
                if !way.is_silent && way.bytes.len() >= HEAD && holds(record::BULK, kind) {
                    return Some(bulk(way.bytes));
                }
                dull = self.dull(walk);
            }
            b"isSidechain" => {
                self.passed(way.dull, before);
                (line.sidechain, way.own) = (value.is_true(), true);
                if line.sidechain && !way.known.aside {
                    return Some(Brief::Unsure);
                }
                dull = self.dull(walk);
            }
            b"isApiErrorMessage" if value.is_true() => return Some(Brief::Unsure),
            b"version" | b"cwd" if !way.known.session => return Some(Brief::Unsure),
            b"attachment" if way.bytes.len() >= HEAD && record::is_bulk_attachment(value) => {
                return Some(bulk(way.bytes));
            }
            b"attachment" | b"message" | b"data" | b"toolUseResult"
                if way.own
                    && (way.is_silent || key == b"attachment")
                    && let Some(brief) = self.alone(walk.rest(), line) =>
            {
                return Some(brief);
            }
            b"message" => {
                self.passed(way.dull, before);
                self.message(walk, line);
            }
            b"data" => line.quoted = record::quoted(walk, &mut self.usages),
            b"uuid" => line.uuid = Some(value),
            b"requestSessionId" => line.requested_by = Some(value),
            b"forkedFrom" => line.forked_from = Some(value).filter(|from| from.is_object()),
            _ => return None,
        }
        (way.ending, way.dull) = (None, dull);
        None
    }

    /// Passes over what does not matter and is the same as before; where it is not, it begins there.
    fn dull<'a>(&self, walk: &mut Walk<'a>) -> Option<&'a [u8]> {
        let before = walk.rest();
        walk.pass_if(&self.dull);
        (walk.rest().len() == before.len()).then_some(before)
    }

    /// Remembers what was passed over member by member, from where it began to what is `left` of the line.
    fn passed(&mut self, began: Option<&[u8]>, left: &[u8]) {
        let members = began.map_or(&[][..], |began| &began[..began.len() - left.len()]);
        // What is left begins behind a whole member, not with the value of one that was only looked at.
        if (WORTH..=ENDING).contains(&members.len()) && left.starts_with(b",") {
            members.clone_into(&mut self.dull);
        }
    }

    /// Reads the message that comes next.
    fn message<'a>(&mut self, walk: &mut Walk<'a>, line: &mut Line<'a>) {
        line.message = Some(Message::of(walk, &mut self.usages));
    }

    /// Reads the time of a line, which the `rest` of it follows. Nothing else is to be told where the same follows as did on the line of the last reply.
    fn time<'a>(&mut self, rest: &'a [u8], time: Json<'a>, way: &mut Way<'a>, line: &mut Line<'a>) -> Option<Brief> {
        line.at = self.clock.read(time);
        (way.ending, way.dull) = (Some(rest), None);
        let is_usual = line.message.is_some() && rest == self.ending && !rest.is_empty();
        is_usual.then_some(Brief::Line)
    }

    /// The time of a line in the `rest` of which no reply is.
    fn alone(&mut self, rest: &[u8], line: &Line<'_>) -> Option<Brief> {
        let times = Times::of(rest)?;
        let at = line.at.or_else(|| self.clock.read(times.own(rest, line.kind == Some(b"user"))?))?;
        Some(Brief::Time(Some(at)))
    }
}

/// Where times are named in the rest of a line, which is searched but not gone through.
#[derive(Default)]
struct Times {
    first: Option<usize>,
    /// The first one at the end of the line.
    late: Option<usize>,
    are_many: bool,
}

impl Times {
    /// Those in the `rest` of a line; `None` where a reply may be in it, its own or another record's on the same line.
    fn of(rest: &[u8]) -> Option<Self> {
        if !rest.ends_with(b"}") {
            return None;
        }
        let (mut times, mut from) = (Self::default(), 0);
        let ending = rest.len().saturating_sub(USUAL_ENDING);
        while let Some((sign, place)) = SIGNS.find(rest, from) {
            if sign == 0 {
                return None;
            }
            times.are_many = times.first.is_some();
            times.first = times.first.or(Some(place));
            times.late = times.late.or(Some(place).filter(|place| *place >= ending));
            from = place + 1;
        }
        Some(times)
    }

    /// The line's own time: at its end, behind everything that has members of its own, else beside its id. A line of which
    /// it is elsewhere may name a time but once, and so may one that quotes other lines: it would not be sure which is its
    /// own.
    fn own<'a>(&self, rest: &'a [u8], is_user: bool) -> Option<Json<'a>> {
        if let Some(place) = self.late {
            let behind = &rest[place + TIME.len()..rest.len() - 1];
            if memchr(b'}', behind).is_none() {
                return Json::value(behind);
            }
        }
        let place = self.first?;
        let is_own = is_user && place.checked_sub(ID).is_some_and(|from| is_id(&rest[from..place]));
        if is_own || !self.are_many { Json::value(&rest[place + TIME.len()..]) } else { None }
    }
}

/// True for a line's id with its key and a comma, and nothing else.
fn is_id(member: &[u8]) -> bool {
    let id = member.strip_prefix(br#""uuid":""#).and_then(|id| id.strip_suffix(br#"","#));
    // All of its bytes at once, rather than up to the first that is a quote.
    id.is_some_and(|id| id.iter().map(|byte| u32::from(*byte == b'"')).sum::<u32>() == 0)
}

/// Lines of the conversation in which seldom a reply stands. Each has a time.
#[inline]
fn is_silent(kind: &[u8]) -> bool {
    matches!(kind, b"attachment" | b"progress" | b"system" | b"user")
}

/// True for a line beside the conversation, by what it begins with.
#[inline(never)]
pub(super) fn is_beside(line: &[u8]) -> bool {
    let kind = line.strip_prefix(br#"{"type":""#).and_then(|rest| Some(&rest[..memchr(b'"', rest)?]));
    kind.is_some_and(|kind| is_timeless(kind) || holds(record::BULK, kind))
}

/// Lines beside the conversation, without a time.
#[inline]
fn is_timeless(kind: &[u8]) -> bool {
    matches!(
        kind,
        b"agent-name"
            | b"ai-title"
            | b"bridge-session"
            | b"custom-title"
            | b"last-prompt"
            | b"mode"
            | b"permission-mode"
            | b"summary"
    )
}

/// What a long line tells that is passed over by its beginning, as [`Decoder::head`](crate::Decoder::head) does it.
fn bulk(line: &[u8]) -> Brief {
    let alone = line.ends_with(b"}") && ANOTHER.find(&line[1..]).is_none();
    if alone { Brief::Time(record::head_time(&line[..HEAD])) } else { Brief::Unsure }
}
