//! `topside notify`: the rules, a test of each way, and telling without a screen.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use topside_catalog::format;
use topside_catalog::text::neutralise;
use topside_model::{AgentId, Alert, AlertAbout, AlertKind, Delivery, Rule, Timestamp};

use super::kept::{Kept, folder};
use super::message::Message;
use super::post::{Say, Ways};
use super::target::Target;
use super::watch::Watch;
use super::{Plan, complete};
use crate::cli::{Options, by_name};
use crate::command::{alive, own_zone, print_error};
use crate::exit::Exit;
use crate::live::Live;

/// How long a notification of a test stays for certain.
const SEEN: Duration = Duration::from_secs(3);

/// `topside notify`.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// What to do.
    #[command(subcommand)]
    pub(crate) what: What,
}

/// What to do with notifications.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum What {
    /// List the rules of the configuration, and where their alerts go
    Rules,
    /// Send a test there, and say what happened
    ///
    /// Without TARGET to every place that some rule uses. Quiet hours do not hold for tests.
    Test {
        /// Where to
        #[arg(value_name = "TARGET", value_parser = by_name(Target::ALL, Target::id))]
        target: Option<Target>,
    },
    /// Tell alerts without a screen, until Ctrl-C
    ///
    /// The screen does the same while it is open. Of several topsides, the first one tells.
    Run,
}

/// Does it. `live` starts collecting, and `stop` is asked whether to go on.
pub(crate) fn run(
    what: What,
    options: &Options,
    live: impl FnOnce() -> anyhow::Result<Live>,
    stop: impl FnOnce(&Live) -> anyhow::Result<Box<dyn Fn() -> bool>>,
) -> anyhow::Result<Exit> {
    let plan = options.set.notify.as_ref();
    match what {
        What::Rules => {
            write!(io::stdout(), "{}", plan.map_or_else(nothing, listed)).context("write to standard output")?;
            Ok(Exit::Ok)
        }
        What::Test { target } => test(plan, target),
        What::Run => {
            let plan = plan.filter(|plan| !plan.policy.rules.is_empty());
            let plan = plan
                .context("tell anything: the configuration has no [[notify]]; `topside config example` shows some")?;
            let mut watch = Watch::new(plan.clone(), Kept::at(folder(options)), say(), options.now);
            if !watch.tells() {
                bail!("tell alerts: another topside does; end it first");
            }
            let live = live()?;
            watch_on(&mut watch, &live, &*stop(&live)?)
        }
    }
}

/// How the configured ways fare, as the topside that tells wrote it down.
pub(crate) fn deliveries(options: &Options) -> Vec<Delivery> {
    let targets = options.set.notify.as_ref().map(Plan::targets).unwrap_or_default();
    if targets.is_empty() { Vec::new() } else { complete(&targets, &Kept::at(folder(options)).read().deliveries) }
}

fn watch_on(watch: &mut Watch, live: &Live, stop: &dyn Fn() -> bool) -> anyhow::Result<Exit> {
    let bell = live.subscribe();
    let mut known = Vec::new();
    while !stop() {
        alive(live)?;
        for message in watch.look(&live.latest()) {
            let at = format::clock(Timestamp::now(), Timestamp::now(), &own_zone());
            let more = message.body.as_ref().map(|body| format!(" ({body})")).unwrap_or_default();
            // Whether somebody reads along is not what this is about.
            writeln!(io::stdout(), "{at} {}{more}", message.title).ok();
        }
        if let Some(news) = watch.news() {
            // What failed before this run is in `topside doctor`.
            let before = std::mem::replace(&mut known, news);
            for delivery in known.iter().filter(|one| !before.is_empty() && !before.contains(one)) {
                if let Some(trouble) = delivery.trouble() {
                    print_error(&format!("{} failed to {}", delivery.target, neutralise(trouble)));
                }
            }
        }
        watch.wait(&bell);
    }
    live.end();
    Ok(Exit::Ok)
}

