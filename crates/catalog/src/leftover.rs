//! How it reads what could be won back.

use topside_model::{Leftover, LeftoverKind, Worktree};

use crate::shell::quoted;
use crate::text::{neutralise, shown, shown_path};

/// What it is, in a word or two.
pub fn kind(kind: &LeftoverKind) -> &'static str {
    match kind {
        LeftoverKind::IdleSession => "idle session",
        LeftoverKind::Server => "server",
        LeftoverKind::McpServer => "MCP server",
        LeftoverKind::Process => "process",
        LeftoverKind::Worktree(_) => "worktree",
    }
}

/// Whose it is: the project, else the session.
pub fn owner(leftover: &Leftover) -> Option<String> {
    let session = || leftover.session.as_ref().map(|key| neutralise(key.id.as_str()));
    leftover.project.as_ref().map(shown_path).or_else(session)
}

/// What there is to see of it: what runs, or the folder.
pub fn what(leftover: &Leftover) -> String {
    match &leftover.kind {
        LeftoverKind::Worktree(worktree) => shown_path(&worktree.path),
        _ => leftover.processes.first().map(|process| shown(&process.command)).unwrap_or_default(),
    }
}

/// The command by which a person removes a worktree; git refuses where something in it is not committed.
pub fn removal(worktree: &Worktree) -> String {
    format!(
        "git -C {} worktree remove {}",
        quoted(&shown_path(&worktree.repository)),
        quoted(&shown_path(&worktree.path))
    )
}

#[cfg(test)]
mod tests {
    use topside_model::Untrusted;

    use super::*;

    #[test]
    fn the_command_is_one_that_a_shell_takes_as_it_stands() {
        let worktree = |path: &str| Worktree {
            name: Untrusted::new("a"),
            path: Untrusted::new(path),
            repository: Untrusted::new("/src/shop"),
            branch: None,
            changed_at: None,
            by_agent: true,
        };
        for (path, expected) in [
            ("/src/shop/.claude/worktrees/a", "git -C /src/shop worktree remove /src/shop/.claude/worktrees/a"),
            ("/src/it's $(x)", r"git -C /src/shop worktree remove '/src/it'\''s $(x)'"),
        ] {
            assert_eq!(removal(&worktree(path)), expected);
        }
    }
}
