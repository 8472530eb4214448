//! The contract of an agent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use topside_model::{
    Activity, AgentId, Event, EventKind, Figures, LimitSample, Place, ProcessRef, Report, SessionId, Signal, SourceId,
    TitleWord, Tokens, Untrusted,
};
use topside_probe::{FileStat, Host, Process, Processes};

use crate::files::Files;
use crate::registry::REGISTRY;
use crate::signals::Said;
use crate::source::{LineReader, Verdict};
use crate::transcript::Transcripts;

/// An agent program topside knows. One folder under `agents/` and one line in [`REGISTRY`](crate::REGISTRY).
///
/// No method can fail: what cannot be read is left out, what is not known is counted, and both are shown by
/// `topside doctor`.
pub trait Agent: Sync {
    /// What it is.
    fn manifest(&self) -> &'static Manifest;

    /// Where this agent keeps its files, best known first. Ones that do not exist are shown as looked for.
    fn homes(&self, look: &Look<'_>) -> Vec<PathBuf>;

    /// Adds the transcripts in one of its homes to those that were `found`, of those sessions that are `wanted`, as far as
    /// names tell. The others are not looked at.
    fn sources(&self, look: &Look<'_>, home: &Path, wanted: &dyn Fn(&str) -> bool, found: &mut Transcripts);

    /// Files that hang on a transcript, such as those of its helpers. Asked only for transcripts that are read.
    fn attached(&self, _look: &Look<'_>, _anchor: Anchor<'_>) -> Vec<Source> {
        Vec::new()
    }

    /// Sessions that a process has loaded now.
    fn live(&self, look: &Look<'_>, homes: &[PathBuf]) -> Vec<Live>;

    /// Sessions that run where their processes cannot be seen from here, such as a container that shares the files.
    fn elsewhere(&self, _look: &Look<'_>, _homes: &[PathBuf]) -> Vec<SessionId> {
        Vec::new()
    }

    /// Compares what agents say of their sessions with the disk, and only that: called whenever a file changed. False
    /// when one of `live` is no longer as it was found, so that the processes are worth a look.
    fn refresh(&self, _look: &Look<'_>, _live: &mut [Live]) -> bool {
        true
    }

    /// Hears what its running programs tell over connections, where they tell anything.
    fn listener(&self) -> Option<Box<dyn Listener>> {
        None
    }

    /// What one of its processes is; `None` for a program that is not the agent's.
    fn role(&self, process: &Process) -> Option<Role>;

    /// The command that a tool of the agent gave to `process`, where that is sure: the agent starts other programs too,
    /// such as hooks and servers.
    fn command(&self, _process: &Process) -> Option<String> {
        None
    }

    /// Facts kept beside the transcripts, such as names, where they changed since the last call. Called rarely.
    fn notes(&self, _look: &Look<'_>, _home: &Path) -> Vec<Event> {
        Vec::new()
    }

    /// What one of its hooks means, and of which session; `None` for what tells nothing.
    fn signal(&self, _said: &Said<'_>) -> Option<(SessionId, Signal)> {
        None
    }

    /// The figures in what it gave its status line.
    fn figures(&self, _said: &Said<'_>) -> Option<(SessionId, Figures)> {
        None
    }

    /// Reads the titles that it gives its own terminal, where they tell anything.
    fn titles(&self) -> Option<ReadTitle> {
        None
    }

    /// Turns the records of a source into events; goes on from `saved` where that is given, which a decoder of the same
    /// level saved.
    fn decoder(&self, source: &Source, level: Level, saved: Option<&[u8]>) -> Box<dyn Decoder>;
}

/// Hears what running programs of an agent tell over connections.
///
/// Nothing here waits: what was not told yet is not known yet. No method can fail: where nobody answers, nothing is told,
/// and `topside doctor` says so.
pub trait Listener: Send {
    /// Connects to the programs that run now in `homes` and have some of the sessions `live`, and lets go of those that
    /// are gone.
    fn attend(&mut self, look: &Look<'_>, homes: &[PathBuf], live: &[Live]);

    /// Says of loaded sessions what is told of them, and nothing of those of which nothing is.
    fn report(&self, live: &mut [Live]);

    /// What else was told since the last call; `passed` as the host tells it.
    fn news(&mut self, passed: Duration) -> Vec<News>;

    /// True while what was asked of sessions may be answered within a moment.
    fn is_settling(&self) -> bool;

    /// Places that do not answer, and why.
    fn problems(&self) -> Vec<(PathBuf, String)>;
}

/// What was told over one connection besides what sessions do.
#[derive(Debug, Default, PartialEq)]
pub struct News {
    /// Where the program listens.
    pub place: PathBuf,
    /// The agent's home it uses.
    pub home: PathBuf,
    /// Facts, and what could not be made sense of.
    pub out: Output,
    /// Limits of the account, as they are now.
    pub limits: Vec<LimitSample>,
    /// True when processes are worth a look at once.
    pub look: bool,
}

impl News {
    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.out == Output::default() && self.limits.is_empty() && !self.look
    }
}

/// What the title of a terminal says; `None` for one that tells nothing.
pub type ReadTitle = fn(&str) -> Option<TitleWord>;

/// What an agent is, for people and for the rest of the program.
#[derive(Debug)]
pub struct Manifest {
    /// Its id in JSON, filters and configuration.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// Names of its executables.
    pub programs: &'static [&'static str],
    /// Names of programs that belong to its machinery: they run whether or not a tool does.
    pub helpers: &'static [&'static str],
    /// Variables worth keeping of its processes and their children.
    pub variables: &'static [&'static str],
    /// Variable by which a child process names its session.
    pub session_variable: Option<&'static str>,
    /// Variable by which a child process names its tool call.
    pub call_variable: Option<&'static str>,
    /// True where a reply may stand in several transcripts: after forks and resumes, or quoted by a parent.
    pub shares_replies: bool,
}