/// Writes to the terminal that this program was started from.
fn say() -> Say {
    Arc::new(|bytes: &[u8]| {
        let write = |out: &mut dyn io::Write| out.write_all(bytes).and_then(|()| out.flush());
        if io::stdout().is_terminal() {
            write(&mut io::stdout().lock())
        } else if io::stderr().is_terminal() {
            write(&mut io::stderr().lock())
        } else {
            Err(io::Error::other("neither standard output nor standard error is one"))
        }
    })
}

fn test(plan: Option<&Plan>, target: Option<Target>) -> anyhow::Result<Exit> {
    let targets = target.map_or_else(|| plan.map(Plan::targets).unwrap_or_default(), |target| BTreeSet::from([target]));
    if targets.is_empty() {
        bail!("test anything: no rule of the configuration tells anybody; name a target, such as desktop");
    }
    let (webhook, command) = plan.map_or((None, Vec::new()), |plan| (plan.webhook.clone(), plan.command.clone()));
    let tmux = std::env::var_os("TMUX").is_some();
    let ways = Ways { webhook, command, say: say(), tmux, desktop: Arc::default() };
    let alert = Alert { rules: Vec::new(), about: AlertAbout::Test, since: None, at: Timestamp::now(), urgent: false };
    let message = Message::of(&alert, &own_zone());
    let mut exit = Exit::Ok;
    for target in &targets {
        let happened = match ways.tell(*target, &message) {
            Ok(()) => "sent".to_owned(),
            Err(error) => {
                exit = Exit::Failure;
                format!("failed to {}", neutralise(&format!("{error:#}")))
            }
        };
        writeln!(io::stdout(), "{}: {happened}", target.id()).context("write to standard output")?;
    }
    if targets.contains(&Target::Desktop) && exit == Exit::Ok {
        // Some desktops take a notification back as soon as its sender has gone.
        std::thread::sleep(SEEN);
    }
    Ok(exit)
}

fn nothing() -> String {
    "No rule is set: nothing is told. `topside config example` shows some.\n".to_owned()
}

/// The rules, one on each line, and below them the manners.
fn listed(plan: &Plan) -> String {
    let mut text = if plan.policy.rules.is_empty() { nothing() } else { String::new() };
    for (rule, to) in plan.policy.rules.iter().zip(&plan.to) {
        let to: Vec<&str> = to.iter().map(|target| target.id()).collect();
        writeln!(text, "{} → {}", words(rule), to.join(", ")).expect("a string takes every text");
    }
    let time = |time: topside_model::Time| time.strftime("%H:%M").to_string();
    let quiet = plan.policy.quiet.map(|hours| format!("quiet from {} to {}", time(hours.from), time(hours.until)));
    let rate = format!("at most {} a minute, the rest together", plan.policy.per_minute);
    let host = plan.webhook.as_ref().map(|webhook| format!("webhook at {}", webhook.host()));
    let program = plan.command.first().map(|program| format!("command {}", neutralise(program)));
    for line in [quiet, Some(rate), host, program].into_iter().flatten() {
        writeln!(text, "{line}").expect("a string takes every text");
    }
    text
}

/// A rule in words: `done after 30s, only webshop, urgent`.
fn words(rule: &Rule) -> String {
    let at = (rule.when == AlertKind::Limit).then(|| format!(" at {}", format::percent(rule.at)));
    let after = (!rule.after.is_zero()).then(|| format!(" after {}", format::duration(rule.after)));
    let mut parts = vec![[Some(rule.when.id().to_owned()), at, after].into_iter().flatten().collect::<String>()];
    let only = [rule.project.as_deref(), rule.agent.as_ref().map(AgentId::as_str)];
    parts.extend(only.into_iter().flatten().map(|only| format!("only {}", neutralise(only))));
    parts.extend(rule.urgent.then(|| "urgent".to_owned()));
    parts.join(", ")
}
