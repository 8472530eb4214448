//! `topside mcp`: answers agents over the Model Context Protocol, on standard input and output.
//!
//! Nothing is looked at until a tool is called, and then only what is new is read: an agent that never asks costs nothing.
//!
//! **Invariant.** Tools read only, and what people or other agents wrote is in no answer.

mod asked;
mod looking;

use std::future::{Future, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use anyhow::Context;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, Implementation, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::stdio;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};

use self::asked::{call, tools};
use self::looking::Looking;
use crate::cli::Options;
use crate::command::unpriced;
use crate::exit::Exit;

/// What an agent reads before it sees the tools.
const INSTRUCTIONS: &str = "\
topside sees every AI coding agent on this machine. Ask it before you start something that could get in the way of others: \
`agents` tells who else works in this repository and which files they changed, `conflicts` who is in whose way, `ports` which ports are taken and by whom, \
`limits` how much of each account's limits is left. Nothing here changes anything.";

/// Answers until standard input ends.
pub(crate) fn mcp(options: &Options) -> anyhow::Result<Exit> {
    let looking = Looking::new(&unpriced(options, false)?)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().context("start answering")?;
    runtime.block_on(async {
        match (Server { looking: Mutex::new(looking) }).serve(stdio()).await {
            Ok(service) => service.waiting().await.context("go on answering").map(|_| Exit::Ok),
            // One that goes before it said a word is no failure.
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => Ok(Exit::Ok),
            Err(error) => Err(error).context("agree with the client on how to talk"),
        }
    })
}

/// The server.
struct Server {
    looking: Mutex<Looking>,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let mut server = Implementation::new("topside", env!("CARGO_PKG_VERSION"));
        server.title = Some("topside".to_owned());
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(server)
            .with_instructions(INSTRUCTIONS)
    }

    fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<ListToolsResult, ErrorData>> + Send + '_ {
        ready(Ok(ListToolsResult { tools: tools(), ..ListToolsResult::default() }))
    }

    fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<CallToolResponse, ErrorData>> + Send + '_ {
        let mut looking = self.looking.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let tool = || call(&mut looking, &request.name, request.arguments.as_ref());
        // A tool that panicked has left what it read as it was; the next one reads on.
        let answer = catch_unwind(AssertUnwindSafe(tool));
        looking.rest();
        // Who asked waits for an answer.
        let panicked = |_| Err(ErrorData::internal_error("the tool panicked: a defect of topside", None));
        ready(answer.unwrap_or_else(panicked).map(CallToolResponse::from))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools().into_iter().find(|tool| tool.name == name)
    }
}
