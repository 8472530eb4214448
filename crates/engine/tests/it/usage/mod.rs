//! What history adds up to.

mod blocks;
mod board;
mod budgets;
mod consumers;
mod cost;
mod days;
mod groups;
mod properties;
mod scene;
mod turns;
mod waits;
