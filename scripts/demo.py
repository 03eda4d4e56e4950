#!/usr/bin/env python3
"""Shows the provider's main job with real Terraform and a fake Quay.

    scripts/demo.py

Builds both, then plans, applies, finds and heals what was changed behind Terraform's back, imports
and destroys. Ends with exit code 0, or with the reason why a step failed; either way it leaves no
process and no file behind. TERRAFORM_VERSION chooses one of the installed releases.
"""

import json
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True

from terraform_cli import NEWEST, ROOT, Failure, build, described, environment  # noqa: E402
from terraform_cli import executable, main  # noqa: E402

# What is built, by the names that cargo knows.
PROVIDER, FAKE_QUAY = "terraform-provider-quay", "fake-quay"

# What a run of Terraform ends with, in its own words.
ENDS = ("Plan:", "Apply complete", "Destroy complete")

BOLD, DIM, RESET = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")


def run():
    """The whole story."""
    # A kill, or the end of the terminal, ends the demo as ^C does, so that nothing is left behind.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    version = os.environ.get("TERRAFORM_VERSION", NEWEST)
    heading("Build the provider and the fake Quay")
    built = build("--bin", PROVIDER, "--example", FAKE_QUAY)
    command([sys.executable, str(ROOT / "scripts" / "tools.py"), version], quiet=True)
    with tempfile.TemporaryDirectory(prefix="quay-demo-") as folder:
        with FakeQuay(built[FAKE_QUAY]) as quay:
            tell(Story(pathlib.Path(folder), quay, executable(version), built[PROVIDER]))
    heading("Done: nothing is left, neither in Quay nor on this machine")


def tell(story):
    """Each step, with what must come of it."""
    heading(f"A Quay at {story.quay.url}, and an empty folder with a configuration")
    story.terraform("version", show=1)
    story.terraform("init", "-input=false", show=0)
    heading("Plan and apply")
    story.terraform("plan", "-input=false", says="Plan: 2 to add")
    story.apply("Apply complete! Resources: 2 added")
    heading("A second plan finds nothing to do")
    story.terraform("plan", "-detailed-exitcode", code=0, says="No changes")
    heading("Somebody changes the e-mail address and deletes the application by hand")
    story.quay.api("PUT", "organization/acme", {"email": "somebody@else.example"})
    client_id = story.attribute("quay_org_application.ci", "client_id")
    story.quay.api("DELETE", f"organization/acme/applications/{client_id}")
    heading("The next plan shows it (exit code 2), and apply heals it")
    story.terraform("plan", "-detailed-exitcode", code=2, says="somebody@else.example")
    story.apply("1 added, 1 changed, 0 destroyed")
    story.terraform("plan", "-detailed-exitcode", code=0, says="No changes")
    heading("The same objects, imported into a second state: again nothing to do")
    story.forget()
    story.terraform("import", "quay_organization.acme", "acme", says="Import successful!")
    story.terraform("import", "quay_org_application.ci", "acme/ci", says="Import successful!")
    # Outputs are no part of an import; this writes them and changes nothing else.
    story.terraform("apply", "-refresh-only", "-auto-approve", says="0 added, 0 changed")
    story.terraform("plan", "-detailed-exitcode", code=0, says="No changes")
    heading("Destroy")
    story.terraform("destroy", "-auto-approve", says="Destroy complete! Resources: 2 destroyed")
    if story.quay.exists("acme"):
        raise Failure("the organization is still in Quay after destroy")


