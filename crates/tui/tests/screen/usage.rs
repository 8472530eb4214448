//! The view of what was used: its pages at every size, while history is read, and what keys do to it.

use crate::common::{buffer, frame, line, screen};
use crate::fleets::busy;
use crate::past::{MANY, PRICED, board, known, third, with};
use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use std::sync::Arc;
use topside_catalog::TimeZone;
use topside_model::{Backfill, History, Snapshot, Tally, Tokens, UsageBoard, WeekHours};
use topside_tui::{Hit, Msg, Overlay, Screen, Theme, UsagePage, update};

const SIZES: [(u16, u16); 4] = [(40, 15), (80, 24), (120, 40), (200, 60)];

/// `⇥` Tab, `⇤` Shift-Tab, `→`, `←`, `↓`, `⎋` Esc; the rest as it is.
fn press(screen: &mut Screen, snapshot: &Snapshot, keys: &str) {
    for key in keys.chars() {
        let code = match key {
            '⇥' => KeyCode::Tab,
            '⇤' => KeyCode::BackTab,
            '→' => KeyCode::Right,
            '←' => KeyCode::Left,
            '↓' => KeyCode::Down,
            '⎋' => KeyCode::Esc,
            key => KeyCode::Char(key),
        };
        update(screen, snapshot, &Msg::Key(KeyEvent::from(code)));
    }
}

#[track_caller]
fn picture(name: &str, snapshot: &Snapshot, (width, height): (u16, u16), keys: &str) {
    let mut screen = screen(snapshot, width, height);
    press(&mut screen, snapshot, keys);
    insta::assert_snapshot!(format!("{name}_{width}x{height}"), frame(&screen, snapshot, width, height));
}

#[test]
fn every_page_at_every_size() {
    let snapshot = known(&MANY);
    for size in SIZES {
        for (name, keys) in [("days", "u"), ("hours", "u⇥"), ("projects", "u⇥⇥"), ("models", "u⇥⇥⇥")] {
            picture(&format!("usage_{name}"), &snapshot, size, keys);
        }
    }
    picture("usage_days_scrolled", &snapshot, (80, 24), &format!("u{}", "↓".repeat(9)));
}

#[test]
fn sums_without_a_gap_are_no_floors() {
    let snapshot = known(&PRICED);
    for (page, keys) in [("days", "u"), ("projects", "u⇥⇥"), ("models", "u⇥⇥⇥")] {
        let mut screen = screen(&snapshot, 120, 40);
        press(&mut screen, &snapshot, keys);
        let text = frame(&screen, &snapshot, 120, 40);
        assert!(!text.contains('≥'), "{page}: {text}");
    }
}

/// Checks what the page of models says of `≥`, where so many replies of its first model may have been larger.
#[track_caller]
fn check_floors(names: &[&str], unsettled: u64, said: &[&str]) {
    let mut board = board(names);
    board.models[0].tally.unsettled = unsettled;
    let snapshot = with(History { board: Some(Arc::new(board)), ..History::default() });
    let mut screen = screen(&snapshot, 120, 40);
    press(&mut screen, &snapshot, "u⇥⇥⇥");
    let text = frame(&screen, &snapshot, 120, 40);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| line.starts_with('≥')).collect();
    assert_eq!(lines, said);
}

#[test]
fn models_tell_every_reason_for_which_a_figure_is_a_floor() {
    let (written, unpriced) = (
        "≥ is a lower bound: 3 replies counted only while being written",
        "≥ leaves out what has no known price: a-model-of-ones-own",
    );
    check_floors(&PRICED, 0, &[]);
    check_floors(&PRICED, 3, &[written]);
    check_floors(&PRICED, 1, &["≥ is a lower bound: 1 reply counted only while being written"]);
    check_floors(&MANY, 0, &[unpriced]);
    check_floors(&MANY, 3, &[written, unpriced]);
}

