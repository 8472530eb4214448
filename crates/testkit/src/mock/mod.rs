//! A model server on the loopback that real agents talk to, and that remembers the truth.
//!
//! It speaks the OpenAI Responses API and the Anthropic Messages API over server-sent events. What it does is written in
//! the prompt: the last `%%name` or `%%name:argument` in a user's message picks the scenario (see
//! [`scenario`](self#scenarios)), and the number of tool results since then is the step within it. Tool names and
//! arguments follow from the tools the request offers, so the same prompt drives Codex with classic tools, in code mode
//! and with both generations of sub-agents, and Claude Code.
//!
//! # Scenarios
//!
//! | prompt | what the model does |
//! |---|---|
//! | `%%quick` | answers at once; so does any prompt without a scenario |
//! | `%%think:N` | is silent for N seconds, then answers |
//! | `%%stream:N` | trickles its answer over N seconds |
//! | `%%sleep:N` | runs `sleep N`, then answers |
//! | `%%cmd:LINE` | runs LINE, then answers |
//! | `%%multi:N` | runs N commands, one per reply |
//! | `%%two[:N]` | runs two commands in one reply: two seconds, and N |
//! | `%%approve[:LINE]` | runs LINE outside the sandbox, which a person must allow |
//! | `%%listen:PORT` | starts a server that outlives the tool, its pid in `server.pid` |
//! | `%%bg:PORT` | starts the same server as a background terminal of the agent |
//! | `%%bgsleep:N` | leaves `sleep N` to a background terminal of the agent |
//! | `%%subagent:N` | starts a sub-agent that runs `sleep N`, and waits for it |
//! | `%%bgagent:N` | starts the same sub-agent in the background |
//! | `%%workflow:N` | starts a workflow with one such sub-agent |
//! | `%%write:PATH` | writes a file through the agent's edit tool |
//! | `%%ask` | asks the person to choose |
//! | `%%plan` | shows the person a plan |
//! | `%%worktree:NAME` | goes on in a new worktree |
//! | `%%compact:N` | answers; the compaction that follows takes N seconds |
//! | `%%e429`, `%%e500`, `%%e529`, `%%e401` | fails every time |
//! | `%%e429x:N`, `%%e500x:N`, `%%e529x:N` | fails N times in a turn, then answers |
//! | `%%limit` | refuses: the five-hour limit of a subscription is reached |
//! | `%%drop` | cuts the connection in the middle of the answer |
//!
//! A compaction, a review or a name is asked for by the agent itself and gets a short answer.
//!
//! # Usage
//!
//! Step `k` of a prompt costs input 1000 + 500 k, of it cached 800 + 400 k (0 at step 0), output 50 + 10 k, of it
//! reasoning 20; with Anthropic most of the rest is written to the cache. [`MockModel::usage`] adds up what was really
//! delivered and recorded: Claude Code keeps no record of compactions and helpers.

mod api;
mod cue;
mod log;
mod messages;
mod responses;
mod scenario;
mod server;
mod tools;

pub use log::{Answer, Exchange, Purpose, Reply};
pub use server::MockModel;
