"""A small complete course in a directory of its own: two exercises, notes, a lab. Tests break it on purpose."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from support import ROOT

RING = {
    "id": "02-01",
    "name": "ring",
    "title": "A ring",
    "summary": "Build a ring between two threads.",
    "minutes": 45,
    "edit": ["ring.hpp"],
    "notes": "modules/02-queues/README.md#the-ring",
    "lanes": ["release", "tsan"],
    "needs": [],
    "timeout_s": 20,
    "groups": [
        {"name": "order", "points": 2, "filter": "Ring.Order*", "lanes": ["release", "tsan"], "visibility": "visible"},
        {"name": "wrap", "points": 3, "filter": "Ring.Wrap*", "lanes": ["release"], "visibility": "visible"},
    ],
    "hints": ["Think.", "Think harder.", "Look at the index."],
}
COUNTER = {**RING, "id": "02-02", "name": "counter", "title": "A counter", "edit": ["counter.hpp"], "lanes": ["release"]}
COUNTER["groups"] = [{"name": "counts", "points": 1, "filter": "Counter.*"}]

RESULT = {
    "schema": "lln/result/v1",
    "what": "a ring",
    "command": "build/ring_bench",
    "commit": "0" * 40,
    "time": "2026-01-02T03:04:05Z",
    "machine": {"cpu": "a CPU", "cores": 2, "kernel": "6.1"},
    "build": {"compiler": "GCC 12.2", "flags": "-O2"},
    "load": {"kind": "closed", "rate": None},
    "series": [
        {"name": "ours", "unit": "ns", "n": 10000, "quantiles": {"p50": 12.34, "p99": 1234.5, "p99.9": 2000}},
        {"name": "theirs", "unit": "ns", "n": 10000, "quantiles": {"p50": 24.68}, "ci95": [24.1, 25.2], "ratio_to": "ours"},
    ],
    "notes": [],
    "summary": {"rate": 21456789, "ratio": {"8 bytes": 3.21}},
}

NOTES = """# Queues

## The ring

A rate of <!-- value: modules/02-queues/results/ring.json#summary.rate *1e-6 %.1f -->21.5<!-- /value --> million.

<!-- code: modules/02-queues/ring.hpp#push -->
```cpp
void push() {
  index += 1;
}
```
<!-- /code -->

See [the lab](../../labs/01-race/README.md#what-you-see) and [above](#queues).
"""
SOURCE = """#pragma once
namespace lln {
  // #region push
  void push() {
    // #region inner
    index += 1;
    // #endregion inner
  }
  // #endregion push
}
"""
BENCHES = """
lln_bench(NAME ring SOURCES bench/ring_bench.cpp LIBRARIES lln::queues)
lln_program(NAME race SOURCES bench/race.cpp)
lln_program(NAME viewer SOURCES viewer.cpp)
"""
SLIDE = "---\n\n<!-- minutes: 5 -->\n## More\n\n<!--\nNote: go on.\n-->\n\n"
DECK = """\
---
marp: true
title: "02 Queues"
---

<!-- minutes: 2 -->
# Queues

<!--
Ask: who has written one?
-->

---

<!-- minutes: 5 -->
## The ring

It goes round.

```
--- no slide begins here
index += 1
```

<!--
Note: show it.
-->
"""
LAB = {"id": "01", "title": "A race", "minutes": 20, "targets": [], "run": "run"}


def write(path: Path, text: str) -> Path:
    """A file with its directories."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_json(path: Path, data: object) -> Path:
    """The same for JSON."""
    return write(path, json.dumps(data, indent=1))


def make(root: Path, with_tools: bool = False) -> Path:
    """The whole tree; with_tools adds ./course itself, which then takes this tree for its own."""
    for manifest in (RING, COUNTER):
        _exercise(root, manifest)
    module = root / "modules" / "02-queues"
    write(module / "README.md", NOTES)
    write(module / "ring.hpp", SOURCE)
    write_json(module / "results" / "ring.json", RESULT)
    write(module / "CMakeLists.txt", BENCHES)
    lab = root / "labs" / "01-race"
    write_json(lab / "lab.json", LAB)
    write(lab / "README.md", "# A race\n\n## What you see\n")
    write(lab / "run", '#!/bin/sh\necho "lab $* in $LLN_BUILD"\nexit ${LAB_CODE:-0}\n').chmod(0o755)
    write(root / "slides" / "02-queues.md", DECK)
    write(root / "README.md", "# Sample\n\n[notes](modules/02-queues/README.md#the-ring)\n")
    if with_tools:
        ignored = shutil.ignore_patterns("__pycache__", "tests")
        shutil.copytree(ROOT / "tools", root / "tools", ignore=ignored)
        write(root / "CMakePresets.json", "{}")
    return root


def _exercise(root: Path, manifest: dict) -> None:
    name = manifest["name"]
    number = manifest["id"].partition("-")[2]
    home = root / "exercises" / "02-queues" / f"{number}-{name}"
    answer = root / "solutions" / "02-queues" / home.name
    file = manifest["edit"][0]
    write_json(home / "exercise.json", manifest)
    write(home / "README.md", f"# {manifest['title']}\n")
    write(home / file, "// TODO: your work\n")
    write(home / f"{name}_test.cpp", f"#include <{file}>\n")
    write(answer / "README.md", "# Why\n")
    write(answer / file, "// the answer\n")
    group = manifest["groups"][0]["name"]
    for wrong in ("one", "two", "three", "four"):
        write(answer / "mutants" / wrong / file, f"// mutant: {group} release: {wrong} is wrong\n// not the answer\n")
