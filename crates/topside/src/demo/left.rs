//! What the fleet leaves behind or no longer needs.

use std::cmp::Reverse;
use std::time::Duration;

use topside_model::{Leftover, LeftoverKind, Timestamp, Untrusted, Worktree, elapsed};

use super::part::Beat;
use super::prop::earlier;
use super::scene::Scene;

/// A session that rests for longer is left over.
const IDLE: Duration = Duration::from_hours(24);

/// Seconds since somebody worked in the worktree.
const ABANDONED: u64 = 9 * 24 * 3_600;

/// Everything left at `now`, what takes most memory first, the worktree last.
pub(super) fn leftovers(scenes: &[Scene], now: Timestamp) -> Vec<Leftover> {
    let mut all: Vec<Leftover> = scenes.iter().filter_map(|scene| scene.leftover(now)).collect();
    all.sort_by_key(|one| Reverse(one.memory()));
    all.push(worktree(now));
    all
}

/// A worktree that an agent made and nobody works in.
fn worktree(now: Timestamp) -> Leftover {
    let since = Some(earlier(now, ABANDONED));
    let worktree = Worktree {
        name: Untrusted::new("retry-budget"),
        path: Untrusted::new("/home/ada/code/gateway/.claude/worktrees/retry-budget"),
        repository: Untrusted::new("/home/ada/code/gateway"),
        branch: Some(Untrusted::new("worktree-retry-budget")),
        changed_at: since,
        by_agent: true,
    };
    Leftover {
        kind: LeftoverKind::Worktree(worktree),
        session: None,
        project: Some(Untrusted::new("gateway")),
        processes: Vec::new(),
        ports: Vec::new(),
        since,
    }
}

impl Scene {
    /// Its process, where it rests for long, or what it left running.
    fn leftover(&self, now: Timestamp) -> Option<Leftover> {
        let session = self.session();
        let since = session.status.since();
        let rests = || matches!(self.beat, Beat::Done) && since.is_some_and(|since| elapsed(since, now) >= IDLE);
        let kind = match (session.live, self.part.server, self.part.port) {
            (true, ..) if rests() => LeftoverKind::IdleSession,
            (true, ..) | (false, None, _) => return None,
            (false, Some(_), Some(_)) => LeftoverKind::Server,
            (false, Some(command), None) if command.contains("mcp") => LeftoverKind::McpServer,
            (false, Some(_), None) => LeftoverKind::Process,
        };
        Some(Leftover {
            kind,
            session: Some(session.key),
            project: session.project.name,
            processes: session.processes,
            ports: self.part.port.into_iter().collect(),
            since,
        })
    }
}
