//! `topside mcp`, spoken to as a client does: JSON-RPC, one message on each line.

use std::io::Write;
use std::process::{ChildStdin, Stdio};

use serde_json::{Value, json};

use crate::home::{Home, NOW};
use crate::schema;
use crate::speaking::Speaking;

/// A client that has introduced itself.
struct Client {
    server: Speaking,
    stdin: Option<ChildStdin>,
    asked: u64,
}

impl Client {
    fn start(home: &Home, now: &str) -> Self {
        let mut command = home.command(["mcp", "--now", now]);
        command.stdin(Stdio::piped()).current_dir(home.path());
        let mut server = Speaking::start(command);
        let stdin = server.child.stdin.take();
        let mut client = Self { server, stdin, asked: 0 };
        let hello = client.ask(
            "initialize",
            &json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}),
        );
        assert_eq!(
            (&hello["result"]["serverInfo"]["name"], &hello["result"]["protocolVersion"]),
            (&json!("topside"), &json!("2025-06-18"))
        );
        assert!(hello["result"]["capabilities"]["tools"].is_object(), "{hello:#}");
        client.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        client
    }

    fn say(&mut self, message: &Value) {
        writeln!(self.stdin.as_mut().expect("it is open"), "{message}").expect("it listens");
    }

    #[track_caller]
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        self.server.wait_for(method, |answer| answer["id"] == id)
    }

    /// What a tool answers: its document, which keeps to its schema, and the same in words.
    #[track_caller]
    fn call(&mut self, tool: &str, arguments: &Value) -> (Value, String) {
        let answer = self.ask("tools/call", &json!({"name": tool, "arguments": arguments}));
        let result = &answer["result"];
        assert_eq!(result["isError"], false, "{answer:#}");
        schema::check(&result["structuredContent"]);
        (result["structuredContent"].clone(), result["content"][0]["text"].as_str().expect("words").to_owned())
    }
}

#[test]
fn a_client_learns_which_tools_there_are_and_that_they_only_read() {
    let home = Home::new();
    let answer = Client::start(&home, NOW).ask("tools/list", &json!({}));
    let tools = answer["result"]["tools"].as_array().expect("a list");
    let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["agents", "conflicts", "ports", "limits"]);
    for tool in tools {
        assert_eq!(
            (&tool["annotations"]["readOnlyHint"], &tool["inputSchema"]["type"]),
            (&json!(true), &json!("object"))
        );
    }
}

#[test]
fn limits_and_ports_are_those_of_the_command_line() {
    let home = Home::with(&["resume"]);
    let mut client = Client::start(&home, NOW);
    let (limits, words) = client.call("limits", &json!({}));
    let listed = home.json(&["limits", "--json"]);
    assert_eq!(limits["limits"][0]["windows"], listed["limits"][0]["windows"]);
    assert!(words.contains("codex") && words.contains('%'), "{words}");
    assert_eq!(client.call("conflicts", &json!({})).0["conflicts"], json!([]));
    assert_eq!(client.call("ports", &json!({})).0["ports"], json!([]));
}

#[test]
fn a_limit_is_told_for_a_week_after_the_session_that_reported_it() {
    let home = Home::with(&["resume"]);
    let told = |now| home.json(&["limits", "--json", "--now", now])["limits"].as_array().map(Vec::len);
    assert_eq!((told(NOW), told("2026-11-26T00:00:00Z"), told("2026-11-28T00:00:00Z")), (Some(1), Some(1), Some(0)));
}

#[test]
fn where_nobody_works_that_is_the_answer() {
    let home = Home::with(&["resume"]);
    let mut client = Client::start(&home, NOW);
    let (agents, words) = client.call("agents", &json!({}));
    assert_eq!((&agents["agents"], &agents["repository"]), (&json!([]), &Value::Null));
    assert!(words.starts_with("No agent works in "), "{words}");
}

#[test]
fn what_makes_no_sense_is_refused_and_the_next_question_answered() {
    let home = Home::new();
    let mut client = Client::start(&home, NOW);
    for (tool, arguments) in [("reap", json!({})), ("agents", json!({"cwd": 7})), ("agents", json!({"cwd": "src"}))] {
        let answer = client.ask("tools/call", &json!({"name": tool, "arguments": arguments}));
        assert_eq!(answer["error"]["code"], -32602, "{answer:#}");
    }
    client.call("limits", &json!({}));
}

#[test]
fn it_ends_with_its_client() {
    let home = Home::new();
    let mut client = Client::start(&home, NOW);
    drop(client.stdin.take());
    assert_eq!(client.server.end().code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn another_agent_is_told_by_what_it_does_and_never_by_what_was_said() {
    use crate::running::StandIn;
    use crate::waiting::{LATER, working};
    let home = Home::new();
    let transcript = working();
    let _agent = StandIn::start(&home, &home.codex(), &home.add(&transcript));
    let row = home.json(&["ls", "--json", "--now", LATER])["sessions"][0].clone();
    let mut client = Client::start(&home, LATER);
    let (agents, words) = client.call("agents", &json!({"cwd": row["cwd"]}));
    let peer = &agents["agents"][0];
    assert_eq!((&peer["id"], &peer["status"]["id"]), (&json!(transcript.thread()), &json!("running_tool")));
    assert_eq!((&peer["same_process"], &peer["status"]["summary"]), (&json!(false), &Value::Null));
    let said = format!("{agents} {words}");
    assert!(words.contains("running tool") && !said.contains("sleep 30"), "{said}");
}
