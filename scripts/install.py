#!/usr/bin/env python3
"""Installs a build where `terraform init` of this user looks without being told.

    scripts/install.py install [--binary FILE]
    scripts/install.py uninstall

Terraform searches `~/.terraform.d/plugins` by itself, so no settings are written. Only where the
user's own settings name the places that providers come from is that not enough: they stay as they
are, and the lines to add are printed.

A receipt remembers what was written. `uninstall` removes that and nothing else, whichever build
is at hand by then.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import sys

sys.dont_write_bytecode = True

from terraform_cli import Failure, build, described, main  # noqa: E402

PROGRAM = "terraform-provider-quay"
# Below the home folder.
MIRROR = pathlib.Path(".terraform.d") / "plugins"
RECEIPT = pathlib.Path(".terraform.d") / "quay-rs-quay.installed.json"


def run():
    """Does what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    installing = commands.add_parser("install", help="install a build")
    installing.add_argument("--binary", type=pathlib.Path, help="which build, if not a new one")
    commands.add_parser("uninstall", help="undo it")
    arguments = parser.parse_args()
    home = pathlib.Path.home()
    if arguments.command == "install":
        install(home, arguments.binary or build("--bin", PROGRAM)[PROGRAM])
    else:
        uninstall(home)


def install(home, binary):
    """Copies the build into the mirror."""
    version, address, system = described(binary)
    target = MIRROR / address / version / system / f"{PROGRAM}_v{version}"
    receipt = Receipt(home)
    old, new = digest(home / target), digest(binary)
    if old and not receipt.owns(target, old):
        raise Failure(
            f"{home / target} is there already, and not from here. Move it away, and try again"
        )
    # Written first: whatever happens after it, `uninstall` knows what to look for.
    receipt.add(target, new)
    (home / target.parent).mkdir(parents=True, exist_ok=True)
    # A provider that runs keeps its own copy: the file is replaced, not written over.
    fresh = (home / target).with_suffix(".new")
    shutil.copy2(binary, fresh)
    os.replace(fresh, home / target)
    print(f"Installed {address} {version} in {home / MIRROR}")
    if old and old != new:
        print("It is another build than before: where a .terraform.lock.hcl names quay, remove")
        print("that entry, and run `terraform init` again.")
    source = address.split("/", 1)[1]
    print(f'Use it with: required_providers {{ quay = {{ source = "{source}" }} }}')
    explain(home, address)


def explain(home, address):
    """What to add to settings that name the places themselves."""
    for file in settings(home):
        text = file.read_text(encoding="utf-8", errors="replace")
        if re.search(r"^\s*\"?provider_installation\b", text, re.MULTILINE) and address not in text:
            print(f"\nBut {file} says where providers come from, and Terraform looks nowhere else.")
            print("It was left as it is. Add this to its provider_installation:\n")
            print(f'  filesystem_mirror {{\n    path    = "{home / MIRROR}"')
            print(f'    include = ["{address}"]\n  }}')
            print(f'\nand to each other method in it: exclude = ["{address}"]')


def settings(home):
    """The files that Terraform reads its settings from."""
    chosen = os.environ.get("TF_CLI_CONFIG_FILE") or os.environ.get("TERRAFORM_CONFIG")
    if chosen:
        files = [pathlib.Path(chosen)]
    else:
        folder = home / ".terraform.d"
        files = [home / ".terraformrc", *folder.glob("*.tfrc"), *folder.glob("*.tfrc.json")]
    return [file for file in files if file.is_file()]


def uninstall(home):
    """Removes what the receipt names, as long as it is still the same."""
    receipt = Receipt(home)
    if not receipt.files:
        print("Nothing is installed")
    for name, written in receipt.files.items():
        found = digest(home / name)
        if found == written:
            (home / name).unlink()
            print(f"Removed {home / name}")
        elif found:
            print(f"Left {home / name}: somebody changed it")
    receipt.remove()


class Receipt:
    """What was written into a home folder: files with their digests, and folders."""

    def __init__(self, home):
        self.home, self.file = home, home / RECEIPT
        noted = json.loads(self.file.read_text(encoding="utf-8")) if self.file.exists() else {}
        self.files, self.folders = noted.get("files", {}), noted.get("folders", [])

    def owns(self, name, found):
        """Whether a file was written from here, and is unchanged."""
        return self.files.get(str(name)) == found

    def add(self, name, written):
        """Notes a file that is about to be written, and the folders that will be made for it."""
        for folder in [*reversed(name.parents), RECEIPT.parent]:
            if not (self.home / folder).exists() and str(folder) not in self.folders:
                self.folders.append(str(folder))
        self.files[str(name)] = written
        self.file.parent.mkdir(parents=True, exist_ok=True)
        noted = {"files": self.files, "folders": self.folders}
        self.file.write_text(json.dumps(noted, indent=2) + "\n", encoding="utf-8")

    def remove(self):
        """Removes the receipt, and the noted folders that are empty then."""
        self.file.unlink(missing_ok=True)
        for folder in sorted(self.folders, key=len, reverse=True):
            path = self.home / folder
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()


def digest(file):
    """The SHA-256 of a file; None where there is none."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else None


if __name__ == "__main__":
    main(run)
