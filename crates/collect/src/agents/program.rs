//! Names of programs.

use std::path::Path;

/// The last part of a program's path, without `.exe`.
pub(super) fn program_name(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    Some(name.strip_suffix(".exe").unwrap_or(name))
}

/// A process of which nothing is known but its program and its arguments.
#[cfg(test)]
pub(super) fn process(exe: &str, args: &[&str]) -> topside_probe::Process {
    topside_probe::Process {
        id: topside_model::ProcessRef { pid: 7, started: 1 },
        parent: 1,
        name: String::new(),
        exe: Some(exe.into()),
        args: args.iter().map(|argument| (*argument).to_owned()).collect(),
        cwd: None,
        variables: std::collections::BTreeMap::new(),
        started_at: None,
        cpu_time: None,
        memory: None,
        terminal: None,
    }
}
