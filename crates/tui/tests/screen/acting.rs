//! Keys that act: what they ask, and what they ask for.

use crate::common::{frame, screen};
use crate::fleets::busy;
use crossterm::event::{KeyCode, KeyEvent};
use topside_model::{ProcessRef, Snapshot};
use topside_tui::{Effect, Msg, Overlay, Screen, StopOrder, Told, update};

fn press(screen: &mut Screen, snapshot: &Snapshot, keys: &str) -> Vec<Effect> {
    let code = |key| match key {
        '⏎' => KeyCode::Enter,
        '⎋' => KeyCode::Esc,
        '⇥' => KeyCode::Tab,
        key => KeyCode::Char(key),
    };
    let mut effects = Vec::new();
    for key in keys.chars() {
        effects.extend(update(screen, snapshot, &Msg::Key(KeyEvent::from(code(key)))));
        update(screen, snapshot, &Msg::Tick(snapshot.taken_at));
    }
    effects
}

/// Busy, with an agent behind the session that runs its tests and a server behind the orphan port.
fn fleet() -> Snapshot {
    let mut snapshot = busy();
    for (place, session) in snapshot.sessions.clone().iter().enumerate() {
        let mut session = (**session).clone();
        match session.key.id.as_str() {
            "s3" => session.owner = Some(ProcessRef { pid: 4242, started: 1 }),
            "s11" => {
                session.live = false;
                session.ports =
                    snapshot.ports.iter().filter(|port| port.orphan).map(|port| port.port.clone()).collect();
                session.processes = vec![crate::common::process(12_080, 1, "node node_modules/.bin/vite --host")];
            }
            _ => continue,
        }
        snapshot.sessions[place] = session.into();
    }
    snapshot
}

/// Numbers of the processes that these keys end.
#[track_caller]
fn check_ends(keys: &str, expected: &[u32]) {
    let snapshot = fleet();
    let mut screen = screen(&snapshot, 100, 30);
    let effects = press(&mut screen, &snapshot, keys);
    let pids = effects.iter().flat_map(|effect| match effect {
        Effect::Stop(order) => order.endings.iter().flat_map(|ending| &ending.processes).collect(),
        _ => Vec::new(),
    });
    assert_eq!(pids.map(|view| view.process.pid).collect::<Vec<_>>(), expected, "{keys}");
}

#[test]
fn what_ends_is_what_the_cursor_is_on() {
    check_ends("x", &[]);
    check_ends("/pay.rs⏎x", &[]);
    check_ends("/pay.rs⏎xn", &[]);
    check_ends("/pay.rs⏎x⎋", &[]);
    check_ends("/pay.rs⏎xq", &[]);
    check_ends("/pay.rs⏎xxl?y", &[4242, 4250, 4251]);
    check_ends("/pay.rs⏎⏎⇥⇥⇥xy", &[4242, 4250, 4251]);
    check_ends("/pay.rs⏎⏎⇥⇥⇥jxy", &[4250, 4251]);
    check_ends("/pay.rs⏎⏎⇥⇥⇥jjjjxy", &[4251]);
    check_ends("oxy", &[12_080]);
    check_ends("ojxy", &[]);
    check_ends("lxy", &[]);
}

#[test]
fn a_question_names_everything_that_ends() {
    let snapshot = fleet();
    let mut screen = screen(&snapshot, 100, 16);
    assert_eq!(press(&mut screen, &snapshot, "/pay.rs⏎x"), []);
    assert_eq!(screen.overlay(), Some(Overlay::Stop));
    insta::assert_snapshot!("ending_a_session", frame(&screen, &snapshot, 100, 16));
    let effects = press(&mut screen, &snapshot, "y");
    assert_eq!(screen.overlay(), None, "the list is back");
    let [Effect::Stop(order)] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(!order.force, "it is asked first");
    let mut left = order.endings.clone();
    left[0].processes.truncate(1);
    let survived = Told::Left(StopOrder { endings: left, force: true });
    update(&mut screen, &snapshot, &Msg::Told(survived.clone()));
    update(&mut screen, &snapshot, &Msg::Tick(snapshot.taken_at));
    insta::assert_snapshot!("ending_a_session_by_force", frame(&screen, &snapshot, 100, 16));
    let Told::Left(forced) = survived else { panic!("it is") };
    assert_eq!(press(&mut screen, &snapshot, "y"), [Effect::Stop(forced)]);
}

#[test]
fn what_is_typed_before_a_question_is_shown_does_not_answer_it() {
    let snapshot = fleet();
    let mut screen = screen(&snapshot, 100, 30);
    press(&mut screen, &snapshot, "/pay.rs⏎");
    let key = |key| Msg::Key(KeyEvent::from(KeyCode::Char(key)));
    assert_eq!([update(&mut screen, &snapshot, &key('x')), update(&mut screen, &snapshot, &key('y'))], [[], []]);
    assert_eq!(screen.overlay(), Some(Overlay::Stop));
    update(&mut screen, &snapshot, &Msg::Tick(snapshot.taken_at));
    assert_eq!(update(&mut screen, &snapshot, &key('y')).len(), 1);
}

