//! The world of one scenario: a home, a model server, agents, and topside looking on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use topside_testkit::mock::{Answer, Exchange, MockModel, Purpose, Reply};

use super::agent::Versions;
use super::hooks;
use super::judge::{Judgement, judge};
use super::process::{Headless, PATIENCE, kill_all_of};
use super::scenario::{Place, Scenario};
use super::scratch::Scratch;
use super::terminal::Terminal;
use super::truth::{CLOSING, Claim, DONE, Turning, timeline};
use super::watch::{Snapshot, Usage, Watch};

/// How long topside has to say the last true thing.
const LAST_WORD: Duration = Duration::from_secs(3);

/// What every scenario needs to begin.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// Folder of scratch homes.
    pub(crate) dir: PathBuf,
    /// Folders of the agents' programs.
    pub(crate) programs: Vec<PathBuf>,
    /// Versions of the agents.
    pub(crate) versions: Versions,
    /// The program under test.
    pub(crate) topside: PathBuf,
    /// True when it is put into the agents' hooks first.
    pub(crate) hooks: bool,
}

/// The world of one scenario. What was started in it ends with it.
#[derive(Debug)]
pub(crate) struct Stage {
    scenario: Scenario,
    mock: MockModel,
    watch: Watch,
    scratch: Scratch,
    topside: PathBuf,
    /// When a person sent something.
    sent: RefCell<Vec<Timestamp>>,
    marks: RefCell<BTreeMap<String, Vec<Turning>>>,
    problems: RefCell<Vec<String>>,
}

/// How a scenario came out.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// How well the states of its sessions were told.
    pub(crate) told: Judgement,
    /// Tokens topside shows, and tokens the server delivered.
    pub(crate) tokens: (u64, u64),
}

impl Stage {
    /// Sets the stage for `scenario`.
    pub(crate) fn new(scenario: Scenario, setting: &Setting) -> anyhow::Result<Self> {
        let mock = MockModel::start()?;
        let hooked = if setting.hooks { "-hooks" } else { "" };
        let dir = setting.dir.join(format!("{}-{}{hooked}", scenario.agent.name(), scenario.name));
        let scratch = Scratch::new(dir, scenario.agent, setting.programs.clone(), mock.port())?;
        let topside = setting.topside.clone();
        if setting.hooks {
            hooks::install(&scratch, &topside, &scenario, &[])?;
            hooks::trust(&scratch, &scenario)?;
        }
        let watch = Watch::start(&mut scratch.command(&topside), &scratch.home())?;
        let (sent, marks, problems) = (RefCell::default(), RefCell::default(), RefCell::default());
        Ok(Self { scenario, mock, watch, scratch, topside, sent, marks, problems })
    }

    /// Its home and project.
    pub(crate) fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// Puts topside before the agent's status line.
    pub(crate) fn bridge_status_line(&self) -> anyhow::Result<()> {
        hooks::install(&self.scratch, &self.topside, &self.scenario, &["--status-line"])
    }

    /// Starts the agent with `args` to answer one prompt without a terminal.
    pub(crate) fn exec(&self, args: &[&str]) -> anyhow::Result<Headless> {
        let agent = self.scenario.agent;
        let log = self.scratch.log(&format!("exec-{}", self.mock.log().len()));
        Headless::start(self.scratch.command(agent.name()).args(agent.headless()).args(args), log)
    }

    /// Starts the agent with `args` to be talked to by a program.
    pub(crate) fn converse(&self, args: &[&str]) -> anyhow::Result<Headless> {
        let agent = self.scenario.agent;
        let mut command = self.scratch.command(agent.name());
        Headless::start_to_talk(command.args(args), self.scratch.log("conversation"))
    }

    /// Opens a terminal called `name` with the agent in it.
    pub(crate) fn terminal(&self, name: &str, args: &[&str]) -> anyhow::Result<Terminal> {
        self.terminal_with(name, &[], args)
    }

