//! Hooks that an agent runs only once the user trusts them, which he says in a dialogue of the agent's own.

use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::edit::Hook;
use super::file::{Target, read};
use super::table::Integration;

/// Seconds that Codex gives a hook which says nothing of it.
const DEFAULT_TIMEOUT: u32 = 600;

/// What is said once topside was put in.
pub(super) fn note(of: &Integration) -> String {
    format!(
        "Note: {0} asks you once to trust the hook, when it starts next (\"Hooks need review\"), and does not run it before.\n",
        of.agent
    )
}

/// Whether the agent runs a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leave {
    /// It does, as far as can be told.
    Given,
    /// The user turned it off.
    Off,
    /// The user was not asked yet, or was about another command.
    Awaited,
}

/// What is said of a hook that does not run; nothing of one that does.
pub(super) fn words(of: &Integration, leave: Leave) -> Option<String> {
    let agent = of.agent;
    match leave {
        Leave::Given => None,
        Leave::Off => Some(format!("{agent} does not run it: it is turned off there; `/hooks` in {agent} turns it on")),
        Leave::Awaited => {
            Some(format!("{agent} does not run it yet: it asks you once to trust it, when it starts next"))
        }
    }
}

/// Whether the agent runs this hook, which stands in `target`, by what it keeps of the user's answers.
pub(super) fn leave(of: &Integration, target: &Target, hook: &Hook) -> Leave {
    let Some(name) = of.trusts else { return Leave::Given };
    let path = target.path.with_file_name(name);
    match read(&path).map(|text| text.unwrap_or_default().parse::<toml::Table>()) {
        Ok(Ok(kept)) => target.names().iter().map(|file| answer(&kept, file, hook)).min().unwrap_or(Leave::Awaited),
        // Then nothing can be told of it.
        Ok(Err(_)) | Err(_) => Leave::Given,
    }
}

/// What `kept` holds of the user's answer about the hook of `file`.
fn answer(kept: &toml::Table, file: &Path, hook: &Hook) -> Leave {
    let (group, entry) = hook.place;
    let key = format!("{}:{}:{group}:{entry}", file.display(), in_snake_case(&hook.event));
    let state = kept.get("hooks").and_then(|hooks| hooks.get("state")?.get(&key));
    let trusted = state.and_then(|state| state.get("trusted_hash")?.as_str());
    if state.and_then(|state| state.get("enabled")?.as_bool()) == Some(false) {
        Leave::Off
    } else if trusted.is_some() && trusted == stamp(hook).as_deref() {
        Leave::Given
    } else {
        Leave::Awaited
    }
}

/// By what Codex knows a hook again that was trusted: a digest of its event, its group's matcher and itself, in JSON with
/// sorted names, nothing between and what is left out filled in.
fn stamp(hook: &Hook) -> Option<String> {
    let mut group = hook.group.as_object()?.clone();
    let mut entry = group.remove("hooks")?.get(hook.place.1)?.as_object()?.clone();
    entry.entry("timeout").or_insert(DEFAULT_TIMEOUT.into());
    entry.entry("async").or_insert(false.into());
    // A map of JSON keeps its names sorted.
    let mut told = Map::from_iter([("event_name".to_owned(), in_snake_case(&hook.event).into())]);
    told.insert("hooks".to_owned(), Value::Array(vec![entry.into()]));
    told.extend(group.remove_entry("matcher").filter(|(_, matcher)| !matcher.is_null()));
    let digest = Sha256::digest(Value::Object(told).to_string());
    Some(digest.iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}")))
}

/// The event's name as the agent writes it in its keys: `PermissionRequest` is `permission_request`.
fn in_snake_case(event: &str) -> String {
    let words = event.char_indices().flat_map(|(n, letter)| {
        let gap = (n > 0 && letter.is_ascii_uppercase()).then_some('_');
        gap.into_iter().chain([letter.to_ascii_lowercase()])
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hooks::edit::Document;

    /// Hooks and what Codex 0.169.0 says of each (`hooks/list`) as `currentHash`.
    const HOOKS: &str = r#"{"hooks": {"PermissionRequest": [
        {"hooks": [{"type": "command", "command": "/opt/topside/topside hook codex || true", "timeout": 5}]},
        {"matcher": "Bash", "hooks": [{"command": "/usr/bin/topside hook codex || true", "type": "command"}]}]}}"#;
    const STAMPS: [&str; 2] = [
        "sha256:bccdf0936ee2c21dbb2b26d3681677f3b16eab123f33a0a59e6d7225c6d7d4a1",
        "sha256:1fcf659a28bdaea28aeda1f05f80a0f066e0c4703152a687a929033e902fe22a",
    ];

    fn hooks() -> Vec<Hook> {
        Document::parse(HOOKS).expect("JSON").found_hooks(&|_| true)
    }

    #[test]
    fn a_hook_has_the_stamp_that_codex_gives_it() {
        let stamps: Vec<_> = hooks().iter().filter_map(stamp).collect();
        assert_eq!(stamps, STAMPS);
    }

    /// Checks what is made of what Codex keeps of the second hook.
    #[track_caller]
    fn check(kept: &str, expected: Leave) {
        let kept = kept.parse().expect("TOML");
        assert_eq!(answer(&kept, Path::new("/h/.codex/hooks.json"), &hooks()[1]), expected, "{kept}");
    }

    #[test]
    fn a_hook_runs_once_the_user_said_so_of_this_very_one() {
        let key = "[hooks.state.\"/h/.codex/hooks.json:permission_request:1:0\"]";
        let [other, own] = STAMPS.map(|stamp| format!("trusted_hash = \"{stamp}\""));
        check(&format!("{key}\n{own}"), Leave::Given);
        check(&format!("{key}\n{own}\nenabled = true"), Leave::Given);
        check(&format!("{key}\n{other}"), Leave::Awaited);
        check(&format!("{key}\n{own}\nenabled = false"), Leave::Off);
        check(&format!("{key}\nenabled = false"), Leave::Off);
        check(&format!("{}\n{own}", key.replace(":1:0", ":0:0")), Leave::Awaited);
        check(&format!("{}\n{own}", key.replace("/h/", "/p/")), Leave::Awaited);
        check("", Leave::Awaited);
    }
}
