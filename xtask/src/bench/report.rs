//! `docs/performance.md`, written from one run.

use std::fmt::Write as _;

use crate::bench::cost::Cost;
use crate::bench::frozen::{Frozen, POKES};
use crate::bench::reads::Reads;
use crate::bench::states::Agreement;

/// Everything that was measured of one monitor.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) version: String,
    pub(super) cost: Cost,
    pub(super) reads: Reads,
    pub(super) agreement: Agreement,
    pub(super) frozen: Frozen,
}

/// How and where was measured.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) date: String,
    pub(super) machine: String,
    pub(super) sessions: u32,
    pub(super) seconds: u32,
}

/// The page. The first of `figures` is topside, the second the rival.
pub(super) fn page(setting: &Setting, figures: &[Figures; 2]) -> String {
    let [ours, theirs] = figures;
    let Setting { date, machine, sessions, seconds } = setting;
    let mut page = format!(
        "# What topside costs\n\n\
        Written by `cargo xtask bench` on {date}: {} beside {}, both on {sessions} live Codex sessions of the fleet \
        simulator, {machine}.\n\n\
        | | topside | agent-top | topside / agent-top |\n|---|---:|---:|---:|\n",
        ours.version, theirs.version
    );
    for (title, figure) in numbers(*seconds) {
        let (ours, theirs) = (figure(ours), figure(theirs));
        row(&mut page, &title, [number(ours), number(theirs)], &ratio(ours, theirs));
    }
    for (title, figure) in shares() {
        row(&mut page, title, [figure(ours), figure(theirs)], "");
    }
    let _ = write!(page, "{}", how(*seconds));
    page
}

type Number = (String, fn(&Figures) -> Option<f64>);

fn numbers(seconds: u32) -> Vec<Number> {
    let traced = |place: &str| format!("Read from {place} in {seconds} s, MB");
    vec![
        ("CPU, seconds per minute".to_owned(), |f| Some(f.cost.cpu_self + f.cost.cpu_kids)),
        ("Peak memory, MB".to_owned(), |f| Some(f.cost.peak_rss_mb)),
        ("First session on the screen after, s".to_owned(), |f| f.cost.t_first_session_s),
        ("Append to screen, median s".to_owned(), |f| median(&f.frozen.seen_after)),
        ("Append to screen, longest s".to_owned(), |f| f.frozen.seen_after.last().copied()),
        ("Wake-ups per minute".to_owned(), |f| Some(f.cost.vol_cs as f64)),
        ("Read calls per minute".to_owned(), |f| Some(f.cost.read_calls as f64)),
        ("Read per minute, all kinds, MB".to_owned(), |f| Some(f.cost.mb_read)),
        ("Bytes of session files read per byte appended".to_owned(), |f| {
            (f.reads.appended > 0).then(|| f.reads.transcripts as f64 / f.reads.appended as f64)
        }),
        (traced("/proc"), |f| Some(megabytes(f.reads.proc))),
        (traced("elsewhere"), |f| Some(megabytes(f.reads.other))),
        (format!("Programs started in {seconds} s"), |f| Some(f.reads.programs as f64)),
    ]
}

type Share = (&'static str, fn(&Figures) -> String);

fn shares() -> [Share; 8] {
    [
        ("Session files: MB read / MB appended", |f| {
            format!("{:.2} / {:.2}", megabytes(f.reads.transcripts), megabytes(f.reads.appended))
        }),
        ("Appended records that reached the screen", |f| format!("{} of {POKES}", f.frozen.seen_after.len())),
        ("Sessions with every token right", |f| format!("{} of {}", f.frozen.exact, f.frozen.sessions)),
        ("Sessions on a 120x40 screen", |f| f.cost.names_on_screen.to_string()),
        ("Samples with the right state", |f| share(f.agreement.right, f.agreement.samples)),
        ("Waits for leave shown from 1.5 s to their end", |f| share(f.agreement.waits_seen, f.agreement.waits)),
        ("Samples of waits for leave shown as such", |f| share(f.agreement.waiting_seen, f.agreement.waiting)),
        ("Waits for leave shown without one", |f| share(f.agreement.false_alarms, f.agreement.samples)),
    ]
}

fn how(seconds: u32) -> String {
    format!(
        "\n\
        CPU, memory, wake-ups and reads per minute are the kernel's counters over {seconds} s after 20 s to settle, \
        both monitors on screens of 120x40 at the same time and at their default pace. What was read from where, and \
        the programs started, come from a trace of system calls, one monitor after the other. States are \
        noted once a second from each monitor's JSON and count as right when the session works, waits for leave or \
        rests as shown, or did within the last 3 s. Latency: the fleet stands still, a record with new usage is \
        appended to one session, and both screens are read until a figure of tokens or context changes; a record that \
        leaves both as they are when rounded goes unseen. Tokens are compared while the fleet stands still.\n\n\
        The sessions are simulated: processes with the right names, locks, children and files, whose diary is the \
        truth. One run on one machine; differences under a fifth say nothing, ratios carry over better than times.\n\n\
        ## Repeat it\n\n\
        ```sh\n\
        cargo xtask bench\n\
        ```\n\n\
        needs Linux, root, gcc, python3, strace, tmux and the simulator in `../shared/lab/fleet`. It installs \
        agent-top under the build directory when `RIVALS` does not name a folder that has it.\n"
    )
}

fn row(page: &mut String, title: &str, [ours, theirs]: [String; 2], ratio: &str) {
    let _ = writeln!(page, "| {title} | {ours} | {theirs} | {ratio} |");
}

fn number(value: Option<f64>) -> String {
    match value {
        None => "never".to_owned(),
        Some(value) if value >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.2}"),
    }
}

fn ratio(ours: Option<f64>, theirs: Option<f64>) -> String {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if theirs > 0.0 => format!("{:.2}", ours / theirs),
        _ => String::new(),
    }
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "none seen".to_owned() } else { format!("{part} of {whole}") }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The middle of `sorted`.
fn median(sorted: &[f64]) -> Option<f64> {
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_seen_has_no_figure_and_no_ratio() {
        assert_eq!((number(None), ratio(None, Some(1.0))), ("never".to_owned(), String::new()));
        assert_eq!((number(Some(0.126)), ratio(Some(1.0), Some(4.0))), ("0.13".to_owned(), "0.25".to_owned()));
        assert_eq!((number(Some(1234.5)), ratio(Some(1.0), Some(0.0))), ("1234".to_owned(), String::new()));
    }

    #[test]
    fn the_median_is_one_that_was_measured() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[0.1, 0.2, 0.9]), Some(0.2));
    }
}
