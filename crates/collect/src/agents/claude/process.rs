//! What Claude Code processes are.

use std::path::Path;

use topside_model::Tokens;
use topside_probe::Process;

use super::window::{LARGE, LARGE_SUFFIX, SMALL};
use crate::agent::Role;
use crate::agents::program::program_name;

/// Size of the context window, for gateways whose models topside cannot know.
pub(super) const WINDOW_VARIABLE: &str = "CLAUDE_CODE_MAX_CONTEXT_TOKENS";
/// Turns large windows off.
pub(super) const SMALL_VARIABLE: &str = "CLAUDE_CODE_DISABLE_1M_CONTEXT";
/// Names the model.
pub(super) const MODEL_VARIABLE: &str = "ANTHROPIC_MODEL";

/// A process that was started ahead of need.
pub(super) const SPARE: &str = "spare";
/// Commands that have no session.
const OTHER_COMMANDS: &[&str] = &[
    "agents",
    "attach",
    "auth",
    "auto-mode",
    "config",
    "doctor",
    "install",
    "logs",
    "mcp",
    "migrate-installer",
    "plugin",
    "plugins",
    "project",
    "rm",
    "setup-token",
    "stop",
    "ultrareview",
    "update",
    "upgrade",
];

/// What `process` is; `None` when its program is not Claude Code.
pub(super) fn role(process: &Process) -> Option<Role> {
    if !is_claude(process) {
        return None;
    }
    let arguments = arguments(process);
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let command = arguments.first().map(String::as_str);
    Some(match command {
        Some("daemon" | "bg-pty-host") => Role::Helper,
        _ if has("--bg-pty-host") => Role::Helper,
        // Started ahead of need; it becomes a session when it is given one.
        _ if command == Some("bg-spare") || has("--bg-spare") => Role::Owner { word: SPARE, headless: false },
        Some(command) if OTHER_COMMANDS.contains(&command) => Role::Other,
        _ if arguments.iter().any(|argument| argument.starts_with("--input-format")) => {
            // The program at the other end may be asked.
            Role::Owner { word: "sdk", headless: !has("--permission-prompt-tool") }
        }
        _ if has("-p") || has("--print") => Role::Owner { word: "print", headless: !has("--permission-prompt-tool") },
        _ if arguments.iter().all(|argument| matches!(argument.as_str(), "-v" | "--version" | "-h" | "--help"))
            && !arguments.is_empty() =>
        {
            Role::Other
        }
        _ => Role::Owner { word: "terminal", headless: false },
    })
}

/// The command in a shell that was started by a tool: `source …/shell-snapshots/snapshot-….sh … && eval '…' < /dev/null
/// && pwd -P >| …`.
pub(super) fn command(process: &Process) -> Option<String> {
    let script = process.args.last().filter(|_| process.args.iter().any(|argument| argument == "-c"))?;
    let (_, quoted) = script.split_once("/shell-snapshots/snapshot-")?.1.split_once(" eval '")?;
    let mut command = String::new();
    let mut rest = quoted;
    loop {
        let (part, after) = rest.split_once('\'').unwrap_or((rest, ""));
        command.push_str(part);
        let Some(after) = QUOTES.iter().find_map(|quote| after.strip_prefix(quote)) else { return Some(command) };
        command.push('\'');
        rest = after;
    }
}

/// How a quotation mark inside of a quotation goes on, behind the one that closes it.
const QUOTES: [&str; 2] = ["\"'\"'", "\\''"];

/// True for a process that can have a session.
pub(super) fn owns_sessions(process: &Process) -> bool {
    matches!(role(process), Some(Role::Owner { .. }))
}

/// The native program is called by its name or lies in a folder of versions; older ones are a script. What else stands
/// in the arguments may be a prompt, so it says nothing.
fn is_claude(process: &Process) -> bool {
    let is_named = |path: &Path| program_name(path) == Some("claude");
    let is_called = || process.args.first().is_some_and(|called| is_named(Path::new(called)));
    let Some(exe) = process.exe.as_deref() else { return is_called() };
    let place = exe.to_string_lossy().replace('\\', "/");
    // Scripts give their process the name of the agent.
    let is_script = || is_interpreter(exe) && (is_called() || script(process).is_some());
    is_named(exe) || place.contains("/claude/versions/") || is_script()
}

fn is_interpreter(exe: &Path) -> bool {
    matches!(program_name(exe), Some("node" | "nodejs" | "bun" | "deno"))
}

/// Where in the arguments the agent's script stands.
fn script(process: &Process) -> Option<usize> {
    let is_script = |argument: &String| {
        let place = argument.replace('\\', "/");
        program_name(Path::new(&place)) == Some("claude")
            || (place.ends_with("/cli.js") && (place.contains("claude-code") || place.contains("claude-agent-sdk")))
    };
    let options = process.args.iter().skip(1).take_while(|argument| argument.starts_with('-')).count();
    process.args.get(1 + options).filter(|argument| is_script(argument)).map(|_| 1 + options)
}

