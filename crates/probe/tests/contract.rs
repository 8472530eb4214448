//! What both hosts promise about files.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use topside_model::Timestamp;
use topside_probe::{DirEntry, FakeHost, FileKind, Host, Interest, OsHost};

/// A folder on one of the hosts, and the means to change it.
struct Place {
    root: PathBuf,
    host: Box<dyn Host>,
    change: Box<Changer>,
    _folder: Option<tempfile::TempDir>,
}

type Changer = dyn Fn(&Path, Change);

#[derive(Clone, Copy)]
enum Change {
    Write(&'static str),
    Append(&'static str),
    Replace(&'static str),
    Truncate(u64),
    Directory,
    Remove,
}

fn on_the_machine() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_owned();
    let host = OsHost::new(Interest::default(), Some(root.clone())).expect("a host");
    Place { root, host: Box::new(host), change: Box::new(change_machine), _folder: Some(folder) }
}

fn change_machine(path: &Path, change: Change) {
    use std::fs;
    use std::io::Write;
    let appender = || fs::OpenOptions::new().append(true).open(path);
    let aside = path.with_extension("aside");
    match change {
        Change::Write(text) => fs::write(path, text),
        Change::Append(text) => appender().and_then(|mut file| file.write_all(text.as_bytes())),
        Change::Replace(text) => fs::write(&aside, text).and_then(|()| fs::rename(&aside, path)),
        Change::Truncate(len) => appender().and_then(|file| file.set_len(len)),
        Change::Directory => fs::create_dir(path),
        Change::Remove => fs::remove_file(path),
    }
    .expect("changed");
}

fn on_the_fake() -> Place {
    let host = FakeHost::new("/home/x", Timestamp::UNIX_EPOCH);
    let fake = host.clone();
    let change = move |path: &Path, change: Change| match change {
        Change::Write(text) => fake.write(path, text),
        Change::Append(text) => fake.append(path, text),
        Change::Replace(text) => fake.replace(path, text),
        Change::Truncate(len) => fake.truncate(path, usize::try_from(len).expect("small")),
        Change::Directory => fake.make_dir(path),
        Change::Remove => fake.remove(path),
    };
    Place { root: "/home/x".into(), host: Box::new(host), change: Box::new(change), _folder: None }
}

fn on_both(check: impl Fn(&Place)) {
    check(&on_the_machine());
    check(&on_the_fake());
}

impl Place {
    fn change(&self, name: &str, change: Change) -> PathBuf {
        let path = self.root.join(name);
        (self.change)(&path, change);
        path
    }
}

fn read_all(place: &Place, path: &Path) -> String {
    let file = place.host.open(path).expect("a file");
    text(file.as_ref(), 0)
}

fn text(file: &dyn topside_probe::OpenFile, offset: u64) -> String {
    let mut buffer = [0; 64];
    let len = file.read_at(offset, &mut buffer).expect("read");
    String::from_utf8_lossy(&buffer[..len]).into_owned()
}

#[test]
fn a_folder_is_listed_by_name_with_kinds() {
    on_both(|place| {
        place.change("b", Change::Write(""));
        place.change("a", Change::Directory);
        place.change("a/inner", Change::Write(""));
        let entry = |name: &str, kind| DirEntry { name: name.to_owned(), kind };
        let expected = [entry("a", FileKind::Directory), entry("b", FileKind::File)];
        assert_eq!(place.host.list(&place.root).expect("a list"), expected);
    });
}

#[test]
fn what_is_missing_is_not_found() {
    on_both(|place| {
        let nowhere = place.root.join("nowhere");
        assert_eq!(place.host.list(&nowhere).expect_err("missing").kind(), io::ErrorKind::NotFound);
        assert_eq!(place.host.stat(&nowhere).expect_err("missing").kind(), io::ErrorKind::NotFound);
        assert_eq!(place.host.open(&nowhere).err().expect("missing").kind(), io::ErrorKind::NotFound);
    });
}

#[test]
fn entries_are_the_same_looked_at_together_and_one_by_one() {
    on_both(|place| {
        let file = place.change("file", Change::Write("text"));
        let folder = place.change("folder", Change::Directory);
        let told = place.host.stat_in(&place.root, &["file", "gone", "folder"]);
        let expected = [Some(&file), None, Some(&folder)].map(|path| Some(place.host.stat(path?).expect("facts")));
        assert_eq!(told, expected);
        assert_eq!(place.host.stat_in(&place.root.join("nowhere"), &["file"]), [None]);
    });
}

#[test]
fn a_file_is_no_folder_and_a_folder_no_file() {
    on_both(|place| {
        let file = place.change("file", Change::Write(""));
        assert_eq!(place.host.list(&file).expect_err("a file").kind(), io::ErrorKind::NotADirectory);
        let error = place.host.open(&place.root).err().expect("a folder");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(error.to_string().ends_with("is a directory"), "{error}");
    });
}

#[test]
fn an_open_file_grows_shrinks_and_outlives_its_name() {
    on_both(|place| {
        let path = place.change("log", Change::Write("one\n"));
        let file = place.host.open(&path).expect("a file");
        let id = file.stat().expect("facts").id;
        place.change("log", Change::Append("two\n"));
        assert_eq!(file.stat().expect("facts").len, 8);
        assert_eq!(text(file.as_ref(), 4), "two\n");
        assert_eq!(text(file.as_ref(), 8), "");
        assert_eq!(text(file.as_ref(), 1000), "");
        place.change("log", Change::Truncate(2));
        assert_eq!(text(file.as_ref(), 0), "on");
        place.change("log", Change::Replace("new"));
        assert_ne!(place.host.stat(&path).expect("facts").id, id);
        assert_eq!(file.stat().expect("facts").id, id);
        assert_eq!(text(file.as_ref(), 0), "on");
        assert_eq!(read_all(place, &path), "new");
        place.change("log", Change::Remove);
        assert_eq!(text(file.as_ref(), 0), "on");
    });
}

#[test]
fn a_packed_file_is_unpacked_as_far_as_wanted() {
    let host = FakeHost::new("/home/x", Timestamp::UNIX_EPOCH);
    let plain = b"line of a transcript\n".repeat(20_000);
    let packed = zstd::encode_all(plain.as_slice(), 1).expect("packed");
    let two_frames = [packed.as_slice(), packed.as_slice()].concat();
    host.write("/home/x/log.zst", &two_frames);
    let mut seen = Vec::new();
    let mut all = |piece: &[u8]| {
        seen.extend_from_slice(piece);
        true
    };
    host.unpack(Path::new("/home/x/log.zst"), &mut all).expect("unpacked");
    assert_eq!(seen, [plain.as_slice(), plain.as_slice()].concat());
    let mut pieces = 0;
    let mut first = |_: &[u8]| {
        pieces += 1;
        false
    };
    host.unpack(Path::new("/home/x/log.zst"), &mut first).expect("unpacked");
    assert_eq!(pieces, 1);
    host.write("/home/x/cut.zst", &packed[..packed.len() / 2]);
    assert!(host.unpack(Path::new("/home/x/cut.zst"), &mut |_| true).is_err());
}

#[test]
fn under_a_root_the_environment_is_not_looked_at() {
    let here = std::env::vars().find(|(name, _)| name == "PATH").expect("a path");
    let root = OsHost::new(Interest::default(), Some("/r".into())).expect("a host");
    assert_eq!((root.home(), root.variable("PATH")), (Path::new("/r"), None));
    let host = OsHost::new(Interest::default(), None).expect("a host");
    assert_eq!(host.variable("PATH"), Some(here.1));
}

#[test]
fn the_clock_of_the_machine_is_the_systems() {
    let host = OsHost::new(Interest::default(), Some("/r".into())).expect("a host");
    let clock = || Timestamp::try_from(SystemTime::now()).expect("a time");
    let before = clock();
    let now = host.now();
    assert!(before <= now && now <= clock());
}
