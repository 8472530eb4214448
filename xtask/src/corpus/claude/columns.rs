//! Which of topside's keys answers which of the oracle's columns, and why the others have no answer.

use crate::corpus::cell::Kind;

/// A column of `claude_sessions.tsv` that one key of a session answers: column, kind, JSON pointer.
pub(super) const PLAIN: &[(&str, Kind, &str)] = &[
    ("first_version", Kind::Text, "/version"),
    ("first_cwd", Kind::Text, "/initial_cwd"),
    ("last_cwd", Kind::Text, "/cwd"),
    ("last_model", Kind::Text, "/model"),
    ("user_prompts_own", Kind::Count, "/prompts"),
    ("api_messages_owned", Kind::Count, "/responses"),
    ("main_owned_input", Kind::Count, "/usage/input_uncached"),
    ("main_owned_output", Kind::Count, "/usage/output"),
    ("main_owned_cache_read", Kind::Count, "/usage/cache_read"),
    ("main_owned_cache_5m", Kind::Count, "/usage/cache_write_5m"),
    ("main_owned_cache_1h", Kind::Count, "/usage/cache_write_1h"),
    ("tool_calls", Kind::Count, "/tools/started"),
    ("tool_finished", Kind::Count, "/tools/finished"),
    ("tool_unresolved", Kind::Count, "/tools/unresolved"),
    ("compactions", Kind::Count, "/compactions"),
    ("last_context_tokens", Kind::Count, "/context/used"),
    ("main_last_line_ts", Kind::Time, "/last_at"),
];

/// A figure of a session that is the sum over the sessions below it.
#[derive(Debug)]
pub(super) struct Sum {
    /// Column of `claude_sessions.tsv`.
    pub(super) column: &'static str,
    /// Keys that are added up over every session below.
    pub(super) below: &'static [&'static str],
    /// The key of the session itself that is added to that: machinery without a row of its own.
    pub(super) own: Option<&'static str>,
}

/// The columns that hold what sub-agents spent and did.
pub(super) const SUMS: &[Sum] = &[
    tokens("agents_owned_input", &["/usage/input_uncached", "/internal_usage/input_uncached"]),
    tokens("agents_owned_output", &["/usage/output", "/internal_usage/output"]),
    tokens("agents_owned_cache_read", &["/usage/cache_read", "/internal_usage/cache_read"]),
    tokens("agents_owned_cache_5m", &["/usage/cache_write_5m", "/internal_usage/cache_write_5m"]),
    tokens("agents_owned_cache_1h", &["/usage/cache_write_1h", "/internal_usage/cache_write_1h"]),
    Sum { column: "agent_api_messages", below: &["/responses"], own: None },
    Sum { column: "agent_tool_calls", below: &["/tools/started"], own: None },
];

const fn tokens(column: &'static str, below: &'static [&'static str; 2]) -> Sum {
    Sum { column, below, own: Some(below[1]) }
}

/// The parts of all that a home spent: column of `claude_usage_by_day.tsv`, the two columns of `claude_sessions.tsv`
/// that hold it by session, the key of a session and that of its machinery.
pub(super) const PARTS: &[(&str, [&str; 2], [&str; 2])] = &[
    ("input", ["main_owned_input", "agents_owned_input"], ["/usage/input_uncached", "/internal_usage/input_uncached"]),
    ("output", ["main_owned_output", "agents_owned_output"], ["/usage/output", "/internal_usage/output"]),
    (
        "cache_read",
        ["main_owned_cache_read", "agents_owned_cache_read"],
        ["/usage/cache_read", "/internal_usage/cache_read"],
    ),
    (
        "cache_write_5m",
        ["main_owned_cache_5m", "agents_owned_cache_5m"],
        ["/usage/cache_write_5m", "/internal_usage/cache_write_5m"],
    ),
    (
        "cache_write_1h",
        ["main_owned_cache_1h", "agents_owned_cache_1h"],
        ["/usage/cache_write_1h", "/internal_usage/cache_write_1h"],
    ),
];

/// The columns of a session that are compared in a way of their own.
pub(super) const SPECIAL: &[&str] = &["session_id", "files", "n_main_files", "n_agent_files", "first_ts"];

/// The columns that have no answer, by the reason.
pub(super) const UNANSWERED: &[(&str, &[&str])] = &[
    ("follows from the path of the file, which is compared", &["project_dir"]),
    ("topside keeps the version that created a session", &["last_version"]),
    ("topside reads the branch from the repository, as it is now", &["last_branch"]),
    ("topside keeps the model in use", &["models"]),
    ("topside keeps the last moment in file order, main_last_line_ts, of each session and sub-agent", &["last_ts"]),
    (
        "views that count copied history again; topside counts it once, for its owner",
        &[
            "user_prompts",
            "api_messages",
            "main_input",
            "main_output",
            "main_cache_read",
            "main_cache_5m",
            "main_cache_1h",
            "agents_input",
            "agents_output",
            "agents_cache_read",
            "agents_cache_5m",
            "agents_cache_1h",
        ],
    ),
    (
        "marks of how a file was written, which change none of its figures",
        &["other_session_ids", "replayed_user_lines", "duplicate_uuid_lines", "bad_lines", "glued_lines"],
    ),
    ("commands and notes that are neither prompts nor turns", &["slash_commands", "interrupts"]),
    ("messages nobody paid for; topside shows the latest error", &["synthetic_messages", "api_error_messages"]),
    ("the context is not summarised by it", &["microcompactions"]),
    (
        "searches are billed apart from tokens",
        &[
            "main_web_search",
            "main_owned_web_search",
            "agents_web_search",
            "agents_owned_web_search",
            "progress_only_web_search",
        ],
    ),
    (
        "quoted parts of sub-agents whose files are gone; the home's sum shows whether any are missed",
        &[
            "progress_only_input",
            "progress_only_output",
            "progress_only_cache_read",
            "progress_only_cache_5m",
            "progress_only_cache_1h",
        ],
    ),
];
