//! Where Claude Code keeps things.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use topside_model::{SessionId, SourceId, Timestamp};
use topside_probe::{FileKind, Process};

use crate::agent::{Anchor, Layout, Look, Source};
use crate::files::Found;
use crate::transcript::Transcripts;

/// Names a config root for each process; everything of it lies inside.
pub(super) const HOME_VARIABLE: &str = "CLAUDE_CONFIG_DIR";
/// Folder of transcripts, a folder a directory that was worked in.
const PROJECTS: &str = "projects";
/// Ids of helpers, and the names of their files, begin so.
const HELPER: &str = "agent-";
/// Helpers of workflows lie two folders deeper than others, and may have helpers of their own.
const HELPER_DEPTH: usize = 5;
/// Journals of workflows lie among the transcripts of their helpers.
const JOURNAL: &str = "journal.jsonl";

/// Where the files of a helper stand: what it is for, then what it did.
const DESCRIBED: u64 = 0;
const TRANSCRIPT: u64 = 1;

/// Config roots: the default, ours, those of running processes, and what people name beside the default for a second
/// account.
pub(super) fn homes(look: &Look<'_>) -> Vec<PathBuf> {
    let user = look.host.home();
    let mut homes = vec![user.join(".claude")];
    let ours = look.host.variable(HOME_VARIABLE).filter(|home| !home.is_empty()).map(PathBuf::from);
    let running = look.processes.by_pid.values().filter(|process| super::process::owns_sessions(process));
    let running = running.map(|process| home_of(process, look));
    // Some releases of mid-2025 wrote to the third place.
    let others = siblings(look, user).into_iter().chain([user.join(".config").join("claude")]);
    let others = others.filter(|home| !look.files.entries(look.host, &home.join(PROJECTS)).is_empty());
    for home in ours.into_iter().chain(running).chain(others) {
        if !homes.contains(&home) {
            homes.push(home);
        }
    }
    homes
}

/// `~/.claude-work`, `~/.claude_2`, …
fn siblings(look: &Look<'_>, user: &Path) -> Vec<PathBuf> {
    let named = |name: &str| name.starts_with(".claude-") || name.starts_with(".claude_");
    let entries = look.files.entries(look.host, user);
    let named = entries.iter().filter(|entry| entry.kind == FileKind::Directory && named(&entry.name));
    named.map(|entry| user.join(&entry.name)).collect()
}

/// The config root a process uses.
pub(super) fn home_of(process: &Process, look: &Look<'_>) -> PathBuf {
    let variable = |name: &str| process.variables.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable(HOME_VARIABLE)
        .or_else(|| variable("HOME").map(|home| home.join(".claude")))
        .unwrap_or_else(|| look.host.home().join(".claude"))
}

/// True for the id of a helper.
pub(super) fn is_helper(session: &str) -> bool {
    session.starts_with(HELPER)
}

/// The session of the helper with this id.
pub(super) fn helper(id: &str) -> SessionId {
    SessionId::new(format!("{HELPER}{id}"))
}

/// All helpers that spoke in the midst of a session's own lines, as one.
pub(super) fn inline_helper(session: &str) -> SessionId {
    SessionId::new(format!("{HELPER}in-{session}"))
}

/// Adds every transcript of a root that does not hang on another one to those that were `found`, of those sessions that are
/// `wanted`.
pub(super) fn transcripts(look: &Look<'_>, home: &Path, wanted: &dyn Fn(&str) -> bool, found: &mut Transcripts) {
    let (projects, home) = (home.join(PROJECTS), Arc::from(home));
    let folders = look.files.entries(look.host, &projects);
    let folders = folders.iter().filter(|entry| entry.kind == FileKind::Directory);
    for entry in folders {
        project(look, &home, &projects.join(&entry.name), wanted, &mut |source| found.push(source));
    }
}

/// Transcripts of one project, and helpers whose main transcript is gone.
fn project(
    look: &Look<'_>,
    home: &Arc<Path>,
    folder: &Path,
    wanted: &dyn Fn(&str) -> bool,
    take: &mut dyn FnMut(Source),
) {
    let main = |name: &str| {
        let stem = name.strip_suffix(".jsonl").filter(|stem| name != JOURNAL && wanted(stem))?;
        Some((SessionId::new(stem), None))
    };
    look.files.regular(look.host, folder, &main, &mut |main| take(source(home, main)));
    let entries = look.files.entries(look.host, folder);
    let is_main = |name: &str| entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).is_ok();
    for entry in entries.iter().filter(|entry| entry.kind == FileKind::Directory && wanted(&entry.name)) {
        if !is_main(&format!("{}.jsonl", entry.name)) {
            helpers(look, home, &folder.join(&entry.name), &SessionId::new(&entry.name), take);
        }
    }
    // What hangs on a transcript lies in a folder beside it.
    look.files.pass(folder);
}

