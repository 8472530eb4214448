//! How Codex is told to talk to the model server only.

use std::process::Command;

use super::World;

const KEY: &str = "MOCK_KEY";

pub(super) fn environment(command: &mut Command) {
    command.env(KEY, "none");
}

/// Codex's configuration: our model, nobody asked about updates, trust or analytics, and no sandbox, because machines
/// that run tests often cannot make one.
pub(super) fn files(world: &World<'_>) -> Vec<(&'static str, String)> {
    let config = format!(
        r#"model = "mock-model"
model_provider = "mock"
approval_policy = "on-request"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[model_providers.mock]
name = "mock"
base_url = "http://127.0.0.1:{}/v1"
wire_api = "responses"
env_key = "{KEY}"
request_max_retries = 1
stream_max_retries = 1

[analytics]
enabled = false

[notice.model_migrations]
"gpt-5.5" = "gpt-6-sol"

[projects."{}"]
trust_level = "trusted"
"#,
        world.port,
        world.project.display()
    );
    vec![(".codex/config.toml", config)]
}
