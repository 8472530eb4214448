//! `topside hooks` and what agents run: real files in a home of their own.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use sha2::{Digest as _, Sha256};

use crate::home::{Home, Run, finish, program};
use crate::inventory::Inventory;

const SETTINGS: &str = "{\n  // mine\n  \"model\": \"opus\"\n}\n";

/// A home with Claude Code's settings in it.
struct Fixture {
    home: Home,
}

impl Fixture {
    fn new() -> Self {
        let home = Home::new();
        fs::create_dir_all(home.path().join(".claude")).expect("a folder");
        fs::write(home.path().join(".claude/settings.json"), SETTINGS).expect("written");
        Self { home }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn settings(&self) -> String {
        fs::read_to_string(self.path(".claude/settings.json")).expect("settings")
    }

    /// Runs `topside hooks`, which may change files.
    fn hooks(&self, args: &[&str]) -> Run {
        let mut command = self.home.command(["hooks"]);
        command.args(args);
        let output = finish(command);
        let text = |bytes: &[u8]| self.home.redacted(std::str::from_utf8(bytes).expect("UTF-8"));
        Run { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Runs what agents run, with `said` on its standard input.
    fn told(&self, args: &[&str], said: &str) -> Output {
        let mut command = program(args);
        command.env("HOME", self.home.path()).env_remove("XDG_STATE_HOME");
        tell(command, said)
    }
}

fn tell(mut command: Command, said: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    // A program that does not read is none of our business.
    child.stdin.take().expect("a pipe").write_all(said.as_bytes()).ok();
    child.wait_with_output().expect("it ends")
}

const ASKED: &str = r#"{"session_id":"s1","hook_event_name":"PermissionRequest","tool_name":"Bash","prompt":"x"}"#;

#[test]
fn what_is_installed_is_shown_first_and_removed_without_a_trace() {
    let one = Fixture::new();
    let before = Inventory::of(one.home.path());
    let dry = one.hooks(&["install", "--dry-run"]);
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert!(dry.out.contains("--- [HOME]/.claude/settings.json") && dry.out.contains("+    \"PermissionRequest\": ["));
    assert!(Inventory::of(one.home.path()).changed_since(&before).is_empty());
    let nobody = one.hooks(&["install"]);
    assert!(nobody.code == Some(2) && nobody.err.contains("say --yes"), "{nobody:?}");
    assert!(Inventory::of(one.home.path()).changed_since(&before).is_empty());

    let installed = one.hooks(&["install", "--yes"]);
    let done = "Changed [HOME]/.claude/settings.json\n";
    assert_eq!((installed.code, installed.out), (Some(0), dry.out + done), "it does what it showed");
    assert!(one.settings().contains("// mine") && one.settings().contains(" hook claude_code || true"));
    assert!(one.path(".local/state/topside").is_dir(), "a topside that runs watches it from now on");
    assert_eq!(one.hooks(&["install", "--yes"]).out, "Nothing to change.\n");
    assert!(one.hooks(&["status"]).out.ends_with("settings.json  installed\n"));
    assert_eq!(one.hooks(&["install", "--status-line", "--yes", "claude_code"]).code, Some(0));
    assert!(one.hooks(&["status"]).out.ends_with("keeps the figures of the status line\n"));
    one.told(&["hook", "claude_code"], ASKED);
    assert!(one.path(".local/state/topside/signals.jsonl").exists());

    let removed = one.hooks(&["remove", "--yes"]);
    assert_eq!(removed.code, Some(0), "{removed:?}");
    assert_eq!(one.settings(), SETTINGS);
    let left: Vec<_> = fs::read_dir(one.path(".claude")).expect("a folder").collect();
    assert_eq!((left.len(), one.path(".local/state/topside").exists()), (1, false), "{left:?}");
}

#[test]
fn a_link_stays_a_link_and_a_mode_a_mode() {
    let one = Fixture::new();
    let (link, real) = (one.path(".claude/settings.json"), one.path("dotfiles/claude.json"));
    fs::create_dir(one.path("dotfiles")).expect("a folder");
    fs::rename(&link, &real).expect("moved");
    symlink("../dotfiles/claude.json", &link).expect("a link");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("a mode");
    assert_eq!(one.hooks(&["install", "--yes"]).code, Some(0));
    let mode = || fs::metadata(&real).expect("a file").mode() & 0o777;
    assert!(link.is_symlink() && fs::read_to_string(&real).expect("text").contains("PermissionRequest"));
    assert_eq!((mode(), fs::read_dir(one.path("dotfiles")).expect("a folder").count()), (0o640, 1));
    assert_eq!(one.hooks(&["remove", "--yes"]).code, Some(0));
    assert_eq!((link.is_symlink(), one.settings().as_str(), mode()), (true, SETTINGS, 0o640));
}

/// Checks that installing into what `spoil` makes of a home is refused for a reason, and changes nothing.
#[track_caller]
fn check_refused(spoil: impl FnOnce(&Fixture), why: &str) {
    let one = Fixture::new();
    spoil(&one);
    let before = Inventory::of(one.home.path());
    let refused = one.hooks(&["install", "--yes", "claude_code"]);
    assert!(refused.code == Some(1) && refused.err.contains(why), "{refused:?}");
    assert!(Inventory::of(one.home.path()).changed_since(&before).is_empty());
}

#[test]
fn what_should_not_be_changed_is_refused() {
    let settings = |one: &Fixture| one.path(".claude/settings.json");
    check_refused(|one| fs::write(settings(one), "{ \"hooks\": ").expect("written"), "it is not JSON");
    check_refused(|one| fs::write(settings(one), b"{\"a\": \"\xff\"}").expect("written"), "it is not UTF-8");
    check_refused(
        |one| fs::set_permissions(settings(one), fs::Permissions::from_mode(0o444)).expect("a mode"),
        "it is read-only",
    );
    check_refused(
        |one| fs::hard_link(settings(one), one.path("dotfile.json")).expect("a second name"),
        "it has 2 names (hard links)",
    );
    check_refused(
        |one| {
            fs::remove_file(settings(one)).expect("removed");
            fs::create_dir(settings(one)).expect("a folder");
        },
        "it is not a file",
    );
    check_refused(
        |one| {
            fs::remove_file(settings(one)).expect("removed");
            symlink("nowhere", settings(one)).expect("a link");
        },
        "it is a link to nothing",
    );
    check_refused(|one| fs::rename(one.path(".claude"), one.path("away")).expect("moved"), "start the agent once");
}

#[test]
fn a_file_that_was_not_there_is_not_there_again() {
    let one = Fixture::new();
    fs::create_dir(one.path(".codex")).expect("a folder");
    let installed = one.hooks(&["install", "--yes", "codex"]);
    assert!(
        installed.out.contains("--- /dev/null")
            && installed.out.contains("Note: codex asks you once to trust the hook")
    );
    assert!(one.path(".codex/hooks.json").exists() && one.settings() == SETTINGS, "only the one that was named");
    assert_eq!(one.hooks(&["remove", "--yes"]).code, Some(0));
    assert_eq!(fs::read_dir(one.path(".codex")).expect("a folder").count(), 0);
}

#[test]
fn a_hook_that_waits_for_trust_is_said_to() {
    let one = Fixture::new();
    fs::create_dir(one.path(".codex")).expect("a folder");
    let status = || one.hooks(&["status", "codex"]).out;
    assert_eq!(one.hooks(&["install", "--yes", "codex"]).code, Some(0));
    assert!(
        status()
            .ends_with("installed, but codex does not run it yet: it asks you once to trust it, when it starts next\n")
    );
    // What Codex 0.169.0 writes when the user says yes.
    let key = format!("{}:permission_request:0:0", one.path(".codex/hooks.json").display());
    let answers = |text: &str| {
        let kept = format!("[hooks.state.\"{key}\"]\n{text}\n");
        fs::write(one.path(".codex/config.toml"), kept).expect("written");
        status()
    };
    let hooks = fs::read_to_string(one.path(".codex/hooks.json")).expect("it is there");
    let hooks: serde_json::Value = serde_json::from_str(&hooks).expect("JSON");
    let command = &hooks["hooks"]["PermissionRequest"][0]["hooks"][0]["command"];
    let about = format!(
        r#"{{"event_name":"permission_request","hooks":[{{"async":false,"command":{command},"timeout":5,"type":"command"}}]}}"#
    );
    let digest = Sha256::digest(about).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let trusted = format!("trusted_hash = \"sha256:{digest}\"");
    assert!(answers(&trusted).ends_with("hooks.json  installed\n"), "{}", status());
    assert!(
        answers("trusted_hash = \"sha256:bd84\"").contains("it asks you once to trust it"),
        "it was another command"
    );
    let off = answers(&format!("{trusted}\nenabled = false"));
    assert!(off.ends_with("it is turned off there; `/hooks` in codex turns it on\n"), "{off}");
}

#[test]
fn a_backup_goes_with_what_it_is_for() {
    let one = Fixture::new();
    let (settings, backup) = (one.path(".claude/settings.json"), one.path(".claude/settings.json.topside-backup"));
    assert_eq!(one.hooks(&["install", "--yes"]).code, Some(0));
    assert!(backup.exists());
    // Taken out by hand.
    fs::write(&settings, "{}\n").expect("written");
    let dry = one.hooks(&["remove", "--dry-run"]);
    assert!(dry.out.contains("settings.json.topside-backup is of no use any more") && backup.exists(), "{dry:?}");
    assert_eq!(one.hooks(&["remove", "--yes"]).code, Some(0));
    assert_eq!((backup.exists(), one.settings().as_str()), (false, "{}\n"));
    // Put into a file where there is none: an old backup is not what it was before.
    assert_eq!(one.hooks(&["install", "--yes"]).code, Some(0));
    fs::remove_file(&settings).expect("removed");
    let installed = one.hooks(&["install", "--yes"]);
    assert!(installed.out.contains("is of no use any more") && !backup.exists(), "{installed:?}");
    assert_eq!(one.hooks(&["remove", "--yes"]).code, Some(0));
    assert_eq!(fs::read_dir(one.path(".claude")).expect("a folder").count(), 0);
}

#[test]
fn a_home_that_depends_on_where_one_stands_is_refused() {
    let one = Fixture::new();
    let mut command = program(["hooks", "install", "--yes", "codex"]);
    command.env("HOME", one.home.path()).env("CODEX_HOME", "here");
    let output = finish(command);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && complaint.contains("here is not an absolute path"), "{complaint}");
}

#[test]
fn where_there_is_no_agent_it_is_said_what_to_do() {
    let run = Home::new().run(["hooks", "status"]);
    assert!(run.code == Some(1) && run.err.contains("start one once, or say --home"), "{run:?}");
}

#[test]
fn a_hook_says_nothing_and_never_fails() {
    let one = Fixture::new();
    let long = format!(r#"{{"tool_input":"{}","session_id":"s2","hook_event_name":"X"}}"#, "x".repeat(300_000));
    for said in [ASKED, "", "garbage", "[1,", &long, "{\"session_id\":7}"] {
        let run = one.told(&["hook", "claude_code"], said);
        assert_eq!((run.status.code(), run.stdout.len(), run.stderr.len()), (Some(0), 0, 0), "{said:.40}");
    }
    let spool = one.path(".local/state/topside/signals.jsonl");
    let text = fs::read_to_string(&spool).expect("a spool");
    assert_eq!(text.lines().count(), 2, "{text}");
    assert_eq!(fs::metadata(&spool).expect("a file").mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(spool.parent().expect("a folder")).expect("a folder").mode() & 0o777, 0o700);
    // Where nothing can be written, nothing is said either.
    fs::remove_dir_all(one.path(".local")).expect("removed");
    fs::write(one.path(".local"), "in the way").expect("written");
    let run = one.told(&["hook", "codex"], ASKED);
    assert_eq!((run.status.code(), run.stdout.len(), run.stderr.len()), (Some(0), 0, 0));
}

#[test]
fn a_status_line_is_passed_on_as_it_is() {
    let one = Fixture::new();
    let said = r#"{"session_id":"s1","model":{"display_name":"Opus"},"cost":{"total_cost_usd":2.5},"cwd":"/secret"}"#;
    let before = r"cat; printf '\033[31m\377 done\n'; exit 7";
    let run = one.told(&["status-line", "claude_code", "--run", before], said);
    let expected = [said.as_bytes(), b"\x1b[31m\xff done\n"].concat();
    assert_eq!((run.status.code(), run.stdout, run.stderr.len()), (Some(7), expected, 0));
    let run = one.told(&["status-line", "claude_code"], said);
    assert_eq!((run.status.code(), String::from_utf8_lossy(&run.stdout).as_ref()), (Some(0), "Opus · $2.50\n"));
    let kept = fs::read_to_string(one.path(".local/state/topside/status-line/s1.json")).expect("figures");
    assert!(kept.contains("2.5") && !kept.contains("secret"), "{kept}");
    assert_eq!(one.told(&["status-line", "claude_code"], "garbage").stdout, b"\n");
}
