//! What the engine makes of facts: states, sums, families, and that repeats change nothing.

mod alerts;
mod bounds;
mod changes;
mod chronicle;
mod conflicts;
mod context;
mod costs;
mod evidence;
mod family;
mod goal;
mod heard;
mod leftover;
mod limits;
mod machine;
mod properties;
mod recorded;
mod reported;
mod scene;
mod shared;
mod signals;
mod stall;
mod status;
mod titles;
mod usage;
mod waits;
