//! topside.

mod cli;
mod demo;
mod exit;

fn main() {}
