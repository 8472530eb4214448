//! Which processes are of interest.

use std::collections::BTreeSet;
use std::path::Path;

use crate::Interest;

/// Programs that run a script named in their arguments, without a version.
const INTERPRETERS: [&str; 5] = ["bun", "deno", "node", "nodejs", "python"];

/// Options of these interpreters whose value is the next argument, so that the value is not taken for the script.
const OPTIONS_WITH_VALUE: [&str; 10] = [
    "-r",
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "-C",
    "--conditions",
    "--env-file",
    "-W",
    "-X",
];

/// Words of an interpreter's own that stand before the script: `bun run x`, `deno run x`.
const VERBS: [&str; 3] = ["run", "x", "exec"];

/// True when the executable, the name it was called by or the script it runs is a program of interest.
pub(crate) fn is_candidate(interest: &Interest, exe: Option<&Path>, args: &[String]) -> bool {
    let called = args.first().map(|arg| base_name(arg));
    let exe = exe.and_then(Path::to_str).map(base_name);
    let wanted = |name: &str| interest.programs.contains(name);
    exe.is_some_and(wanted)
        || called.is_some_and(wanted)
        || exe.or(called).is_some_and(is_interpreter) && script(args).is_some_and(|script| wanted(base_name(script)))
}

/// `roots` and all their descendants, given every process's parent.
pub(crate) fn with_descendants(
    parents: impl Iterator<Item = (u32, u32)>,
    roots: impl IntoIterator<Item = u32>,
) -> BTreeSet<u32> {
    let mut children: Vec<(u32, u32)> = parents.map(|(pid, parent)| (parent, pid)).collect();
    children.sort_unstable();
    let mut related = BTreeSet::new();
    let mut open: Vec<u32> = roots.into_iter().collect();
    while let Some(pid) = open.pop() {
        if related.insert(pid) {
            let first = children.partition_point(|(parent, _)| *parent < pid);
            open.extend(children[first..].iter().take_while(|(parent, _)| *parent == pid).map(|(_, child)| child));
        }
    }
    related
}

/// The last part of a path, without `.exe`. A login shell's leading dash stays: no program is called so.
fn base_name(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// Also with a version: `python3.12`.
fn is_interpreter(name: &str) -> bool {
    INTERPRETERS.contains(&name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.'))
}

/// The script or module (`-m`) an interpreter was told to run.
fn script(args: &[String]) -> Option<&str> {
    let mut words = args.iter().map(String::as_str).skip(1);
    while let Some(word) = words.next() {
        match word {
            "-m" => return words.next(),
            option if OPTIONS_WITH_VALUE.contains(&option) => _ = words.next(),
            option if option.starts_with('-') => {}
            verb if VERBS.contains(&verb) => {}
            script => return Some(script),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(exe: &str, args: &str, expected: bool) {
        let interest = Interest { programs: ["agent".to_owned()].into(), ..Interest::default() };
        let args: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        let exe = (!exe.is_empty()).then(|| Path::new(exe));
        assert_eq!(is_candidate(&interest, exe, &args), expected, "{exe:?} {args:?}");
    }

    #[test]
    fn a_program_is_known_by_its_executable_its_call_name_or_its_script() {
        check("/opt/agent", "anything", true);
        check(r"C:\bin\agent.exe", "", true);
        check("/usr/bin/node", "agent", true);
        check("", "/usr/local/bin/agent --flag", true);
        check("/usr/bin/node", "node --max-old-space-size=4096 /x/bin/agent chat", true);
        check("/usr/bin/node", "node -r hook.js /x/agent", true);
        check("/usr/bin/python3.12", "python3 -m agent", true);
        check("", "bun run agent", true);
    }

    #[test]
    fn a_name_elsewhere_in_the_arguments_is_no_program() {
        check("/usr/bin/vim", "vim agent", false);
        check("/usr/bin/node", "node build.js agent", false);
        check("/usr/bin/node", "node -r agent build.js", false);
        check("/usr/bin/node", "node", false);
        check("/opt/agent-helper", "agent-helper", false);
        check("", "", false);
    }

    #[test]
    fn descendants_are_found_at_any_depth_and_a_circle_ends() {
        let parents = [(2, 1), (3, 2), (4, 3), (5, 1), (6, 7), (7, 6)];
        assert_eq!(with_descendants(parents.into_iter(), [2]), BTreeSet::from([2, 3, 4]));
        assert_eq!(with_descendants(parents.into_iter(), [6]), BTreeSet::from([6, 7]));
    }
}
