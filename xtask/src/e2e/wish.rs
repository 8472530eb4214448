//! What is asked for on the command line.

use anyhow::ensure;

use super::agent::{Agent, Versions};
use super::scenario::{Place, Scenario, all};

/// What is asked for on the command line.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    /// What is played, in order.
    pub(crate) scenarios: Vec<Scenario>,
    /// Versions of the agents.
    pub(crate) versions: Versions,
    /// Keep the table in docs/status.md.
    pub(crate) write: bool,
    /// Put topside into the agents' hooks first.
    pub(crate) hooks: bool,
    /// Keep what the agents wrote as fixtures.
    pub(crate) record: bool,
}

impl Wish {
    /// Reads the arguments: options, and names of scenarios.
    pub(crate) fn read(args: &[String]) -> anyhow::Result<Self> {
        let mut wish = Self::default();
        let (mut agents, mut headless, mut tui, mut names) = (Vec::new(), false, false, Vec::new());
        for arg in args {
            let (option, value) =
                arg.split_once('=').map_or((arg.as_str(), None), |(option, value)| (option, Some(value)));
            match option {
                "--write" => wish.write = true,
                "--hooks" => wish.hooks = true,
                "--record" => wish.record = true,
                "--headless" => headless = true,
                "--tui" => tui = true,
                "--codex" => agents.push(Agent::Codex),
                "--claude" => {
                    agents.push(Agent::Claude);
                    wish.versions.claude = value.map_or(wish.versions.claude, str::to_owned);
                }
                name => names.push(name),
            }
        }
        for name in &names {
            let known: Vec<_> = all().map(|scenario| scenario.name).collect();
            ensure!(
                known.contains(name),
                "no scenario is called {name}; there are --codex, --claude[=VERSION], --headless, --tui, --hooks, {}",
                known.join(", ")
            );
        }
        let is_placed = |place| headless == tui || tui == matches!(place, Place::Terminal | Place::Daemon);
        wish.scenarios = all().copied().collect();
        wish.scenarios.retain(|scenario| {
            (agents.is_empty() || agents.contains(&scenario.agent))
                && is_placed(scenario.place)
                && (names.is_empty() || names.contains(&scenario.name))
        });
        Ok(wish)
    }

    /// Agents that are played with.
    pub(crate) fn agents(&self) -> Vec<Agent> {
        let is_played = |agent: &Agent| self.scenarios.iter().any(|scenario| scenario.agent == *agent);
        Agent::ALL.into_iter().filter(is_played).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(args: &[&str]) -> Vec<(Agent, &'static str)> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let scenarios = Wish::read(&args).expect("names that exist").scenarios;
        scenarios.iter().map(|scenario| (scenario.agent, scenario.name)).collect()
    }

    #[test]
    fn every_option_narrows_what_is_played() {
        assert_eq!(wished(&[]).len(), all().count());
        assert_eq!(wished(&["quick"]), [(Agent::Codex, "quick"), (Agent::Claude, "quick")]);
        assert_eq!(wished(&["--claude", "quick"]), [(Agent::Claude, "quick")]);
        assert_eq!(wished(&["--tui", "quick"]), []);
        assert_eq!(wished(&["--hooks", "daemon"]), [(Agent::Codex, "daemon")]);
        assert_eq!(wished(&["--headless", "--tui"]).len(), all().count());
        assert!(Wish::read(&["nonsense".to_owned()]).is_err());
    }

    #[test]
    fn another_release_can_be_played() {
        let wish = Wish::read(&["--claude=2.1.197".to_owned()]).expect("an option that exists");
        assert_eq!((wish.versions.claude.as_str(), wish.agents()), ("2.1.197", vec![Agent::Claude]));
    }
}
