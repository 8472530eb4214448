//! Where Codex keeps things.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use topside_model::{SessionId, SourceId, Timestamp};

use crate::agent::{Layout, Look, Source};
use crate::files::Found;
use crate::transcript::{Transcript, Transcripts};

/// Names a Codex home for each of its processes.
pub(super) const HOME_VARIABLE: &str = "CODEX_HOME";
/// Names another folder for its databases.
pub(super) const SQLITE_VARIABLE: &str = "CODEX_SQLITE_HOME";
/// Folder of lock files, one a loaded thread.
pub(super) const LOCKS: &str = "thread-writer-locks";
/// `sessions/YYYY/MM/DD/`, and some room: people sort transcripts. Before mid-2025 the folder was flat, as
/// `archived_sessions` is.
const DEPTH: usize = 6;
const UUID_LENGTH: usize = 36;

/// Homes: each process' own, ours, and the default.
///
/// `CODEX_HOME` counts per process; one that lies outside the root of a `--root` run is left to the caller's filter.
pub(super) fn homes(look: &Look<'_>) -> Vec<PathBuf> {
    let mut homes = vec![default_home(look)];
    let mut add = |home: PathBuf| {
        if !homes.contains(&home) {
            homes.push(home);
        }
    };
    look.host.variable(HOME_VARIABLE).filter(|home| !home.is_empty()).map(PathBuf::from).into_iter().for_each(&mut add);
    for process in look.processes.by_pid.values().filter(|process| super::process::owns_threads(process)) {
        add(home_of(process, look));
    }
    homes
}

/// The home a process uses.
pub(super) fn home_of(process: &topside_probe::Process, look: &Look<'_>) -> PathBuf {
    let variable = |name: &str| process.variables.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable(HOME_VARIABLE)
        .or_else(|| variable("HOME").map(|home| home.join(".codex")))
        .unwrap_or_else(|| default_home(look))
}

fn default_home(look: &Look<'_>) -> PathBuf {
    look.host.home().join(".codex")
}

/// A rollout's name taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RolloutName {
    /// The thread it belongs to; where the name tells none, the name itself until the file does.
    pub(super) thread: SessionId,
    /// Which piece of the thread it holds, after a revert.
    pub(super) segment: Option<String>,
    /// When it was made, in milliseconds since 1970: orders the segments of a thread.
    pub(super) rank: u64,
    /// How the bytes are laid out.
    pub(super) layout: Layout,
}

/// Takes `rollout-<time>-<thread>[_<segment>].jsonl[.zst]` or `rollout-<date>-<thread>.json` apart. People copy and rename
/// transcripts, so something else may stand around the thread.
pub(super) fn rollout_name(name: &str) -> Option<RolloutName> {
    let rest = name.strip_prefix("rollout-")?;
    let (stem, layout) = [(".jsonl.zst", Layout::PackedLines), (".jsonl", Layout::Lines), (".json", Layout::Document)]
        .into_iter()
        .find_map(|(ending, layout)| Some((rest.strip_suffix(ending)?, layout)))?;
    let (whole, segment) = match stem.rsplit_once('_') {
        Some((whole, segment)) if is_uuid(segment) && last_uuid(whole).is_some() => (whole, Some(segment)),
        _ => (stem, None),
    };
    let (time, thread) = last_uuid(whole).unwrap_or(("", whole));
    let made = uuid_time(segment.unwrap_or(thread)).or_else(|| local_time(time));
    let segment = segment.map(str::to_owned);
    Some(RolloutName { thread: SessionId::new(thread), segment, rank: made.unwrap_or(0), layout })
}

/// The last id in `text`, behind what stands before it.
fn last_uuid(text: &str) -> Option<(&str, &str)> {
    let starts = 0..=text.len().checked_sub(UUID_LENGTH)?;
    let mut parts = starts.rev().filter_map(|start| Some((start, text.get(start..start + UUID_LENGTH)?)));
    parts.find(|(_, part)| is_uuid(part)).map(|(start, part)| (&text[..start], part))
}

fn is_uuid(text: &str) -> bool {
    let dashed = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_alphanumeric(),
    };
    text.len() == UUID_LENGTH && text.bytes().enumerate().all(dashed)
}

/// Milliseconds since 1970 in a UUID of version 7. The ids of threads, turns and segments are such since 2025.
pub(super) fn uuid_time(id: &str) -> Option<u64> {
    let mut digits = id.bytes().filter(|digit| *digit != b'-');
    let time = digits.by_ref().take(12).try_fold(0, |time, digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(time << 4 | u64::from(digit))
    })?;
    (digits.next() == Some(b'7') && digits.count() == 19).then_some(time)
}

/// The same of the time in a name, `2026-11-20T01-55-16-` or `2025-08-23-`. It is local time of who knows where, so only
/// good to tell files apart that have nothing better.
fn local_time(name: &str) -> Option<u64> {
    let clock = name.get(11..19).map_or_else(|| "00:00:00".to_owned(), |clock| clock.replace('-', ":"));
    let time: Timestamp = format!("{}T{clock}Z", name.get(..10)?).parse().ok()?;
    u64::try_from(time.as_millisecond()).ok()
}

