//! History as its readers see it.

mod files;
mod properties;
mod sharing;
mod world;
