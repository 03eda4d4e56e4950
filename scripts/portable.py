"""Builds the provider so that it runs on machines that are older than this one.

On Linux the executable wants nothing newer than glibc 2.17, which every supported distribution
has. Zig brings the C library's symbols of that age along: pip puts it and `cargo-zigbuild` into
`.tools/`. On macOS the system's own tools can do it.
"""

import os
import platform
import re
import subprocess

from terraform_cli import ROOT, TOOLS, Failure
from tools import lock, pip_install, say, venv_with_pip

PROGRAM = "terraform-provider-quay"
GLIBC = (2, 17)
# The oldest macOS that runs on Apple's own processors.
MACOS = "11.0"
PACKAGES = ("cargo-zigbuild==0.24.0", "ziglang==0.17.1")

# Rust's name for a platform -> Terraform's.
SYSTEMS = {
    "x86_64-unknown-linux-gnu": "linux_amd64",
    "aarch64-unknown-linux-gnu": "linux_arm64",
    "x86_64-apple-darwin": "darwin_amd64",
    "aarch64-apple-darwin": "darwin_arm64",
}


def host():
    """Rust's name for this machine's platform; another word where no releases are made for it."""
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    rest = {"Linux": "unknown-linux-gnu", "Darwin": "apple-darwin"}.get(platform.system(), "unknown")
    return f"{machine}-{rest}"


def build(target):
    """Builds for a platform, and gives the executable."""
    if target not in SYSTEMS:
        raise Failure(f"releases are made for {', '.join(SYSTEMS)}, not for {target}")
    options = ["--locked", "--release", "--bin", PROGRAM]
    environment = {**os.environ, "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(remapped())}
    # The encoded form wins over this one; cargo-zigbuild would read both.
    environment.pop("RUSTFLAGS", None)
    if "linux" in target:
        folder = zig()
        environment["CARGO_ZIGBUILD_ZIG_PATH"] = str(folder / "ziglang" / "zig")
        oldest = ".".join(map(str, GLIBC))
        command = [str(folder / "bin" / "cargo-zigbuild"), "zigbuild", "--target", f"{target}.{oldest}"]
    else:
        environment["MACOSX_DEPLOYMENT_TARGET"] = MACOS
        command = [os.environ.get("CARGO", "cargo"), "build", "--target", target]
    if subprocess.run([*command, *options], cwd=ROOT, env=environment, check=False).returncode != 0:
        raise Failure("the build failed")
    metadata = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    return ROOT / metadata / target / "release" / PROGRAM


def remapped():
    """Flags that keep the paths of this machine out of the executable."""
    home = os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo")
    return [f"--remap-path-prefix={ROOT}=.", f"--remap-path-prefix={home}=cargo"]


def zig():
    """The folder with Zig and cargo-zigbuild, which are installed where they are missing."""
    folder = TOOLS / "zigbuild"
    stamp = folder / "installed"
    with lock():
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == " ".join(PACKAGES):
            return folder
        say(f"installing {' and '.join(PACKAGES)} (417 MB) into {folder}")
        pip = pip_install(venv_with_pip(), folder, "--upgrade", *PACKAGES)
        if pip.returncode != 0:
            raise Failure(
                "pip cannot install Zig; `make build` makes a build for this machine. pip says:\n"
                f"{pip.stdout.strip()}"
            )
        stamp.write_text(" ".join(PACKAGES), encoding="utf-8")
    return folder


def needed_glibc(executable):
    """The newest glibc that an executable asks for, such as (2, 17); (0, 0) if for none.

    The names of the versions stand in the executable as plain text.
    """
    names = re.findall(rb"\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)", executable.read_bytes())
    return max(((int(major), int(minor)) for major, minor in names), default=(0, 0))


def built_for(executable):
    """Terraform's name for the platform of an executable, told by its first bytes; None if unknown."""
    head = executable.read_bytes()[:20]
    if head[:4] == b"\x7fELF":
        return {62: "linux_amd64", 183: "linux_arm64"}.get(int.from_bytes(head[18:20], "little"))
    if head[:4] == b"\xcf\xfa\xed\xfe":
        processor = int.from_bytes(head[4:8], "little")
        return {0x01000007: "darwin_amd64", 0x0100000C: "darwin_arm64"}.get(processor)
    return None