#[test]
fn history_that_is_still_read() {
    let progress = Some(third());
    let empty = with(History { progress, ..History::default() });
    let partly = with(History { progress, board: Some(Arc::new(board(&PRICED))), ..History::default() });
    let unsure = Backfill { rate: None, left: None, ..third() };
    let begun = with(History { progress: Some(unsure), ..History::default() });
    for size in SIZES {
        picture("usage_reading", &empty, size, "u");
        picture("usage_reading_list", &partly, size, "");
    }
    picture("usage_partly_read", &partly, (80, 24), "u⇥⇥");
    picture("usage_begun", &begun, (80, 24), "u");
}

#[test]
fn nothing_to_show() {
    picture("usage_none_kept", &busy(), (80, 24), "u");
    let note = Some("history is not kept: failed to open /home/ada/.local/share/topside/history.db".to_owned());
    picture("usage_not_yet", &with(History { note, ..History::default() }), (80, 24), "u");
    let damaged = "what history holds is missing here: failed to open /home/ada/.local/share/topside/history.db: it is \
                   damaged; move it away, and history is read anew from the transcripts that are left";
    let damaged = with(History { note: Some(damaged.to_owned()), ..History::default() });
    picture("usage_damaged", &damaged, (80, 24), "u");
    let unused = UsageBoard { all: Tally::default(), ..board(&PRICED) };
    let unused = with(History { board: Some(Arc::new(unused)), ..History::default() });
    for size in SIZES {
        picture("usage_nothing_found", &unused, size, "u");
    }
}

#[test]
fn what_is_older_than_a_page_reaches_is_said_to_be() {
    let mut old = board(&PRICED);
    old.days.iter_mut().for_each(|day| (day.tally, day.models) = (Tally::default(), Vec::new()));
    (old.projects, old.models, old.agents) = (Vec::new(), Vec::new(), Vec::new());
    old.hours = WeekHours::default();
    let old = with(History { board: Some(Arc::new(old)), ..History::default() });
    for (keys, said) in [("u", "90 days"), ("u⇥", "28 days"), ("u⇥⇥", "30 days"), ("u⇥⇥⇥", "30 days")] {
        let mut screen = screen(&old, 80, 24);
        press(&mut screen, &old, keys);
        let text = frame(&screen, &old, 80, 24);
        assert!(text.contains(&format!("No reply in the last {said}.")), "{text}");
    }
}

#[test]
fn keys_and_clicks_turn_the_pages() {
    use UsagePage::{Days, Hours, Models, Projects};
    let snapshot = known(&MANY);
    for (keys, page) in [
        ("", None),
        ("u", Some(Days)),
        ("uu", None),
        ("u⎋", None),
        ("ul", None),
        ("lu", Some(Days)),
        ("u⇥", Some(Hours)),
        ("u→→", Some(Projects)),
        ("u⇤", Some(Models)),
        ("u←→", Some(Days)),
        ("u⇥⇥⇥⇥", Some(Days)),
        ("u⇥⎋u", Some(Hours)),
    ] {
        let mut screen = screen(&snapshot, 100, 30);
        press(&mut screen, &snapshot, keys);
        assert_eq!(screen.usage_page(), page, "{keys}");
        assert_eq!(screen.overlay() == Some(Overlay::Usage), page.is_some(), "{keys}");
        for (page, area) in screen.areas().pages.clone() {
            assert_eq!(screen.areas().hit(area.x, area.y), Hit::Page(page), "{keys}");
            let down = MouseEventKind::Down(MouseButton::Left);
            let (column, row, modifiers) = (area.x, area.y, crossterm::event::KeyModifiers::NONE);
            update(&mut screen, &snapshot, &Msg::Mouse(MouseEvent { kind: down, column, row, modifiers }));
            assert_eq!(screen.usage_page(), Some(page));
        }
    }
}

#[test]
fn a_page_scrolls_to_its_end_and_the_next_begins_at_its_top() {
    let snapshot = known(&MANY);
    let mut screen = screen(&snapshot, 80, 24);
    press(&mut screen, &snapshot, "uG");
    let last = line(&buffer(&screen, &snapshot, 80, 24), 22);
    assert!(last.contains("Sat 29 Aug"), "the first day with a reply: {last}");
    press(&mut screen, &snapshot, "⇥⇤");
    assert!(!frame(&screen, &snapshot, 80, 24).contains("29 Aug"));
}

