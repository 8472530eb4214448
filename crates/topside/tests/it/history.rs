//! The database in which history is kept, as a script uses it.

use std::fs::File;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::Command;
use std::process::Stdio;
use std::time::SystemTime;
#[cfg(unix)]
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::fixture::Transcript;
#[cfg(unix)]
use crate::home::finish;
use crate::home::{Home, Run};

/// A home, and a place for its history outside of it.
struct Kept {
    home: Home,
    folder: TempDir,
}

impl Kept {
    /// One whose history is up to date.
    fn new() -> Self {
        let home = Home::with(&["subagent-v1-1", "subagent-v1-2", "interrupt-hooks-compact"]);
        let kept = Self { home, folder: tempfile::tempdir().expect("a folder") };
        assert_eq!(kept.run(&["usage"]).code, Some(0));
        kept
    }

    fn args<'a>(&'a self, args: &[&'a str]) -> Vec<String> {
        let place = self.folder.path().join("history.db").to_str().expect("a path in UTF-8").to_owned();
        args.iter().map(|arg| (*arg).to_owned()).chain(["--history".to_owned(), place]).collect()
    }

    fn run(&self, args: &[&str]) -> Run {
        self.home.run(self.args(args))
    }

    /// What transcripts tell is told, and that what history holds is missing: to a person with `advice`.
    #[track_caller]
    fn check_missing(&self, why: &str, advice: &str) {
        let run = self.run(&["usage", "--json"]);
        let mut document: Value = serde_json::from_str(&run.out).expect("JSON");
        let left_out = std::mem::replace(&mut document["left_out"], Value::Array(Vec::new()));
        assert_eq!((run.code, document), (Some(1), self.home.json(&["usage", "--json"])));
        let missing = format!("what history holds is missing here: {why}");
        for said in [&missing, advice] {
            assert!(run.err.contains(said), "{}", run.err);
            assert!(left_out[0]["what"].as_str().is_some_and(|what| what.contains(said)), "{left_out}");
        }
        assert_eq!(left_out[0]["path"], self.file("").to_str().expect("a path in UTF-8"));
    }

    /// The database, or a file beside it.
    fn file(&self, end: &str) -> PathBuf {
        self.folder.path().join(format!("history.db{end}"))
    }

    /// Agents clear their transcripts away.
    #[cfg(unix)]
    fn forget_transcripts(&self) {
        std::fs::remove_dir_all(self.home.codex()).expect("they go");
    }

    /// Nothing can be made beside the database that a reader or a writer needs there: a link has the name.
    #[cfg(unix)]
    fn hold(&self) {
        // Readers leave theirs there.
        std::fs::remove_file(self.file("-shm")).ok();
        std::os::unix::fs::symlink("nowhere", self.file("-shm")).expect("a link");
    }
}

#[test]
fn what_history_holds_can_be_taken_elsewhere() {
    let kept = Kept::new();
    let export = kept.run(&["db", "export"]);
    assert_eq!((export.code, export.err.as_str()), (Some(0), ""));
    let lines: Vec<Value> = export.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).collect::<Vec<_>>();
    assert_eq!(of("session").len(), 3, "{lines:#?}");
    let used: u64 = of("usage").iter().filter_map(|line| line["usage"]["total"].as_u64()).sum();
    let report: Value = serde_json::from_str(&kept.run(&["usage", "--json"]).out).expect("JSON");
    assert_eq!(Some(used), report["total"]["usage"]["total"].as_u64());
    let table = kept.run(&["db", "export", "--csv"]);
    assert_eq!(table.out.lines().count(), lines.len() + 1);
}

/// The same command where files cannot grow beyond 34 KB, as on a full disk: the database's index of its log is 32 KB.
#[cfg(unix)]
fn without_room(command: &Command) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 68; exec \"$0\" \"$@\""]).arg(command.get_program());
    limited.args(command.get_args()).env_clear();
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited
}

#[cfg(unix)]
#[test]
fn on_a_full_disk_history_goes_on_in_memory_and_says_so() {
    let kept = Kept::new();
    kept.home.add(&Transcript::of("approval-denied"));
    let args = kept.args(&["usage", "--json"]);
    let full = kept.home.finish(without_room(&kept.home.command(&args)));
    assert!(full.err.contains("history is no longer kept: failed to write history to"), "{}", full.err);
    let alone = kept.home.run(["usage", "--json"]);
    assert_eq!((full.code, full.out), (Some(0), alone.out), "what was used is known all the same");
    assert_eq!(kept.run(&["db", "check"]).code, Some(0));
}

