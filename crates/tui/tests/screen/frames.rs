//! Pictures of the screen, text only.

use std::time::Duration;

use crate::accounts::budgets;
use crate::common::{ago, frame, health, key, now, screen, session, snapshot};
use crate::consumers::limit_use;
use crate::fleets::{busy, fifty, hostile, many, nine};
use crossterm::event::{KeyCode, KeyEvent};
use topside_model::{
    AgentId, Conflict, Contested, Delivery, HealthState, LimitMark, Percent, SessionKey, Snapshot, Stall, Status,
    Tokens, Untrusted, Usage, Wait, Waited, WindowSource,
};
use topside_tui::{Msg, update};

/// Draws a fleet at a size, after some keys.
#[track_caller]
fn picture(name: &str, snapshot: &Snapshot, width: u16, height: u16, keys: &str) {
    let mut screen = screen(snapshot, width, height);
    for key in keys.chars() {
        let code = match key {
            '⏎' => KeyCode::Enter,
            '⇥' => KeyCode::Tab,
            key => KeyCode::Char(key),
        };
        update(&mut screen, snapshot, &Msg::Key(KeyEvent::from(code)));
    }
    insta::assert_snapshot!(format!("{name}_{width}x{height}"), frame(&screen, snapshot, width, height));
}

#[test]
fn a_busy_fleet_at_every_size() {
    for (width, height) in [(40, 24), (60, 16), (80, 24), (100, 30), (120, 40), (160, 50), (240, 70)] {
        picture("busy", &busy(), width, height, "");
    }
}

#[test]
fn nothing_was_found() {
    for (width, height) in [(40, 24), (80, 24), (160, 50)] {
        picture("empty", &snapshot(Vec::new()), width, height, "");
    }
}

#[test]
fn one_session() {
    let one = snapshot(vec![nine().remove(2)]);
    for (width, height) in [(40, 24), (60, 16), (80, 24), (120, 40)] {
        picture("one", &one, width, height, "");
    }
}

#[test]
fn fifty_sessions() {
    for (width, height) in [(40, 24), (80, 24), (120, 40), (240, 70)] {
        picture("fifty", &snapshot(fifty()), width, height, "");
    }
    picture("fifty_at_the_end", &snapshot(fifty()), 80, 24, "G");
}

#[test]
fn two_hundred_sessions() {
    for (width, height) in [(40, 24), (120, 40)] {
        picture("two_hundred", &snapshot(many(200)), width, height, "");
    }
}

#[test]
fn hostile_and_wide_text() {
    for (width, height) in [(40, 24), (80, 24), (120, 40), (160, 50)] {
        picture("hostile", &snapshot(hostile()), width, height, "");
    }
}

#[test]
fn an_agent_nobody_taught_us() {
    let strange = topside_model::Session {
        key: SessionKey { agent: AgentId::new("zed_agent"), id: key("z").id },
        ..session("z", "garden", "main", 5, Status::Thinking { since: crate::common::ago(3) })
    };
    picture("unknown_agent", &snapshot(vec![strange]), 100, 30, "");
}

#[test]
fn a_collector_that_failed_and_a_demo() {
    let failed = HealthState::Panicked("index out of bounds".to_owned());
    let broken = Snapshot { health: vec![health(failed)], demo: true, ..snapshot(nine()) };
    for (width, height) in [(60, 16), (120, 40)] {
        picture("failed_collector", &broken, width, height, "");
    }
    let empty = Snapshot { sessions: Vec::new(), ..broken };
    picture("failed_collector_and_nothing", &empty, 80, 24, "");
}

#[test]
fn a_way_of_telling_that_fails_is_named_below() {
    let failed = (now(), "send it to example.org: no answer within 5 s".to_owned());
    let failing = Delivery { target: "webhook", sent_at: None, failed: Some(failed) };
    let works = Delivery { target: "bell", sent_at: Some(now()), failed: None };
    let fleet = Snapshot { deliveries: vec![works, failing], ..snapshot(nine()) };
    for (width, height) in [(40, 12), (80, 12), (120, 12)] {
        picture("delivery_fails", &fleet, width, height, "");
    }
}

#[test]
fn limits_ports_sort_and_help() {
    for (name, key) in [("limits", "l"), ("ports", "o"), ("sort", "s"), ("help", "?")] {
        picture(name, &busy(), 80, 24, key);
    }
    picture("help", &busy(), 120, 40, "?");
    picture("limits", &snapshot(nine()), 60, 16, "l");
}

#[test]
fn budgets_stand_among_the_limits_and_in_the_header_when_they_are_nearly_spent() {
    let spent = Snapshot { budgets: budgets(), ..busy() };
    for (width, height) in [(80, 24), (120, 40)] {
        picture("budgets", &spent, width, height, "l");
    }
    picture("budgets", &spent, 40, 24, "");
    let only = Snapshot { budgets: budgets(), ..snapshot(nine()) };
    picture("budgets_without_limits", &only, 60, 16, "l");
    let fine = Snapshot { budgets: budgets().into_iter().take(1).collect(), ..snapshot(nine()) };
    picture("budgets_with_room", &fine, 80, 24, "");
}

