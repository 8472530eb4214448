//! What keys, mouse and time do to the screen.

use crate::common::{NOW, approval, key, now, screen, session, snapshot};
use crate::fleets::{busy, fifty, nine};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use topside_model::{Session, Snapshot, Status, Timestamp};
use topside_tui::{Effect, Hit, Msg, Overlay, Screen, Tab, update};

fn press(screen: &mut Screen, snapshot: &Snapshot, code: KeyCode) -> Vec<Effect> {
    update(screen, snapshot, &Msg::Key(KeyEvent::from(code)))
}

/// `⏎` Enter, `⎋` Esc, `⇥` Tab, `⇤` Shift-Tab, `⌫` Backspace, `↓`, `↑`, `⇟` and `⇞` a page; the rest as it is.
fn press_all(screen: &mut Screen, snapshot: &Snapshot, keys: &str) -> Vec<Effect> {
    let code = |key| match key {
        '⏎' => KeyCode::Enter,
        '⎋' => KeyCode::Esc,
        '⇥' => KeyCode::Tab,
        '⇤' => KeyCode::BackTab,
        '⌫' => KeyCode::Backspace,
        '↓' => KeyCode::Down,
        '↑' => KeyCode::Up,
        '⇟' => KeyCode::PageDown,
        '⇞' => KeyCode::PageUp,
        key => KeyCode::Char(key),
    };
    keys.chars().flat_map(|key| press(screen, snapshot, code(key))).collect()
}

fn selected(screen: &Screen) -> &str {
    screen.selected().map_or("nothing", |key| key.id.as_str())
}

#[test]
fn keys_move_the_cursor_and_open_things() {
    // In order: s1 s7 s2 s6 s8 | s5 s10 s3 s4 | s9 | s11
    let table: [(&str, &str, Option<Tab>, Option<Overlay>); 38] = [
        ("", "s1", None, None),
        ("j", "s7", None, None),
        ("↓↓k", "s7", None, None),
        ("k", "s1", None, None),
        ("G", "s11", None, None),
        ("Gg", "s1", None, None),
        ("⇟", "s11", None, None),
        ("⇟⇞", "s1", None, None),
        (" ", "s7", None, None),
        ("G ", "s1", None, None),
        ("n", "s7", None, None),
        ("nnnn", "s8", None, None),
        ("nnnnn", "s1", None, None),
        ("N", "s8", None, None),
        ("NN", "s6", None, None),
        ("Gn", "s1", None, None),
        ("GN", "s8", None, None),
        ("⏎n", "s7", Some(Tab::Overview), None),
        ("ln", "s7", None, None),
        ("⏎", "s1", Some(Tab::Overview), None),
        ("⏎⏎", "s1", None, None),
        ("⏎⎋", "s1", None, None),
        ("⏎⇥", "s1", Some(Tab::Timeline), None),
        ("⏎⇤", "s1", Some(Tab::Evidence), None),
        ("⏎⇥⇥", "s1", Some(Tab::Cost), None),
        ("⏎⇥⇥⇥⇥⇥⇥⇥", "s1", Some(Tab::Overview), None),
        ("⏎j", "s1", Some(Tab::Overview), None),
        ("w", "s1", Some(Tab::Evidence), None),
        ("l", "s1", None, Some(Overlay::Limits)),
        ("ll", "s1", None, None),
        ("lo", "s1", None, Some(Overlay::Ports)),
        ("?⎋", "s1", None, None),
        ("s", "s1", None, Some(Overlay::Sort)),
        ("lw", "s1", Some(Tab::Evidence), None),
        ("jl⎋", "s7", None, None),
        ("/infra", "s7", None, None),
        ("/infra⎋G", "s11", None, None),
        ("/infra⌫⌫⌫⌫⌫⏎g", "s1", None, None),
    ];
    let snapshot = busy();
    for (keys, id, tab, overlay) in table {
        let mut screen = screen(&snapshot, 100, 30);
        let effects = press_all(&mut screen, &snapshot, keys);
        assert_eq!(effects, [], "{keys}");
        assert_eq!((selected(&screen), screen.focused_tab(), screen.overlay()), (id, tab, overlay), "{keys}");
    }
}

#[test]
fn where_nobody_needs_a_person_the_cursor_stays() {
    let calm = snapshot(nine().into_iter().filter(|session| ["s3", "s9"].contains(&session.key.id.as_str())).collect());
    let mut screen = screen(&calm, 80, 24);
    press_all(&mut screen, &calm, "jn");
    assert_eq!(selected(&screen), "s9");
    press_all(&mut screen, &calm, "N");
    assert_eq!(selected(&screen), "s9");
    assert!(!crate::common::frame(&screen, &calm, 80, 24).contains("need you"));
}