/// What it holds is told all the same, with what is new.
#[cfg(unix)]
#[test]
fn history_that_cannot_be_written_to_is_read() {
    let kept = Kept::new();
    let args = ["usage", "session", "--json"];
    let (before, export) = (kept.run(&args).out, kept.run(&["db", "export"]).out);
    kept.hold();
    kept.home.add(&Transcript::of("approval-denied"));
    let run = kept.run(&args);
    assert_eq!((run.code, run.out), (Some(0), kept.home.run(args).out));
    assert!(run.err.contains("history is not kept: failed to open"), "{}", run.err);
    kept.forget_transcripts();
    let run = kept.run(&args);
    assert_eq!((run.code, run.out), (Some(0), before), "no transcript tells it any more");
    assert_eq!(kept.run(&["db", "check"]).code, Some(0));
    assert_eq!(kept.run(&["db", "export"]).out, export);
    assert_eq!(kept.run(&["waits"]).code, Some(0));
}

/// Its log has what it has not.
#[cfg(unix)]
#[test]
fn history_that_cannot_be_read_is_said_to_be_missing() {
    let kept = Kept::new();
    kept.hold();
    std::fs::write(kept.file("-wal"), "something").expect("it is written");
    let advice = "copy both into a folder of your own";
    kept.check_missing("failed to read", advice);
    for args in [&["waits"][..], &["db", "check"], &["db", "export"]] {
        let run = kept.run(args);
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{args:?}");
        assert!(run.err.contains(advice), "{}", run.err);
    }
}

/// Where it shows when it is opened, and where it shows when the rest is read.
#[test]
fn damage_is_said_with_what_to_do() {
    for keeps in [3_000, 20_000] {
        let kept = Kept::new();
        let file = File::options().write(true).open(kept.file("")).expect("it opens");
        let len = file.metadata().expect("it is there").len();
        assert!(keeps < len, "{len} bytes");
        file.set_len(keeps).expect("it is cut");
        kept.check_missing("failed to", "it is damaged; move it away");
        for args in [["db", "check"], ["db", "vacuum"]] {
            let run = kept.run(&args);
            assert_eq!(run.code, Some(1), "{args:?}");
            assert!(run.err.contains("move it away"), "{args:?}: {}", run.err);
        }
    }
}

#[test]
fn a_file_that_is_no_history_is_left_alone() {
    let kept = Kept::new();
    std::fs::write(kept.file(""), "what to buy").expect("it is written");
    std::fs::remove_file(kept.file(".lock")).expect("it goes");
    for args in [&["usage"][..], &["waits"], &["db", "check"], &["db", "vacuum"]] {
        let run = kept.run(args);
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{args:?}");
        assert!(run.err.contains("it is no database; say --history with another file"), "{}", run.err);
        assert!(!kept.file(".lock").exists(), "{args:?}");
    }
}

#[test]
fn a_session_without_a_transcript_is_known_from_history() {
    let kept = Kept::new();
    let listed: Value = serde_json::from_str(&kept.run(&["usage", "session", "--json"]).out).expect("JSON");
    let id = listed["rows"][0]["key"].as_str().expect("an id").to_owned();
    std::fs::remove_dir_all(kept.home.codex()).expect("removed");
    for wanted in [&id, &id[..13]] {
        let run = kept.run(&["show", wanted]);
        assert_eq!((run.code, run.out.as_str()), (Some(3), ""), "{run:?}");
        assert!(run.err.contains(&format!("no transcript is left of session {}", &id[..13])), "{}", run.err);
    }
    let unknown = kept.run(&["show", "nobody"]);
    assert!(unknown.err.contains("no session has the id or the name \"nobody\""), "{}", unknown.err);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let kept = Kept::new();
    let mut command = kept.home.command(kept.args(&["db", "export"]));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn days_that_make_no_sense_are_a_wrong_command_line() {
    let kept = Kept::new();
    let run = kept.run(&["db", "export", "--since", "2026-11-20", "--until", "2026-11-19"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("give --since the earlier day"), "{run:?}");
    assert_eq!(kept.run(&["db", "prune", "--older-than", "0"]).code, Some(2));
}

/// A run of `topside notify run`, which keeps history as the screen does.
#[cfg(unix)]
struct Keeper(std::process::Child);

#[cfg(unix)]
impl Keeper {
    fn start(kept: &Kept) -> Self {
        let rules = kept.folder.path().join("own.toml");
        std::fs::write(&rules, "[[notify]]\nwhen = \"failed\"\nto = [\"bell\"]\n").expect("it is written");
        let rules = rules.to_str().expect("a path in UTF-8");
        let mut command = kept.home.command(kept.args(&["notify", "run", "--recent", "4000000", "--config", rules]));
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"))
    }
}

#[cfg(unix)]
impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }
}