    /// Opens a terminal called `name` with the agent in it, which has `variables` beside its own.
    pub(crate) fn terminal_with(
        &self,
        name: &str,
        variables: &[(&str, &str)],
        args: &[&str],
    ) -> anyhow::Result<Terminal> {
        let mut tmux = self.scratch.command("tmux");
        tmux.envs(variables.iter().copied());
        Terminal::open(&self.scratch, tmux, &self.scenario, name, args)
    }

    /// Sends `prompt` in `terminal`; gives the thread of the first request that follows.
    pub(crate) fn prompt(&self, terminal: &Terminal, prompt: &str) -> anyhow::Result<String> {
        let before = self.requests().len();
        let sent = terminal.submit(prompt, || self.requests().len() > before)?;
        self.sent.borrow_mut().push(sent);
        let request = self.requests().into_iter().nth(before).context("the request is gone from the log")?;
        request.thread.context("the agent does not say which thread asks")
    }

    /// Waits until the model was asked `n` times in all (by helpers not counted); gives the thread of the `n`-th request.
    pub(crate) fn asked(&self, n: usize) -> anyhow::Result<String> {
        let thread = self.mock.wait(PATIENCE, |log| visible(log).nth(n - 1).map(|exchange| exchange.thread.clone()));
        let thread = thread.with_context(|| format!("the model was not asked {n} times, but:\n{}", self.story()))?;
        thread.context("the agent does not say which thread asks")
    }

    /// Waits until the `n`-th request was answered.
    pub(crate) fn answered(&self, n: usize) -> anyhow::Result<Answer> {
        let answer = self.mock.wait(PATIENCE, |log| Some(visible(log).nth(n - 1)?.reply.as_ref()?.answer.clone()));
        answer.with_context(|| format!("request {n} was not answered:\n{}", self.story()))
    }

    /// Waits for the `n`-th answer to `thread`.
    pub(crate) fn answer_of(&self, thread: &str, n: usize) -> anyhow::Result<Reply> {
        let reply = self.mock.wait(PATIENCE, |log| {
            let mut own = visible(log).filter(|exchange| exchange.thread.as_deref() == Some(thread));
            own.nth(n - 1)?.reply.clone()
        });
        reply.with_context(|| format!("request {n} of {thread} was not answered:\n{}", self.story()))
    }

    /// What the model was asked so far, by helpers left out.
    pub(crate) fn requests(&self) -> Vec<Exchange> {
        visible(&self.mock.log()).cloned().collect()
    }

    /// What the model was asked and answered, for people.
    fn story(&self) -> String {
        let told = self.requests().into_iter().map(|Exchange { thread, scenario, asked_at, reply, .. }| {
            let thread = thread.unwrap_or_default();
            let answer = reply.map(|reply| reply.answer);
            format!("{asked_at:.1} {thread} in {scenario:?}: {answer:?}\n")
        });
        told.collect()
    }

    /// From now on `claim` is right of `thread`.
    pub(crate) fn mark(&self, thread: &str, claim: Claim) {
        self.mark_at(thread, Timestamp::now(), claim);
    }

    /// From `moment` on `claim` is right of `thread`.
    pub(crate) fn mark_at(&self, thread: &str, moment: Timestamp, claim: Claim) {
        self.marks.borrow_mut().entry(thread.to_owned()).or_default().push(Turning::at(moment, claim));
    }

    /// From now on `claim` is right of `thread`, and it may have been since the `n`-th answer to it: a person sees later
    /// than the agent shows.
    pub(crate) fn mark_since_answer(&self, thread: &str, n: usize, claim: Claim) -> anyhow::Result<()> {
        let turning = Turning { earliest: self.answer_of(thread, n)?.at, at: Timestamp::now(), claim };
        self.marks.borrow_mut().entry(thread.to_owned()).or_default().push(turning);
        Ok(())
    }

    /// From the `n`-th answer to `thread` on `claim` is right of it.
    pub(crate) fn mark_answer(&self, thread: &str, n: usize, claim: Claim) -> anyhow::Result<()> {
        self.mark_at(thread, self.answer_of(thread, n)?.at, claim);
        Ok(())
    }

