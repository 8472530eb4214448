//! Each crate's `clippy.toml` against what its row forbids.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;

use crate::layers::table::{ROOMS, Room};
use crate::repo::Package;

/// What matters here of a `clippy.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Config {
    disallowed_methods: Vec<Method>,
}

#[derive(Debug, Deserialize)]
struct Method {
    path: String,
    #[serde(default)]
    reason: String,
}

/// Every call that a row forbids and that the crate's `clippy.toml` does not ban with a reason.
pub(super) fn faults(packages: &[Package]) -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    for room in ROOMS.iter().filter(|room| !room.never.is_empty()) {
        let Some(package) = packages.iter().find(|package| package.name == room.package) else {
            faults.push(format!("{} is in the table and not in the workspace", room.package));
            continue;
        };
        let file = package.manifest_path.with_file_name("clippy.toml");
        match std::fs::read_to_string(&file) {
            Ok(text) => {
                let config = toml::from_str(&text).with_context(|| format!("read {}", file.display()))?;
                faults.extend(missing(room, &config));
            }
            Err(_) => faults.push(format!("{} has no clippy.toml", room.package)),
        }
    }
    Ok(faults)
}

fn missing(room: &Room, config: &Config) -> Vec<String> {
    let banned: BTreeMap<&str, &str> =
        config.disallowed_methods.iter().map(|method| (method.path.as_str(), method.reason.as_str())).collect();
    let required = room.never.iter().flat_map(|ban| ban.paths());
    required
        .filter_map(|path| match banned.get(path) {
            None => Some(format!("clippy.toml of {} does not ban {path}", room.package)),
            Some(&"") => Some(format!("clippy.toml of {} bans {path} without a reason", room.package)),
            Some(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::table::Ban;

    const QUIET: Room = Room { package: "quiet", may_use: &[], never: &[Ban::Sleep, Ban::Programs] };

    fn missing_from(text: &str) -> Vec<String> {
        missing(&QUIET, &toml::from_str(text).unwrap())
    }

    #[test]
    fn a_forgotten_ban_is_named() {
        let text = r#"disallowed-methods = [{ path = "std::thread::sleep", reason = "nothing waits" }]"#;
        assert_eq!(missing_from(text), ["clippy.toml of quiet does not ban std::process::Command::new"]);
    }

    #[test]
    fn a_ban_needs_a_reason() {
        let text = r#"disallowed-methods = [
            { path = "std::thread::sleep" },
            { path = "std::process::Command::new", reason = "nothing is started" },
        ]"#;
        assert_eq!(missing_from(text), ["clippy.toml of quiet bans std::thread::sleep without a reason"]);
    }

    #[test]
    fn an_empty_file_bans_nothing() {
        assert_eq!(missing_from("").len(), 2);
    }
}