/// Everything is looked at once a minute; what is being written is not to wait for that.
#[cfg(unix)]
#[test]
fn beside_one_that_keeps_history_it_is_known_soon_what_is_being_written() {
    const SOON: Duration = Duration::from_secs(30);
    let kept = Kept::new();
    let path = kept.home.add(&Transcript::of("exec-apply-patch"));
    let whole = std::fs::read(&path).expect("it is there");
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let used_last = |line: &&[u8]| line.windows(18).any(|part| part == b"token_usage_record");
    let begun = lines[..lines.iter().rposition(used_last).expect("tokens")].concat();
    let told = [&begun, &whole].map(|bytes| {
        std::fs::write(&path, bytes).expect("it is written");
        kept.home.run(["usage", "--json"]).out
    });
    let _keeper = Keeper::start(&kept);
    for (bytes, told) in [&begun, &whole].into_iter().zip(told) {
        std::fs::write(&path, bytes).expect("it is written");
        let end = Instant::now() + SOON;
        loop {
            let run = finish(kept.home.command(kept.args(&["usage", "--json"])));
            let text = |bytes| String::from_utf8(bytes).expect("text");
            let (out, err) = (text(run.stdout), text(run.stderr));
            if out == told && err.contains("another topside keeps history up to date") {
                break;
            }
            assert!(Instant::now() < end, "{out}\nand not\n{told}");
        }
    }
}

#[test]
fn a_last_line_without_an_end_counts_at_once_and_once() {
    let kept = Kept::new();
    let path = kept.home.add(&Transcript::of("exec-apply-patch"));
    let used = || (kept.run(&["usage", "--json"]).out, kept.home.run(["usage", "--json"]).out);
    let whole = std::fs::read(&path).expect("it is there");
    let expected = kept.home.run(["usage", "--json"]).out;
    let tells = |line: &&[u8]| line.windows(18).any(|part| part == b"token_usage_record");
    let last = whole.split_inclusive(|byte| *byte == b'\n').rev().skip_while(|line| !tells(line));
    let length = last.map(<[u8]>::len).sum::<usize>();
    for bytes in [&whole[..length - 1], &whole[..length], &whole] {
        std::fs::write(&path, bytes).expect("it is written");
        assert_eq!(used(), (expected.clone(), expected.clone()));
    }
}

/// It is kept, and given again only as long as it is what would be worked out.
#[test]
fn the_same_question_has_the_same_answer_until_history_changes() {
    let kept = Kept::new();
    let worked_out = |args: &[&str]| kept.home.run(args);
    for args in [
        &["usage"][..],
        &["usage", "session", "--csv"],
        &["usage", "monthly", "--json", "--timezone", "Asia/Kathmandu"],
    ] {
        let first = kept.run(args);
        assert_eq!((&first.out, first.code), (&worked_out(args).out, Some(0)));
        assert_eq!(kept.run(args).out, first.out);
    }
    // The same of another form, zone and moment.
    let later = ["usage", "--json", "--now", "2026-11-20T05:00:00Z"];
    assert_eq!(kept.run(&later).out, worked_out(&later).out);
    assert_eq!(kept.run(&["usage", "--json"]).out, worked_out(&["usage", "--json"]).out);
    // At one's own prices, and with budgets.
    let prices = kept.folder.path().join("prices.json");
    let own = r#"{"as_of": "2026-11-20", "prices": [{"models": ["gpt-5.5"], "from": "2026-01-01", "input": "7"}]}"#;
    std::fs::write(&prices, own).expect("it is written");
    let own = ["usage", "--prices", prices.to_str().expect("a path in UTF-8")];
    let at_own = kept.run(&own).out;
    assert_eq!(at_own, worked_out(&own).out);
    assert_ne!(at_own, worked_out(&["usage"]).out);
    kept.home.add(&Transcript::of("exec-apply-patch"));
    assert_eq!(kept.run(&["usage"]).out, worked_out(&["usage"]).out);
}

