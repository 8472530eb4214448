//! The commands topside puts into agents' files, and how it knows them again.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use topside_catalog::shell::{quoted, unquoted};
use topside_catalog::text::neutralise;

/// Its own name, by which a command is known to be topside's, wherever the program lies.
const NAME: &str = "topside";
/// Behind a hook: an agent is never told that topside is gone.
const OR_NOT: &str = " || true";
/// Before the command that showed the status line until now.
const BEFORE: &str = " --run ";

/// What an agent runs when something happens.
pub(super) fn hook(program: &Path, agent: &str) -> String {
    format!("{} hook {agent}{OR_NOT}", quoted(&program.to_string_lossy()))
}

/// True for a hook of any topside.
pub(super) fn is_hook(command: &str, agent: &str) -> bool {
    let command = command.strip_suffix(OR_NOT).unwrap_or(command);
    command.strip_suffix(&format!(" hook {agent}")).is_some_and(is_topside)
}

/// What an agent runs for its status line; `before` is what it ran until now, whose output it still shows.
pub(super) fn bridge(program: &Path, agent: &str, before: Option<&str>) -> String {
    let run = before.map(|before| format!("{BEFORE}{}", quoted(before))).unwrap_or_default();
    format!("{} status-line {agent}{run}", quoted(&program.to_string_lossy()))
}

/// Who shows a status line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StatusLine {
    /// topside itself.
    Ours,
    /// The command that did before topside stood in between.
    Through(String),
    /// Somebody without topside.
    Others,
}

/// Who shows the status line that `command` is for.
pub(super) fn status_line(command: &str, agent: &str) -> StatusLine {
    let parts = command.split_once(&format!(" status-line {agent}"));
    match parts.filter(|(program, _)| is_topside(program)) {
        Some((_, "")) => StatusLine::Ours,
        Some((_, rest)) => rest.strip_prefix(BEFORE).and_then(unquoted).map_or(StatusLine::Others, StatusLine::Through),
        None => StatusLine::Others,
    }
}

/// The program to name: as the search path finds it, so that it is the same one after an update; else where it lies.
pub(super) fn program() -> std::io::Result<PathBuf> {
    let exe = std::env::current_exe()?;
    let places = std::env::var_os("PATH").unwrap_or_default();
    let same = |place: &PathBuf| place.is_absolute() && place.canonicalize().is_ok_and(|real| real == exe);
    let found = exe.file_name().and_then(|name| std::env::split_paths(&places).map(|dir| dir.join(name)).find(same));
    Ok(found.unwrap_or(exe))
}

/// Refuses a program whose hook would never run, or never be known again.
pub(super) fn check(program: &Path) -> anyhow::Result<()> {
    let shown = neutralise(&program.to_string_lossy());
    let text = program.to_str().with_context(|| format!("put {shown} into a file: its path is not UTF-8"))?;
    // Linux says so of a program whose file is gone.
    ensure!(!text.ends_with(" (deleted)"), "put {shown} into a file: it was replaced since it started; try again");
    ensure!(
        is_topside(&quoted(text)),
        "put {shown} into a file: its name must begin with {NAME}, by which the hook is known again; rename it"
    );
    Ok(())
}

fn is_topside(program: &str) -> bool {
    let Some(program) = unquoted(program) else { return false };
    Path::new(&program).file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_is_known_again_wherever_the_program_lies() {
        for program in ["/usr/bin/topside", "/home/u/my tools/topside", "/o'x/topside-1.2"] {
            let command = hook(Path::new(program), "codex");
            assert!(is_hook(&command, "codex"), "{command}");
            assert!(!is_hook(&command, "claude_code"), "{command}");
        }
        assert_eq!(hook(Path::new("/usr/bin/topside"), "codex"), "/usr/bin/topside hook codex || true");
        for other in ["/usr/bin/outside hook codex", "notify 'topside hook codex'", "topside hook codex; rm x"] {
            assert!(!is_hook(other, "codex"), "{other}");
        }
    }

    #[test]
    fn a_program_that_would_not_be_known_again_is_refused() {
        for fits in ["/usr/bin/topside", "/my tools/topside-1.2"] {
            assert!(check(Path::new(fits)).is_ok(), "{fits}");
        }
        for (other, why) in [("/bin/ts", "begin with topside"), ("/bin/topside (deleted)", "replaced since it started")]
        {
            let refused = check(Path::new(other)).expect_err(other).to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[test]
    fn a_status_line_gives_back_what_it_wraps() {
        for before in [None, Some("~/.claude/line.sh"), Some("jq -r '.model.id' | tr a \"b\""), Some("")] {
            let command = bridge(Path::new("/a b/topside"), "claude_code", before);
            let expected = before.map_or(StatusLine::Ours, |before| StatusLine::Through(before.to_owned()));
            assert_eq!(status_line(&command, "claude_code"), expected, "{command}");
        }
        assert_eq!(status_line("npx ccstatusline", "claude_code"), StatusLine::Others);
        assert_eq!(status_line("topside status-line claude_code | cat", "claude_code"), StatusLine::Others);
    }
}
