//! Open files on macOS.

use std::io;
use std::path::PathBuf;

use libproc::file_info::{ListFDs, PIDFDInfo, PIDFDInfoFlavor, ProcFDType, pidfdinfo};
use libproc::net_info::{ProcFileInfo, VInfoStat};
use libproc::proc_pid::listpidinfo;

use crate::OpenHandle;

/// Most handles of a process that are looked at.
const HANDLES: usize = 4096;

/// Open for writing. Source: `FWRITE` in `<sys/fcntl.h>`.
const WRITABLE: u32 = 2;

/// Room for a path in the kernel's answers. Source: `MAXPATHLEN` in `<sys/param.h>`.
const PATH_BYTES: usize = 1024;

/// What the kernel tells of an open file. Source: `struct vnode_fdinfowithpath` in `<sys/proc_info.h>`.
#[repr(C)]
struct OpenVnode {
    file: ProcFileInfo,
    stat: VInfoStat,
    kind: i32,
    padding: i32,
    file_system: [i32; 2],
    path: [u8; PATH_BYTES],
}

const _: () = assert!(size_of::<OpenVnode>() == 1200, "as long as the kernel's own");

impl Default for OpenVnode {
    fn default() -> Self {
        Self {
            file: ProcFileInfo::default(),
            stat: VInfoStat::default(),
            kind: 0,
            padding: 0,
            file_system: [0; 2],
            path: [0; PATH_BYTES],
        }
    }
}

impl PIDFDInfo for OpenVnode {
    fn flavor() -> PIDFDInfoFlavor {
        PIDFDInfoFlavor::VNodePathInfo
    }
}

/// Files a process of the same user holds open.
pub(crate) fn open_files(pid: u32) -> io::Result<Vec<OpenHandle>> {
    let pid = i32::try_from(pid).map_err(io::Error::other)?;
    let handles = listpidinfo::<ListFDs>(pid, HANDLES).map_err(io::Error::other)?;
    let files = handles.iter().filter(|handle| matches!(handle.proc_fdtype.into(), ProcFDType::VNode));
    Ok(files.filter_map(|handle| open_file(pid, handle.proc_fd)).collect())
}

/// `None` for a handle closed meanwhile and a file without a name.
fn open_file(pid: i32, handle: i32) -> Option<OpenHandle> {
    let vnode = pidfdinfo::<OpenVnode>(pid, handle).ok()?;
    let path = std::ffi::CStr::from_bytes_until_nul(&vnode.path).ok()?.to_str().ok()?;
    (!path.is_empty())
        .then(|| OpenHandle { path: PathBuf::from(path), writable: Some(vnode.file.fi_openflags & WRITABLE != 0) })
}
