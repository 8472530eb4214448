//! What Codex processes are.

use std::path::{Component, Path};

use topside_probe::Process;

use crate::agent::Role;
use crate::agents::program::program_name;

/// Global options that take a value as the next argument.
const VALUED: &[&str] = &[
    "-c",
    "--config",
    "-m",
    "--model",
    "-p",
    "--profile",
    "-s",
    "--sandbox",
    "-a",
    "--ask-for-approval",
    "-C",
    "--cd",
    "-i",
    "--image",
    "--enable",
    "--disable",
    "--add-dir",
    "--local-provider",
    "--remote",
    "--remote-auth-token-env",
];
/// Words by which the one binary plays its own helper.
pub(super) const HELPER_NAMES: &[&str] =
    &["codex-linux-sandbox", "codex-execve-wrapper", "apply_patch", "applypatch", "codex-code-mode-host"];
/// Commands that never have a thread loaded.
const OTHER_COMMANDS: &[&str] = &[
    "apply",
    "archive",
    "cloud",
    "completion",
    "debug",
    "delete",
    "doctor",
    "exec-server",
    "features",
    "generate-ts",
    "help",
    "login",
    "logout",
    "mcp",
    "migrate-rollouts",
    "plugin",
    "queue",
    "remote-control",
    "responses-api-proxy",
    "sandbox",
    "unarchive",
    "update",
];

/// The server that all terminals of a home share, in a word.
const DAEMON: &str = "daemon";

/// What `process` is, by its executable, its first argument and its parsed command.
pub(super) fn role(process: &Process) -> Role {
    let program = process.exe.as_deref().and_then(program_name);
    let called = process.args.first().map(String::as_str).and_then(|name| program_name(Path::new(name)));
    if program.is_some_and(|name| name != "codex") {
        // A script runner: the wrapper that starts the real program and owns nothing.
        return Role::Helper;
    }
    if called.is_some_and(|name| HELPER_NAMES.contains(&name)) || process.name.starts_with("codex-linux-san") {
        return Role::Helper;
    }
    let arguments = process.args.get(1..).unwrap_or_default();
    if arguments.first().is_some_and(|first| first.starts_with("--codex-run-as-") || first.starts_with("--run-as-")) {
        return Role::Helper;
    }
    let words = free_words(arguments);
    match (words.first().copied(), words.get(1).copied()) {
        (Some("exec" | "e" | "review"), _) => Role::Owner { word: "exec", headless: true },
        (Some("app-server"), Some("daemon" | "proxy" | "generate-ts" | "generate-json-schema")) => Role::Helper,
        (Some("app-server"), _) if arguments.iter().any(|argument| argument == "--managed-daemon") => {
            Role::Owner { word: DAEMON, headless: false }
        }
        (Some("app-server"), _) => Role::Owner { word: "server", headless: false },
        (Some("mcp-server"), _) => Role::Owner { word: "mcp server", headless: false },
        (Some(command), _) if OTHER_COMMANDS.contains(&command) => Role::Other,
        // `resume`, `fork`, `agents`, a prompt, or nothing: a person's terminal.
        _ => Role::Owner { word: "terminal", headless: false },
    }
}

/// True for a process that can have threads loaded.
pub(super) fn owns_threads(process: &Process) -> bool {
    is_codex(process) && matches!(role(process), Role::Owner { .. })
}

/// True for the server that all terminals of a home share.
pub(super) fn is_daemon(process: &Process) -> bool {
    is_codex(process) && matches!(role(process), Role::Owner { word: DAEMON, .. })
}

/// The release of a daemon: `…/releases/0.169.0-x86_64-unknown-linux-musl/bin/codex`.
pub(super) fn release(daemon: &Process) -> Option<&str> {
    const MACHINES: [&str; 2] = ["-x86_64-", "-aarch64-"];
    let mut folders = daemon.exe.as_deref()?.components().map(Component::as_os_str);
    folders.find(|part| *part == "releases")?;
    let folder = folders.next()?.to_str()?;
    let release = MACHINES.iter().find_map(|machine| Some(folder.split_once(machine)?.0))?;
    let is_plain = release.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    (is_plain && !release.is_empty()).then_some(release)
}

/// True when the executable, or the name it was called by where the system does not tell the executable, is Codex.
pub(super) fn is_codex(process: &Process) -> bool {
    let program = process.exe.as_deref().or_else(|| process.args.first().map(Path::new));
    program.and_then(program_name) == Some("codex")
}

/// Arguments that are neither options nor the values of options.
fn free_words(arguments: &[String]) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        if argument == "--" {
            // What follows is a prompt or belongs to the command before.
            break;
        } else if VALUED.contains(&argument) {
            rest.next();
        } else if !argument.starts_with('-') {
            words.push(argument);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::program::process;

    #[track_caller]
    fn check(args: &[&str], expected: &str) {
        let word = match role(&process("/opt/codex", args)) {
            Role::Owner { word, headless } => format!("{word}{}", if headless { " headless" } else { "" }),
            Role::Helper => "helper".to_owned(),
            Role::Other => "other".to_owned(),
        };
        assert_eq!(word, expected, "{args:?}");
    }

    #[test]
    fn the_parsed_command_decides_and_nothing_else() {
        check(&["codex"], "terminal");
        check(&["codex", "fix exec path in /codex"], "terminal");
        check(&["codex", "--cd", "exec", "resume", "--last"], "terminal");
        check(&["codex", "--", "exec"], "terminal");
        check(&["codex", "exec", "--", "login"], "exec headless");
        check(&["codex", "-c", "model=x", "exec", "say hi"], "exec headless");
        check(&["codex", "e", "resume", "--last"], "exec headless");
        check(&["codex", "review"], "exec headless");
        check(&["codex", "app-server", "--listen", "unix://", "--managed-daemon"], "daemon");
        check(&["codex", "app-server", "--analytics-default-enabled"], "server");
        check(&["codex", "app-server", "daemon", "pid-update-loop"], "helper");
        check(&["codex", "login"], "other");
        check(&["/home/u/.codex/tmp/arg0-linux/codex-arg0X/codex-linux-sandbox", "--", "bash"], "helper");
        check(&["codex", "--codex-run-as-apply-patch", "x"], "helper");
        check(&["apply_patch", "x"], "helper");
    }

    #[test]
    fn a_daemon_s_release_is_told_by_where_it_lies() {
        let check = |exe: &str, expected| assert_eq!(release(&process(exe, &["codex"])), expected, "{exe}");
        let at = |folder: &str| format!("/h/.codex/packages/app-server-daemon/releases/{folder}/bin/codex");
        check(&at("0.169.0-x86_64-unknown-linux-musl"), Some("0.169.0"));
        check(&at("0.170.0-alpha.3-aarch64-apple-darwin"), Some("0.170.0-alpha.3"));
        check(&at("current"), None);
        check(&at("\"x-x86_64-linux"), None);
        check("/usr/bin/codex", None);
    }

    #[test]
    fn a_script_runner_is_a_wrapper_and_a_stranger_is_not_codex() {
        assert_eq!(role(&process("/usr/bin/node", &["node", "/x/bin/codex", "exec", "hi"])), Role::Helper);
        assert!(!owns_threads(&process("/usr/bin/vim", &["vim", "/src/codex"])));
    }
}
