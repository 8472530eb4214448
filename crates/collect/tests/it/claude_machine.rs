//! A machine on which Claude Code runs, told in a few words.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use topside_collect::{Pace, REGISTRY, Round, Runner, Scope};
use topside_model::{Activity, EventKind, Presence, ProcessRef, Report, Timestamp, Untrusted, World};
use topside_probe::{FakeHost, Process};

/// The default config root.
pub(crate) const ROOT: &str = "/home/dev/.claude";
/// The directory that is worked in, and its folder of transcripts.
pub(crate) const CWD: &str = "/home/dev/app";
pub(crate) const PROJECT: &str = "projects/-home-dev-app";
const NATIVE: &str = "/home/dev/.local/share/claude/versions/2.1.328";

/// A machine, and topside looking at it.
pub(crate) struct Machine {
    pub(crate) host: FakeHost,
    pub(crate) runner: Runner,
    /// What runs, as of the last look.
    world: Option<World>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let host = FakeHost::new("/home/dev", "2026-11-20T02:00:00Z".parse().expect("a time"));
        let scope = Scope::Current { recent: Duration::from_mins(10) };
        Self { host, runner: Runner::new(REGISTRY, scope, None), world: None }
    }

    /// Starts `claude` with `args` in a terminal. It started as many ticks after the boot as its number says.
    pub(crate) fn starts(&self, pid: u32, args: &[&str]) {
        self.starts_with(pid, args, |_| {});
    }

    /// The same, with something different about it.
    pub(crate) fn starts_with(&self, pid: u32, args: &[&str], change: impl FnOnce(&mut Process)) {
        let mut process = Process {
            id: ProcessRef { pid, started: u64::from(pid) },
            parent: 1,
            name: "claude".to_owned(),
            exe: Some(NATIVE.into()),
            args: [&["claude"], args].concat().into_iter().map(str::to_owned).collect(),
            cwd: Some(CWD.into()),
            variables: BTreeMap::from([("HOME".to_owned(), "/home/dev".to_owned())]),
            started_at: Some(self.now()),
            cpu_time: None,
            memory: None,
            terminal: Some(34816),
        };
        change(&mut process);
        self.host.set_process(process);
    }

    /// Starts a command whose environment names `session`.
    pub(crate) fn starts_child(&self, pid: u32, parent: u32, session: &str) {
        self.starts_with(pid, &[], |process| {
            process.parent = parent;
            process.exe = Some("/usr/bin/node".into());
            process.args = ["node", "server.js"].map(str::to_owned).to_vec();
            process.variables.insert("CLAUDE_CODE_SESSION_ID".to_owned(), session.to_owned());
        });
    }

    /// The process says that it has `session` loaded, and whatever `more` says.
    pub(crate) fn registers(&self, pid: u32, session: &str, more: &str) {
        self.registers_in(ROOT, pid, session, more);
    }

    /// The same in another config root.
    pub(crate) fn registers_in(&self, root: &str, pid: u32, session: &str, more: &str) {
        let started = self.now().as_millisecond();
        let record = format!(
            r#"{{"pid":{pid},"sessionId":"{session}","cwd":"{CWD}","startedAt":{started},"procStart":"{pid}"{more}}}"#
        );
        self.host.write(format!("{root}/sessions/{pid}.json"), record);
    }

    /// Appends to the transcript of `session` a prompt of that name, written now.
    pub(crate) fn prompts(&self, session: &str, name: &str) {
        self.host.append(format!("{ROOT}/{PROJECT}/{session}.jsonl"), prompt(session, name, self.now()));
    }

    pub(crate) fn now(&self) -> Timestamp {
        topside_probe::Host::now(&self.host)
    }

    /// Lets `seconds` pass.
    pub(crate) fn passes(&self, seconds: u64) {
        self.host.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn round(&mut self, pace: Pace) -> Round {
        let mut round = self.runner.round(&self.host, pace);
        if let Some(world) = round.world.take() {
            self.world = Some(world);
        }
        round
    }

    pub(crate) fn look(&mut self) -> Round {
        self.round(Pace::Look)
    }

    /// Who has which session loaded, and what it says it does, after a look.
    #[track_caller]
    pub(crate) fn check(&mut self, expected: &[&str]) {
        self.look();
        assert_eq!(self.owners(), expected);
    }

    /// The same as of the last look: `<session> by <pid> <activity>`, and whether it is a guest in its parent's process.
    pub(crate) fn owners(&self) -> Vec<String> {
        let sessions = self.world.iter().flat_map(|world| &world.sessions);
        let owned = sessions.filter_map(|(key, presence)| {
            let owner = presence.owner.as_ref()?;
            let guest = if owner.guest { "guest " } else { "" };
            let does = owner.report.as_ref().map_or("nothing said".to_owned(), activity);
            Some(format!("{} by {guest}{} {does}", key.id, owner.process.pid))
        });
        owned.collect()
    }

    /// Sessions that run where their processes cannot be seen, as of the last look.
    pub(crate) fn elsewhere(&self) -> Vec<&str> {
        self.world.iter().flat_map(|world| &world.elsewhere).map(|key| key.id.as_str()).collect()
    }

    /// What was found of `session` at the last look.
    pub(crate) fn presence(&self, session: &str) -> Presence {
        let world = self.world.as_ref().expect("somebody looked");
        let found = world.sessions.iter().find(|(key, _)| key.id.as_str() == session);
        found.map(|(_, presence)| presence.clone()).unwrap_or_default()
    }
}

/// What a report says, in a line.
pub(crate) fn activity(report: &Report) -> String {
    let words = |what: &Option<Untrusted>| what.as_ref().map_or("?".to_owned(), |what| what.raw().to_owned());
    match &report.activity {
        Activity::Approval(what) => format!("approval: {}", words(what)),
        Activity::Question(what) => format!("question: {}", words(what)),
        Activity::Other(word) => format!("other: {}", word.raw()),
        known => format!("{known:?}").to_lowercase(),
    }
}

/// A person's prompt as 2.1.328 writes it; its id is its text.
pub(crate) fn prompt(session: &str, text: &str, at: Timestamp) -> String {
    let message = format!(r#"{{"role":"user","content":"{text}"}}"#);
    let envelope = format!(r#""timestamp":"{at}","cwd":"{CWD}","sessionId":"{session}","version":"2.1.328""#);
    format!(
        "{{\"parentUuid\":null,\"isSidechain\":false,\"type\":\"user\",\"message\":{message},\"uuid\":\"{text}\",{envelope}}}\n"
    )
}

/// Texts of the prompts that a round brought: `<session> <text>`.
pub(crate) fn prompts(round: &Round) -> Vec<String> {
    let each = round.events.iter().filter_map(|(_, event)| match &event.kind {
        EventKind::PromptSent { text, .. } => Some(format!("{} {}", event.session, text.as_ref()?.raw())),
        _ => None,
    });
    each.collect()
}

/// A recorded file below the fixtures of Claude Code.
pub(crate) fn recorded(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/claude").join(name);
    std::fs::read_to_string(path).expect("fixtures are part of the project")
}
