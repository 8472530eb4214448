//! The screen over small fleets: its pictures, its colours, what keys do to it.

mod common;
mod frames;
mod keys;
mod looks;
mod past;
mod spent;
mod usage;