#[test]
fn limits_say_who_used_them_as_far_as_there_is_room() {
    let limits = busy().limits;
    let used = Snapshot { limit_use: limit_use(&limits), ..busy() };
    for (width, height) in [(40, 24), (80, 24), (120, 40)] {
        picture("limits_used", &used, width, height, "l");
    }
}

#[test]
fn limits_nobody_used_say_nothing_of_it() {
    let open = |snapshot: &Snapshot| {
        let mut screen = screen(snapshot, 80, 24);
        update(&mut screen, snapshot, &Msg::Key(KeyEvent::from(KeyCode::Char('l'))));
        frame(&screen, snapshot, 80, 24)
    };
    let mut used = Snapshot { limit_use: limit_use(&busy().limits), ..busy() };
    assert_ne!(open(&used), open(&busy()));
    for used in &mut used.limit_use {
        (used.sessions, used.projects, used.tokens) = (Vec::new(), Vec::new(), Tokens(0));
    }
    assert_eq!(open(&used), open(&busy()));
}

#[test]
fn a_pace_that_changed_makes_a_range() {
    let mut snapshot = busy();
    let window = snapshot.limits[0].sample.windows[0].clone();
    snapshot.limits[0].marks = vec![LimitMark {
        window: window.window.expect("its length is known"),
        at: ago(3_700).expect("a moment"),
        used: Percent(20.0),
        resets_at: window.resets_at.expect("its end is known"),
    }];
    picture("limits_range", &snapshot, 120, 40, "l");
}

#[test]
fn the_detail_page_by_page() {
    for (place, name) in ["now", "timeline", "cost", "processes", "subagents", "files", "why"].into_iter().enumerate() {
        let keys = format!("/pay.rs⏎⏎{}", "⇥".repeat(place));
        for (width, height) in [(80, 24), (100, 40), (160, 50)] {
            picture(&format!("detail_{name}"), &busy(), width, height, &keys);
        }
    }
    let mut told = busy();
    let session = std::sync::Arc::make_mut(&mut told.sessions[2]);
    session.usage_is_floor = true;
    session.background_tasks = 2;
    session.usage.cache_write_5m = Tokens(22_000);
    session.inherited_usage = Usage { cache_read: Tokens(1_200_000), ..Usage::default() };
    session.context.window_from = Some(WindowSource::Model);
    picture("detail_bounds", &told, 100, 40, "/pay.rs⏎⏎");
    picture("detail_cost", &busy(), 120, 40, "/pay.rs⏎⏎⇥⇥");
    picture("detail_cost_of_nothing", &snapshot(nine()), 80, 24, "⏎⇥⇥");
    let turns = &mut std::sync::Arc::make_mut(&mut std::sync::Arc::make_mut(&mut told.sessions[2]).detail).turns;
    turns.clear();
    picture("detail_timeline_without_turns", &told, 80, 24, "/pay.rs⏎⏎⇥");
    picture("detail_prompt", &busy(), 80, 24, "/pay.rs⏎⏎t");
    picture("detail_why", &busy(), 40, 24, "jw");
}

#[test]
fn one_that_is_silent_for_too_long_or_in_the_way_stands_out() {
    let mut told = busy();
    let keys: Vec<SessionKey> = [2, 3].map(|place| told.sessions[place].key.clone()).into();
    let about = Contested::File(Untrusted::new("/home/ada/webshop/src/pay.rs"));
    told.conflicts = vec![Conflict { about, sessions: keys, at: ago(30) }];
    let running = std::sync::Arc::make_mut(&mut told.sessions[3]);
    let since = ago(1_500).expect("a moment");
    running.stall = Some(Stall { since, usual: Duration::from_mins(20) });
    let wait = Wait { from: ago(900).expect("a moment"), to: ago(600).expect("a moment") };
    running.waited = Waited { over: std::sync::Arc::new(vec![wait]), since: None };
    std::sync::Arc::make_mut(&mut told.sessions[0]).waited = Waited { since: ago(252), ..Waited::default() };
    for (width, height) in [(40, 24), (80, 24), (120, 40)] {
        picture("stalled", &told, width, height, "");
    }
    picture("stalled_detail", &told, 80, 24, "/nextest⏎⏎");
    picture("stalled_why", &told, 80, 24, "/nextest⏎w");
    picture("waited_detail", &told, 80, 24, "⏎");
}

#[test]
fn lists_arranged_by_a_person() {
    picture("by_project", &busy(), 120, 40, "p");
    picture("sorted_by_tokens", &busy(), 80, 24, &format!("s{}⏎", "j".repeat(16)));
    picture("filtered", &busy(), 80, 24, "/web");
    picture("filtered_away", &busy(), 80, 24, "/nothing like it⏎");
    picture("all", &busy(), 80, 24, "a");
    let over: Vec<_> = nine().into_iter().skip(10).collect();
    picture("only_ended", &snapshot(over), 80, 24, "");
}

#[test]
fn subagents_fold_and_unfold() {
    let mut sessions = nine();
    sessions.push(crate::common::child("c1", "s5", "mapper", Status::Thinking { since: crate::common::ago(30) }));
    sessions.push(crate::common::child("c2", "s5", "legend", crate::common::running("exec", "npm test", 8)));
    let family = snapshot(sessions);
    picture("folded", &family, 100, 30, "");
    picture("unfolded", &family, 100, 30, "a");
}
