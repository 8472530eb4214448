//! Where a turn may change files without a person's leave.
//!
//! `turn_context` tells: `permission_profile`, and in older versions `sandbox_policy` alone.

use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::record::string;
use crate::source::json::Json;

/// Folders for temporary files that sandboxes open, as far as they are the same everywhere.
const TEMPORARY: [&str; 4] = ["/tmp", "/private/tmp", "/var/folders", "/private/var/folders"];

/// Where a turn may change files without leave.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Writable {
    /// Everywhere, or nobody told.
    #[default]
    Everywhere,
    /// Only in these folders.
    Below {
        /// What names of files are relative to.
        cwd: String,
        /// Whole paths.
        folders: Vec<String>,
    },
}

impl Writable {
    /// Reads a `turn_context`.
    pub(super) fn of(payload: Json<'_>) -> Self {
        let Some(cwd) = payload.field("cwd").and_then(string) else { return Self::Everywhere };
        let profile = payload.field("permission_profile").filter(|profile| profile.is_object());
        let folders = match profile {
            Some(profile) => profiled(profile, &cwd),
            None => payload.field("sandbox_policy").and_then(|policy| sandboxed(policy, &cwd)),
        };
        folders.map_or(Self::Everywhere, |folders| Self::Below { cwd, folders })
    }

    /// True when the file at `path` may be changed. Links are not looked at.
    pub(super) fn holds(&self, path: &str) -> bool {
        let Self::Below { cwd, folders } = self else { return true };
        let path = plain(&Path::new(cwd).join(path));
        folders.iter().any(|folder| path.starts_with(folder))
    }
}

/// `{type: "managed", file_system: {type: "restricted", entries: [{path: {type, path | value.kind}, access}]}}`.
fn profiled(profile: Json<'_>, cwd: &str) -> Option<Vec<String>> {
    let is = |value: Option<Json<'_>>, word: &str| value.and_then(Json::text).as_deref() == Some(word);
    let files = profile.field("file_system").filter(|files| is(files.field("type"), "restricted"))?;
    let mut folders = Vec::new();
    for entry in files.field("entries")?.items().filter(|entry| is(entry.field("access"), "write")) {
        let path = entry.field("path")?;
        if let Some(path) = path.field("path").and_then(string) {
            folders.push(path);
            continue;
        }
        match path.field("value").and_then(|value| value.field("kind")).and_then(Json::text).as_deref() {
            Some("root") => return None,
            Some("slash_tmp" | "tmpdir") => folders.extend(TEMPORARY.map(str::to_owned)),
            _ => folders.push(cwd.to_owned()),
        }
    }
    Some(folders)
}

/// `{type: "read-only" | "workspace-write" | …, writable_roots}`; the tag's key was `mode` up to 0.58.
fn sandboxed(policy: Json<'_>, cwd: &str) -> Option<Vec<String>> {
    match policy.field("type").or_else(|| policy.field("mode")).and_then(Json::text)?.as_ref() {
        "read-only" => Some(Vec::new()),
        "workspace-write" => {
            let roots = policy.field("writable_roots").into_iter().flat_map(Json::items).filter_map(string);
            Some(roots.chain([cwd.to_owned()]).chain(TEMPORARY.map(str::to_owned)).collect())
        }
        _ => None,
    }
}

/// The same path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writable(sandbox: &str) -> Writable {
        let context = format!(r#"{{"cwd":"/src/app",{sandbox}}}"#);
        Writable::of(Json::value(context.as_bytes()).expect("an object"))
    }

    #[test]
    fn a_workspace_holds_its_own_files_alone() {
        let profile = r#""permission_profile":{"type":"managed","file_system":{"type":"restricted","entries":[
            {"path":{"type":"special","value":{"kind":"root"}},"access":"read"},
            {"path":{"type":"path","path":"/src/app"},"access":"write"},
            {"path":{"type":"special","value":{"kind":"slash_tmp"}},"access":"write"}]}}"#;
        for writable in [writable(profile), writable(r#""sandbox_policy":{"type":"workspace-write"}"#)] {
            for path in ["note.txt", "./a/../b.txt", "/src/app/b.txt", "/tmp/b.txt"] {
                assert!(writable.holds(path), "{path}");
            }
            for path in ["../b.txt", "a/../../b.txt", "/src/application/b.txt", "/etc/hosts"] {
                assert!(!writable.holds(path), "{path}");
            }
        }
    }

    #[test]
    fn where_only_reading_is_allowed_every_change_needs_leave() {
        let profile = r#""permission_profile":{"type":"managed","file_system":{"type":"restricted","entries":[
            {"path":{"type":"special","value":{"kind":"root"}},"access":"read"}]}}"#;
        assert!(!writable(profile).holds("note.txt"));
        assert!(!writable(r#""sandbox_policy":{"mode":"read-only"}"#).holds("note.txt"));
    }

    #[test]
    fn without_a_sandbox_nothing_needs_leave() {
        let disabled = r#""permission_profile":{"type":"disabled"},"sandbox_policy":{"type":"read-only"}"#;
        for sandbox in [disabled, r#""sandbox_policy":{"type":"danger-full-access"}"#, r#""model":"m""#] {
            assert!(writable(sandbox).holds("/etc/hosts"), "{sandbox}");
        }
    }
}
