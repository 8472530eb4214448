//! One session of the fleet at one moment.

use std::sync::Arc;

use topside_model::{
    Bytes, Context, Detail, ErrorClass, Evidence, GitState, Identity, ModelId, Percent, Place, Port, PortUse, Project,
    ReportedTotal, Session, SessionKind, Setting, Settings, Status, Strength, SubagentLink, Timestamp, Tokens,
    ToolCall, ToolCounts, TurnCounts, TurnId, TurnView, Untrusted, Vitals,
};

use super::cast::{Beat, CAST, Part};
use super::prop::{HOME, SESSION_MINUTES, call, earlier, key, later, limits, process, resets_at, usage};

/// Tokens every model of the show can hold.
const WINDOW: u64 = 272_000;
/// Used share of the context at which the show's agents compact.
const COMPACTS_AT: u64 = 90;
/// Minutes of the token rate.
const RATE_MINUTES: u64 = 20;

/// One part at one moment.
pub(super) struct Scene {
    part: &'static Part,
    place: usize,
    beat: Beat,
    /// When the beat began.
    since: Timestamp,
    now: Timestamp,
    /// Seconds since the show began.
    tick: u64,
}

impl Scene {
    pub(super) fn at(place: usize, now: Timestamp, tick: u64) -> Self {
        let part = &CAST[place];
        let cycle: u64 = part.script.iter().map(|(length, _)| length).sum();
        let mut into = (part.offset + tick) % cycle;
        let mut beats = part.script.iter();
        let beat = loop {
            let (length, beat) = beats.next().expect("`into` is less than the sum of the lengths");
            match into.checked_sub(*length) {
                Some(rest) => into = rest,
                None => break *beat,
            }
        };
        Self { part, place, beat, since: earlier(now, into), now, tick }
    }

    pub(super) fn session(&self) -> Session {
        let live = !matches!(self.beat, Beat::End | Beat::Interrupt | Beat::Crash);
        let (tokens, turns, calls) = (self.tokens(), self.part.age / 9, self.tokens() / 9_000);
        let open = u64::from(matches!(self.status(), Status::RunningTool { .. } | Status::Approval { .. }));
        Session {
            name: self.part.name.map(Untrusted::new),
            identity: Some(Arc::new(self.identity())),
            settings: Arc::new(self.settings()),
            evidence: self.evidence(),
            project: self.project(),
            usage: usage(tokens),
            responses: tokens / 21_000,
            reported_total: Some(ReportedTotal { parts: usage(tokens), total: Tokens(tokens) }),
            context: self.context(),
            turns: TurnCounts { started: turns + 1, completed: turns, ..TurnCounts::default() },
            prompts: turns + 1,
            tools: ToolCounts { started: calls + open, finished: calls, web_searches: 0 },
            compactions: tokens / (WINDOW * 4),
            token_rate: self.token_rate(),
            first_at: Some(self.began()),
            last_at: Some(self.since),
            live,
            owner: live.then(|| process(self.place, 0)),
            owner_sessions: u32::from(live),
            vitals: live.then(|| self.vitals()),
            ports: self.port().into_iter().map(|port| port.port).collect(),
            detail: Arc::new(self.detail()),
            ..Session::new(key(self.place), self.status())
        }
    }

    fn began(&self) -> Timestamp {
        earlier(self.now, self.part.age * 60 + self.part.offset + self.tick)
    }

    fn tokens(&self) -> u64 {
        self.part.tokens * 1_000 + self.part.pace * 1_000 * self.tick / 60
    }

    fn identity(&self) -> Identity {
        let parent = self.part.parent.map(|place| key(place).id);
        let kind = match self.part.parent {
            Some(_) => SessionKind::Subagent { nickname: self.part.name.map(Untrusted::new), role: None },
            None => SessionKind::User,
        };
        Identity {
            kind,
            root: parent.clone(),
            parent,
            created: Some(self.began()),
            cwd: Some(self.cwd()),
            originator: Some(Untrusted::new("codex-tui")),
            source: Some(Untrusted::new("cli")),
            provider: Some(Untrusted::new("openai")),
            branch: Some(Untrusted::new(self.part.branch)),
            ..Identity::default()
        }
    }

    fn settings(&self) -> Settings {
        let (model, effort) = self.part.model;
        Settings {
            model: Some(ModelId::new(model)),
            effort: Setting::Set(Untrusted::new(effort)),
            approval: Some(Untrusted::new("on-request")),
            sandbox: Some(Untrusted::new("workspace-write")),
            cwd: Some(self.cwd()),
            ..Settings::default()
        }
    }

    fn cwd(&self) -> Untrusted {
        Untrusted::new(format!("/home/ada/code/{}", self.part.project))
    }

    fn project(&self) -> Project {
        let (ahead, added, modified) = self.part.changes;
        let git = GitState {
            branch: Some(Untrusted::new(self.part.branch)),
            ahead: Some(ahead),
            behind: Some(0),
            added: Some(added),
            modified: Some(modified),
            worktree: None,
        };
        Project { cwd: Some(self.cwd()), name: Some(Untrusted::new(self.part.project)), git: Some(git) }
    }

