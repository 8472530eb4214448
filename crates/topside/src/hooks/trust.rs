//! Hooks that an agent runs only once the user trusts them, which he says in a dialogue of the agent's own.

use std::path::Path;

use super::edit::Hook;
use super::file::{Target, read};
use super::table::Integration;

/// What is said once topside was put in.
pub(super) fn note(of: &Integration) -> String {
    format!(
        "Note: {0} asks you once to trust the hook, when it starts next (\"Hooks need review\"), and does not run it before.\n",
        of.agent
    )
}

/// What is said of a hook that does not run yet.
pub(super) fn awaits(of: &Integration) -> String {
    format!("{0} does not run it yet: it asks you once to trust it, when it starts next", of.agent)
}

/// False where the agent keeps which hooks it may run, and this one, which stands in `target`, is not among them. What it
/// says of a hook that was there before, under another command, is not told apart.
pub(super) fn may_run(of: &Integration, target: &Target, hook: &Hook) -> bool {
    let Some(name) = of.trusts else { return true };
    let path = target.path.with_file_name(name);
    match read(&path).map(|text| text.unwrap_or_default().parse::<toml::Table>()) {
        Ok(Ok(kept)) => target.names().iter().any(|file| is_trusted(&kept, file, hook)),
        // Then nothing can be told of it.
        Ok(Err(_)) | Err(_) => true,
    }
}

/// True where `kept` holds an answer of the user about the hook of `file`.
fn is_trusted(kept: &toml::Table, file: &Path, hook: &Hook) -> bool {
    let (group, entry) = hook.place;
    let key = format!("{}:{}:{group}:{entry}", file.display(), in_snake_case(&hook.event));
    let state = kept.get("hooks").and_then(|hooks| hooks.get("state")?.get(&key));
    let is_off = state.and_then(|state| state.get("enabled")?.as_bool()) == Some(false);
    !is_off && state.is_some_and(|state| state.get("trusted_hash").is_some())
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

    /// What Codex 0.169.0 writes once the user has said so.
    const KEPT: &str = r#"
        [hooks.state."/h/.codex/hooks.json:permission_request:1:0"]
        trusted_hash = "sha256:bd84"
        [hooks.state."/h/.codex/hooks.json:permission_request:2:0"]
        trusted_hash = "sha256:bd84"
        enabled = false
    "#;

    #[track_caller]
    fn check(file: &str, place: (usize, usize), expected: bool) {
        let kept: toml::Table = KEPT.parse().expect("TOML");
        let hook = Hook { event: "PermissionRequest".to_owned(), place, command: String::new() };
        assert_eq!(is_trusted(&kept, Path::new(file), &hook), expected, "{file} {place:?}");
    }

    #[test]
    fn a_hook_is_trusted_once_the_user_said_so() {
        check("/h/.codex/hooks.json", (1, 0), true);
        check("/h/.codex/hooks.json", (0, 0), false);
        check("/h/.codex/hooks.json", (2, 0), false);
        check("/p/.codex/hooks.json", (1, 0), false);
    }
}