#[test]
fn q_and_control_c_leave_but_not_while_typing() {
    let snapshot = busy();
    let fresh = || screen(&snapshot, 80, 24);
    for keys in ["q", "⏎q", "lq"] {
        assert_eq!(press_all(&mut fresh(), &snapshot, keys), [Effect::Quit], "{keys}");
    }
    assert_eq!(press_all(&mut fresh(), &snapshot, "/q"), []);
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    let mut typing = fresh();
    press_all(&mut typing, &snapshot, "/x");
    assert_eq!(update(&mut typing, &snapshot, &Msg::Key(control_c)), [Effect::Quit]);
}

#[test]
fn the_cursor_stays_on_its_session_when_rows_move() {
    let before = snapshot(nine());
    let mut screen = screen(&before, 100, 30);
    press_all(&mut screen, &before, "Gk");
    assert_eq!(selected(&screen), "s9");
    let mut sessions = nine();
    sessions[8].status = approval(1);
    let after = snapshot(sessions);
    update(&mut screen, &after, &Msg::Tick(later(3)));
    assert_eq!(selected(&screen), "s9");
    press_all(&mut screen, &after, "j");
    assert_eq!(selected(&screen), "s6", "it now stands among those that need a person");
}

#[test]
fn a_session_that_went_leaves_the_cursor_at_its_place() {
    let before = snapshot(nine());
    let mut screen = screen(&before, 100, 30);
    press_all(&mut screen, &before, "j");
    assert_eq!(selected(&screen), "s7");
    let after = snapshot(nine().into_iter().filter(|session| session.key != key("s7")).collect());
    update(&mut screen, &after, &Msg::Tick(later(3)));
    assert_eq!(selected(&screen), "s2");
}

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW + seconds).expect("it is in this century")
}

/// Ids of the rows from top to bottom, found by moving the cursor.
fn rows(screen: &Screen, snapshot: &Snapshot) -> Vec<String> {
    let mut screen = screen.clone();
    press_all(&mut screen, snapshot, "g");
    let mut ids = vec![selected(&screen).to_owned()];
    loop {
        press_all(&mut screen, snapshot, "j");
        if ids.last().is_some_and(|last| last == selected(&screen)) {
            return ids;
        }
        ids.push(selected(&screen).to_owned());
    }
}

#[test]
fn rows_move_at_most_once_in_two_seconds_and_only_when_a_group_changes() {
    let thinking = || Status::Thinking { since: Some(now()) };
    let fleet = |asking: &str| {
        let status = |id: &str| if asking == id { approval(1) } else { thinking() };
        snapshot(["a", "b", "c"].map(|id| session(id, id, "main", 3, status(id))).into())
    };
    let first = fleet("");
    let mut screen = screen(&first, 100, 30);
    assert_eq!(rows(&screen, &first), ["a", "b", "c"]);
    let second = fleet("c");
    update(&mut screen, &second, &Msg::Tick(later(1)));
    assert_eq!(rows(&screen, &second), ["c", "a", "b"], "who needs a person never waits for a place");
    update(&mut screen, &first, &Msg::Tick(later(2)));
    assert_eq!(rows(&screen, &first), ["c", "a", "b"], "two seconds have not passed since the last move");
    update(&mut screen, &first, &Msg::Tick(later(3)));
    assert_eq!(rows(&screen, &first), ["a", "b", "c"]);
    let third = fleet("b");
    update(&mut screen, &third, &Msg::Tick(later(4)));
    assert_eq!(rows(&screen, &third), ["b", "a", "c"]);
    let renamed = snapshot(
        [("a", "z"), ("b", "y"), ("c", "x")]
            .map(|(id, project)| session(id, project, "main", 3, if id == "b" { approval(1) } else { thinking() }))
            .into(),
    );
    update(&mut screen, &renamed, &Msg::Tick(later(60)));
    assert_eq!(rows(&screen, &renamed), ["b", "a", "c"], "no row changed its group");
}

/// The line of the frame that the cursor is on.
fn cursor_line(screen: &Screen, snapshot: &Snapshot, (width, height): (u16, u16)) -> u16 {
    let drawn = crate::common::buffer(screen, snapshot, width, height);
    (0..height).find(|y| crate::common::line(&drawn, *y).starts_with('▌')).expect("the cursor is in sight")
}

