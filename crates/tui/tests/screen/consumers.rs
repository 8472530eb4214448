//! Who used limits.

use topside_model::{AgentId, Consumer, Limit, LimitUse, PastName, Percent, SessionId, SessionKey, Tokens, Untrusted};

fn consumer<T>(who: T, share: f64) -> Consumer<T> {
    Consumer { who, tokens: Tokens((share * 30_000.0) as u64), share: Percent(share), hourly: Some(Tokens(90_000)) }
}

/// Who used the windows of Codex' limit: of the first a few, of the second many. The second was worked out when a report
/// had it begin a minute later.
pub(crate) fn limit_use(limits: &[Limit]) -> Vec<LimitUse> {
    let began = |place: usize| limits[0].sample.windows[place].began().expect("its beginning is known");
    let agent = AgentId::new("codex");
    let session = |id: &str, project: Option<&str>, share| {
        let key = SessionKey { agent: agent.clone(), id: SessionId::new(id) };
        consumer(PastName { key, project: project.map(Untrusted::new) }, share)
    };
    let project = |name: Option<&str>, share| consumer(name.map(Untrusted::new), share);
    let few = LimitUse {
        agent: agent.clone(),
        since: began(0),
        tokens: Tokens(3_000_000),
        floor: true,
        sessions: vec![
            session("s5", Some("data-viz"), 64.0),
            session("019c00a4-51d0-7c3a-b2e4-8f60a1d9c701", None, 36.0),
        ],
        more_sessions: 0,
        projects: vec![project(Some("data-viz"), 64.0), project(None, 36.0)],
        more_projects: 0,
    };
    let evil = "\u{1b}[2J\u{202e}drow\nline two of a project with a very long name";
    let many = LimitUse {
        agent: agent.clone(),
        since: began(1) + std::time::Duration::from_mins(1),
        tokens: Tokens(410_000_000),
        floor: false,
        sessions: vec![
            session("019c00a4-51d0-7c3a-b2e4-8f60a1d9c701", Some("webshop"), 40.0),
            session("019c00a4-7c3a-7c3a-b2e4-8f60a1d9c702", Some("webshop"), 20.0),
            session("019b77a4-51d0-7c3a-b2e4-8f60a1d9c703", Some(evil), 12.5),
            session("019b66a4-51d0-7c3a-b2e4-8f60a1d9c704", None, 4.0),
        ],
        more_sessions: 13,
        projects: vec![project(Some("webshop"), 60.0), project(Some(evil), 12.5), project(Some("atlas"), 9.0)],
        more_projects: 4,
    };
    vec![few, many]
}