/// Adds every rollout of a home to those that were `found`, of those threads that are `wanted`, each segment once: a plain
/// file wins over its compressed copy, a longer copy over a shorter one.
pub(super) fn rollouts(look: &Look<'_>, home: &Path, wanted: &dyn Fn(&str) -> bool, found: &mut Transcripts) {
    let shared: Arc<Path> = home.into();
    let keep = |name: &str| rollout_name(name).filter(|name| wanted(name.thread.as_str()));
    let before = found.list.len();
    // Few have one.
    let mut segments: BTreeMap<usize, String> = BTreeMap::new();
    for (folder, archived) in [("sessions", false), ("archived_sessions", true)] {
        let mut note = |mut rollout: Found<RolloutName>| {
            segments.extend(rollout.what.segment.take().map(|segment| (found.list.len(), segment)));
            found.push(source(&shared, rollout, archived));
        };
        look.files.walk(look.host, &home.join(folder), DEPTH, &keep, &mut note);
    }
    let mut places: Vec<usize> = (before..found.list.len()).collect();
    let piece = |place: &usize| (&found.list[*place].session, segments.get(place));
    // As a rule nothing is there twice, and sorting takes longer than finding out.
    let mut pieces = HashSet::with_capacity(places.len());
    if places.iter().all(|place| pieces.insert(piece(place))) {
        return;
    }
    let mut is_chosen = vec![true; found.list.len()];
    // Of copies that are alike the first one wins.
    places.sort_unstable_by(|one, other| piece(one).cmp(&piece(other)).then_with(|| other.cmp(one)));
    for copies in places.chunk_by(|one, other| piece(one) == piece(other)) {
        let best = copies.iter().max_by_key(|place| preference(&found.list[**place]));
        for place in copies {
            is_chosen[*place] = Some(place) == best;
        }
    }
    let mut is_chosen = is_chosen.into_iter();
    found.list.retain(|_| is_chosen.next().unwrap_or(false));
}

fn source(home: &Arc<Path>, found: Found<RolloutName>, archived: bool) -> Source {
    let Found { path, stat, what: RolloutName { thread, rank, layout, .. } } = found;
    let (id, home) = (SourceId(0), Arc::clone(home));
    Source { id, path, home, stat, session: thread, parent: None, rank, layout, archived }
}

fn preference(rollout: &Transcript) -> (bool, u64) {
    (rollout.layout != Layout::PackedLines, rollout.stat.len)
}

/// Lock files of a home by inode, with the thread each stands for.
pub(super) fn lock_files(look: &Look<'_>, home: &Path) -> BTreeMap<u64, (SessionId, PathBuf)> {
    let dir = home.join(LOCKS);
    let entries = look.files.entries_now(look.host, &dir);
    let locks = entries.iter().filter_map(|entry| {
        let thread = entry.name.strip_suffix(".lock").filter(|thread| thread.len() == UUID_LENGTH)?;
        let path = dir.join(&entry.name);
        let inode = look.files.stat(look.host, &path)?.id.inode;
        Some((inode, (SessionId::new(thread), path)))
    });
    locks.collect()
}

/// Databases of the thread index in a home, the newest schema first: `state_<n>.sqlite`.
pub(super) fn indexes(look: &Look<'_>, home: &Path) -> Vec<PathBuf> {
    let entries = look.files.entries(look.host, home);
    let numbered = entries.iter().filter_map(|entry| {
        let number = entry.name.strip_prefix("state_")?.strip_suffix(".sqlite")?.parse().ok()?;
        Some((number, entry.name.clone()))
    });
    let numbered: BTreeSet<(u32, String)> = numbered.collect();
    numbered.into_iter().rev().map(|(_, name)| home.join(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, thread: &str, rank: u64, layout: Layout) {
        let found = rollout_name(name).expect("it is a rollout");
        assert_eq!((found.thread.as_str(), found.rank, found.layout), (thread, rank, layout));
    }

    #[test]
    fn rollout_names_of_every_era_are_read() {
        let thread = "01a1f6a5-7e34-7b52-acf6-b5413449b662";
        let segment = "01a1f6aa-4596-7770-87fc-f1107a4e1769";
        let named = |rest: &str| format!("rollout-2026-11-20T01-55-16-{rest}");
        let old = "d6549209-8595-4f76-8b27-aa7875fbcf87";
        check(&named(&format!("{thread}.jsonl")), thread, 0x01a1_f6a5_7e34, Layout::Lines);
        check(&named(&format!("{thread}_{segment}.jsonl")), thread, 0x01a1_f6aa_4596, Layout::Lines);
        check(&named(&format!("{thread}.jsonl.zst")), thread, 0x01a1_f6a5_7e34, Layout::PackedLines);
        check(&named(&format!("{old}.jsonl")), old, 1_795_139_716_000, Layout::Lines);
        check(&format!("rollout-2025-08-23-{old}.json"), old, 1_755_907_200_000, Layout::Document);
        assert_eq!(rollout_name("history.jsonl"), None);
        assert_eq!(rollout_name("rollout-2026.txt"), None);
    }

    #[test]
    fn copied_and_renamed_transcripts_are_still_told() {
        let thread = "01a1f6a5-7e34-7b52-acf6-b5413449b662";
        let made = 0x01a1_f6a5_7e34;
        check(&format!("rollout-2026-11-20T01-55-16-{thread} (1).jsonl"), thread, made, Layout::Lines);
        check(&format!("rollout-{thread}_final.jsonl"), thread, made, Layout::Lines);
        check("rollout-mine.jsonl", "mine", 0, Layout::Lines);
        let segment = |name: &str| rollout_name(name).and_then(|found| found.segment);
        assert_eq!(segment(&format!("rollout-x-{thread}_{thread}.jsonl")).as_deref(), Some(thread));
        assert_eq!(segment(&format!("rollout-x-{thread}.jsonl")), None);
    }

    #[test]
    fn version_7_ids_tell_their_time_and_others_do_not() {
        assert_eq!(uuid_time("01a1f692-92e8-72a1-82a6-9d29cba98d20"), Some(0x01a1_f692_92e8));
        assert_eq!(uuid_time("d6549209-8595-4f76-8b27-aa7875fbcf87"), None);
        assert_eq!(uuid_time("turn-1"), None);
    }
}
