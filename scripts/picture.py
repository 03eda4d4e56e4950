#!/usr/bin/env python3
"""Runs the demo and draws a part of what it prints, as `docs/demo.svg`.

    scripts/picture.py

The picture shows one real run, line by line, from the change that somebody makes by hand to its
cure; only colours and a frame are added.
"""

import pathlib
import subprocess
import sys
import tempfile
from xml.sax.saxutils import escape

sys.dont_write_bytecode = True

from terraform_cli import ROOT, Failure, main  # noqa: E402

PICTURE = ROOT / "docs" / "demo.svg"
# How the part begins that is drawn, and how the part after it does.
FIRST, AFTER = "== Somebody changes", "== The same objects"
LINE, COLUMN, MARGIN = 18, 7.9, 18

# How a line begins -> the class of its text.
STYLES = {
    "== ": "heading",
    "$ ": "command",
    "  + ": "added",
    "  - ": "removed",
    "  ~ ": "changed",
    "  (": "aside",
    "  # ": "aside",
}

STYLE = """\
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #c9d1d9; }
.heading { fill: #ffffff; font-weight: bold; } .command { fill: #79c0ff; }
.added { fill: #56d364; } .removed { fill: #ff7b72; } .changed { fill: #e3b341; }
.aside { fill: #8b949e; }"""


def run():
    """Draws a run of the demo."""
    demo = [sys.executable, str(ROOT / "scripts" / "demo.py")]
    done = subprocess.run(demo, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"the demo failed:\n{done.stdout}")
    for place in (ROOT, pathlib.Path.home(), pathlib.Path(tempfile.gettempdir())):
        if f"{place}/" in done.stdout:
            raise Failure(f"the demo printed a path of this machine, below {place}")
    lines = part(done.stdout.splitlines())
    PICTURE.write_text(drawn(lines), encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)}: {len(lines)} lines")


def part(lines):
    """The lines to draw."""
    starts = [[line.startswith(start) for line in lines] for start in (FIRST, AFTER)]
    if not all(map(any, starts)):
        raise Failure(f"the demo has no part from {FIRST!r} to {AFTER!r}")
    first, after = (found.index(True) for found in starts)
    return [line for line in lines[first:after] if line.strip()]


def drawn(lines):
    """The picture of some lines."""
    width = round(max(map(len, lines)) * COLUMN + 2 * MARGIN)
    height = len(lines) * LINE + 2 * MARGIN
    texts = [text(line, MARGIN + (number + 1) * LINE - 5) for number, line in enumerate(lines)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img">',
            "<title>What make demo prints</title>",
            f"<style>\n{STYLE}\n</style>",
            f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
            *filter(None, texts),
            "</svg>\n",
        ]
    )


def text(line, baseline):
    """One line; nothing for an empty one."""
    if not line.strip():
        return None
    style = next((style for start, style in STYLES.items() if line.startswith(start)), None)
    style = f' class="{style}"' if style else ""
    return f'<text x="{MARGIN}" y="{baseline}"{style} xml:space="preserve">{escape(line)}</text>'


if __name__ == "__main__":
    main(run)
