//! What a session does where its agent says so itself.

use topside_engine::Engine;
use topside_model::{
    Activity, CallId, Command, ErrorClass, EventKind, Identity, LimitId, LimitSample, LimitWindow, Percent, Place,
    ProcessRef, Report, SessionId, SessionKind, SignalWord, SourceId, Status, TurnEnd, Untrusted, Work,
};

use crate::scene::{Scene, at, check, session, thread, turn, unwritten};

impl Scene {
    /// Its agent says since `second` what it does.
    pub(crate) fn reports(mut self, second: i64, activity: Activity) -> Self {
        let place = Place::Process { pid: 100 };
        let owner = self.presence.owner.as_mut().expect("it is loaded");
        owner.report = Some(Report { activity, since: Some(at(second)), place });
        self
    }

    /// A tool's shell runs `line` since `second`.
    fn commands(mut self, second: i64, line: &str) -> Self {
        let process = ProcessRef { pid: 7, started: 1 };
        self.presence.command = Some(Command { process, line: Untrusted::new(line), started_at: Some(at(second)) });
        self
    }

    /// It lives in the process of its parent.
    fn guest(mut self) -> Self {
        self.presence.owner.as_mut().expect("it is loaded").guest = true;
        self
    }
}

fn allow(words: &str) -> Activity {
    Activity::Approval(Some(Untrusted::new(words)))
}

/// A helper of `a` that began at second 11.
fn helper() -> Scene {
    let identity = Identity {
        kind: SessionKind::Subagent { nickname: None, role: None },
        parent: Some(SessionId::new("a")),
        ..Identity::default()
    };
    unwritten("b").says(11, EventKind::SessionOpened(Box::new(identity))).turn(11).guest()
}

#[test]
fn what_a_hook_says_of_a_helper_is_not_undone_by_its_siblings_and_does_not_stand_for_them() {
    let asked = helper().calls(12, "c1", Work::Command).signals(13, SignalWord::Approval, "Bash", None);
    let waits = |second| asked.clone().reports(second, Activity::Approval(None));
    check(&[&waits(13).spawns(15)], 20, "approval c1 7s");
    check(&[&waits(15)], 20, "approval c1 7s");
    check(&[&waits(13).spawns(15).reports(16, Activity::Busy)], 20, "running_tool c1 x1 8s");
    let later = session(&[&waits(17)], 20).evidence;
    assert!(!later.iter().any(|one| one.signal.contains("hook")), "the wait since 17 is another's: {later:?}");
}

#[test]
fn one_that_works_thinks_or_runs_what_is_open() {
    check(&[&turn().reports(10, Activity::Busy)], 20, "thinking 10s");
    check(&[&turn().calls(13, "ls", Work::Command).reports(10, Activity::Busy)], 20, "running_tool ls x1 7s");
    let twice = turn().calls(13, "ls", Work::Command).calls(14, "read", Work::Read);
    check(&[&twice.reports(10, Activity::Busy)], 20, "running_tool ls x2 7s");
    let done = turn().calls(13, "ls", Work::Command).delivers(15, "ls");
    check(&[&done.reports(10, Activity::Busy)], 20, "thinking 5s");
}

#[test]
fn a_command_runs_before_the_transcript_tells_of_it() {
    let busy = turn().reports(10, Activity::Busy);
    check(&[&busy.clone().commands(13, "make")], 20, "running_tool process 7 x1 7s");
    let Status::RunningTool { summary, .. } = session(&[&busy.clone().commands(13, "make")], 20).status else {
        panic!("a command runs")
    };
    assert_eq!(summary, Some(Untrusted::new("make")));
    // The prompt may not be written yet either.
    check(&[&unwritten("a").reports(10, Activity::Busy).commands(13, "make")], 20, "running_tool process 7 x1 7s");
    // Once the call is written, it counts; a command older than its result goes on in the background.
    let called = busy.clone().calls(13, "c1", Work::Command).commands(13, "make");
    check(&[&called], 20, "running_tool c1 x1 7s");
    check(&[&called.delivers(15, "c1")], 20, "thinking 5s");
    check(&[&busy.commands(5, "an earlier turn's")], 20, "thinking 10s");
}

#[test]
fn a_command_may_be_a_helper_s_where_helpers_work() {
    let parent = turn().starts_child(12, "b").rests(13, TurnEnd::Completed).reports(10, Activity::Busy);
    check(&[&parent.commands(14, "make")], 20, "waiting_on_subagents 1 10s");
}

#[test]
fn a_compaction_is_shown_where_no_turn_is_open() {
    let asked = turn().rests(13, TurnEnd::Completed).reports(15, Activity::Compacting);
    check(&[&asked], 20, "compacting 5s");
    check(&[&turn().reports(10, Activity::Compacting)], 20, "thinking 10s");
    // A turn that a person stopped before anything was written is over.
    let stopped = turn().reports(14, Activity::Idle).looked(14).reports(15, Activity::Compacting);
    check(&[&stopped], 20, "compacting 5s");
}

