//! `docs/performance.md`: a section per scenario, each written by the run that measured it.

use crate::bench::scenario::{ALL, Scenario};

const HEAD: &str = "\
# What topside costs

Written by `cargo xtask bench`: topside and two rivals on the same simulated fleet, agent-top, the lightest there is,
and abtop. \"Must be\" says what holds topside to account.

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

The sessions are simulated: processes with the right names, locks, children and files, whose diary is the truth. One run
on one machine; differences under a fifth say nothing, ratios carry over better than times, and times are upper bounds
where the machine had other work.

## Repeat it

```sh
cargo xtask bench            # s1, three sessions, six minutes
cargo xtask bench s2         # or s3, or all
```

needs Linux, root, gcc, python3, strace, tmux and the simulator in `../shared/lab/fleet`; S3 writes 10 GB below the
build directory and removes them. The rivals are installed there when `RIVALS` does not name a folder that has them.
";

/// `page` with the section of `scenario` replaced, and those of other scenarios as they were.
pub(super) fn with_section(page: &str, scenario: &Scenario, section: &str) -> String {
    let sections = ALL.iter().filter_map(|other| {
        let (begin, end) = marks(other);
        let kept = || page.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end)).map(|(kept, _)| kept.trim());
        let text = if other.name == scenario.name { section.trim() } else { kept()? };
        Some(format!("{begin}\n{text}\n{end}\n\n"))
    });
    format!("{HEAD}{}{FOOT}", sections.collect::<String>())
}

/// What stands before and after the section of `scenario`.
fn marks(scenario: &Scenario) -> (String, String) {
    (format!("<!-- {}:begin -->", scenario.name), format!("<!-- {}:end -->", scenario.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_and_the_others_stay_in_order() {
        let page = with_section("", &ALL[2], "third");
        let page = with_section(&page, &ALL[0], "first");
        let page = with_section(&page, &ALL[2], "third again");
        let sections =
            "<!-- s1:begin -->\nfirst\n<!-- s1:end -->\n\n<!-- s3:begin -->\nthird again\n<!-- s3:end -->\n\n";
        assert_eq!(page, format!("{HEAD}{sections}{FOOT}"));
    }
}
