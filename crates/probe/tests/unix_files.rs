//! What must not be opened is not.
#![cfg(unix)]

use std::io;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use topside_probe::{FileKind, Host, Interest, OsHost};

fn host(root: &Path) -> OsHost {
    OsHost::new(Interest::default(), Some(root.to_owned())).expect("a host")
}

#[track_caller]
fn refused(host: &OsHost, path: &Path, kind: FileKind, words: &str) {
    assert_eq!(host.stat(path).expect("facts").kind, kind);
    let error = host.open(path).err().expect("refused");
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert!(error.to_string().ends_with(words), "{error}");
    let error = host.unpack(path, &mut |_| true).expect_err("refused");
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn sockets_devices_links_and_folders_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = host(folder.path());
    let socket = folder.path().join("socket");
    let _listener = UnixListener::bind(&socket).expect("a socket");
    let file = folder.path().join("file");
    std::fs::write(&file, "text").expect("a file");
    let link = folder.path().join("link");
    symlink(&file, &link).expect("a link");
    refused(&host, &socket, FileKind::Other, "is a pipe, socket or device");
    refused(&host, Path::new("/dev/zero"), FileKind::Other, "is a pipe, socket or device");
    refused(&host, &link, FileKind::Link, "is a link");
    refused(&host, folder.path(), FileKind::Directory, "is a directory");
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_is_refused_without_waiting_for_its_writer() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
    refused(&host(folder.path()), &pipe, FileKind::Other, "is a pipe, socket or device");
}

#[test]
fn a_link_to_a_folder_is_followed_for_the_folder_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = host(folder.path());
    let real = folder.path().join("real");
    std::fs::create_dir(&real).expect("a folder");
    symlink("nowhere", real.join("link")).expect("a link");
    let link = folder.path().join("link");
    symlink(&real, &link).expect("a link");
    let listed = host.list(&link).expect("a list");
    assert_eq!(
        listed.iter().map(|entry| (entry.name.as_str(), entry.kind)).collect::<Vec<_>>(),
        [("link", FileKind::Link)]
    );
}
