//! What an agent is told of the others in its repository: never what anybody wrote.

use std::path::Path;

use serde::Serialize;
use topside_catalog::text::neutralise;
use topside_model::{ModelId, Session, Snapshot};

use super::detail::FileV1;
use super::document::Document;
use super::leaf::{exact, id};
use super::session::KindV1;
use super::status::StatusV1;
use super::subject::SubjectV1;

/// Files of a session that are named; earlier ones are counted.
const FILES: usize = 50;

/// Who works in a repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AgentsV1 {
    /// The directory that was asked about.
    pub cwd: String,
    /// The main folder of its repository; `null` where there is none.
    pub repository: Option<String>,
    /// Sessions that run there.
    pub agents: Vec<PeerV1>,
}

/// A session that runs there. Names, prompts, commands and questions are left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PeerV1 {
    /// Whose session: an agent's id. More may come.
    pub agent: String,
    /// Its own id.
    pub id: String,
    /// What it is for.
    pub kind: KindV1,
    /// Who started it.
    pub parent: Option<String>,
    /// True when the process that asks has it loaded: the session that asks, its subagents, or another one of that process.
    pub same_process: bool,
    /// The process that owns it.
    pub pid: Option<u32>,
    /// Its directory.
    pub cwd: Option<String>,
    /// The branch it works on.
    pub branch: Option<String>,
    /// Name of the linked worktree it works in.
    pub worktree: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// What it does.
    pub status: StatusV1,
    /// Files it changed, latest last.
    pub files: Vec<FileV1>,
    /// How many it changed before these.
    pub more_files: usize,
}

impl PeerV1 {
    fn new(session: &Session, asker: Option<u32>) -> Self {
        let SubjectV1 { agent, id: own, kind, parent, cwd, .. } = SubjectV1::from(session);
        let git = session.project.git.as_ref();
        let files = &session.detail.files;
        let more_files = files.len().saturating_sub(FILES);
        let pid = session.owner.map(|owner| owner.pid);
        let status = StatusV1 { summary: None, message: None, ..StatusV1::new(session, false) };
        Self {
            agent,
            id: own,
            kind,
            parent,
            same_process: pid.is_some() && pid == asker,
            pid,
            cwd,
            branch: exact(git.and_then(|git| git.branch.as_ref())),
            worktree: exact(git.and_then(|git| git.worktree.as_ref())),
            model: session.settings.model.as_ref().map(ModelId::as_str).map(id),
            status,
            files: files[more_files..].iter().map(FileV1::from).collect(),
            more_files,
        }
    }
}

/// These sessions of `snapshot`, which run in the `repository` around `cwd`; the process `asker` asks.
pub fn agents<'a>(
    snapshot: &Snapshot,
    (cwd, repository): (&Path, Option<&Path>),
    sessions: impl Iterator<Item = &'a Session>,
    asker: Option<u32>,
) -> Document<AgentsV1> {
    let name = |path: &Path| neutralise(&path.to_string_lossy());
    let body = AgentsV1 {
        cwd: name(cwd),
        repository: repository.map(name),
        agents: sessions.map(|session| PeerV1::new(session, asker)).collect(),
    };
    Document::new("topside.agents", snapshot, body)
}
