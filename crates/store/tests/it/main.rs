//! History as its readers see it.

mod answers;
mod files;
mod migration;
mod properties;
mod retention;
mod seen;
mod sharing;
mod world;