/// The machine during one round.
pub struct Look<'a> {
    /// The machine.
    pub host: &'a dyn Host,
    /// Its processes of interest.
    pub processes: &'a Processes,
    /// Its directories, read as rarely as possible.
    pub files: &'a Files,
}

/// The homes that `agent` finds, under `root` only those below it, and the ones the user named.
pub(crate) fn homes(agent: &dyn Agent, look: &Look<'_>, named: &[PathBuf], root: Option<&Path>) -> Vec<PathBuf> {
    let mut homes = agent.homes(look);
    homes.retain(|home| root.is_none_or(|root| home.starts_with(root)));
    for home in named {
        if !homes.contains(home) {
            homes.push(home.clone());
        }
    }
    homes
}

/// The homes of an agent that are this user's own: the default, those of topside's environment and beside it, under `root`
/// only what lies below it, and the `named` ones. Not those of running processes, which may be somebody else's, or a
/// test's, and not be found again.
pub fn homes_of(host: &dyn Host, agent: &AgentId, named: &[PathBuf], root: Option<&Path>) -> Vec<PathBuf> {
    let (files, processes) = (Files::default(), Processes::default());
    let look = Look { host, processes: &processes, files: &files };
    let agents = REGISTRY.iter().filter(|one| one.manifest().id == agent.as_str());
    agents.flat_map(|agent| homes(*agent, &look, named, root)).collect()
}

/// A transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name within this run; set by the runner.
    pub id: SourceId,
    /// Where it is.
    pub path: PathBuf,
    /// The agent's home it lies in.
    pub home: Arc<Path>,
    /// Facts about the file when it was found.
    pub stat: FileStat,
    /// Whose it is, as far as the name tells.
    pub session: SessionId,
    /// The session it hangs on: loaded as long as that one is.
    pub parent: Option<SessionId>,
    /// Place among the files of its session.
    pub rank: u64,
    /// How its bytes are laid out.
    pub layout: Layout,
    /// True when it was put away by the user.
    pub archived: bool,
}

/// Where a transcript is, as far as what hangs on it depends on that.
#[derive(Debug, Clone, Copy)]
pub struct Anchor<'a> {
    /// The folder it lies in.
    pub folder: &'a Path,
    /// The agent's home.
    pub home: &'a Arc<Path>,
    /// Whose it is.
    pub session: &'a SessionId,
    /// The session it hangs on itself.
    pub parent: Option<&'a SessionId>,
}

impl Source {
    /// Where it is; `None` without a folder.
    pub fn anchor(&self) -> Option<Anchor<'_>> {
        let Self { path, home, session, parent, .. } = self;
        Some(Anchor { folder: path.parent()?, home, session, parent: parent.as_ref() })
    }
}

/// How a transcript's bytes are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A record a line; grows at its end.
    Lines,
    /// The same, compressed; never grows.
    PackedLines,
    /// One document, replaced as a whole.
    Document,
}