/// Files of the helpers of a session, which lie in a folder of the session's name.
pub(super) fn attached(look: &Look<'_>, anchor: Anchor<'_>) -> Vec<Source> {
    let Anchor { folder, home, session, parent } = anchor;
    let name = session.as_str();
    if parent.is_some() || is_helper(name) || !look.files.holds(look.host, folder, name) {
        return Vec::new();
    }
    let mut found = Vec::new();
    helpers(look, home, &folder.join(name), session, &mut |helper| found.push(helper));
    found
}

fn helpers(look: &Look<'_>, home: &Arc<Path>, folder: &Path, parent: &SessionId, take: &mut dyn FnMut(Source)) {
    let helper = |name: &str| Some((SessionId::new(helper_name(name)?), Some(parent.clone())));
    let folder = folder.join("subagents");
    look.files.walk(look.host, &folder, HELPER_DEPTH, &helper, &mut |helper| take(source(home, helper)));
}

/// The helper whose file has this name: `agent-<id>.jsonl` or `agent-<id>.meta.json`.
fn helper_name(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".jsonl").or_else(|| name.strip_suffix(".meta.json"))?;
    is_helper(stem).then_some(stem)
}

fn source(home: &Arc<Path>, found: Found<(SessionId, Option<SessionId>)>) -> Source {
    let Found { path, stat, what: (session, parent) } = found;
    let is_document = path.as_os_str().as_encoded_bytes().ends_with(b".json");
    let (rank, layout) = if is_document { (DESCRIBED, Layout::Document) } else { (TRANSCRIPT, Layout::Lines) };
    let home = Arc::clone(home);
    Source { id: SourceId(0), path, home, stat, session, parent, rank, layout, archived: false }
}

/// Sessions in the folder of `cwd` that were written to after `born`, the last one first.
pub(super) fn written_since(look: &Look<'_>, home: &Path, cwd: &Path, born: Option<Timestamp>) -> Vec<SessionId> {
    let folder = project_folder(home, cwd);
    let entries = look.files.entries(look.host, &folder);
    let mains = entries.iter().filter(|entry| entry.kind == FileKind::File && !is_helper(&entry.name));
    let mut written: Vec<(Timestamp, SessionId)> = mains
        .filter_map(|entry| {
            let session = SessionId::new(entry.name.strip_suffix(".jsonl")?);
            let modified = look.files.stat(look.host, &folder.join(&entry.name))?.modified;
            (Some(modified) >= born).then_some((modified, session))
        })
        .collect();
    written.sort_unstable_by(|one, other| other.cmp(one));
    written.into_iter().map(|(_, session)| session).collect()
}

/// The folder in which transcripts of sessions started in `cwd` lie. Not to be turned back: many directories give one
/// name.
pub(super) fn project_folder(home: &Path, cwd: &Path) -> PathBuf {
    const LONGEST: usize = 200;
    let path = cwd.to_string_lossy();
    let units: Vec<u16> = path.encode_utf16().collect();
    let plain = |unit: &u16| u8::try_from(*unit).ok().filter(u8::is_ascii_alphanumeric).map_or('-', char::from);
    let mut name: String = units.iter().map(plain).collect();
    if name.len() > LONGEST {
        let hash = units.iter().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(*unit)));
        name.truncate(LONGEST);
        name = format!("{name}-{}", base_36(hash.unsigned_abs()));
    }
    home.join(PROJECTS).join(name)
}

fn base_36(mut number: u32) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit(number % 36, 36).expect("a rest of 36 is a digit"));
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_folders_are_named_as_the_agent_names_them() {
        let name = |cwd: &str| project_folder(Path::new("/h"), Path::new(cwd)).display().to_string();
        assert_eq!(name("/home/u/my app_1.2"), "/h/projects/-home-u-my-app-1-2");
        assert_eq!(name("/x/日本😀"), "/h/projects/-x-----");
        let long = name(&format!("/{}", "a".repeat(250)));
        assert_eq!(long.len(), "/h/projects/".len() + 200 + 1 + long.rsplit('-').next().map_or(0, str::len));
    }

    #[test]
    fn helpers_are_known_by_the_names_of_their_files() {
        assert_eq!(helper_name("agent-a1b2.jsonl"), Some("agent-a1b2"));
        assert_eq!(helper_name("agent-a1b2.meta.json"), Some("agent-a1b2"));
        assert_eq!(helper_name("journal.jsonl"), None);
        assert_eq!(helper_name("agent-a1b2.txt"), None);
    }
}
