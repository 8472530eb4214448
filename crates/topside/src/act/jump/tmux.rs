//! tmux. A pane is found by its terminal, never by `TMUX_PANE` alone: a program started from a pane may be elsewhere.

use super::seat::Seat;
use super::{Call, Lost, Outer, Plan, Terminal, whole_path};

pub(super) const TERMINAL: Terminal = Terminal {
    name: "tmux",
    programs: &["tmux"],
    variables: &["TMUX", "TMUX_PANE"],
    fits: |seat| !seat.tmux_sockets.is_empty(),
    crosses_ssh: true,
    asks,
    plan,
};

/// Panes, one a line; a window that several sessions share has its panes listed once for each.
const PANES: &str = "#{pane_tty} #{pane_id} #{window_id} #{session_id} #{session_name}";
/// Programs that show sessions.
const CLIENTS: &str = "#{client_activity} #{client_pid} #{client_tty} #{session_id}";

/// The socket of the server that started a program: `TMUX` is socket, server's pid and session.
pub(super) fn socket(variable: &str) -> Option<&str> {
    variable.rsplitn(3, ',').nth(2).and_then(whole_path)
}

/// The socket that a server was started with; without one it lies where all do.
pub(super) fn named_socket(args: &[String]) -> Option<&str> {
    let mut options =
        args.iter().skip(1).map(String::as_str).take_while(|arg| !arg.starts_with(|c: char| c.is_alphabetic()));
    options.find(|arg| arg.starts_with("-S")).and_then(|option| {
        let joined = option.strip_prefix("-S").filter(|path| !path.is_empty());
        let place = args.iter().position(|arg| arg == option)?;
        joined.or_else(|| args.get(place + 1).map(String::as_str)).and_then(whole_path)
    })
}

/// Two questions for each server.
fn asks(seat: &Seat) -> Vec<Call> {
    let each = seat.tmux_sockets.iter().flat_map(|socket| {
        let panes = Call::new("tmux", ["-S", socket, "list-panes", "-a", "-F", PANES]);
        [panes, Call::new("tmux", ["-S", socket, "list-clients", "-F", CLIENTS])]
    });
    each.collect()
}

fn plan(seat: &Seat, answers: &[String]) -> Result<Plan, Lost> {
    let servers = seat.tmux_sockets.iter().zip(answers.chunks(2));
    let plans = servers.filter_map(|(socket, answers)| in_server(seat, socket, answers.first()?, answers.get(1)?));
    let mut plans = plans;
    plans.next().ok_or_else(|| Lost(format!("{}, and no tmux server shows it", seat.tty_words())))
}

/// A pane of a server.
struct Pane<'a> {
    tty: &'a str,
    id: &'a str,
    window: &'a str,
    session: &'a str,
    name: &'a str,
}

/// Who shows a session.
struct Client<'a> {
    activity: u64,
    pid: u32,
    tty: &'a str,
    session: &'a str,
}

fn in_server(seat: &Seat, socket: &str, panes: &str, clients: &str) -> Option<Plan> {
    let clients: Vec<Client<'_>> = clients.lines().filter_map(client).collect();
    let shown = |pane: &Pane<'_>| clients.iter().any(|client| client.session == pane.session);
    let mut mine: Vec<Pane<'_>> = panes.lines().filter_map(pane).filter(|pane| is_it(seat, pane)).collect();
    mine.sort_by_key(|pane| !shown(pane));
    let pane = mine.first()?;
    // Who shows the session already, else who was used last.
    let client = clients.iter().max_by_key(|client| (client.session == pane.session, client.activity));
    let tmux = |args: &[&str]| Call::new("tmux", ["-S", socket].into_iter().chain(args.iter().copied()));
    let switch = client.filter(|client| client.session != pane.session);
    let mut calls: Vec<Call> =
        switch.map(|client| tmux(&["switch-client", "-c", client.tty, "-t", pane.session])).into_iter().collect();
    calls.push(tmux(&["select-window", "-t", &format!("{}:{}", pane.session, pane.window)]));
    calls.push(tmux(&["select-pane", "-t", pane.id]));
    let note = client
        .is_none()
        .then(|| format!("tmux shows it nowhere; attach with: {}", tmux(&["attach-session", "-t", pane.name])));
    Some(Plan { calls, outer: client.map(|client| Outer::Process(client.pid)), note, ..Plan::default() })
}

/// By its terminal; by what the environment says only where no terminal is known.
fn is_it(seat: &Seat, pane: &Pane<'_>) -> bool {
    match &seat.tty {
        Some(tty) => pane.tty == tty,
        None => seat.variable("TMUX_PANE") == Some(pane.id),
    }
}

fn pane(line: &str) -> Option<Pane<'_>> {
    let mut words = line.splitn(5, ' ');
    let mut next = || words.next();
    Some(Pane { tty: next()?, id: next()?, window: next()?, session: next()?, name: next()? })
}

