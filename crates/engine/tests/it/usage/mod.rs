//! What history adds up to.

mod blocks;
mod cost;
mod days;
mod groups;
mod properties;
mod scene;