#[test]
fn nothing_is_guessed_where_the_agent_speaks() {
    // Without a process, and long after its start: a person would be taken to be asked.
    let held = turn().calls(13, "rm", Work::Command);
    check(&[&held], 60, "approval rm 47s");
    check(&[&held.reports(10, Activity::Busy)], 60, "running_tool rm x1 47s");
}

#[test]
fn a_word_holds_however_old_it_is() {
    check(&[&turn().reports(10, Activity::Busy)], 86_410, "thinking 86400s");
}

#[test]
fn one_that_waits_for_leave_names_the_call_that_has_no_process() {
    let waiting = turn().calls(13, "rm", Work::Command).reports(14, allow("permission prompt"));
    check(&[&waiting], 20, "approval rm 6s");
    let beside = turn().calls(13, "make", Work::Command).calls(14, "rm", Work::Command);
    check(&[&beside.spawns(13).reports(14, allow("permission prompt"))], 20, "approval rm 6s");
    let unseen = turn().reports(14, allow("approve Bash: touch x"));
    check(&[&unseen], 20, "approval approve Bash: touch x 6s");
    check(
        &[&turn().calls(13, "the plan", Work::Permission).reports(14, allow("permission prompt"))],
        20,
        "approval the plan 6s",
    );
}

#[test]
fn a_question_is_shown_with_its_words_whatever_it_is_called() {
    let asks = |activity| {
        let question = EventKind::QuestionAsked { call: CallId::new("q"), text: Some(Untrusted::new("Which color?")) };
        turn().calls(13, "q", Work::Question).says(13, question).reports(14, activity)
    };
    check(&[&asks(Activity::Question(None))], 20, "question Which color? 6s");
    // 2.1.197 calls it a permission prompt.
    check(&[&asks(allow("permission prompt"))], 20, "question Which color? 6s");
    check(&[&turn().reports(14, Activity::Question(Some(Untrusted::new("of the job"))))], 20, "question of the job 6s");
}

#[test]
fn one_that_rests_rests_whatever_its_records_say() {
    check(&[&turn().rests(15, TurnEnd::Completed).reports(16, Activity::Idle)], 20, "turn_done 4s");
    // Stopped by a person before anything was written.
    check(&[&turn().reports(16, Activity::Idle)], 20, "turn_done 4s");
    check(&[&turn().calls(13, "ls", Work::Command).reports(16, Activity::Dialog)], 20, "turn_done 4s");
    check(&[&unwritten("a").reports(16, Activity::Idle)], 20, "new 4s");
}

#[test]
fn one_that_was_stopped_without_a_word_was_interrupted_and_did_not_crash() {
    let stopped = turn().reports(16, Activity::Idle).looked(17).unloaded();
    check(&[&stopped], 20, "interrupted 4s");
    check(&[&turn().reports(10, Activity::Busy).looked(17).unloaded()], 20, "crashed 10s");
    // A turn that began after the rest is another one.
    let again = thread("a").turn(10).reports(16, Activity::Idle).looked(17).turn(18).unloaded();
    check(&[&again], 20, "crashed 2s");
}

#[test]
fn a_failure_and_a_limit_outlast_the_word_that_it_rests() {
    let failed = turn().fails(15, ErrorClass::Server).reports(16, Activity::Idle);
    check(&[&failed], 20, "failed Server words 5s");
    let windows = vec![LimitWindow { window: None, used: Percent(100.0), resets_at: Some(at(100)) }];
    let (limit, reached) = (LimitId::new("five_hour"), Some(Untrusted::new("five_hour")));
    let sample = LimitSample { limit, name: None, plan: None, windows, reached, seen_at: at(15) };
    let limited = turn().limited(15, sample).fails(15, ErrorClass::UsageLimit).reports(16, Activity::Idle);
    check(&[&limited], 20, "rate_limited 80s left 5s");
}

#[test]
fn a_retry_is_shown_until_something_comes_of_it() {
    let again = EventKind::Retried { class: ErrorClass::Server, until: Some(at(40)) };
    let retrying = turn().says(12, again).reports(10, Activity::Busy);
    check(&[&retrying], 20, "retrying");
    check(&[&retrying.clone().spends(15, "r", "m", 5)], 20, "thinking 10s");
    check(&[&retrying.rests(15, TurnEnd::Completed).turn(16)], 20, "thinking 4s");
}

#[test]
fn commands_that_go_on_are_counted() {
    let task = |id: &str, done| EventKind::BackgroundTask { task: CallId::new(id), work: Work::Command, done };
    let rests = turn().says(12, task("one", false)).says(12, task("two", false)).rests(15, TurnEnd::Completed);
    let shell = rests.reports(15, Activity::Background);
    assert_eq!(session(&[&shell], 20).background_tasks, 2);
    check(&[&shell], 20, "background 5s");
    let one = session(&[&shell.says(18, task("one", true))], 20);
    assert_eq!(
        (one.background_tasks, one.status),
        (1, topside_model::Status::Background { n: 1, since: Some(at(15)) })
    );
}