fn client(line: &str) -> Option<Client<'_>> {
    let mut words = line.split(' ');
    let activity = words.next()?.parse().ok()?;
    Some(Client { activity, pid: words.next()?.parse().ok()?, tty: words.next()?, session: words.next()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "/tmp/tmux-1000/default";
    const OTHER: &str = "/tmp/tmux-1000/work";
    const PANES_HERE: &str = "/dev/pts/3 %0 @0 $0 main\n/dev/pts/4 %1 @1 $0 main\n/dev/pts/5 %2 @2 $1 my work\n";

    fn seat(tty: Option<&str>, sockets: &[&str]) -> Seat {
        let mut seat = Seat::at("", &[("TMUX", "/tmp/tmux-1000/default,77,0"), ("TMUX_PANE", "%1")]);
        seat.tty = tty.map(str::to_owned);
        seat.tmux_sockets = sockets.iter().map(ToString::to_string).collect();
        seat
    }

    /// Checks what brings a seat to the front, given the panes and clients of each server.
    #[track_caller]
    fn check(seat: &Seat, answers: &[&str], calls: &[&str], outer: Option<u32>) {
        let answers: Vec<String> = answers.iter().map(ToString::to_string).collect();
        let plan = plan(seat, &answers).expect("a plan");
        assert_eq!(plan.calls.iter().map(ToString::to_string).collect::<Vec<_>>(), calls);
        assert_eq!(plan.outer, outer.map(Outer::Process));
    }

    #[test]
    fn a_pane_is_found_by_its_terminal() {
        let here = "1795 40 /dev/pts/1 $0\n1790 41 /dev/pts/2 $1\n";
        let window = "tmux -S /tmp/tmux-1000/default select-window -t '$0:@1'";
        let chosen = "tmux -S /tmp/tmux-1000/default select-pane -t %1";
        check(&seat(Some("/dev/pts/4"), &[OWN]), &[PANES_HERE, here], &[window, chosen], Some(40));
        check(&seat(None, &[OWN]), &[PANES_HERE, here], &[window, chosen], Some(40));
    }

    #[test]
    fn who_shows_another_session_is_switched_to_it() {
        let here = "1790 40 /dev/pts/1 $0\n1795 41 /dev/pts/2 $0\n";
        let calls = [
            "tmux -S /tmp/tmux-1000/default switch-client -c /dev/pts/2 -t '$1'",
            "tmux -S /tmp/tmux-1000/default select-window -t '$1:@2'",
            "tmux -S /tmp/tmux-1000/default select-pane -t %2",
        ];
        check(&seat(Some("/dev/pts/5"), &[OWN]), &[PANES_HERE, here], &calls, Some(41));
    }

    #[test]
    fn every_server_is_asked() {
        let there = "/dev/pts/9 %0 @0 $0 w\n";
        let calls =
            ["tmux -S /tmp/tmux-1000/work select-window -t '$0:@0'", "tmux -S /tmp/tmux-1000/work select-pane -t %0"];
        let seat = seat(Some("/dev/pts/9"), &[OWN, OTHER]);
        assert_eq!(asks(&seat).len(), 4);
        check(&seat, &[PANES_HERE, "", there, "5 6 /dev/pts/1 $0"], &calls, Some(6));
    }

    #[test]
    fn a_session_that_nobody_shows_is_still_prepared() {
        let seat = seat(Some("/dev/pts/5"), &[OWN]);
        let plan = plan(&seat, &[PANES_HERE.to_owned(), String::new()]).expect("a plan");
        assert_eq!((plan.calls.len(), plan.outer), (2, None));
        let note = "tmux shows it nowhere; attach with: tmux -S /tmp/tmux-1000/default attach-session -t 'my work'";
        assert_eq!(plan.note.as_deref(), Some(note));
    }

    #[test]
    fn a_pane_that_the_environment_names_is_not_taken_for_another_terminal() {
        let seat = seat(Some("/dev/pts/8"), &[OWN]);
        let lost = plan(&seat, &[PANES_HERE.to_owned(), String::new()]).expect_err("it is elsewhere");
        assert_eq!(lost.to_string(), "its terminal is /dev/pts/8, and no tmux server shows it");
    }

    #[test]
    fn a_server_may_name_its_socket() {
        let named = |line: &str| {
            let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
            named_socket(&args).map(str::to_owned)
        };
        assert_eq!(named("tmux -S /tmp/x -f /dev/null new-session"), Some("/tmp/x".to_owned()));
        assert_eq!(named("tmux -2 -S/tmp/x"), Some("/tmp/x".to_owned()));
        assert_eq!((named("tmux"), named("tmux new -S /tmp/x"), named("tmux -S")), (None, None, None));
    }

    #[test]
    fn the_socket_stands_before_two_numbers() {
        assert_eq!(socket("/tmp/tmux-0/a,b,77,0"), Some("/tmp/tmux-0/a,b"));
        for wrong in ["", "77,0", "-x,7,0", "default,7,0"] {
            assert_eq!(socket(wrong), None, "{wrong}");
        }
    }
}
