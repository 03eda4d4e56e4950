#!/usr/bin/env python3
"""Packs the provider as the Terraform Registry wants it, into `dist/`.

    scripts/release.py package [--target TRIPLE] [--binary FILE] [--dist FOLDER]
    scripts/release.py seal [--key KEY] [--dist FOLDER]
    scripts/release.py notes [--changelog FILE]
    scripts/release.py version

`package` builds for one platform, this machine's unless told otherwise, and makes its zip.
`seal` follows when the zips of all platforms are there: it adds the manifest and the checksums,
and signs these when a GPG key is given. GPG_PASSPHRASE opens the key.
`notes` prints what the changelog says of this version, for the page of the release.
The same executable always gives the same zip, byte for byte.
"""

import argparse
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

sys.dont_write_bytecode = True

import portable  # noqa: E402
from portable import PROGRAM  # noqa: E402
from terraform_cli import ROOT, Failure, described, main  # noqa: E402

# The earliest time that a zip can hold, for every file in it.
NO_TIME = (1980, 1, 1, 0, 0, 0)
UNIX = 3


def run():
    """Does what the arguments say."""
    arguments = parse()
    if arguments.command == "version":
        print(version())
    elif arguments.command == "notes":
        print(notes(arguments.changelog.read_text(encoding="utf-8"), version()))
    elif arguments.command == "package":
        package(arguments)
    else:
        seal(arguments.dist, arguments.key)


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("version", help="print the version that would be released")
    noting = commands.add_parser("notes", help="print the changelog's section of the version")
    noting.add_argument("--changelog", type=pathlib.Path, default=ROOT / "CHANGELOG.md")
    packing = commands.add_parser("package", help="make the zip of one platform")
    packing.add_argument("--target", default=portable.host(), help="Rust's name of the platform")
    packing.add_argument("--binary", type=pathlib.Path, help="pack this instead of building")
    packing.add_argument("--dynamic", action="store_true", help="allow one that is not static")
    packing.add_argument("--level", type=int, default=9, help="how hard to compress, 1 to 9")
    sealing = commands.add_parser("seal", help="add the manifest, the checksums and a signature")
    sealing.add_argument("--key", help="the GPG key to sign with")
    for command in (packing, sealing):
        command.add_argument("--dist", type=pathlib.Path, default=ROOT / "dist", help="the folder")
    return parser.parse_args()


def version():
    """The version; Cargo.toml is the only place that says it."""
    manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    return re.search(r'^version = "([^"]+)"$', manifest, re.MULTILINE).group(1)


def notes(changelog, wanted):
    """The section of a version in the changelog, without its heading."""
    for section in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]:
        heading, _, rest = section.partition("\n")
        if heading.partition(" ")[0] == wanted:
            if "unreleased" in heading:
                raise Failure(f"the changelog calls {wanted} unreleased: write the date there")
            return rest.strip()
    raise Failure(f"the changelog has no section of {wanted}")


def package(arguments):
    """Makes the zip of one platform."""
    binary = arguments.binary or portable.build(arguments.target)
    system = portable.SYSTEMS.get(arguments.target)
    check(binary, system, arguments.dynamic)
    arguments.dist.mkdir(parents=True, exist_ok=True)
    archive = arguments.dist / f"{PROGRAM}_{version()}_{system}.zip"
    with zipfile.ZipFile(archive, "w", compresslevel=arguments.level) as zipped:
        add(zipped, ROOT / "LICENSE", "LICENSE", 0o644)
        add(zipped, ROOT / "README.md", "README.md", 0o644)
        add(zipped, binary, f"{PROGRAM}_v{version()}", 0o755)
    print(f"{archive.name}: {size(archive)}, unpacked {size(binary)}")


def check(binary, system, dynamic):
    """Refuses what should not be released."""
    if system is None:
        raise Failure(f"releases are made for {', '.join(portable.SYSTEMS)}")
    if portable.needs_a_loader(binary) and not dynamic:
        raise Failure(f"{binary} needs libraries of the machine, and a release for Linux is static")
    if portable.built_for(binary) != system:
        raise Failure(f"{binary} is built for {portable.built_for(binary)}, and not for {system}")
    # What was built for another platform cannot be asked.
    if system == portable.SYSTEMS.get(portable.host()):
        says, _, runs_on = described(binary)
        if (says, runs_on) != (version(), system):
            raise Failure(f"{binary} is {says} for {runs_on}, and not {version()} for {system}")


def add(zipped, file, name, mode):
    """Adds a file in a way that depends on its content alone."""
    entry = zipfile.ZipInfo(name, NO_TIME)
    entry.create_system = UNIX
    entry.external_attr = (0o100000 | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    zipped.writestr(entry, file.read_bytes(), compresslevel=zipped.compresslevel)


def seal(dist, key):
    """Adds what covers all platforms."""
    base = f"{PROGRAM}_{version()}"
    archives = sorted(dist.glob(f"{base}_*.zip"))
    if not archives:
        raise Failure(f"there is no zip of version {version()} in {dist}: run `package` first")
    manifest = dist / f"{base}_manifest.json"
    shutil.copyfile(ROOT / "terraform-registry-manifest.json", manifest)
    sums = dist / f"{base}_SHA256SUMS"
    lines = [f"{digest(file)}  {file.name}\n" for file in sorted([*archives, manifest])]
    sums.write_text("".join(lines), encoding="utf-8")
    print(f"{sums.name}: {len(archives)} platforms")
    signature = sums.with_name(f"{sums.name}.sig")
    # One of an earlier run would be wrong now.
    signature.unlink(missing_ok=True)
    if key:
        gpg("--local-user", key, "--output", str(signature), "--detach-sign", str(sums))
        gpg("--verify", str(signature), str(sums))
        print(f"{signature.name}: by {key}")


def gpg(*arguments):
    """Runs GPG, which must neither ask nor fail. It gets the passphrase where others cannot see it."""
    command = ["gpg", "--batch", "--no-tty", "--quiet"]
    command += ["--pinentry-mode", "loopback", "--passphrase-fd", "0", *arguments]
    passphrase = os.environ.get("GPG_PASSPHRASE", "")
    try:
        done = subprocess.run(command, input=passphrase, capture_output=True, text=True, check=False)
    except FileNotFoundError as reason:
        raise Failure("gpg is needed to sign") from reason
    if done.returncode != 0:
        raise Failure(f"gpg failed: {done.stderr.strip()}")


def digest(file):
    """The SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def size(file):
    """How large a file is, in words."""
    return f"{file.stat().st_size / 1_000_000:.1f} MB"


if __name__ == "__main__":
    main(run)