#[test]
fn before_its_start_it_asks_and_an_unknown_word_stays_unknown() {
    let starting = session(&[&unwritten("a").reports(5, Activity::Starting)], 20).status;
    assert_eq!((starting.id(), starting.since()), ("question", Some(at(5))));
    let odd = session(&[&turn().reports(5, Activity::Other(Untrusted::new("pondering")))], 20);
    assert_eq!(odd.status.id(), "unknown");
    assert!(odd.evidence.iter().any(|one| one.signal.contains("pondering")), "{:?}", odd.evidence);
}

#[test]
fn a_helper_that_asks_is_shown_on_itself_and_on_its_parent() {
    let parent = || turn().calls(10, "agent", Work::Agent);
    let asking = || helper().calls(13, "touch x", Work::Command);
    let words = || allow("permission prompt");
    check(&[&parent().reports(14, words()), &asking().reports(14, words())], 20, "approval touch x 6s");
    check(&[&asking().reports(14, words()), &parent().reports(14, words())], 20, "approval touch x 7s");
    // Once it is allowed, both work.
    let busy = || Activity::Busy;
    check(&[&parent().reports(15, busy()), &asking().reports(15, busy())], 20, "waiting_on_subagents 1 10s");
    check(&[&asking().reports(15, busy()), &parent().reports(15, busy())], 20, "running_tool touch x x1 7s");
}

#[test]
fn a_helper_that_asks_is_shown_although_its_parent_runs_something() {
    let parent = turn().calls(10, "make", Work::Command).spawns(10).reports(14, allow("permission prompt"));
    let asking = helper().calls(13, "touch x", Work::Command).reports(14, allow("permission prompt"));
    check(&[&parent, &asking], 20, "approval touch x 6s");
}

#[test]
fn a_helper_whose_command_runs_is_not_the_one_that_asks() {
    let asks = || allow("permission prompt");
    let runs = helper().calls(12, "make", Work::Command).spawns(12).reports(14, asks());
    let mut other = helper().calls(13, "touch x", Work::Command).spawns(12).reports(14, asks());
    other.id = "c";
    other.events.iter_mut().for_each(|event| event.session = SessionId::new("c"));
    let parent = turn().calls(10, "agents", Work::Agent).spawns(12).reports(14, asks());
    check(&[&runs, &parent, &other], 20, "running_tool make x1 8s");
    check(&[&other, &parent, &runs], 20, "approval touch x 7s");
    check(&[&parent, &runs, &other], 20, "approval touch x 6s");
}

#[test]
fn what_a_parent_asks_does_not_stop_its_helpers() {
    for activity in [Activity::Question(None), Activity::Dialog] {
        let helper = helper().calls(13, "ls", Work::Command).reports(14, activity.clone());
        check(&[&helper, &turn().reports(14, activity)], 20, "running_tool ls x1 7s");
    }
}

#[test]
fn helpers_that_go_on_after_the_turn_are_waited_for() {
    let parent = turn().starts_child(11, "b").rests(12, TurnEnd::Completed).reports(12, Activity::Busy);
    check(&[&parent, &helper().reports(12, Activity::Busy)], 20, "waiting_on_subagents 1 8s");
    let run = EventKind::BackgroundTask { task: CallId::new("wf"), work: Work::Agent, done: false };
    let workflow = turn().says(11, run).rests(12, TurnEnd::Completed).reports(12, Activity::Busy);
    check(&[&workflow], 20, "waiting_on_subagents 1 8s");
}

#[test]
fn a_helper_is_over_when_it_ends_or_its_parent_rests() {
    let rested = helper().rests(15, TurnEnd::Completed).reports(10, Activity::Busy);
    let parent = turn().reports(10, Activity::Busy);
    check(&[&rested, &parent], 20, "ended 5s");
    assert!(!session(&[&rested, &parent], 20).live);
    check(&[&helper().reports(16, Activity::Idle), &turn().reports(16, Activity::Idle)], 20, "interrupted 4s");
    let told = EventKind::SubagentLinked { child: SessionId::new("b"), done: true };
    check(&[&helper().reports(10, Activity::Busy), &turn().says(18, told).reports(10, Activity::Busy)], 20, "ended 9s");
}

#[test]
fn a_word_between_two_looks_is_shown_at_once() {
    let scene = turn().reports(10, Activity::Busy);
    let mut engine = Engine::new();
    let ready = scene.clone().looked(15);
    ready.tell(&mut engine, SourceId(1));
    let shown = |engine: &mut Engine| engine.snapshot(at(20)).sessions[0].status.id();
    assert_eq!(shown(&mut engine), "thinking");
    let place = Place::Process { pid: 100 };
    engine.report(&scene.key(), Report { activity: Activity::Idle, since: Some(at(18)), place });
    assert_eq!(shown(&mut engine), "turn_done");
}