#[test]
fn the_words_about_reading_give_way_to_nothing_and_go_when_it_is_done() {
    let reading = with(History { progress: Some(third()), ..History::default() });
    let read = with(History::default());
    for (width, height) in SIZES {
        let footer =
            |snapshot: &Snapshot| line(&buffer(&screen(snapshot, width, height), snapshot, width, height), height - 1);
        assert!(footer(&reading).contains("history 33%"), "{}", footer(&reading));
        assert!(!footer(&read).contains("33%"));
        // Who needs a person stands where it stood.
        let drawn = |snapshot: &Snapshot| frame(&screen(snapshot, width, height), snapshot, width, height);
        let above = |text: String| text.lines().rev().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(above(drawn(&reading)), above(drawn(&read)));
    }
}

/// The usage view in a theme.
fn themed(theme: Theme, snapshot: &Snapshot, keys: &str) -> Buffer {
    let mut screen = Screen::new(crate::common::now(), TimeZone::UTC, theme);
    update(&mut screen, snapshot, &Msg::Resize(120, 40));
    update(&mut screen, snapshot, &Msg::Tick(crate::common::now()));
    press(&mut screen, snapshot, keys);
    buffer(&screen, snapshot, 120, 40)
}

#[test]
fn no_theme_is_needed_to_read_any_page() {
    let mut snapshot = known(&MANY);
    Arc::make_mut(snapshot.history.as_mut().expect("there is one")).progress = Some(third());
    for keys in ["", "u", "u⇥", "u⇥⇥", "u⇥⇥⇥"] {
        let texts = Theme::ALL.map(|theme| {
            let drawn = themed(theme, &snapshot, keys);
            if theme == Theme::Plain {
                assert!(drawn.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
            }
            (0..40).map(|y| line(&drawn, y)).collect::<Vec<_>>()
        });
        assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{keys}");
    }
}

#[test]
fn a_model_has_one_colour_in_bars_and_lines() {
    let snapshot = known(&MANY);
    let drawn = themed(Theme::Dark, &snapshot, "u");
    let blue = Theme::Dark.series(0).fg.expect("it has a colour");
    let rows: Vec<u16> = (0..40).filter(|y| (0..120).any(|x| drawn[(x, *y)].fg == blue)).collect();
    let named = (0..40).find(|y| line(&drawn, *y).contains(" sonnet-5 ")).expect("it has a line");
    assert!(rows.contains(&named) && rows.len() > 3, "{rows:?}");
}

#[test]
fn no_size_breaks_a_page() {
    let mut hostile = board(&["\u{1b}[31m模型", "x"]);
    hostile.hours.0[3] = [Tokens(u64::MAX); 24];
    hostile.hours.0[4] = [Tokens(u64::MAX); 24];
    for model in hostile.days[87..].iter_mut().flat_map(|day| &mut day.models) {
        model.tally.usage.cache_read = Tokens(u64::MAX);
    }
    let hostile =
        with(History { board: Some(Arc::new(hostile)), progress: Some(third()), note: Some("x".repeat(300)) });
    for snapshot in [known(&MANY), hostile] {
        for keys in ["u", "u⇥", "u⇥⇥", "u⇥⇥⇥", "uG"] {
            for width in [1, 2, 3, 9, 20, 39, 59, 60, 99, 100, 159, 160, 240] {
                for height in [1, 2, 3, 4, 5, 9, 29, 70] {
                    let mut screen = screen(&snapshot, width, height);
                    press(&mut screen, &snapshot, keys);
                    let drawn = buffer(&screen, &snapshot, width, height);
                    assert!(!drawn.content.iter().any(|cell| cell.symbol().chars().any(char::is_control)));
                }
            }
        }
    }
}
