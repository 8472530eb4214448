//! The agents whose hooks topside can be put into. Another one is another entry.

/// How an agent takes hooks: JSON with `hooks`, by event a list of groups, each with a list of commands.
#[derive(Debug)]
pub(super) struct Integration {
    /// Its id.
    pub(super) agent: &'static str,
    /// The file in each of its homes.
    pub(super) file: &'static str,
    /// Events that tell what the agent's own files do not, or not in time.
    pub(super) events: &'static [&'static str],
    /// True where the same file names a command that shows a status line.
    pub(super) has_status_line: bool,
    /// The file in each of its homes where it keeps which hooks the user trusts; `None` where it does not ask.
    pub(super) trusts: Option<&'static str>,
}

/// Every agent that takes hooks.
///
/// One event each: that a person must allow something. What else an agent does, its transcripts and processes tell, and a
/// hook that adds nothing would cost each turn a process.
pub(super) const TABLE: &[Integration] = &[
    Integration {
        agent: "claude_code",
        file: "settings.json",
        events: &["PermissionRequest"],
        has_status_line: true,
        trusts: None,
    },
    Integration {
        agent: "codex",
        file: "hooks.json",
        events: &["PermissionRequest"],
        has_status_line: false,
        trusts: Some("config.toml"),
    },
];

/// The entry of an agent.
pub(super) fn of(agent: &str) -> Option<&'static Integration> {
    TABLE.iter().find(|one| one.agent == agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_of_an_agent_topside_knows() {
        let known = |agent: &str| topside_collect::REGISTRY.iter().any(|known| known.manifest().id == agent);
        assert!(TABLE.iter().all(|one| known(one.agent)));
    }
}
