//! Colours by meaning, columns that hold, and no size that breaks the frame.

use crate::common::{buffer, frame, line, now, screen, snapshot};
use crate::consumers::limit_use;
use crate::fleets::{busy, fifty, hostile, nine};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::style::{Color, Modifier};
use topside_catalog::TimeZone;
use topside_model::{Snapshot, WindowSource};
use topside_tui::{Msg, Role, Screen, Theme, update};
use unicode_width::UnicodeWidthStr;

fn press(screen: &mut Screen, snapshot: &Snapshot, key: char) {
    let code = if key == '⏎' { KeyCode::Enter } else { KeyCode::Char(key) };
    update(screen, snapshot, &Msg::Key(KeyEvent::from(code)));
}

/// Where a text begins on the screen.
fn find(buffer: &ratatui::buffer::Buffer, text: &str) -> (u16, u16) {
    let area = buffer.area;
    (0..area.height)
        .find_map(|y| line(buffer, y).find(text).map(|x| (line(buffer, y)[..x].width() as u16, y)))
        .unwrap_or_else(|| panic!("{text} is not on the screen"))
}

#[test]
fn the_warm_colour_is_for_need_and_red_for_failure_alone() {
    let snapshot = busy();
    let screen = screen(&snapshot, 120, 40);
    let drawn = buffer(&screen, &snapshot, 120, 40);
    let colour = |text: &str| drawn[find(&drawn, text)].fg;
    let of = |role| Theme::Dark.style(role).fg.unwrap_or(Color::Reset);
    for (text, role) in [
        ("needs you", Role::Need),
        ("approve exec", Role::Need),
        ("question", Role::Need),
        ("limit until", Role::Need),
        ("failed: 429", Role::Failure),
        ("✕", Role::Failure),
        ("● webshop", Role::Text),
        ("apply_patch", Role::Text),
        ("─ working", Role::Rule),
        ("orphan", Role::Warning),
        ("done", Role::Title),
        ("lasts", Role::Text),
        ("out Sat", Role::Warning),
        ("Tidy the drawer", Role::Text),
    ] {
        assert_eq!(colour(text), of(role), "{text}");
    }
    let red = of(Role::Failure);
    let reds: Vec<&str> =
        drawn.content.iter().filter(|cell| cell.fg == red).map(ratatui::buffer::Cell::symbol).collect();
    assert_eq!(reds.concat(), "✕failed: 429");
}

#[test]
fn the_row_under_the_cursor_stands_out_over_its_whole_width() {
    let snapshot = busy();
    let screen = screen(&snapshot, 80, 24);
    let drawn = buffer(&screen, &snapshot, 80, 24);
    let background = Theme::Dark.style(Role::Selected).bg.expect("it is a background");
    let marked: Vec<(u16, u16)> =
        (0..24).flat_map(|y| (0..80).map(move |x| (x, y))).filter(|at| drawn[*at].bg == background).collect();
    assert_eq!(marked, (0..80).map(|x| (x, 2)).collect::<Vec<_>>());
}