/// How much a decoder tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Everything it knows.
    Full,
    /// Who asked for replies, what they consumed, and when: what history keeps of transcripts. Of these it tells exactly
    /// what [`Level::Full`] does, several times as fast, but for the times of lines that are torn or hold several records:
    /// of these it may tell one alone.
    Usage,
}

impl Level {
    /// True for what is told at this level.
    pub fn tells(self, kind: &EventKind) -> bool {
        let of_usage = || {
            matches!(kind, EventKind::SessionOpened(_) | EventKind::ResponseUsage { .. } | EventKind::Progress { .. })
        };
        self == Self::Full || of_usage()
    }
}

/// A session that a process has loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// Which session.
    pub session: SessionId,
    /// By which process.
    pub owner: ProcessRef,
    /// The agent's home that the process uses.
    pub home: PathBuf,
    /// How we know.
    pub proof: Place,
    /// True when the process runs once and nobody can answer it.
    pub headless: bool,
    /// What the agent says of the session.
    pub report: Option<Report>,
    /// Where the session works, as the agent says.
    pub cwd: Option<Untrusted>,
    /// The directory in which its transcript will be, where that is known before there is one.
    pub folder: Option<PathBuf>,
    /// Size of the context window, where the process was started with one.
    pub window: Option<Tokens>,
}

impl Live {
    /// True for a process that has no session yet.
    pub(crate) fn is_starting(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report.activity == Activity::Starting)
    }
}

/// What a process of an agent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It can have sessions loaded.
    Owner {
        /// In a word: `terminal`, `exec`, `server`, …
        word: &'static str,
        /// True when it runs once and nobody can answer it.
        headless: bool,
    },
    /// Part of the agent's machinery, such as a sandbox or an updater; not shown and never an owner.
    Helper,
    /// A command of the agent that has nothing to do with sessions.
    Other,
}

/// Turns records into events. Its state is small and can be saved: going on from a saved state gives the same events as
/// reading everything again.
pub trait Decoder: Send {
    /// Looks at the beginning of the record at `offset` (see [`HEAD`](crate::HEAD)).
    fn head(&mut self, offset: u64, head: &[u8]) -> Verdict;

    /// The record that was looked at last is not wanted, and is there from end to end.
    fn passed(&mut self, offset: u64, out: &mut Output);

    /// Takes the record at `offset`.
    fn record(&mut self, offset: u64, record: &[u8], out: &mut Output);

    /// See [`LineReader::opening`](crate::LineReader::opening).
    fn opening(&self) -> &'static [u8];

    /// Everything was read that is there now.
    fn pause(&mut self, out: &mut Output);

    /// The state between two records.
    fn save(&self) -> Vec<u8>;
}

/// A decoder at work: takes lines and gathers what comes of them.
pub struct Decoding<'a> {
    /// The decoder.
    pub decoder: &'a mut dyn Decoder,
    /// What came out so far.
    pub out: &'a mut Output,
}

impl LineReader for Decoding<'_> {
    fn head(&mut self, offset: u64, head: &[u8]) -> Verdict {
        self.decoder.head(offset, head)
    }

    fn passed(&mut self, offset: u64) {
        self.decoder.passed(offset, self.out);
    }

    fn line(&mut self, offset: u64, line: &[u8]) {
        self.decoder.record(offset, line, self.out);
    }

    fn opening(&self) -> &'static [u8] {
        self.decoder.opening()
    }
}

/// What came out of a decoder.
#[derive(Debug, Default, PartialEq)]
pub struct Output {
    /// Facts, in file order.
    pub events: Vec<Event>,
    /// Records of unknown kinds: (kind, version of the writer) → how many.
    pub unknown: BTreeMap<(String, Option<String>), u64>,
    /// Records that could not be read at all.
    pub unreadable: u64,
}

impl Output {
    /// Counts a record of a kind nobody taught us. The kind is somebody else's text, so it is kept short.
    pub fn unknown(&mut self, kind: &str, version: Option<&str>) {
        const KINDS: usize = 200;
        let kind: String = kind.chars().take(80).collect();
        let key = (kind, version.map(str::to_owned));
        if self.unknown.len() < KINDS || self.unknown.contains_key(&key) {
            *self.unknown.entry(key).or_default() += 1;
        }
    }
}

/// How long a session that is over stays in sight when nobody asks for all of them.
pub const RECENT: Duration = Duration::from_mins(10);

/// Which sessions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Loaded ones, and those written to within the last while.
    Current {
        /// How long a session stays in sight after its last record.
        recent: Duration,
    },
    /// All of them.
    All,
}
