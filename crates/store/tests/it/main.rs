//! History as its readers see it.

mod files;
mod migration;
mod properties;
mod retention;
mod seen;
mod sharing;
mod world;