class Story:
    """A folder with a configuration, and Terraform in it."""

    def __init__(self, folder, quay, terraform, provider):
        self.folder, self.quay, self.executable = folder / "configuration", quay, terraform
        shutil.copytree(ROOT / "examples" / "demo", self.folder)
        self.environment = environment(
            install(folder, provider), QUAY_URL=quay.url, QUAY_TOKEN="admin", TF_IN_AUTOMATION="1"
        )

    def terraform(self, *arguments, code=0, says=None, show=12):
        """Runs Terraform, which must end with `code` and say `says`."""
        print(f"{BOLD}$ terraform {' '.join(arguments)}{RESET}", flush=True)
        begun = time.monotonic()
        # Colours would get between the words that are looked for.
        plain = [arguments[0], "-no-color"] if arguments[0] != "version" else [arguments[0]]
        done = subprocess.run(
            [str(self.executable), *plain, *arguments[1:]],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - begun
        if done.returncode != code:
            raise Failure(f"exit code {done.returncode} instead of {code}:\n{done.stdout}")
        if says and says not in done.stdout:
            raise Failure(f"{says!r} is missing in:\n{done.stdout}")
        lines = essence(done.stdout)
        for line in lines[:show] + [it for it in lines[show:] if it.startswith(ENDS)]:
            print(f"  {line}")
        print(f"{DIM}  (exit code {done.returncode}, {seconds:.1f} s){RESET}", flush=True)

    def apply(self, says):
        """Applies what was just planned and shown."""
        self.terraform("apply", "-input=false", "-auto-approve", says=says, show=0)

    def attribute(self, address, name):
        """An attribute of an object in the state."""
        state = json.loads((self.folder / "terraform.tfstate").read_text(encoding="utf-8"))
        for resource in state["resources"]:
            if f"{resource['type']}.{resource['name']}" == address:
                return resource["instances"][0]["attributes"][name]
        raise Failure(f"{address} is not in the state")

    def forget(self):
        """Begins with an empty state again."""
        (self.folder / "terraform.tfstate").unlink()


def essence(output):
    """The lines of Terraform's output that tell something."""
    marks = ("+ ", "- ", "~ ", "# ", "Plan:", "Apply complete", "Destroy complete", "No changes")
    marks += ("Import successful", "Terraform v")
    lines = [line.strip() for line in output.splitlines()]
    dull = ("known after apply", "depends on a resource", "unchanged attributes hidden")
    # The legend above a plan.
    dull += ("+ create", "- destroy", "~ update in-place")
    return [line for line in lines if line.startswith(marks) and not any(it in line for it in dull)]


def install(folder, program):
    """A mirror of the file system with the provider, and the settings for Terraform to use it."""
    version, address, system = described(program)
    place = folder / "mirror" / address / version / system
    place.mkdir(parents=True)
    shutil.copy2(program, place / f"{program.name}_v{version}")
    settings = folder / "terraform.rc"
    mirror = json.dumps(str(folder / "mirror"))
    settings.write_text(
        f"provider_installation {{\n  filesystem_mirror {{\n    path = {mirror}\n  }}\n}}\n",
        encoding="utf-8",
    )
    return settings


class FakeQuay:
    """The fake Quay, as a process of its own."""

    def __init__(self, program):
        self.program, self.process, self.url = program, None, ""

    def __enter__(self):
        try:
            self.process = subprocess.Popen(
                [self.program, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
            )
            self.url = self.process.stdout.readline().strip()
            if not self.url:
                raise Failure("the fake Quay did not start")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def api(self, method, path, body=None):
        """Calls Quay's API as a person with a browser would."""
        print(f"{BOLD}$ {method} /api/v1/{path} {json.dumps(body) if body else ''}{RESET}")
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}",
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={"Authorization": "Bearer admin", "Content-Type": "application/json"},
        )
        with direct().open(request, timeout=10) as answer:
            print(f"  {answer.status}")

    def exists(self, organization):
        """Whether an organization is there."""
        try:
            with direct().open(f"{self.url}/api/v1/organization/{organization}", timeout=10):
                return True
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return False
            raise

    def stop(self):
        """Ends the process, if it was started."""
        if self.process is None:
            return
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()


def direct():
    """A way to this very machine past all proxies."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def command(arguments, quiet=False):
    """Runs a command that must succeed."""
    output = subprocess.DEVNULL if quiet else None
    done = subprocess.run(arguments, cwd=ROOT, stdout=output, check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(arguments)} failed")


def heading(text):
    """Begins a new part of the story."""
    print(f"\n{BOLD}== {text}{RESET}", flush=True)


if __name__ == "__main__":
    if platform.system() not in ("Linux", "Darwin"):
        sys.exit("demo.py: Linux or macOS is needed")
    main(run)
