//! Finds linked worktrees of git.

use std::io;
use std::path::{Component, Path, PathBuf};

use topside_model::{Timestamp, Untrusted, Worktree};
use topside_probe::{FileKind, Host};

/// Folders in which agents make worktrees.
const MADE_IN: [&str; 3] = ["/.claude/worktrees/", "/.codex/worktrees/", "/.worktrees/"];
/// More than the longest path.
const TEXT: usize = 8 * 1024;
/// Worktrees looked at in one repository.
const MOST: usize = 200;

/// Linked worktrees of the repository whose main folder is `root`, as git keeps account of them. Ones whose folder is gone
/// are left out.
pub(crate) fn of(host: &dyn Host, root: &Path) -> Vec<Worktree> {
    let accounts = root.join(".git/worktrees");
    let entries = host.list(&accounts).unwrap_or_default();
    let folders = entries.into_iter().filter(|entry| entry.kind == FileKind::Directory).take(MOST);
    folders.filter_map(|entry| worktree(host, root, &accounts.join(entry.name))).collect()
}

/// The worktree of which this folder keeps account; see gitrepository-layout(5).
fn worktree(host: &dyn Host, root: &Path, account: &Path) -> Option<Worktree> {
    // Newer ones may be told from the account's folder.
    let file = normal(&account.join(text(host, &account.join("gitdir")).ok()?));
    let path = file.parent().filter(|path| path.is_absolute())?;
    host.stat(&file).ok()?;
    let head = text(host, &account.join("HEAD")).ok();
    let branch = head.as_deref().and_then(|head| head.strip_prefix("ref: refs/heads/")).map(Untrusted::new);
    let changed = |name: &str| host.stat(&account.join(name)).ok().map(|stat| stat.modified);
    let changed_at: Option<Timestamp> = changed("index").max(changed("HEAD")).max(changed("logs/HEAD"));
    let shown = path.to_string_lossy().replace('\\', "/");
    Some(Worktree {
        name: Untrusted::new(account.file_name()?.to_string_lossy()),
        path: Untrusted::new(path.to_string_lossy()),
        repository: Untrusted::new(root.to_string_lossy()),
        branch,
        changed_at,
        by_agent: MADE_IN.iter().any(|folder| shown.contains(folder)),
    })
}

/// A path without `.` and `..`, as far as its words tell.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => _ = normal.pop(),
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

/// A short file without the blanks around its text.
fn text(host: &dyn Host, path: &Path) -> io::Result<String> {
    let mut bytes = vec![0; TEXT];
    let length = host.open(path)?.fill_at(0, &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes[..length]).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use topside_probe::FakeHost;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a moment")
    }

    #[test]
    fn a_worktree_may_be_told_from_the_folder_of_its_account() {
        let host = FakeHost::new("/home/ada", at(0));
        host.write("/src/shop/.git/worktrees/fix/gitdir", "../../../../fix/.git\n");
        host.write("/src/fix/.git", "gitdir: ../shop/.git/worktrees/fix\n");
        let found = of(&host, Path::new("/src/shop"));
        assert_eq!(found.iter().map(|one| one.path.raw()).collect::<Vec<_>>(), ["/src/fix"]);
    }

    #[test]
    fn worktrees_are_found_where_git_keeps_account_of_them() {
        let host = FakeHost::new("/home/ada", at(0));
        let account = "/src/shop/.git/worktrees";
        for (name, path, head) in [
            ("fix", "/src/shop/.claude/worktrees/fix", "ref: refs/heads/fix\n"),
            ("own", "/src/own", "4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"),
            ("gone", "/src/gone", "ref: refs/heads/gone\n"),
        ] {
            host.write(format!("{account}/{name}/gitdir"), format!("{path}/.git\n"));
            host.write(format!("{account}/{name}/HEAD"), head);
            if name != "gone" {
                host.write(format!("{path}/.git"), "gitdir: elsewhere\n");
            }
        }
        host.set_modified(format!("{account}/fix/HEAD"), at(500));
        let found = of(&host, Path::new("/src/shop"));
        let short = |one: &Worktree| {
            let branch = one.branch.as_ref().map(|branch| branch.raw().to_owned());
            (one.path.raw().to_owned(), branch, one.by_agent)
        };
        let found_short: Vec<_> = found.iter().map(short).collect();
        let fix = ("/src/shop/.claude/worktrees/fix".to_owned(), Some("fix".to_owned()), true);
        assert_eq!(found_short, [fix, ("/src/own".to_owned(), None, false)]);
        assert_eq!(found[0].changed_at, Some(at(500)));
        assert_eq!(of(&host, Path::new("/src/own")), []);
    }
}
