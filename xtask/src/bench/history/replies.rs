//! Writes a history of made-up sessions, as agents leave them: the same every time, and in little memory.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use topside_model::{
    AgentId, Billing, Bytes, Chapter, Charge, FileCursor, LeafNews, ModelId, PastSession, SessionId, SessionKey, Share,
    SizeClass, Terms, Tier, Timestamp, Tokens, Untrusted, Usage,
};
use topside_store::Store;

use crate::Verdict;
use crate::bench::chance::Chance;

/// When history ends.
pub(super) const END: &str = "2026-11-20T12:00:00Z";
/// Days it goes back.
const DAYS: u64 = 730;
const PROJECTS: u64 = 60;
/// Replies that are written at once.
const BATCH: usize = 20_000;

/// Agents, and the models that their sessions ask.
const AGENTS: [(&str, [&str; 4]); 2] = [
    ("claude_code", ["claude-opus-4-6", "claude-sonnet-4-6", "claude-haiku-4-5", "claude-opus-5"]),
    ("codex", ["gpt-5.5", "gpt-5.1", "gpt-5-codex", "gpt-5-mini"]),
];

/// Writes at least `count` replies to a new history at `file`, 500 a session, and prints what it wrote.
pub(super) fn run(file: &Path, count: u64) -> anyhow::Result<Verdict> {
    let mut store = Store::open(file)?;
    let end: Timestamp = END.parse().context("read when history ends")?;
    let (mut number, mut written, mut batch, mut waiting) = (0, 0, Vec::new(), 0);
    while written < count {
        let chapter = Story::of(number, end).chapter();
        waiting += chapter.leaves[0].charges.len();
        batch.push(chapter);
        number += 1;
        if waiting >= BATCH || written + waiting as u64 >= count {
            store.commit(std::mem::take(&mut batch))?;
            written += std::mem::take(&mut waiting) as u64;
        }
    }
    println!("{written} replies of {number} sessions in {PROJECTS} projects over {DAYS} days");
    Ok(Verdict::Passed)
}

/// A session, made up from its number.
struct Story {
    number: u64,
    chance: Chance,
    /// Place of its agent: those of Claude Code share replies with what was copied from them.
    agent: usize,
    /// The session that it began as a copy of, and how many of its replies.
    origin: Option<(Box<Story>, usize)>,
    /// Its first own reply, in milliseconds since 1970.
    start: i64,
    /// How many of its own it has.
    replies: u64,
}

impl Story {
    fn of(number: u64, end: Timestamp) -> Self {
        let mut chance = Chance::new(number << 32);
        // Few sessions are long: from 20 replies to 1,460.
        let part = chance.below(1_000);
        let replies = 20 + 1_440 * part * part / 1_000_000;
        let start = end.as_millisecond() - (chance.below(DAYS * 86_400_000).cast_signed());
        let agent = (number % 2) as usize;
        // Every tenth session of Claude Code is a fork of the one before.
        let origin = (agent == 0 && number % 20 == 18).then(|| Self::of(number - 2, end));
        match origin {
            Some(origin) => {
                let start = origin.start + 86_400_000;
                let copied = origin.replies as usize / 2;
                Self { number, chance, agent, origin: Some((Box::new(origin), copied)), start, replies }
            }
            None => Self { number, chance, agent, origin: None, start, replies },
        }
    }

    fn chapter(mut self) -> Chapter {
        let mut charges = Vec::new();
        let fork = self.origin.take();
        let is_fork = fork.is_some();
        if let Some((mut origin, copied)) = fork {
            charges = origin.charges();
            charges.truncate(copied);
            for charge in &mut charges {
                charge.share = Share::Copied;
            }
        }
        charges.extend(self.charges());
        let project = format!("proj{:02}", self.chance.below(PROJECTS));
        let agent = AgentId::new(AGENTS[self.agent].0);
        let name = format!("{:08x}-{:04x}-4000-8000-{:012x}", self.chance.next() >> 32, self.number >> 16, self.number);
        let session = PastSession {
            fork: is_fork,
            cwd: Some(Untrusted::new(format!("/home/dev/src/{project}"))),
            project: Some(Untrusted::new(project)),
            version: Some(Untrusted::new("2.1.232")),
            first_at: charges.first().and_then(|charge| charge.at),
            last_at: charges.last().and_then(|charge| charge.at),
            ..PastSession::new(SessionKey { agent: agent.clone(), id: SessionId::new(name.clone()) })
        };
        let cursor = self.cursor(agent, &name);
        Chapter { cursor, from: Bytes(0), anew: false, leaves: vec![LeafNews { rank: 0, session, charges }] }
    }

    fn charges(&mut self) -> Vec<Charge> {
        let models = AGENTS[self.agent].1;
        let (main, mut at, mut context) = (self.chance.below(4) as usize, self.start, 20_000);
        let replies = (0..self.replies).map(|_| {
            let chance = &mut self.chance;
            // Two replies a minute, and sometimes a pause of up to four hours: ten to a bucket, as with real sessions.
            at += (5_000 + chance.below(50_000) + u64::from(chance.below(40) == 0) * chance.below(14_400_000))
                .cast_signed();
            let written = chance.below(4_000);
            let output = 20 + chance.below(1_500);
            let usage = Usage {
                input_uncached: Tokens(chance.below(2_000)),
                cache_read: Tokens(context),
                cache_write_5m: Tokens(if self.agent == 0 { written } else { 0 }),
                output: Tokens(output),
                reasoning: Tokens(if self.agent == 0 { 0 } else { output / 3 }),
                ..Usage::default()
            };
            context = if context > 180_000 { 20_000 } else { context + written };
            // Helpers ask a smaller model.
            let model = if chance.below(10) == 0 { 2 } else { main };
            let tier = if chance.below(100) == 0 { Tier::Fast } else { Tier::Standard };
            let billing = Billing {
                model: Some(ModelId::new(models[model])),
                terms: Terms { tier, regional: false },
                size: SizeClass::of(usage.input()),
            };
            Charge {
                mark: chance.next(),
                shared: self.agent == 0,
                at: Timestamp::from_millisecond(at).ok(),
                billing,
                usage,
                share: Share::Own,
                settled: chance.below(500) > 0,
            }
        });
        replies.collect()
    }

    fn cursor(&mut self, agent: AgentId, name: &str) -> FileCursor {
        let length = Bytes(self.replies * 14_000);
        FileCursor {
            agent,
            path: PathBuf::from(format!("/home/dev/.claude/projects/-home-dev-src-project/{name}.jsonl")),
            id: (1, 1_000_000 + self.number),
            len: length,
            modified: Timestamp::from_millisecond(self.start).unwrap_or_default(),
            offset: length,
            head: self.chance.next(),
            before: self.chance.next(),
            // As large as decoders' are.
            state: vec![b'.'; 550],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_begins_with_what_its_origin_was_told() {
        let end = END.parse().expect("a time");
        let charges = |number| Story::of(number, end).chapter().leaves.remove(0).charges;
        let (origin, fork) = (charges(16), charges(18));
        let copied = fork.iter().filter(|charge| charge.share == Share::Copied).count();
        assert!(copied > 0 && copied == origin.len() / 2);
        let marks = |charges: &[Charge]| charges.iter().map(|charge| charge.mark).collect::<Vec<_>>();
        assert_eq!(marks(&fork[..copied]), marks(&origin[..copied]));
        assert_eq!(charges(18), fork, "the same every time");
    }
}
