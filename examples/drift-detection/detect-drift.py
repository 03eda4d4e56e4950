#!/usr/bin/env python3
"""Tells whether Quay is as the configuration says: plans, applies nothing, and prints a summary.

Run it in the folder of the configuration, after `terraform init`. Its arguments go to
`terraform plan`, such as `-var-file=production.tfvars`.

Exit codes, those of `terraform plan -detailed-exitcode`:
  0  no difference
  2  drift, or a configuration that was not applied yet; the summary names each object
  1  it could not be found out: the reason is on stderr

The summary also goes to the file that GITHUB_STEP_SUMMARY names. Sensitive values are in neither.

Start it by its own name and not as `python3 detect-drift.py`: Python ends with 2 where it does not
find a script, and that would look like drift.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

NO_DRIFT, FAILED, DRIFT = 0, 1, 2
PLAN = ["terraform", "plan", "-input=false", "-lock=false", "-no-color", "-detailed-exitcode"]
# What a plan does to an object -> what an apply would do, in words.
DEEDS = {
    ("create",): "create it",
    ("update",): "update it",
    ("delete",): "destroy it",
    ("delete", "create"): "replace it",
    ("create", "delete"): "replace it",
    ("forget",): "forget it",
}


class Failure(Exception):
    """Why it could not be found out."""


def main():
    try:
        # The plan holds secrets: only its owner may look into this folder, and it goes at the end.
        with tempfile.TemporaryDirectory() as folder:
            found, summary = detect(pathlib.Path(folder) / "plan", sys.argv[1:])
    except (Failure, OSError, ValueError) as reason:
        report(f"**Drift could not be detected:** {reason}", sys.stderr)
        return FAILED
    report(summary, sys.stdout)
    return found


def detect(file, arguments):
    """The exit code and the summary."""
    planned = run([*PLAN, f"-out={file}", *arguments], (NO_DRIFT, DRIFT))
    shown = run(["terraform", "show", "-json", "-no-color", str(file)], (0,))
    plan = json.loads(shown.stdout)
    lines = differences(plan)
    if planned.returncode == NO_DRIFT:
        return NO_DRIFT, "\n".join(["**No drift:** Quay is as the configuration says.", *lines])
    return DRIFT, "\n".join(["**Drift:** Quay is not as the configuration says.", *lines])


def run(command, successes):
    """Runs Terraform. What it complains about is the reason of a failure."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode not in successes:
        words = done.stderr.strip() or done.stdout.strip()
        raise Failure(f"`{' '.join(command[:2])}` ended with {done.returncode}.\n\n{words}")
    return done


def differences(plan):
    """One line for each object, and one below it for each attribute."""
    drifted, planned = by_object(plan.get("resource_drift")), by_object(plan.get("resource_changes"))
    lines = []
    for key in sorted(drifted.keys() | planned.keys()):
        drift, wanted = drifted.get(key, {}).get("change"), planned.get(key, {})
        deed = deeds(wanted)
        if drift or deed:
            lines += entry(key[0], drift, wanted.get("change"), deed)
    outputs = plan.get("output_changes", {}).items()
    names = [name for name, change in outputs if change["actions"] != ["no-op"]]
    return lines + [f"- the output `{name}` changes" for name in sorted(names)]


def by_object(changes):
    """Changes by address; one that is still to be destroyed shares that with its successor."""
    return {(it["address"], it.get("deposed", "")): it for it in changes or []}


def deeds(planned):
    """What an apply would do to an object, in words."""
    change = planned.get("change", {})
    words = [
        "import it" if change.get("importing") else None,
        f"move it from `{planned['previous_address']}`" if "previous_address" in planned else None,
        DEEDS.get(tuple(change.get("actions", []))),
    ]
    return ", ".join(filter(None, words)) or None


def entry(address, drift, change, deed):
    """What became of an object. What others did to it is shown where they did something."""
    words = "is not as configured"
    if drift:
        words = "was deleted in Quay" if drift["actions"] == ["delete"] else "was changed in Quay"
    # Attributes that are not configured stay as others left them.
    lines = [f"- `{address}` {words}; an apply would {deed or 'leave it so'}"]
    shown = drift or change
    before, after = shown.get("before"), shown.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return lines
    unknown = shown.get("after_unknown") or {}
    for name in sorted(before.keys() | after.keys() | unknown.keys()):
        is_known = not holds_true(unknown.get(name))
        if is_known and before.get(name) == after.get(name):
            continue
        secret = any(is_sensitive(side, name) for side in (drift, change) if side)
        old = "(sensitive)" if secret else code(before.get(name))
        new = "(sensitive)" if secret else code(after.get(name))
        lines.append(f"  - {name}: {old} → {new if is_known else '(known after apply)'}")
    return lines


def is_sensitive(change, name):
    """Whether anything of an attribute is sensitive, before or after a change."""
    marks = [change.get("before_sensitive"), change.get("after_sensitive")]
    return any(it is True or isinstance(it, dict) and holds_true(it.get(name)) for it in marks)


def holds_true(marks):
    """Whether a tree of marks, as Terraform writes them, has one that is set."""
    if isinstance(marks, (dict, list)):
        return any(map(holds_true, marks.values() if isinstance(marks, dict) else marks))
    return bool(marks)


def code(value):
    """A value as JSON, which no backtick and no line break of somebody else's gets out of."""
    return "`" + json.dumps(value).replace("`", "\\u0060") + "`"


def report(summary, stream):
    stream.reconfigure(encoding="utf-8")
    print(summary, file=stream)
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        with open(page, "a", encoding="utf-8") as file:
            print(summary, file=file)


if __name__ == "__main__":
    sys.exit(main())