#[test]
fn no_theme_is_needed_to_read_the_screen() {
    let snapshot = busy();
    let texts: Vec<String> = Theme::ALL
        .iter()
        .map(|theme| {
            let mut screen = Screen::new(now(), TimeZone::UTC, *theme);
            update(&mut screen, &snapshot, &Msg::Resize(120, 40));
            update(&mut screen, &snapshot, &Msg::Tick(now()));
            let drawn = buffer(&screen, &snapshot, 120, 40);
            if *theme == Theme::Plain {
                assert!(drawn.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
                assert!(drawn[(3, 2)].modifier.contains(Modifier::REVERSED));
            }
            (0..40).map(|y| line(&drawn, y)).collect()
        })
        .collect();
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_lower_bound_and_a_guess_say_so() {
    let mut sessions = nine();
    sessions[2].usage_is_floor = true;
    sessions[2].context.window_from = Some(WindowSource::Assumed);
    let snapshot = snapshot(sessions);
    let text = frame(&screen(&snapshot, 160, 40), &snapshot, 160, 40);
    let row = text.lines().find(|line| line.contains("apply_patch")).expect("it is listed");
    assert!(row.contains("≥22M") && row.contains("~91%"), "{row}");
    assert_eq!(text.matches('≥').count(), 1);
}

#[test]
fn the_key_goes_through_every_theme_and_back() {
    let snapshot = busy();
    let mut screen = screen(&snapshot, 120, 40);
    let first = buffer(&screen, &snapshot, 120, 40);
    for _ in 0..Theme::ALL.len() - 1 {
        press(&mut screen, &snapshot, 'T');
        assert_ne!(buffer(&screen, &snapshot, 120, 40), first);
    }
    press(&mut screen, &snapshot, 'T');
    assert_eq!(buffer(&screen, &snapshot, 120, 40), first);
}

#[test]
fn wide_and_hostile_text_does_not_move_columns() {
    let snapshot = snapshot(hostile());
    let screen = screen(&snapshot, 120, 40);
    let drawn = buffer(&screen, &snapshot, 120, 40);
    let (agent, _) = find(&drawn, "codex");
    let (_, working) = find(&drawn, "─ working");
    let heading = line(&drawn, working);
    let context = heading[..heading.find("ctx used").expect("it is a column")].width() as u16;
    let mut rows = 0;
    for y in working + 1..9 {
        if drawn[(0, y)].symbol() == "─" {
            continue;
        }
        rows += 1;
        let word: String = (agent..agent + 5).map(|x| drawn[(x, y)].symbol()).collect();
        assert_eq!(word, "codex", "{}", line(&drawn, y));
        assert!(["▰", "▱", " "].contains(&drawn[(context, y)].symbol()), "{}", line(&drawn, y));
    }
    assert_eq!(rows, 4);
}

#[test]
fn no_cell_holds_a_control_character_or_a_secret() {
    let snapshot = snapshot(hostile());
    for keys in ["", "⏎", "jj⏎t", "a"] {
        let mut screen = screen(&snapshot, 160, 50);
        keys.chars().for_each(|key| press(&mut screen, &snapshot, key));
        let drawn = buffer(&screen, &snapshot, 160, 50);
        let text: String = drawn.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert!(!text.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)));
        assert!(!text.contains("abcdefghijklmnop1234"));
    }
}

#[test]
fn no_size_and_no_state_breaks_the_frame() {
    let used = Snapshot { limit_use: limit_use(&busy().limits), ..busy() };
    let fleets = [used, snapshot(hostile()), snapshot(fifty()), snapshot(Vec::new())];
    let states = ["", "⏎", "w", "l", "o", "s", "?", "/x", "pa", "Gt"];
    let widths = (1..=240).step_by(19).chain([2, 3, 39, 59, 60, 159, 160, 240]);
    for width in widths {
        for height in (1..=70).step_by(11).chain([2, 3, 4, 5, 29, 30, 70]) {
            for (place, state) in states.iter().enumerate().skip(usize::from(width + height) % 3).step_by(3) {
                let snapshot = &fleets[(place + usize::from(width) + usize::from(height)) % fleets.len()];
                let mut screen = screen(snapshot, width, height);
                state.chars().for_each(|key| press(&mut screen, snapshot, key));
                let drawn = buffer(&screen, snapshot, width, height);
                assert_eq!((drawn.area.width, drawn.area.height), (width, height));
            }
        }
    }
}

#[test]
fn a_screen_that_was_told_another_size_still_draws() {
    let snapshot = busy();
    let mut screen = screen(&snapshot, 200, 60);
    press(&mut screen, &snapshot, 'G');
    for (width, height) in [(1, 1), (40, 10), (80, 24), (240, 70)] {
        buffer(&screen, &snapshot, width, height);
    }
}
