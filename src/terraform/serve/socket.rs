//! The Unix socket, in a folder that nobody else can enter.

use std::fs::{self, DirBuilder, Permissions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// The longest path that a socket can have on every Unix that we run on; macOS allows the least.
const LONGEST_PATH: usize = 103;

/// The folder for temporary files that is always there and short.
const FALLBACK: &str = "/tmp";

/// A path that no other process has, and that is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Socket {
    path: String,
    folder: PathBuf,
}

impl Socket {
    /// Listens in `wanted` and nowhere else, or else in `temporary`, or else in `/tmp`.
    ///
    /// A temporary folder may be too deep for a socket, or not exist; a folder that somebody
    /// asked for by name must do.
    pub(super) fn bind(
        wanted: Option<&Path>,
        temporary: Option<&Path>,
        group: Option<&str>,
    ) -> io::Result<(Self, UnixListener)> {
        if let Some(wanted) = wanted {
            return Self::bind_in(wanted, group);
        }
        match temporary.map(|temporary| Self::bind_in(temporary, group)) {
            Some(Ok(bound)) => Ok(bound),
            Some(Err(_)) | None => Self::bind_in(Path::new(FALLBACK), group),
        }
    }

    /// The path, as absolute as Terraform needs it.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    fn bind_in(parent: &Path, group: Option<&str>) -> io::Result<(Self, UnixListener)> {
        let group = group.map(group_id).transpose()?;
        // From here on dropping it cleans up.
        let socket = Self::with_new_folder(parent)?;
        let listener = UnixListener::bind(&socket.path)?;
        // The folder keeps others out from the first moment on, so it does not matter that the
        // file has its mode only now. No umask is touched: it belongs to the whole process.
        if let Some(group) = group {
            chown(&socket.path, None, Some(group))?;
            chown(&socket.folder, None, Some(group))?;
            fs::set_permissions(&socket.path, Permissions::from_mode(0o660))?;
            fs::set_permissions(&socket.folder, Permissions::from_mode(0o710))?;
        } else {
            fs::set_permissions(&socket.path, Permissions::from_mode(0o600))?;
        }
        Ok((socket, listener))
    }

    fn with_new_folder(parent: &Path) -> io::Result<Self> {
        let folder = std::path::absolute(parent)?.join(format!("tf-plugin-{:012x}", random()));
        let path = usable(&folder.join("socket"))?;
        // Fails if it exists, also as a link: nobody can lay it out for us.
        DirBuilder::new().mode(0o700).create(&folder)?;
        let socket = Self { path, folder };
        fs::set_permissions(&socket.folder, Permissions::from_mode(0o700))?;
        Ok(socket)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // There is nobody left to tell if this fails.
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_dir(&self.folder);
    }
}

/// 48 bits that differ from process to process.
fn random() -> u64 {
    RandomState::new().build_hasher().finish() >> 16
}

/// The path as text, if it fits into a socket's address and into the handshake.
fn usable(path: &Path) -> io::Result<String> {
    let unusable = |what| io::Error::new(ErrorKind::InvalidInput, what);
    let text = path.to_str().ok_or_else(|| unusable("the path is not UTF-8"))?;
    if text.len() > LONGEST_PATH {
        return Err(unusable("the path is too long for a socket"));
    }
    if text.contains(|letter: char| letter == '|' || letter.is_control()) {
        return Err(unusable("the path has a character that the handshake cannot carry"));
    }
    Ok(text.to_owned())
}

/// A group by number, or by its name in `/etc/group`.
fn group_id(group: &str) -> io::Result<u32> {
    if let Ok(id) = group.parse() {
        return Ok(id);
    }
    find_group(&fs::read_to_string("/etc/group")?, group)
        .ok_or_else(|| io::Error::new(ErrorKind::NotFound, format!("there is no group {group}")))
}

/// The third field of the line that begins with the name.
fn find_group(groups: &str, name: &str) -> Option<u32> {
    let fields = |line: &'_ str| -> Option<u32> {
        let (first, rest) = line.split_once(':')?;
        (first == name).then(|| rest.split(':').nth(1)?.parse().ok())?
    };
    groups.lines().find_map(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let groups = "root:x:0:\n# a comment\ndocker-users:x:5:a\ndocker:x:998:a,b\n";
        assert_eq!(find_group(groups, "docker"), Some(998));
        assert_eq!(find_group(groups, "dock"), None);
    }

    #[test]
    fn a_path_that_the_handshake_cannot_carry_is_not_used() {
        assert!(usable(Path::new("/tmp/a")).is_ok());
        let long = format!("/{}", "x".repeat(LONGEST_PATH));
        for path in ["/tmp/a|b", "/tmp/a\nb", &long] {
            assert!(usable(Path::new(path)).is_err(), "{path}");
        }
    }
}