#[test]
fn what_happens_above_does_not_move_the_lines_of_who_scrolled_away() {
    let size = (100, 16);
    let before = snapshot(fifty());
    let mut screen = screen(&before, size.0, size.1);
    press_all(&mut screen, &before, &"j".repeat(30));
    let (id, line) = (selected(&screen).to_owned(), cursor_line(&screen, &before, size));
    let mut sessions = fifty();
    // They work far above the cursor and now ask for leave, in the group at the top.
    for place in [25, 26, 27] {
        sessions[place].status = approval(1);
    }
    let after = snapshot(sessions);
    update(&mut screen, &after, &Msg::Tick(later(3)));
    assert_eq!((selected(&screen), cursor_line(&screen, &after, size)), (id.as_str(), line));
    update(&mut screen, &before, &Msg::Tick(later(6)));
    assert_eq!((selected(&screen), cursor_line(&screen, &before, size)), (id.as_str(), line));
}

#[test]
fn at_the_top_of_the_list_who_needs_a_person_comes_into_sight() {
    let calm: Vec<_> =
        fifty().into_iter().filter(|session| !matches!(session.status, Status::Approval { .. })).collect();
    let before = snapshot(calm.clone());
    let mut screen = screen(&before, 100, 16);
    press_all(&mut screen, &before, "jjj");
    let id = selected(&screen).to_owned();
    let mut sessions = calm;
    sessions.last_mut().expect("there are some").status = approval(1);
    let after = snapshot(sessions);
    update(&mut screen, &after, &Msg::Tick(later(3)));
    let frame = crate::common::frame(&screen, &after, 100, 16);
    assert!(frame.contains("needs you") && frame.contains("approve exec"), "{frame}");
    assert_eq!(selected(&screen), id);
}

#[test]
fn nobody_leaves_the_top_but_a_person() {
    let sessions = fifty();
    let asks = |session: &Session| matches!(session.status, Status::Approval { .. });
    let before = snapshot(sessions.clone());
    for keys in ["", "j"] {
        let mut screen = screen(&before, 100, 16);
        press_all(&mut screen, &before, keys);
        let answered = selected(&screen).to_owned();
        let calm = sessions.iter().cloned().map(|session| {
            let is_answered = asks(&session) && session.key.id.as_str() == answered;
            if is_answered { Session { status: Status::Thinking { since: None }, ..session } } else { session }
        });
        let after = snapshot(calm.collect());
        update(&mut screen, &after, &Msg::Tick(later(3)));
        let frame = crate::common::frame(&screen, &after, 100, 16);
        assert!(frame.contains("needs you"), "the row under the cursor went far down, the list did not: {frame}");
    }
}

#[test]
fn ages_move_on_together_and_at_most_once_a_second() {
    let busy = busy();
    let mut screen = screen(&busy, 120, 40);
    let at = |millis: i64| Timestamp::from_millisecond(NOW * 1000 + millis).expect("it is in this century");
    let frames = [0, 1, 999, 1000, 1400].map(|millis| {
        update(&mut screen, &busy, &Msg::Tick(at(millis)));
        crate::common::frame(&screen, &busy, 120, 40)
    });
    assert!(frames[..3].windows(2).all(|pair| pair[0] == pair[1]));
    assert_ne!(frames[2], frames[3]);
    assert_eq!(frames[3], frames[4]);
}

#[test]
fn in_a_narrow_pane_a_click_on_what_is_asked_means_its_row() {
    let snapshot = busy();
    let mut screen = screen(&snapshot, 40, 24);
    let areas = screen.areas().clone();
    let mouse = |row| MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: 6,
        row: areas.body.y + row,
        modifiers: KeyModifiers::NONE,
    };
    update(&mut screen, &snapshot, &Msg::Mouse(mouse(3)));
    assert_eq!(selected(&screen), "s7");
    update(&mut screen, &snapshot, &Msg::Mouse(mouse(4)));
    assert_eq!(selected(&screen), "s2");
}

#[test]
fn a_chosen_field_sorts_within_the_groups() {
    let snapshot = snapshot(nine());
    let mut screen = screen(&snapshot, 100, 30);
    let tokens = topside_catalog::SESSION.iter().position(|field| field.id == "tokens_total").expect("it is a field");
    press_all(&mut screen, &snapshot, &format!("s{}⏎", "j".repeat(tokens + 1)));
    assert_eq!(rows(&screen, &snapshot), ["s1", "s7", "s6", "s2", "s8", "s3", "s4", "s10", "s5", "s9", "s11"]);
    press_all(&mut screen, &snapshot, "sg⏎");
    let by_need = ["s1", "s7", "s2", "s6", "s8", "s5", "s10", "s3", "s4", "s9", "s11"];
    assert_eq!(rows(&screen, &snapshot), by_need);
}

