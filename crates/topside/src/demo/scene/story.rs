//! What a session of the fleet did so far: turns, calls, files, failures.

use std::sync::Arc;

use topside_model::{
    Detail, ErrorView, FileChange, FileTouch, Limit, LimitSample, SubagentLink, Timestamp, ToolCall, TurnEnd, TurnId,
    TurnView, Untrusted, Wait, Waited,
};

use super::Scene;
use crate::demo::account::limits;
use crate::demo::cast::CAST;
use crate::demo::part::Beat;
use crate::demo::prop::{call, earlier, key, later};

/// Turns that are told of.
const ROUNDS: u64 = 4;

impl Scene {
    pub(super) fn detail(&self) -> Detail {
        let children =
            (0..CAST.len()).filter(|place| CAST[*place].parent.is_some_and(|name| self.part.name == Some(name)));
        Detail {
            first_prompt: Some(Untrusted::new(format!("Look after {} on {}.", self.part.project, self.part.branch))),
            turns: self.turns(),
            tools: self.history(),
            subagents: children.map(|place| SubagentLink { id: key(place).id, done: false }).collect(),
            files: self.files(),
            growth: Arc::new(self.growth()),
            error: self.failure(),
            limits: self.limits(),
            sources: vec![self.source()],
        }
    }

    /// The limits of its account.
    fn limits(&self) -> Vec<LimitSample> {
        let own = |limit: &Limit| limit.agent.as_str() == self.part.agent.id;
        limits(self.now, self.tick).into_iter().filter(own).map(|limit| limit.sample).collect()
    }

    fn failure(&self) -> Option<ErrorView> {
        let Beat::Fail(message) = self.beat else { return None };
        Some(ErrorView { class: self.error(), message: Some(Untrusted::new(message)), at: Some(self.since) })
    }

    /// What its script edits.
    fn files(&self) -> Vec<FileTouch> {
        let touch = |(n, (_, beat)): (usize, &(u64, Beat))| {
            let Beat::Edit(file) = beat else { return None };
            let path = Untrusted::new(format!("{}/{file}", self.cwd().raw()));
            Some(FileTouch { path, how: FileChange::Updated, at: Some(self.since), times: n as u64 + 1 })
        };
        self.part.script.iter().enumerate().filter_map(touch).collect()
    }

    /// Its waits for a person, in the rounds that are told of.
    pub(super) fn waited(&self) -> Waited {
        let waits = |beat: &Beat| matches!(beat, Beat::Approve(_) | Beat::Plan(_) | Beat::Ask(_));
        let mut over = Vec::new();
        for mut from in self.rounds() {
            for (length, beat) in self.part.script {
                let to = later(from, *length);
                if waits(beat) && to <= self.now {
                    over.push(Wait { from, to });
                }
                from = to;
            }
        }
        Waited { over: Arc::new(over), since: waits(&self.beat).then_some(self.since) }
    }

    /// When the script began anew, now and the times before that are still told of, oldest first.
    fn rounds(&self) -> Vec<Timestamp> {
        let cycle: u64 = self.part.script.iter().map(|(length, _)| length).sum();
        let into = (self.part.offset + self.tick) % cycle;
        let began = |back: u64| earlier(self.now, into + back * cycle);
        let mut rounds: Vec<_> = (0..ROUNDS).map(began).take_while(|at| *at >= self.began()).collect();
        rounds.reverse();
        rounds
    }

    /// A turn for each time the script is played.
    fn turns(&self) -> Vec<TurnView> {
        let rounds = self.rounds();
        let turn = |(nth, at): (usize, &Timestamp)| TurnView {
            id: TurnId::new(format!("turn-{nth}")),
            started_at: Some(*at),
            ended: rounds.get(nth + 1).map(|next| (Some(*next), TurnEnd::Completed)),
        };
        rounds.iter().enumerate().map(turn).collect()
    }

    /// The tool calls of these turns, the one that runs included.
    fn history(&self) -> Vec<ToolCall> {
        let mut calls = Vec::new();
        for mut start in self.rounds() {
            for (length, beat) in self.part.script {
                let end = later(start, *length);
                if start <= self.now && matches!(beat, Beat::Run(_) | Beat::Hang(_) | Beat::Edit(_)) {
                    calls.push(call(self.part.agent, *beat, start, (end <= self.now).then_some(end)));
                }
                start = end;
            }
        }
        calls
    }
}
