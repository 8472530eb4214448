//! What an agent is told of the others in its repository.

use topside_catalog::text::neutralise;

use super::page::{Page, Sheet};
use crate::wire::v1::{AgentsV1, PeerV1};

/// Who works there, a line for each with the files it changed beneath.
pub fn peers(agents: &AgentsV1, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    let place = agents.repository.as_ref().unwrap_or(&agents.cwd);
    if agents.agents.is_empty() {
        sheet.say(format!("No agent works in {place}."));
    }
    for peer in &agents.agents {
        sheet.say(line(peer));
        for file in &peer.files {
            sheet.say(format!("  {} {}", file.how, file.path));
        }
        if peer.more_files > 0 {
            sheet.say(format!("  and {} files before", peer.more_files));
        }
    }
    sheet.finish()
}

fn line(peer: &PeerV1) -> String {
    let own = if peer.same_process { " (in the process that asks)" } else { "" };
    let since = peer.status.since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
    let tool = peer.status.tool.as_ref().map(|tool| format!(" {tool}")).unwrap_or_default();
    let branch = peer.branch.as_ref().map(|branch| format!(", branch {branch}")).unwrap_or_default();
    let place = peer.cwd.as_deref().map(neutralise).map(|cwd| format!(", in {cwd}")).unwrap_or_default();
    format!("{} {}{own}: {}{tool}{since}{branch}{place}", peer.agent, peer.id, peer.status.id.replace('_', " "))
}