    /// Lets topside's view of `thread` stand for `time` after it became right, so that a wrong one would show.
    pub(crate) fn hold(&self, thread: &str, time: Duration) {
        self.settle(thread);
        self.watch.wait(time, |_| None::<()>);
    }

    /// Waits until topside shows what is right of `thread` now, or its time for that is over.
    pub(crate) fn settle(&self, thread: &str) {
        let Some(last) = self.timeline(thread).last().copied() else { return };
        self.watch.wait(last.claim.settle.max(LAST_WORD), |snapshot| {
            let status = &snapshot.session(thread)?.status.id;
            last.claim.right.contains(&status.as_str()).then_some(())
        });
    }

    /// Waits until topside says something; it becomes a problem named `what` when it never does.
    pub(crate) fn expect(&self, what: &str, look: impl Fn(&Snapshot) -> bool) {
        if self.watch.wait(LAST_WORD, |snapshot| look(snapshot).then_some(())).is_none() {
            self.problems.borrow_mut().push(format!("topside never says that {what}"));
        }
    }

    /// Judges all sessions of the scenario.
    pub(crate) fn judge(&self) -> anyhow::Result<Outcome> {
        let delivered = self.mock.usage();
        ensure!(!delivered.is_empty() || !self.requests().is_empty(), "the model was never asked");
        let mut told = Judgement { problems: self.problems.take(), ..Judgement::default() };
        let mut tokens = (0, 0);
        for thread in self.threads() {
            self.settle(&thread);
            let truth = delivered.get(&thread).copied().unwrap_or_default();
            self.watch.wait(LAST_WORD, |said| (said.session(&thread)?.usage.total == truth.total().0).then_some(()));
            let said = self.watch.latest();
            let shown = said.session(&thread).map(|session| session.usage);
            if shown.unwrap_or_default() != Usage::from(truth) {
                told.problems.push(format!("{thread} cost {:?}, topside shows {shown:?}", Usage::from(truth)));
            }
            tokens.0 += shown.map_or(0, |usage| usage.total);
            tokens.1 += truth.total().0;
            told.add(judge(&thread, &self.timeline(&thread), &self.watch.samples()));
        }
        told.problems.extend(self.strangers());
        Ok(Outcome { told, tokens })
    }

    /// Threads that asked the model, in the order they first did.
    pub(crate) fn threads(&self) -> Vec<String> {
        let mut threads: Vec<String> = Vec::new();
        for thread in self.requests().into_iter().filter_map(|exchange| exchange.thread) {
            if !threads.contains(&thread) {
                threads.push(thread);
            }
        }
        threads
    }

    fn timeline(&self, thread: &str) -> Vec<Turning> {
        let marks = self.marks.borrow().get(thread).cloned().unwrap_or_default();
        let rest = match self.scenario.place {
            Place::Headless => CLOSING,
            Place::Terminal | Place::Daemon | Place::Program => DONE,
        };
        timeline(thread, &self.requests(), &self.sent.borrow(), &marks, rest)
    }

    /// Sessions topside ever showed that are no thread: helper processes, or threads an agent hides.
    fn strangers(&self) -> Vec<String> {
        let threads = self.threads();
        let samples = self.watch.samples();
        let shown = samples.iter().flat_map(|sample| &sample.said.sessions);
        let strangers: BTreeMap<&str, &str> = shown
            .filter(|session| !threads.contains(&session.id))
            .map(|session| (session.id.as_str(), session.status.id.as_str()))
            .collect();
        strangers.into_iter().map(|(id, status)| format!("{id} ({status}) is shown and is no session")).collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        kill_all_of(&self.scratch.home());
    }
}

/// Requests whose threads people can see.
fn visible(log: &[Exchange]) -> impl Iterator<Item = &Exchange> {
    log.iter().filter(|exchange| exchange.purpose != Purpose::Helper)
}

/// An answer that was not what the scenario needs to go on.
pub(crate) fn want_calls(answer: &Answer) -> anyhow::Result<()> {
    match answer {
        Answer::Calls { .. } => Ok(()),
        other => bail!("the model was to call tools, but: {other:?}"),
    }
}
