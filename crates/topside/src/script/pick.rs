//! Which sessions a command is about.

use clap::Args;
use topside_model::AgentId;

use crate::usage::agents;

/// Which sessions a command is about; all of them, where nothing is said.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct Pick {
    /// Only sessions of this agent, such as codex
    #[arg(long, value_name = "AGENT", value_parser = agents())]
    pub(crate) agent: Option<AgentId>,
    /// Only the project of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,
}

impl Pick {
    /// True for sessions of this agent and project.
    pub(crate) fn takes(&self, agent: &str, project: Option<&str>) -> bool {
        self.agent.as_ref().is_none_or(|wanted| wanted.as_str() == agent)
            && self.project.as_deref().is_none_or(|wanted| project == Some(wanted))
    }

    /// True where everything is asked for.
    pub(crate) fn is_open(&self) -> bool {
        self.agent.is_none() && self.project.is_none()
    }
}