    fn status(&self) -> Status {
        let (since, shell) = (Some(self.since), Untrusted::new("shell"));
        match self.beat {
            Beat::Think => Status::Thinking { since },
            Beat::Run(_) | Beat::Edit(_) => {
                let call = self.call();
                Status::RunningTool { call: call.id, name: call.name, summary: call.summary, parallel: 1, since }
            }
            Beat::Children(n) => Status::WaitingOnSubagents { n, since },
            Beat::Compact => Status::Compacting { since },
            Beat::Retry => Status::Retrying { error: ErrorClass::Server, until: Some(later(self.since, 20)) },
            Beat::Approve(command) => Status::Approval { tool: shell, summary: Some(Untrusted::new(command)), since },
            Beat::Ask(question) => Status::Question { text: Some(Untrusted::new(question)), since },
            Beat::Done => Status::TurnDone { since },
            Beat::Limit => Status::RateLimited { until: Some(resets_at(self.now, SESSION_MINUTES)), since },
            Beat::Fail(message) => {
                Status::Failed { error: ErrorClass::Server, message: Some(Untrusted::new(message)), since }
            }
            Beat::New => Status::New { since },
            Beat::End => Status::Ended { at: since },
            Beat::Interrupt => Status::Interrupted { at: since },
            Beat::Crash => Status::Crashed { at: since },
            Beat::Unclear => Status::Unknown { why: "its file ends in the middle of a record" },
        }
    }

    fn call(&self) -> ToolCall {
        call(self.beat, self.since, None)
    }

    fn evidence(&self) -> Vec<Evidence> {
        let record = Evidence {
            about: "status",
            signal: "last record of its file".to_owned(),
            place: Place::File { path: self.source(), offset: self.tokens() * 3 },
            at: Some(self.since),
            strength: Strength::Record,
        };
        let usage = Evidence { about: "tokens", signal: "sum of its model replies".to_owned(), ..record.clone() };
        vec![record, usage]
    }

    fn source(&self) -> Untrusted {
        Untrusted::new(format!("{HOME}/sessions/2026/05/01/rollout-{}.jsonl", key(self.place).id))
    }

    fn context(&self) -> Context {
        let growth = self.part.pace * self.tick / 60;
        let used = (self.part.context + growth) % COMPACTS_AT;
        Context {
            used: Some(Tokens(WINDOW * used / 100)),
            window: Some(Tokens(WINDOW)),
            left: Some(Percent((100 - used) as f64)),
            compacts_at: Some(Percent(COMPACTS_AT as f64)),
        }
    }

    /// A wave that moves on by the minute; flat for a session that rests.
    fn token_rate(&self) -> Vec<Tokens> {
        const WAVE: [u64; 7] = [4, 7, 9, 12, 8, 6, 10];
        let minute = self.tick / 60 + self.place as u64;
        (minute..minute + RATE_MINUTES)
            .map(|at| Tokens(self.part.pace * 125 * WAVE[at as usize % WAVE.len()]))
            .collect()
    }

    fn vitals(&self) -> Vitals {
        let busy = u64::from(matches!(self.beat, Beat::Run(_)));
        let cpu = busy * 140 + (self.tick + self.place as u64 * 3) % 6;
        let memory = 90 + self.place as u64 * 7 + busy * 240;
        Vitals { cpu: Some(Percent(cpu as f64)), memory: Some(Bytes(memory << 20)) }
    }

    pub(super) fn port(&self) -> Option<Port> {
        let (port, command) = self.part.port?;
        let orphan = matches!(self.beat, Beat::End);
        let listener = PortUse {
            port,
            exposed: false,
            process: Some(process(self.place, 1)),
            command: Some(Untrusted::new(command)),
        };
        let orphan_since = orphan.then_some(self.since);
        Some(Port { port: listener, session: key(self.place), orphan_since, orphan })
    }

    fn detail(&self) -> Detail {
        let children = (0..CAST.len()).filter(|place| CAST[*place].parent == Some(self.place));
        let turn = TurnView { id: TurnId::new("turn-1"), started_at: Some(self.began()), ended: None };
        Detail {
            first_prompt: Some(Untrusted::new(format!("Look after {} on {}.", self.part.project, self.part.branch))),
            turns: vec![turn],
            tools: self.history(),
            subagents: children.map(|place| SubagentLink { id: key(place).id, done: false }).collect(),
            limits: limits(self.now, self.tick).map(|limit| limit.sample).to_vec(),
            sources: vec![self.source()],
            ..Detail::default()
        }
    }

    /// Tool calls since the script last began anew, the one that runs included.
    fn history(&self) -> Vec<ToolCall> {
        let cycle: u64 = self.part.script.iter().map(|(length, _)| length).sum();
        let mut start = earlier(self.now, (self.part.offset + self.tick) % cycle);
        let mut calls = Vec::new();
        for (length, beat) in self.part.script {
            let end = later(start, *length);
            if start <= self.now && matches!(beat, Beat::Run(_) | Beat::Edit(_)) {
                calls.push(call(*beat, start, (end <= self.now).then_some(end)));
            }
            start = end;
        }
        calls
    }
}