#[test]
fn pasted_text_is_no_keys() {
    let snapshot = fleet();
    let mut screen = screen(&snapshot, 100, 30);
    press(&mut screen, &snapshot, "/");
    update(&mut screen, &snapshot, &Msg::Paste("pay\n.rs".to_owned()));
    press(&mut screen, &snapshot, "⏎");
    update(&mut screen, &snapshot, &Msg::Paste("x".to_owned()));
    assert_eq!(screen.overlay(), None);
    assert_eq!(press(&mut screen, &snapshot, "xy").len(), 1, "what it looks for was found");
}

#[test]
fn what_did_not_end_is_asked_about_after_the_open_question() {
    let snapshot = fleet();
    let mut screen = screen(&snapshot, 100, 30);
    press(&mut screen, &snapshot, "ox");
    let other = snapshot.sessions.iter().find(|session| session.key.id.as_str() == "s3").expect("it is there");
    let forced = StopOrder { endings: snapshot.ending_of(other).into_iter().collect(), force: true };
    update(&mut screen, &snapshot, &Msg::Told(Told::Left(forced.clone())));
    let first = press(&mut screen, &snapshot, "y");
    let [Effect::Stop(order)] = first.as_slice() else { panic!("{first:?}") };
    assert_eq!((order.force, order.endings[0].first().pid), (false, 12_080));
    assert_eq!(screen.overlay(), Some(Overlay::Stop));
    assert_eq!(press(&mut screen, &snapshot, "y"), [Effect::Stop(forced)]);
    assert_eq!(screen.overlay(), Some(Overlay::Ports), "what was open is back");
}

#[test]
fn what_came_of_it_stands_in_the_footer_until_the_next_key() {
    let snapshot = fleet();
    let mut screen = screen(&snapshot, 80, 24);
    let footer = |screen: &Screen| frame(screen, &snapshot, 80, 24).lines().last().unwrap_or_default().to_owned();
    let before = footer(&screen);
    update(&mut screen, &snapshot, &Msg::Told(Told::Done("Ended: codex in webshop (s3).".to_owned())));
    assert_eq!(footer(&screen).trim(), "Ended: codex in webshop (s3).");
    press(&mut screen, &snapshot, "jk");
    assert_eq!(footer(&screen), before);
}

#[test]
fn a_process_that_others_share_is_not_ended_by_a_key() {
    let mut snapshot = fleet();
    let place = snapshot.sessions.iter().position(|session| session.key.id.as_str() == "s3").expect("it is there");
    let mut shared = (*snapshot.sessions[place]).clone();
    shared.owner_sessions = 3;
    snapshot.sessions[place] = shared.into();
    let mut screen = screen(&snapshot, 140, 24);
    assert_eq!(press(&mut screen, &snapshot, "/pay.rs⏎x"), []);
    let shown = frame(&screen, &snapshot, 140, 24);
    assert!(shown.contains("pid 4242 has 2 other sessions loaded, which would end too"), "{shown}");
    assert_eq!(press(&mut screen, &snapshot, "y"), []);
}

#[test]
fn a_screen_that_only_looks_has_no_key_that_acts() {
    let snapshot = fleet();
    let mut screen = screen(&snapshot, 200, 60).read_only();
    for keys in ["/pay.rs⏎xy", "⎋oxy", "⎋⏎⇥⇥⇥xy"] {
        assert_eq!(press(&mut screen, &snapshot, keys), [], "{keys}");
        assert_ne!(screen.overlay(), Some(Overlay::Stop), "{keys}");
    }
    press(&mut screen, &snapshot, "⎋⎋⎋?");
    let help = frame(&screen, &snapshot, 200, 60);
    assert!(help.contains("quit") && !help.contains("asks first"), "{help}");
}

/// A fleet with an idle session, a server and a worktree left over.
fn left_over() -> Snapshot {
    use crate::common::{ago, key, process};
    use topside_model::{Leftover, LeftoverKind, Untrusted, Worktree};
    let leftover = |kind, id: Option<&str>, project: &str, pid: Option<u32>, ports: &[u16], seconds| Leftover {
        kind,
        session: id.map(key),
        project: Some(Untrusted::new(project)),
        processes: pid.into_iter().map(|pid| process(pid, 0, "codex resume")).collect(),
        ports: ports.to_vec(),
        since: ago(seconds),
    };
    let worktree = Worktree {
        name: Untrusted::new("old search"),
        path: Untrusted::new("/home/ada/webshop/.claude/worktrees/old search"),
        repository: Untrusted::new("/home/ada/webshop"),
        branch: Some(Untrusted::new("wt/search")),
        changed_at: None,
        by_agent: true,
    };
    let leftovers = vec![
        leftover(LeftoverKind::IdleSession, Some("s9"), "attic", Some(901), &[], 200_000),
        leftover(LeftoverKind::Server, Some("s11"), "old-api", Some(902), &[8080], 7_300),
        leftover(LeftoverKind::McpServer, Some("gone"), "old-api", Some(903), &[], 7_300),
        leftover(LeftoverKind::Worktree(worktree), None, "webshop", None, &[], 900_000),
    ];
    Snapshot { leftovers, ..fleet() }
}