/// What follows the program's name.
fn arguments(process: &Process) -> &[String] {
    let script = process.exe.as_deref().filter(|exe| is_interpreter(exe)).and_then(|_| script(process));
    let from = script.map_or(1, |place| place + 1);
    process.args.get(from..).unwrap_or_default()
}

/// The context window a process was started with; `model` is the one its settings name.
pub(super) fn window(process: &Process, model: Option<&str>) -> Option<Tokens> {
    let variable = |name: &str| process.variables.get(name).filter(|value| !value.is_empty());
    if let Some(window) = variable(WINDOW_VARIABLE).and_then(|value| value.parse().ok()) {
        return Some(Tokens(window));
    }
    if variable(SMALL_VARIABLE).is_some_and(|value| matches!(value.as_str(), "1" | "true")) {
        return Some(SMALL);
    }
    let arguments = arguments(process);
    let named = arguments.iter().position(|argument| argument == "--model").and_then(|at| arguments.get(at + 1));
    let named = named.or_else(|| variable(MODEL_VARIABLE)).map(String::as_str).or(model)?;
    named.ends_with(LARGE_SUFFIX).then_some(LARGE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::program::process;

    const NATIVE: &str = "/home/u/.local/share/claude/versions/2.1.328";

    #[track_caller]
    fn check(exe: &str, args: &[&str], expected: &str) {
        let word = match role(&process(exe, args)) {
            Some(Role::Owner { word, headless }) => format!("{word}{}", if headless { " headless" } else { "" }),
            Some(Role::Helper) => "helper".to_owned(),
            Some(Role::Other) => "other".to_owned(),
            None => "stranger".to_owned(),
        };
        assert_eq!(word, expected, "{exe} {args:?}");
    }

    #[test]
    fn every_form_of_the_program_is_known() {
        check(NATIVE, &["claude"], "terminal");
        check("/x/node_modules/@anthropic-ai/claude-code/bin/claude.exe", &["claude", "--resume"], "terminal");
        check("/usr/bin/node", &["node", "/usr/local/bin/claude", "fix the mcp"], "terminal");
        check(
            "/usr/bin/node",
            &["node", "--no-warnings", "/x/@anthropic-ai/claude-code/cli.js", "-p", "hi"],
            "print headless",
        );
        check("/usr/bin/node", &["claude"], "terminal");
        check(NATIVE, &["claude", "--output-format", "stream-json", "--input-format", "stream-json"], "sdk headless");
        check(NATIVE, &["claude", "--input-format=stream-json", "--permission-prompt-tool", "stdio"], "sdk");
    }

    #[test]
    fn machinery_and_viewers_have_no_session() {
        check(NATIVE, &["claude", "daemon", "run"], "helper");
        check(NATIVE, &["claude", "bg-pty-host", "--bg-pty-host", "/s", "--", NATIVE, "--bg-spare", "/s"], "helper");
        check(NATIVE, &["claude", "bg-spare", "--bg-spare", "/s"], "spare");
        check(NATIVE, &["claude", "agents", "--json"], "other");
        check(NATIVE, &["claude", "--version"], "other");
    }

    #[test]
    fn a_prompt_that_names_the_program_is_not_the_program() {
        check("/usr/bin/vim", &["vim", "/src/claude"], "stranger");
        check("/usr/bin/node", &["node", "build.js", "claude"], "stranger");
        check("/bin/bash", &["bash", "-c", "claude -p hi"], "stranger");
    }

    #[test]
    fn the_command_of_a_tool_is_told_from_other_programs() {
        let shell = |script: &str| command(&process("/bin/bash", &["/bin/bash", "-c", script]));
        let start = "source /h/.claude/shell-snapshots/snapshot-bash-1-a.sh 2>/dev/null || true && ";
        let end = " < /dev/null && pwd -P >| /tmp/claude-f8a6-cwd";
        assert_eq!(shell(&format!("{start}eval 'make test'{end}")).as_deref(), Some("make test"));
        let quoted = format!(r#"{start}eval 'node -e '"'"'f("x")'"'"' '{end}"#);
        assert_eq!(shell(&quoted).as_deref(), Some(r#"node -e 'f("x")' "#));
        assert_eq!(shell(&format!("{start}eval 'cut of")).as_deref(), Some("cut of"));
        assert_eq!(shell("eval 'a hook'"), None);
        assert_eq!(command(&process("/usr/bin/node", &["node", "server.js"])), None);
    }

    #[test]
    fn a_window_follows_from_options_variables_and_settings() {
        let mut one = process(NATIVE, &["claude", "--model", "sonnet[1m]"]);
        assert_eq!(window(&one, None), Some(LARGE));
        one.variables.insert(SMALL_VARIABLE.to_owned(), "1".to_owned());
        assert_eq!(window(&one, None), Some(SMALL));
        one.variables.insert(WINDOW_VARIABLE.to_owned(), "128000".to_owned());
        assert_eq!(window(&one, None), Some(Tokens(128_000)));
        assert_eq!(window(&process(NATIVE, &["claude"]), Some("opus[1m]")), Some(LARGE));
        assert_eq!(window(&process(NATIVE, &["claude"]), Some("opus")), None);
    }
}
