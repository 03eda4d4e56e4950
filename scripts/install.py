#!/usr/bin/env python3
"""Installs the release build where `terraform init` of this user looks without being told.

    scripts/install.py install
    scripts/install.py uninstall

Terraform searches `~/.terraform.d/plugins` by itself, unless the user's own settings name where
providers come from; then the lines to add are printed. `uninstall` removes what `install` wrote,
and nothing else.
"""

import os
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

from terraform_cli import ROOT, Failure, main  # noqa: E402

PROGRAM = ROOT / "target" / "release" / "terraform-provider-quay"


def run():
    """Does what the argument says."""
    mirror = pathlib.Path.home() / ".terraform.d" / "plugins"
    if sys.argv[1:] == ["install"]:
        install(mirror)
    elif sys.argv[1:] == ["uninstall"]:
        uninstall(mirror)
    else:
        raise Failure("give `install` or `uninstall`")


def described():
    """Version, source address and platform of the build, in its own words."""
    if not PROGRAM.exists():
        raise Failure("there is no release build: run `make build` first")
    words = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    _, version, address, system = words.replace("(", "").replace(")", "").replace(",", "").split()
    return version, address, system


def install(mirror):
    """Copies the build into the mirror."""
    version, address, system = described()
    place = mirror / address / version / system
    place.mkdir(parents=True, exist_ok=True)
    target = place / f"{PROGRAM.name}_v{version}"
    # A running provider keeps its own copy: the file is replaced, not written over.
    fresh = target.with_suffix(".new")
    shutil.copy2(PROGRAM, fresh)
    os.replace(fresh, target)
    print(f"Installed {address} {version} in {mirror}")
    settings = pathlib.Path(os.environ.get("TF_CLI_CONFIG_FILE", pathlib.Path.home() / ".terraformrc"))
    if settings.is_file() and "provider_installation" in settings.read_text(encoding="utf-8"):
        print(f"{settings} names where providers come from. Add to its provider_installation:")
        print(f'  filesystem_mirror {{\n    path    = "{mirror}"\n    include = ["{address}"]\n  }}')
    source = address.split("/", 1)[1]
    print(f'Use it with: required_providers {{ quay = {{ source = "{source}" }} }}')


def uninstall(mirror):
    """Removes the build from the mirror, and folders that are empty then."""
    version, address, system = described()
    place = mirror / address / version / system
    if not place.exists():
        print("Nothing is installed")
        return
    shutil.rmtree(place)
    for folder in place.parents:
        if folder == mirror.parent.parent or any(folder.iterdir()):
            break
        folder.rmdir()
    print(f"Removed {address} {version} from {mirror}")


if __name__ == "__main__":
    main(run)