#[test]
fn what_is_left_over_is_marked_and_ended_together() {
    let snapshot = left_over();
    let pids = |effects: &[Effect]| -> Vec<u32> {
        let orders = effects.iter().filter_map(|effect| match effect {
            Effect::Stop(order) => Some(order.endings.iter().map(|ending| ending.first().pid)),
            _ => None,
        });
        orders.flatten().collect()
    };
    for (keys, expected) in [
        ("rxy", vec![901]),
        ("rjxy", vec![902]),
        ("r j xy", vec![901, 903]),
        ("r k xy", vec![902]),
        ("rjjjxy", vec![]),
        ("rGxy", vec![]),
        ("r xn", vec![]),
        ("r xyrGxy", vec![901]),
    ] {
        let mut screen = screen(&snapshot, 100, 30);
        let keys = keys.replace('G', "jjj");
        assert_eq!(pids(&press(&mut screen, &snapshot, &keys)), expected, "{keys}");
    }
}

#[test]
fn leftovers_stand_in_a_list_with_what_they_take() {
    let snapshot = left_over();
    let mut screen = screen(&snapshot, 100, 16);
    press(&mut screen, &snapshot, "r jj");
    insta::assert_snapshot!("left_over", frame(&screen, &snapshot, 100, 16));
    let mut empty = crate::common::screen(&busy(), 100, 16);
    press(&mut empty, &busy(), "r");
    assert!(frame(&empty, &busy(), 100, 16).contains("none that is over left anything"));
}

#[test]
fn what_came_of_a_jump_is_told_to_its_end() {
    let snapshot = fleet();
    let mut screen = screen(&snapshot, 80, 16);
    let why = "No way there: it is in window 4 of kitty, which takes no commands; set allow_remote_control and listen_on \
               in kitty.conf and start kitty anew.";
    update(&mut screen, &snapshot, &Msg::Told(Told::Failed(why.to_owned())));
    insta::assert_snapshot!("no_way_there", frame(&screen, &snapshot, 80, 16));
    press(&mut screen, &snapshot, "j");
    assert!(!frame(&screen, &snapshot, 80, 16).contains("No way there"), "until the next key");
}

#[test]
fn how_a_worktree_is_removed_is_said_where_the_list_fills_the_screen() {
    let snapshot = left_over();
    let mut screen = screen(&snapshot, 80, 10);
    press(&mut screen, &snapshot, "rjjj");
    insta::assert_snapshot!("left_over_in_little_room", frame(&screen, &snapshot, 80, 10));
    press(&mut screen, &snapshot, "x");
    let shown = frame(&screen, &snapshot, 80, 10);
    assert!(shown.contains("topside deletes no folder; this does: git"), "{shown}");
}

#[test]
fn news_wait_until_an_open_question_is_answered() {
    let snapshot = fleet();
    let mut screen = screen(&snapshot, 80, 16);
    press(&mut screen, &snapshot, "/pay.rs⏎x");
    let question = frame(&screen, &snapshot, 80, 16);
    update(&mut screen, &snapshot, &Msg::Told(Told::Done("Ended: codex in webshop (s3).".to_owned())));
    assert_eq!(frame(&screen, &snapshot, 80, 16), question, "what is agreed to is in sight");
    press(&mut screen, &snapshot, "jn");
    assert!(frame(&screen, &snapshot, 80, 16).contains("Ended: codex in webshop (s3)."), "then it is told");
    press(&mut screen, &snapshot, "j");
    assert!(!frame(&screen, &snapshot, 80, 16).contains("Ended: codex"), "until the next key");
}

#[test]
fn keys_that_act_are_named_where_they_do_something() {
    let mut snapshot = left_over();
    let footer = |snapshot: &Snapshot, keys: &str| {
        let mut screen = screen(snapshot, 140, 24);
        press(&mut screen, snapshot, keys);
        frame(&screen, snapshot, 140, 24).lines().last().unwrap_or_default().to_owned()
    };
    for (keys, acts) in
        [("/pay.rs⏎", true), ("/pay.rs⏎⏎⇥⇥⇥", true), ("o", true), ("oj", false), ("r", true), ("rjjj", false)]
    {
        assert_eq!(footer(&snapshot, keys).contains(" x end"), acts, "{keys}");
    }
    for keys in ["/pay.rs⏎", "/pay.rs⏎⏎⇥⇥⇥"] {
        assert!(footer(&snapshot, keys).contains(" f jump"), "{keys}");
    }
    let place = snapshot.sessions.iter().position(|session| session.key.id.as_str() == "s3").expect("it is there");
    let mut without = (*snapshot.sessions[place]).clone();
    without.processes.clear();
    snapshot.sessions[place] = without.into();
    assert!(!footer(&snapshot, "/pay.rs⏎").contains(" x end"), "nothing of it runs");
}
