//! One session of the fleet at one moment.

use std::sync::Arc;
use std::time::Duration;

use topside_model::{
    Bytes, Context, ErrorClass, Evidence, GitState, Identity, ModelId, Percent, Place, Port, PortUse, ProcessView,
    Project, ReportedTotal, Session, SessionKind, Setting, Settings, Stall, Status, Strength, Tie, Timestamp, Tokens,
    ToolCall, ToolCounts, TurnCounts, Untrusted, Vitals, WindowSource, elapsed,
};

use super::agent::Agent;
use super::cast::CAST;
use super::part::{Beat, Part};
use super::prop::{WEEK_MINUTES, call, earlier, key, later, process, resets_at, usage};

mod spent;
mod story;

/// Minutes of the token rate.
const RATE_MINUTES: u64 = 20;

/// How long the fleet's commands take at most.
const USUAL: Duration = Duration::from_mins(20);

/// One part at one moment.
pub(super) struct Scene {
    pub(super) part: &'static Part,
    place: usize,
    pub(super) beat: Beat,
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
        let live = self.is_live();
        let (tokens, turns, calls) = (self.tokens(), self.part.age / 9, self.tokens() / 9_000);
        let open = u64::from(matches!(self.status(), Status::RunningTool { .. } | Status::Approval { .. }));
        Session {
            name: self.part.name.map(Untrusted::new),
            identity: Some(Arc::new(self.identity())),
            settings: Arc::new(self.settings()),
            stall: self.stall(),
            waited: self.waited(),
            evidence: self.evidence(),
            project: self.project(),
            usage: usage(tokens),
            cost: Arc::new(self.cost()),
            responses: tokens / 21_000,
            reported_total: Some(ReportedTotal { parts: usage(tokens), total: Tokens(tokens) }),
            context: self.context(),
            turns: TurnCounts { started: Some(turns + 1), completed: turns, ..TurnCounts::default() },
            prompts: turns + 1,
            tools: ToolCounts { started: calls + open, finished: calls, web_searches: 0 },
            compactions: tokens / (self.part.agent.window * 4),
            background_tasks: if let Beat::Background(n) = self.beat { n } else { 0 },
            token_rate: self.token_rate(),
            first_at: Some(self.began()),
            last_at: Some(self.since),
            live,
            owner: live.then(|| process(self.place, 0)),
            owner_sessions: u32::from(live),
            vitals: live.then(|| self.vitals()),
            processes: self.processes(),
            ports: self.port().into_iter().map(|port| port.port).collect(),
            detail: Arc::new(self.detail()),
            ..Session::new(key(self.place), self.status())
        }
    }

    fn is_live(&self) -> bool {
        !matches!(self.beat, Beat::End | Beat::Interrupt | Beat::Crash)
    }

    fn began(&self) -> Timestamp {
        earlier(self.now, self.part.age * 60 + self.part.offset + self.tick)
    }

    fn tokens(&self) -> u64 {
        self.part.tokens * 1_000 + self.part.pace * 1_000 * self.tick / 60
    }

    fn identity(&self) -> Identity {
        let parent = |name: &str| CAST.iter().position(|part| part.name == Some(name)).map(|place| key(place).id);
        let parent = self.part.parent.and_then(parent);
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
            originator: Some(Untrusted::new(self.part.agent.program)),
            source: Some(Untrusted::new("cli")),
            provider: Some(Untrusted::new(self.part.agent.provider)),
            branch: Some(Untrusted::new(self.part.branch)),
            ..Identity::default()
        }
    }

    fn settings(&self) -> Settings {
        let (approval, sandbox) = self.part.agent.rights;
        Settings {
            model: Some(ModelId::new(self.part.model)),
            effort: self.part.effort.map_or(Setting::Kept, |effort| Setting::Set(Untrusted::new(effort))),
            approval: Some(Untrusted::new(approval)),
            sandbox: sandbox.map(Untrusted::new),
            cwd: Some(self.cwd()),
            ..Settings::default()
        }
    }

    /// Where it works: a worktree lies beside its repository.
    fn cwd(&self) -> Untrusted {
        let worktree = self.worktree().map(|name| format!("-{name}")).unwrap_or_default();
        Untrusted::new(format!("/home/ada/code/{}{worktree}", self.part.project))
    }

    /// Name of the linked worktree it works in.
    fn worktree(&self) -> Option<&'static str> {
        self.part.branch.strip_prefix("wt/")
    }

    fn project(&self) -> Project {
        let (ahead, added, modified) = self.part.changes;
        let git = GitState {
            root: Some(Untrusted::new(format!("/home/ada/code/{}", self.part.project))),
            branch: Some(Untrusted::new(self.part.branch)),
            ahead: Some(ahead),
            behind: Some(0),
            added: Some(added),
            modified: Some(modified),
            worktree: self.worktree().map(Untrusted::new),
        };
        Project { cwd: Some(self.cwd()), name: Some(Untrusted::new(self.part.project)), git: Some(git) }
    }

    fn status(&self) -> Status {
        let (since, command_tool) = (Some(self.since), Untrusted::new(self.part.agent.tools.0));
        match self.beat {
            Beat::Think => Status::Thinking { since },
            Beat::Run(_) | Beat::Hang(_) | Beat::Edit(_) => {
                let call = self.call();
                Status::RunningTool { call: call.id, name: call.name, summary: call.summary, parallel: 1, since }
            }
            Beat::Children(n) => Status::WaitingOnSubagents { n, since },
            Beat::Compact => Status::Compacting { since },
            Beat::Retry => Status::Retrying { error: ErrorClass::Server, until: Some(later(self.since, 20)) },
            Beat::Approve(command) => {
                Status::Approval { tool: command_tool, summary: Some(Untrusted::new(command)), since }
            }
            Beat::Plan(plan) => {
                Status::Approval { tool: Untrusted::new("plan"), summary: Some(Untrusted::new(plan)), since }
            }
            Beat::Ask(question) => Status::Question { text: Some(Untrusted::new(question)), since },
            Beat::Done => Status::TurnDone { since },
            Beat::Background(n) => Status::Background { n, since },
            Beat::Limit => Status::RateLimited { until: Some(resets_at(self.now, WEEK_MINUTES)), since },
            Beat::Fail(message) => {
                Status::Failed { error: self.error(), message: Some(Untrusted::new(message)), since }
            }
            Beat::New => Status::New { since },
            Beat::End => Status::Ended { at: since },
            Beat::Interrupt => Status::Interrupted { at: since },
            Beat::Crash => Status::Crashed { at: since },
            Beat::Unclear => Status::Unknown { why: "its file ends in the middle of a record", over: false },
        }
    }

    fn stall(&self) -> Option<Stall> {
        let stall = Stall { since: self.since, usual: USUAL };
        (matches!(self.beat, Beat::Hang(_)) && elapsed(self.since, self.now) > USUAL).then_some(stall)
    }

    fn error(&self) -> ErrorClass {
        if self.part.agent.id == "codex" { ErrorClass::Server } else { ErrorClass::Unauthorized }
    }

    fn call(&self) -> ToolCall {
        call(self.part.agent, self.beat, self.since, None)
    }

    /// The agent's own process and, beneath it, what it runs.
    fn processes(&self) -> Vec<ProcessView> {
        let command = match self.beat {
            Beat::Run(command) | Beat::Hang(command) => Some(command),
            _ => self.part.server,
        };
        let tree = [self.is_live().then_some(self.part.agent.program), command];
        let view = |(nth, command): (u32, &str)| ProcessView {
            process: process(self.place, nth),
            parent: if nth == 0 { 4_000 } else { process(self.place, 0).pid },
            depth: nth,
            command: Untrusted::new(command),
            vitals: if nth == 0 { self.vitals() } else { Vitals { cpu: None, memory: Some(Bytes(48 << 20)) } },
            started_at: Some(if nth == 0 { self.began() } else { self.since }),
            tie: if nth == 0 { Tie::Owner } else { Tie::Tree },
        };
        (0..).zip(tree).filter_map(|(nth, command)| Some(view((nth, command?)))).collect()
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
        let Agent { home, folder, .. } = self.part.agent;
        Untrusted::new(format!("{home}/{folder}/{}.jsonl", key(self.place).id))
    }

    /// Most of what it uses is read again from the cache; a tenth is new to the context.
    fn context(&self) -> Context {
        let Agent { window, compacts_at, .. } = *self.part.agent;
        let grown = self.part.pace * 1_000 * self.tick / 60 / 10;
        let used = (window * self.part.context / 100 + grown) % (window * compacts_at / 100);
        Context {
            used: Some(Tokens(used)),
            window: Some(Tokens(window)),
            window_from: Some(WindowSource::Stated),
            left: Some(Percent((100 - used * 100 / window) as f64)),
            compacts_at: Some(Percent(compacts_at as f64)),
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
        let orphan = !self.is_live();
        let listener = PortUse {
            port: self.part.port?,
            exposed: false,
            process: Some(process(self.place, 1)),
            command: self.part.server.map(Untrusted::new),
        };
        let orphan_since = orphan.then_some(self.since);
        Some(Port { port: listener, session: key(self.place), orphan_since, orphan })
    }
}