#[test]
fn the_cursor_is_always_in_sight() {
    let snapshot = snapshot(fifty());
    for (width, height) in [(100, 30), (80, 8), (80, 5), (170, 12)] {
        for keys in ["", "G", "⇟⇟⇟⇞", "Gkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", "GgG", "jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj"]
        {
            let mut screen = screen(&snapshot, width, height);
            press_all(&mut screen, &snapshot, keys);
            let frame = crate::common::frame(&screen, &snapshot, width, height);
            assert!(frame.contains('▌'), "{keys} at {width}x{height}\n{frame}");
        }
    }
}

#[test]
fn a_click_hits_the_row_that_is_drawn_there() {
    let snapshot = snapshot(fifty());
    for (width, height, keys) in [(100, 30, ""), (100, 30, "G"), (80, 12, "⇟⇟"), (200, 40, "jjj")] {
        let mut start = screen(&snapshot, width, height);
        press_all(&mut start, &snapshot, keys);
        let areas = start.areas();
        let drawn = crate::common::buffer(&start, &snapshot, width, height);
        let mut rows = 0;
        for y in areas.body.y..areas.body.bottom() {
            let mut clicked = start.clone();
            let mouse = MouseEvent {
                kind: MouseEventKind::Down(MouseButton::Left),
                column: 5,
                row: y,
                modifiers: KeyModifiers::NONE,
            };
            update(&mut clicked, &snapshot, &Msg::Mouse(mouse));
            let line = crate::common::line(&drawn, y);
            if line.starts_with(" ─") || line.starts_with('─') || line.starts_with('▌') {
                continue;
            }
            let again = crate::common::buffer(&clicked, &snapshot, width, height);
            let marked =
                (0..height).find(|y| crate::common::line(&again, *y).starts_with('▌')).expect("a row is marked");
            assert_eq!(marked, y, "{width}x{height} {keys}");
            rows += 1;
        }
        assert!(rows > 3, "{width}x{height} {keys}");
    }
}

#[test]
fn a_second_click_opens_the_detail_and_a_click_on_a_page_turns_to_it() {
    let snapshot = busy();
    let mut screen = screen(&snapshot, 100, 40);
    let click = |screen: &mut Screen, column, row| {
        let mouse =
            MouseEvent { kind: MouseEventKind::Down(MouseButton::Left), column, row, modifiers: KeyModifiers::NONE };
        update(screen, &snapshot, &Msg::Mouse(mouse));
    };
    click(&mut screen, 5, 3);
    assert_eq!((selected(&screen), screen.focused_tab()), ("s7", None));
    click(&mut screen, 5, 3);
    assert_eq!(screen.focused_tab(), Some(Tab::Overview));
    let areas = screen.areas().clone();
    for (tab, area) in &areas.tabs {
        assert_eq!(areas.hit(area.x, area.y), Hit::Tab(*tab));
        click(&mut screen, area.x, area.y);
        assert_eq!(screen.focused_tab(), Some(*tab));
        let drawn = crate::common::line(&crate::common::buffer(&screen, &snapshot, 100, 40), area.y);
        assert!(drawn[usize::from(area.x)..].starts_with(tab.title()), "{drawn}");
    }
    assert_eq!(areas.hit(areas.limits.x, areas.limits.y), Hit::Limits);
    click(&mut screen, areas.limits.x, areas.limits.y);
    assert_eq!(screen.overlay(), Some(Overlay::Limits));
}

#[test]
fn the_wheel_moves_and_scrolls() {
    let snapshot = busy();
    let mut screen = screen(&snapshot, 100, 30);
    let wheel = |screen: &mut Screen, kind| {
        let mouse = MouseEvent { kind, column: 5, row: 4, modifiers: KeyModifiers::NONE };
        update(screen, &snapshot, &Msg::Mouse(mouse));
    };
    wheel(&mut screen, MouseEventKind::ScrollDown);
    wheel(&mut screen, MouseEventKind::ScrollDown);
    wheel(&mut screen, MouseEventKind::ScrollUp);
    assert_eq!(selected(&screen), "s7");
    press_all(&mut screen, &snapshot, "?");
    let top = crate::common::frame(&screen, &snapshot, 100, 12);
    update(&mut screen, &snapshot, &Msg::Resize(100, 12));
    wheel(&mut screen, MouseEventKind::ScrollDown);
    assert_ne!(crate::common::frame(&screen, &snapshot, 100, 12), top);
}