/// What is no database any more, though it looks the same from outside, is answered from all the same; whatever else is asked,
/// or of other transcripts, finds out.
#[test]
fn the_same_question_is_answered_without_opening_history() {
    let mut kept = Kept::new();
    let first = kept.run(&["usage"]).out;
    let path = kept.file("");
    let (bytes, modified) = (std::fs::read(&path).expect("it is there"), modified(&path));
    std::fs::write(&path, vec![b'x'; bytes.len()]).expect("it is written");
    File::options().write(true).open(&path).and_then(|file| file.set_modified(modified)).expect("its time is set");
    assert_eq!(kept.run(&["usage"]).out, first);
    for other in [&["usage", "weekly"][..], &["usage", "--home", "codex=nowhere"], &["usage", "blocks"], &["waits"]] {
        assert_eq!(kept.run(other).code, Some(1), "{other:?}");
    }
    assert_eq!(kept.run(&["usage"]).out, first, "nothing took its place");
    kept.home.add(&Transcript::of("exec-apply-patch"));
    assert_eq!(kept.run(&["usage"]).code, Some(1));
    kept.home = Home::with(&["subagent-v1-1", "subagent-v1-2", "interrupt-hooks-compact"]);
    assert_eq!(kept.run(&["usage"]).code, Some(1), "files of another home");
}

fn modified(path: &Path) -> SystemTime {
    std::fs::metadata(path).and_then(|file| file.modified()).expect("it has a time")
}

#[test]
fn old_facts_go_and_what_was_used_stays() {
    let kept = Kept::new();
    let before = kept.run(&["usage", "blocks", "--json"]).out;
    for refused in [&["db", "prune", "--older-than", "1", "--read-only"][..], &["db", "vacuum", "--read-only"]] {
        let run = kept.run(refused);
        assert_eq!(run.code, Some(1));
        assert!(run.err.contains("topside only looks here"), "{run:?}");
    }
    let dry = kept.run(&["db", "prune", "--older-than", "1", "--dry-run", "--read-only"]);
    assert_eq!(dry.out, "would delete nothing from before 2026-11-19\n");
    let prune = kept.run(&["db", "prune", "--older-than", "1"]);
    assert_eq!(prune.out, "deleted nothing from before 2026-11-19\n");
    assert_eq!(kept.run(&["usage", "blocks", "--json"]).out, before);
}

#[test]
fn a_project_that_nobody_has_is_told_with_the_nearest_names() {
    let kept = Kept::new();
    let named = |name: &str| format!("No project is called {name:?}. The nearest name is \"proj\". ");
    // The second time nothing is read anew.
    for _ in 0..2 {
        let page = kept.run(&["usage", "--project", "PROJ"]);
        assert!(page.out.contains(&named("PROJ")), "{page:?}");
        assert_eq!((page.code, page.err.as_str()), (Some(0), ""));
        for form in ["--json", "--csv"] {
            let run = kept.run(&["usage", "--project", "Projx", form]);
            let all = "`topside usage project` lists all of them.\n";
            assert_eq!((run.code, run.err), (Some(0), format!("topside: {}{all}", named("Projx"))));
            assert!(kept.run(&["waits", "--project", "Projx", form]).err.contains(&named("Projx")));
        }
        let known = kept.run(&["usage", "--project", "proj", "--until", "2020-01-01"]);
        assert!(known.out.contains("No reply of a model was found for this."), "{known:?}");
    }
}

#[test]
fn a_home_that_is_not_there_is_told_of() {
    let kept = Kept::new();
    let (nowhere, file) = (kept.folder.path().join("nowhere"), kept.folder.path().join("history.db"));
    for (path, wrong) in [(&nowhere, "there is no such directory"), (&file, "it is no directory")] {
        let run = kept.run(&["usage", "--home", &format!("codex={}", path.display())]);
        let told = format!("topside: --home {} adds nothing: {wrong}\n", path.display());
        assert!(run.code == Some(0) && run.err.starts_with(&told), "{run:?}");
    }
    assert_eq!(kept.run(&["usage", "--home", &format!("codex={}", kept.folder.path().display())]).err, "");
}

#[test]
fn a_zone_that_nobody_knows_is_told_of_once() {
    let kept = Kept::new();
    let in_zone = |zone: &str, args: &[&str]| {
        let mut command = kept.home.command(args);
        command.env("TZ", zone);
        kept.home.finish(command)
    };
    let (utc, nonsense) = (in_zone("UTC", &["usage"]), in_zone("Nonsense/Zone", &["usage"]));
    let told = "topside: no time zone is called \"Nonsense/Zone\", which TZ says: days and times are those of UTC\n";
    assert_eq!((nonsense.out, nonsense.err.as_str()), (utc.out, told));
    assert_eq!(in_zone("Nonsense/Zone", &["limits"]).err, told);
    assert_eq!(in_zone("Nonsense/Zone", &["usage", "--timezone", "Asia/Tokyo"]).err, "");
    assert_eq!(in_zone("Asia/Tokyo", &["usage"]).err, "");
}
