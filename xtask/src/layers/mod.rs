//! Keeps the arrows between the crates, and the bans inside them.

mod bans;
mod edges;
mod table;

use crate::{Verdict, repo};

/// Checks every arrow and every `clippy.toml`; prints the table with what breaks it.
pub(crate) fn run() -> anyhow::Result<Verdict> {
    let packages = repo::metadata()?.packages;
    let mut faults = edges::faults(&packages);
    faults.extend(bans::faults(&packages)?);
    if faults.is_empty() {
        println!("layers: {} rooms, all arrows point left, all bans in place", table::ROOMS.len());
        return Ok(Verdict::Passed);
    }
    print_table();
    for fault in &faults {
        println!("layers: {fault}");
    }
    println!("layers: {} faults", faults.len());
    Ok(Verdict::Failed)
}

fn print_table() {
    println!("{:<16} may use", "room");
    for room in table::ROOMS {
        println!("{:<16} {}", room.package, room.may_use.join(", "));
    }
    println!("{:<16} only in", "library");
    for reserved in table::RESERVED {
        println!("{:<16} {}", reserved.package, reserved.only.join(", "));
    }
}
