//! Transcripts as agents write them, made up from a seed: the same bytes every time.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::bench::chance::Chance;

/// Sizes of the files of an agent, in bytes: few of them hold most.
const FILES: &[(usize, usize)] =
    &[(1, 12_000_000), (2, 6_000_000), (4, 2_000_000), (20, 300_000), (60, 15_000), (20, 2_000)];

/// Transcripts of one agent and the tokens of their replies.
pub(super) struct Made {
    pub(super) files: Vec<PathBuf>,
    pub(super) tokens: u64,
}

/// Makes Codex transcripts in `dir`: results of 1 to 50 KB, pictures of up to a megabyte, encrypted reasoning, and a
/// quarter of lines that count tokens.
pub(super) fn codex(dir: &Path) -> anyhow::Result<Made> {
    make(dir, "codex", |file, chance, size| {
        let thread = format!("01a1f722-0000-7000-8000-{file:012}");
        let mut session = Codex { out: String::new(), second: 0, input: 0, output: 0 };
        session.say("session_meta", &format!(r#""id":"{thread}","timestamp":"2026-11-20T00:00:00.000Z","cwd":"/w""#));
        session.say("turn_context", r#""cwd":"/w","approval_policy":"never","model":"gpt-5.5","effort":"high""#);
        while session.out.len() < size {
            session.step(chance);
        }
        (session.out, session.input + session.output)
    })
}

/// Makes Claude Code transcripts in `dir`: usage at the end of a reply's line, results of tools twice on theirs.
pub(super) fn claude(dir: &Path) -> anyhow::Result<Made> {
    make(dir, "claude", |file, chance, size| {
        let mut session = Claude { out: String::new(), file, line: 0, tokens: 0 };
        while session.out.len() < size {
            session.step(chance);
        }
        (session.out, session.tokens)
    })
}

fn make(dir: &Path, name: &str, write: impl Fn(usize, &mut Chance, usize) -> (String, u64)) -> anyhow::Result<Made> {
    let mut made = Made { files: Vec::new(), tokens: 0 };
    let mut chance = Chance::new(0x5eed);
    for size in FILES.iter().flat_map(|(count, size)| std::iter::repeat_n(*size, *count)) {
        let number = made.files.len();
        let (text, tokens) = write(number, &mut chance, size);
        let path = dir.join(format!("{name}-{number}.jsonl"));
        let mut file = BufWriter::new(File::create(&path).with_context(|| format!("make {}", path.display()))?);
        file.write_all(text.as_bytes()).and_then(|()| file.flush()).context("write a transcript")?;
        made.files.push(path);
        made.tokens += tokens;
    }
    Ok(made)
}

struct Codex {
    out: String,
    second: usize,
    input: u64,
    output: u64,
}

impl Codex {
    fn say(&mut self, kind: &str, payload: &str) {
        let at = time(self.second);
        self.second += 1;
        writeln!(self.out, r#"{{"timestamp":"{at}","type":"{kind}","payload":{{{payload}}}}}"#).expect("text grows");
    }

    /// A request and what came of it.
    fn step(&mut self, chance: &mut Chance) {
        let call = self.second;
        let sealed = base64(chance, 500, 4_000);
        self.say(
            "response_item",
            &format!(r#""type":"reasoning","summary":[],"content":null,"encrypted_content":"{sealed}""#),
        );
        let command = text(chance, 100, 600);
        self.say(
            "response_item",
            &format!(r#""type":"function_call","name":"exec_command","arguments":"{command}","call_id":"call_{call}""#),
        );
        let result = text(chance, 1_000, 50_000);
        self.say(
            "response_item",
            &format!(r#""type":"function_call_output","call_id":"call_{call}","output":"{result}""#),
        );
        if chance.below(100) < 2 {
            let picture = base64(chance, 50_000, 1_000_000);
            let content = format!(r#"[{{"type":"input_image","image_url":"data:image/png;base64,{picture}"}}]"#);
            self.say("response_item", &format!(r#""type":"message","role":"user","content":{content}"#));
        }
        self.count(chance);
    }

    fn count(&mut self, chance: &mut Chance) {
        let (input, output) = (chance.below(100_000), chance.below(3_000));
        self.input += input;
        self.output += output;
        let usage = |input: u64, output: u64| {
            format!(
                r#"{{"input_tokens":{input},"cached_input_tokens":{},"cache_write_input_tokens":0,"output_tokens":{output},"reasoning_output_tokens":{},"total_tokens":{}}}"#,
                input / 2,
                output / 4,
                input + output
            )
        };
        let (total, last) = (usage(self.input, self.output), usage(input, output));
        let info =
            format!(r#"{{"total_token_usage":{total},"last_token_usage":{last},"model_context_window":258400}}"#);
        let window = |used: usize, minutes: u32| {
            format!(r#"{{"used_percent":{used}.0,"window_minutes":{minutes},"resets_at":1795170000}}"#)
        };
        let (short, long) = (window(self.second / 500 % 100, 300), window(self.second / 900 % 100, 10_080));
        let limits = format!(
            r#"{{"limit_id":"codex","limit_name":null,"primary":{short},"secondary":{long},"credits":null,"plan_type":"plus","rate_limit_reached_type":null}}"#
        );
        self.say("event_msg", &format!(r#""type":"token_count","info":{info},"rate_limits":{limits}"#));
    }
}

struct Claude {
    out: String,
    file: usize,
    line: usize,
    tokens: u64,
}

impl Claude {
    fn say(&mut self, members: &str, behind: &str) {
        let (file, line, at) = (self.file, self.line, time(self.line));
        let id = |line: usize| format!("0a1b2c3d-{file:04}-4000-8000-{line:012}");
        let parent = if line == 0 { "null".to_owned() } else { format!("\"{}\"", id(line - 1)) };
        writeln!(
            self.out,
            r#"{{"parentUuid":{parent},"isSidechain":false,{members},"uuid":"{}","timestamp":"{at}"{behind},"userType":"external","entrypoint":"cli","cwd":"/home/u/project","sessionId":"5e551014-{file:04}-4000-8000-000000000000","version":"2.1.222","gitBranch":"main"}}"#,
            id(line)
        )
        .expect("text grows");
        self.line += 1;
    }

    /// A reply that calls a tool, and the result.
    fn step(&mut self, chance: &mut Chance) {
        let number = self.line;
        let (input, read, output) = (chance.below(50), chance.below(200_000), chance.below(5_000));
        let (said, call) = (text(chance, 50, 4_000), text(chance, 50, 4_000));
        let usage = format!(
            r#"{{"input_tokens":{input},"cache_creation_input_tokens":500,"cache_read_input_tokens":{read},"output_tokens":{output},"server_tool_use":{{"web_search_requests":0,"web_fetch_requests":0}},"service_tier":"standard","cache_creation":{{"ephemeral_1h_input_tokens":500,"ephemeral_5m_input_tokens":0}},"inference_geo":"","iterations":[],"speed":"standard"}}"#
        );
        let file = self.file;
        for block in [
            format!(r#"{{"type":"text","text":"{said}"}}"#),
            format!(r#"{{"type":"tool_use","id":"toolu_{number}","name":"Bash","input":{{"command":"{call}"}}}}"#),
        ] {
            let message = format!(
                r#"{{"model":"claude-opus-5","id":"msg_{file}_{number}","type":"message","role":"assistant","content":[{block}],"stop_reason":"tool_use","stop_sequence":null,"usage":{usage}}}"#
            );
            self.say(&format!(r#""message":{message},"requestId":"req_{number}","type":"assistant""#), "");
        }
        self.tokens += input + 500 + read + output;
        let result = text(chance, 1_000, 50_000);
        let content = format!(
            r#"[{{"tool_use_id":"toolu_{number}","type":"tool_result","content":"{result}","is_error":false}}]"#
        );
        self.say(
            &format!(r#""promptId":"p{number}","type":"user","message":{{"role":"user","content":{content}}}"#),
            &format!(r#","toolUseResult":{{"stdout":"{result}","stderr":"","interrupted":false}}"#),
        );
    }
}

/// A time so many seconds past midnight.
fn time(second: usize) -> String {
    let (hour, minute) = (second / 3600 % 24, second / 60 % 60);
    format!("2026-11-20T{hour:02}:{minute:02}:{:02}.{:03}Z", second % 60, second * 37 % 1000)
}

/// Text of about so many bytes, long ones more seldom, as dense with escapes as programs and their output are.
fn text(chance: &mut Chance, least: u64, most: u64) -> String {
    const WORDS: &[&str] = &[
        "let",
        "value",
        "=",
        "self.state",
        "\\\"quoted\\\"",
        "the",
        "of",
        "error:",
        "src/main.rs:120",
        "\\n",
        "\\n    ",
        "fn",
        "é",
        "{",
        "}",
        "0x7f",
        "\\t",
        "result",
        "and",
        "|",
        "--flag",
        "\\\\",
        "while",
        "1,024",
        "(x)",
        ";\\n",
    ];
    let size = chance.size(least, most);
    let mut text = String::with_capacity(size + 16);
    while text.len() < size {
        text.push_str(WORDS[chance.below(WORDS.len() as u64) as usize]);
        text.push(' ');
    }
    text
}

fn base64(chance: &mut Chance, least: u64, most: u64) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let size = chance.size(least, most);
    (0..size).map(|_| char::from(DIGITS[chance.below(64) as usize])).collect()
}
