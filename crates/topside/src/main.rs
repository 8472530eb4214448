//! topside.
fn main() {}
