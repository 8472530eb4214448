//! Project tasks: `cargo xtask <task>`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task talks to the terminal it runs in")]

mod bench;
mod budget;
mod corpus;
mod crash;
mod deny;
mod docs;
#[cfg(target_os = "linux")]
mod e2e;
mod layers;
mod needs;
mod pictures;
mod repo;
mod shell;
mod targets;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <task>

  test                       every test of the project; installs what they need
  corpus [HOMES [ORACLES]]   every figure of topside against the oracle's (default: ../shared/corpus)
  crash [TIMES]              history after so many kills (default: 1000) beside a reading of everything
  e2e [WHICH] [--write]      real agents in scratch homes: --headless, --tui or names of scenarios
  layers                     who may depend on whom, and what each crate's clippy.toml must ban
  budget                     lengths of files and crates
  docs [--check]             pages written from the code
  pictures                   the screens in docs/img, from a demo in a real terminal
  targets [TARGET..]         clippy for other systems: those named, or all the toolchain has
  deny                       licences, bans and sources of what is linked in
  bench [s1|s2|s3|all]       topside beside two rivals on a simulated fleet
  bench usage|history|store [--write]
                             reports over 4 GB, the screen beside 10 GB, and ten million replies
  bench hook [--write]       what an agent and a prompt wait for, beside a program that does nothing
  bench decode [--write]     instructions a byte of history, against xtask/budget/decode.toml";

/// How a task that ran to its end came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(Verdict::Passed) => ExitCode::SUCCESS,
        Ok(Verdict::Failed) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> anyhow::Result<Verdict> {
    let (task, rest) = args.split_first().map_or(("help", args), |(task, rest)| (task.as_str(), rest));
    match task {
        "bench" => bench::run(rest),
        "budget" => budget::run(),
        "corpus" => corpus::run(rest),
        "crash" => crash::run(rest),
        "deny" => deny::run(),
        "docs" => docs::run(rest),
        #[cfg(target_os = "linux")]
        "e2e" => e2e::run(rest),
        #[cfg(not(target_os = "linux"))]
        "e2e" => anyhow::bail!("the end-to-end tests read /proc and run on Linux only"),
        "layers" => layers::run(),
        "pictures" => pictures::run(),
        "targets" => targets::run(rest),
        "test" => test::run(),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(Verdict::Passed)
        }
        unknown => anyhow::bail!("no task is called {unknown}\n\n{USAGE}"),
    }
}
