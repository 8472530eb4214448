//! How Claude Code is told to talk to the model server only.

use std::process::Command;

use serde_json::json;

use super::World;

const KEY: &str = "none";

/// Variables that make of the user with a key a subscriber, who has limits.
pub(crate) const SUBSCRIBER: &[(&str, &str)] = &[("ANTHROPIC_API_KEY", ""), ("CLAUDE_CODE_OAUTH_TOKEN", "none")];

/// A key instead of an account, no traffic but the model's, few attempts, and nothing in the machine's own `/tmp`.
/// `IS_SANDBOX` lets root work without asking.
pub(super) fn environment(world: &World<'_>, command: &mut Command) {
    command
        .env("ANTHROPIC_BASE_URL", format!("http://127.0.0.1:{}", world.port))
        .env("ANTHROPIC_API_KEY", KEY)
        .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        .env("CLAUDE_CODE_MAX_RETRIES", "3")
        .env("CLAUDE_CODE_TMPDIR", world.tmp)
        .env("XDG_RUNTIME_DIR", world.tmp)
        .env("DISABLE_AUTOUPDATER", "1")
        .env("DISABLE_TELEMETRY", "1")
        .env("IS_SANDBOX", "1");
}

/// Nobody is welcomed, asked about trust or about the key; what merely waits needs no leave.
pub(super) fn files(world: &World<'_>) -> Vec<(&'static str, String)> {
    let project = world.project.display().to_string();
    let state = json!({
        "hasCompletedOnboarding": true,
        "theme": "dark",
        "autoUpdates": false,
        "customApiKeyResponses": { "approved": [KEY], "rejected": [] },
        "projects": { project: { "hasTrustDialogAccepted": true, "hasCompletedProjectOnboarding": true } },
    });
    let settings = json!({
        "permissions": { "defaultMode": "default", "allow": ["Bash(sleep:*)", "Bash(echo:*)", "Bash(node:*)"] },
    });
    vec![(".claude.json", state.to_string()), (".claude/settings.json", settings.to_string())]
}
