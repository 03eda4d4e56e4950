"""Builds the provider so that it runs on other machines than this one.

On Linux the executable is static, with musl as its C library, and wants nothing of the machine: it
runs on the oldest distribution, on Alpine, and in an empty container. Zig compiles C for musl: pip
puts it and `cargo-zigbuild` into `.tools/`; Rust's own library for musl comes by rustup. On macOS the
system's own tools can do it.
"""

import os
import platform
import subprocess

from terraform_cli import ROOT, TOOLS, Failure
from tools import lock, pip_install, say, venv_with_pip

PROGRAM = "terraform-provider-quay"
# The oldest macOS that runs on Apple's own processors.
MACOS = "11.0"
PACKAGES = ("cargo-zigbuild==0.24.0", "ziglang==0.17.1")

PT_INTERP = 3

# Rust's name for a platform -> Terraform's.
SYSTEMS = {
    "x86_64-unknown-linux-musl": "linux_amd64",
    "aarch64-unknown-linux-musl": "linux_arm64",
    "x86_64-apple-darwin": "darwin_amd64",
    "aarch64-apple-darwin": "darwin_arm64",
}


def host():
    """Rust's name for this machine's platform; another word where no releases are made for it."""
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    rest = {"Linux": "unknown-linux-musl", "Darwin": "apple-darwin"}.get(platform.system(), "unknown")
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
        rust_for(target)
        folder = zig()
        environment["CARGO_ZIGBUILD_ZIG_PATH"] = str(folder / "ziglang" / "zig")
        command = [str(folder / "bin" / "cargo-zigbuild"), "zigbuild", "--target", target]
    else:
        environment["MACOSX_DEPLOYMENT_TARGET"] = MACOS
        command = [os.environ.get("CARGO", "cargo"), "build", "--target", target]
    if subprocess.run([*command, *options], cwd=ROOT, env=environment, check=False).returncode != 0:
        raise Failure("the build failed")
    metadata = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    return ROOT / metadata / target / "release" / PROGRAM


def rust_for(target):
    """Has rustup fetch Rust's own library for a platform, where it is missing."""
    asked = subprocess.run(
        ["rustc", "--print", "target-libdir", "--target", target],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    if asked.returncode == 0 and os.path.isdir(asked.stdout.strip()):
        return
    say(f"fetching Rust's library for {target}")
    try:
        fetched = subprocess.run(["rustup", "target", "add", target], cwd=ROOT, check=False)
    except FileNotFoundError:
        fetched = None
    if fetched is None or fetched.returncode != 0:
        raise Failure(
            f"Rust's library for {target} is missing, and rustup could not fetch it; `make build` "
            "makes a build for this machine"
        )


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


def needs_a_loader(executable):
    """Whether a Linux executable is loaded together with libraries of the machine that it runs on.

    Then it names the loader, in a segment of the type PT_INTERP.
    """
    content = executable.read_bytes()
    if content[:4] != b"\x7fELF":
        return False
    begin = int.from_bytes(content[32:40], "little")
    size, count = (int.from_bytes(content[at : at + 2], "little") for at in (54, 56))
    types = (content[begin + size * number :][:4] for number in range(count))
    return any(int.from_bytes(kind, "little") == PT_INTERP for kind in types)


def built_for(executable):
    """Terraform's name for the platform of an executable, told by its first bytes; None if unknown."""
    head = executable.read_bytes()[:20]
    if head[:4] == b"\x7fELF":
        return {62: "linux_amd64", 183: "linux_arm64"}.get(int.from_bytes(head[18:20], "little"))
    if head[:4] == b"\xcf\xfa\xed\xfe":
        processor = int.from_bytes(head[4:8], "little")
        return {0x01000007: "darwin_amd64", 0x0100000C: "darwin_arm64"}.get(processor)
    return None
