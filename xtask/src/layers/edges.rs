//! The arrows between packages against the table.

use crate::layers::table::{RESERVED, ROOMS, Room, TASKS, TESTKIT};
use crate::repo::{Dependency, Package};

/// Every arrow the table does not allow, and every package it does not know.
pub(super) fn faults(packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        faults.extend(package.dependencies.iter().filter_map(|dependency| reserved(package, dependency)));
        if package.name == TASKS {
            continue;
        }
        match ROOMS.iter().find(|room| room.package == package.name) {
            Some(room) => faults.extend(package.dependencies.iter().filter_map(|used| arrow(room, used, packages))),
            None => faults.push(format!("{} is in no row of the table", package.name)),
        }
    }
    faults
}

/// What is wrong with `room` using `dependency`, a package of this workspace.
fn arrow(room: &Room, dependency: &Dependency, packages: &[Package]) -> Option<String> {
    let name = dependency.name.as_str();
    let own = packages.iter().any(|package| package.name == name);
    let allowed = room.may_use.contains(&name) || (kind(dependency) == "dev" && tests_may_use(room, name));
    (own && !allowed).then(|| format!("{} -> {name} ({}) is not allowed", room.package, kind(dependency)))
}

/// Tests may use the testkit and what stands to the left, where their data comes from.
fn tests_may_use(room: &Room, name: &str) -> bool {
    let place = |package: &str| ROOMS.iter().position(|room| room.package == package);
    name == TESTKIT || place(name).is_some_and(|left| Some(left) < place(room.package))
}

/// What is wrong with `package` naming `dependency`, a library that belongs elsewhere.
fn reserved(package: &Package, dependency: &Dependency) -> Option<String> {
    let rule = RESERVED.iter().find(|rule| rule.package == dependency.name)?;
    let allowed = rule.only.contains(&package.name.as_str());
    (!allowed).then(|| {
        let (from, library, only) = (&package.name, rule.package, rule.only.join(", "));
        format!("{from} -> {library} ({}) is not allowed: only {only} may", kind(dependency))
    })
}

fn kind(dependency: &Dependency) -> &str {
    dependency.kind.as_deref().unwrap_or("normal")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn package(name: &str, uses: &[(&str, Option<&str>)]) -> Package {
        let dependencies = uses
            .iter()
            .map(|(name, kind)| Dependency { name: (*name).to_owned(), kind: kind.map(str::to_owned) })
            .collect();
        Package { name: name.to_owned(), manifest_path: PathBuf::new(), dependencies }
    }

    fn faults_of(name: &str, uses: &[(&str, Option<&str>)]) -> Vec<String> {
        let mut packages: Vec<_> =
            ROOMS.iter().filter(|room| room.package != name).map(|room| package(room.package, &[])).collect();
        packages.push(package(name, uses));
        faults(&packages)
    }

    #[test]
    fn an_arrow_of_the_table_is_allowed() {
        assert_eq!(faults_of("topside-collect", &[("topside-probe", None), ("topside-model", None)]), [""; 0]);
    }

    #[test]
    fn an_arrow_to_the_right_is_named() {
        assert_eq!(
            faults_of("topside-engine", &[("topside-tui", None)]),
            ["topside-engine -> topside-tui (normal) is not allowed"]
        );
    }

    #[test]
    fn testkit_serves_tests_only() {
        assert_eq!(faults_of("topside-engine", &[("topside-testkit", Some("dev"))]), [""; 0]);
        assert_eq!(
            faults_of("topside", &[("topside-testkit", None)]),
            ["topside -> topside-testkit (normal) is not allowed"]
        );
    }

    #[test]
    fn tests_may_look_left_and_not_right() {
        assert_eq!(faults_of("topside-engine", &[("topside-collect", Some("dev"))]), [""; 0]);
        assert_eq!(
            faults_of("topside-engine", &[("topside-export", Some("dev"))]),
            ["topside-engine -> topside-export (dev) is not allowed"]
        );
    }

    #[test]
    fn a_crate_without_a_row_is_a_fault() {
        assert_eq!(faults_of("topside-more", &[]), ["topside-more is in no row of the table"]);
    }

    #[test]
    fn a_library_stays_in_its_room_even_in_tests() {
        assert_eq!(
            faults_of("topside-engine", &[("tokio", Some("dev"))]),
            ["topside-engine -> tokio (dev) is not allowed: only topside, topside-testkit may"]
        );
        assert_eq!(faults_of("xtask", &[("anyhow", None), ("topside", None)]), [""; 0]);
    }
}
