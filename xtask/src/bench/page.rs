//! `docs/performance.md`: a section per scenario, each written by the run that measured it.

use anyhow::Context as _;

use crate::repo;

/// The sections in their order, by the word that `cargo xtask bench` measures them with.
const SECTIONS: [&str; 7] = ["s1", "s2", "s3", "usage", "history", "store", "hook"];

const HEAD: &str = "\
# What topside costs

Written by `cargo xtask bench`: topside and two rivals on the same simulated fleet, agent-top, the lightest there is,
and abtop; and what history costs it, beside a count of lines and ccusage. \"Must be\" says what holds topside to
account.

";

const FOOT: &str = "\
## How

CPU, memory, wake-ups and reads per minute are the kernel's counters over one window after 20 s to settle, all monitors
on screens of 120x40 at the same time and at their default pace. CPU without history is that of another fleet of the
same kind on an empty disk. What was read from where, and the programs started, come from a trace of system calls of all
monitors at once.

The first frame: each monitor alone is started five times on a screen with room for all, from its start to a screen with
any session, and to one with every live session by its name; medians. A rival that cuts its list short never gets there.

States are noted once a second from each monitor's JSON (as often as it answers) and count as right when the session
works, waits for leave or rests as shown, or did within the last 3 s. Neither rival has a word for a wait for leave; it
counts against them whatever they say then.

Latency: the fleet stands still, a record with new usage is appended to one session after the other, Claude Code and
Codex in turn, and the session's row is read until a figure of it changes; a record that leaves all figures as they are
when rounded goes unseen, and the rivals are watched for the first 20 records only. Tokens are compared while the fleet
stands still.

Reports: the programs run one after the other, in several rounds, over the same transcripts in memory, and the least
time of each counts, which other work disturbed least. Processor time is the system's own count, with everything a
program started; peak memory is the most of any round, and never less than the 11 MB of what starts the programs. Each
first report begins an empty history, each next one finds nothing new and must print the same. \"Lines counted\" reads
each file into one buffer of 256 KB and looks for the end of each line, on one core: who wants the records of a
transcript can do no less. `wc -l` only says how many there are.

The screen beside history: two fleets of the same sessions, one on an empty disk, one beside transcripts of some months;
starts in turn, windows at the same time. Before each first start what topside keeps is removed, so that it reads
everything behind the screen; the second start finds it whole.

Ten million replies: sessions made up from their numbers, half of Claude Code, whose replies may lie in several
transcripts, half of Codex; every tenth of the first is a fork and begins with a half of what another was told. They go
through `Store::commit` in portions as large as topside's own.

Programs that others wait for: each run in turn with one of `true`, from its start to its end; the hook with a permission
request on standard input, the line for a prompt inside the namespaces of the fleet, which `true` enters as well. Their
instructions outside the kernel are callgrind's count, the dynamic loader's included, system calls those of one run.

The sessions are simulated: processes with the right names, locks, children and files, whose diary is the truth. One run
on one machine; differences under a fifth say nothing, ratios carry over better than times, and times are upper bounds
where the machine had other work.

## Repeat it

```sh
cargo xtask bench            # s1, three sessions, six minutes
cargo xtask bench s2         # or s3, or all
cargo xtask bench usage      # reports over 4 GB; history: the screen beside 10 GB; store: ten million replies
cargo xtask bench hook       # what an agent and a prompt wait for; half a minute
```

needs Linux, root, gcc, python3, strace, tmux and the simulator in `../shared/lab/fleet`; S3 and
`history` write 10 GB below the build directory and remove them; `usage` keeps its 5 GB there, or reads a home given by
`--home`. The rivals are installed there when `RIVALS` does not name a folder that has them, and `CCUSAGE` no ccusage.
`usage`, `history`, `store` and `hook` write this page with `--write`; `hook` also needs valgrind.
";

/// Puts a section into its place in `docs/performance.md`.
pub(super) fn write(name: &str, section: &str) -> anyhow::Result<()> {
    let file = repo::root().join("docs/performance.md");
    let page = std::fs::read_to_string(&file).unwrap_or_default();
    std::fs::write(file, with_section(&page, name, section)).context("write docs/performance.md")
}

/// `page` with the section called `name` replaced, and the others as they were.
fn with_section(page: &str, name: &str, section: &str) -> String {
    let sections = SECTIONS.iter().filter_map(|other| {
        let (begin, end) = marks(other);
        let kept = || page.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end)).map(|(kept, _)| kept.trim());
        let text = if *other == name { section.trim() } else { kept()? };
        Some(format!("{begin}\n{text}\n{end}\n\n"))
    });
    format!("{HEAD}{}{FOOT}", sections.collect::<String>())
}

/// What stands before and after the section called `name`.
fn marks(name: &str) -> (String, String) {
    (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_and_the_others_stay_in_order() {
        let page = with_section("", "s3", "third");
        let page = with_section(&page, "s1", "first");
        let page = with_section(&page, "s3", "third again");
        let sections =
            "<!-- s1:begin -->\nfirst\n<!-- s1:end -->\n\n<!-- s3:begin -->\nthird again\n<!-- s3:end -->\n\n";
        assert_eq!(page, format!("{HEAD}{sections}{FOOT}"));
    }
}
