"""./course lab [NN]: guided measurements (labs/<NN-name>/lab.json), listed or run."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course import build, foreground, install, schema
from course.layout import ROOT, Layout
from course.packages import packages_for
from course.problem import Problem
from course.processes import describe_exit
from course.student.common import say_next
from course.terminal import paint, say

SCHEMA = ROOT / "tools" / "schema" / "lab.schema.json"


@dataclass(frozen=True)
class Lab:
    """One lab. `data` is its lab.json."""

    directory: Path
    data: dict[str, Any]

    @property
    def id(self) -> str:
        """Its number: 01."""
        return self.data["id"]

    @property
    def program(self) -> Path:
        """What runs it."""
        return self.directory / self.data["run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course lab."""
    parser.add_argument("lab", nargs="?", metavar="NN|NAME", help="which one (default: list them)")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="for the lab itself, for example --help")
    parser.add_argument("--build-dir", metavar="DIR", help="build there instead of build/default")


def run(options: argparse.Namespace) -> int:
    """The lab's own success; 77 when it says that this machine cannot."""
    layout = Layout.of(options.build_dir)
    labs = load_all(layout.root)
    if options.lab is None:
        for lab in labs:
            say(f"  {lab.id}  {lab.data['minutes']:3} min  {lab.data['title']}")
        say_next((f"./course lab {labs[0].id}", "runs it; the page to read: labs/" + labs[0].directory.name))
        return 0
    lab = find(labs, options.lab)
    _build(layout, lab)
    say(paint(f"Lab {lab.id}: {lab.data['title']}", "bold"))
    arguments = options.arguments[1:] if options.arguments[:1] == ["--"] else options.arguments
    environment = {"LLN_ROOT": str(layout.root), "LLN_BUILD": str(layout.build)}
    code = foreground.run([str(lab.program), *arguments], layout.root, environment)
    page = f"labs/{lab.directory.name}/README.md"
    if code == 77:
        say("This machine cannot do it; the reason stands above, and the page still makes sense.")
    elif code != 0:
        raise Problem(f"lab {lab.id} {describe_exit(code)}.", next_command=f"./course lab {lab.id} --help")
    say_next(("./course lab", f"the other labs; what you should have seen: {page}"))
    return code


def load_all(root: Path) -> list[Lab]:
    """All labs by number; Problem names a broken one."""
    labs = []
    for path in sorted((root / "labs").glob("*/lab.json")):
        lab, errors = read(path)
        if lab is None:
            raise Problem(f"{path.relative_to(root)} describes no lab: {errors[0]}.", next_command="./course dev check")
        labs.append(lab)
    if not labs:
        raise Problem("there is no lab below labs/.", next_command="./course list")
    return labs


def read(path: Path) -> tuple[Lab | None, list[str]]:
    """One lab.json, or what is wrong with it."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return None, [f"cannot be read as JSON: {error}"]
    errors = schema.errors(data, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return (None, errors) if errors else (Lab(path.parent, data), [])


def find(labs: list[Lab], word: str) -> Lab:
    """By number (1, 01), folder or the name in it."""
    for lab in labs:
        folder = lab.directory.name
        if word.rstrip("/").removeprefix("labs/") in (lab.id, lab.id.lstrip("0"), folder, folder.partition("-")[2]):
            return lab
    raise Problem(f"there is no lab {word!r}.", next_command="./course lab", status=2)


def _build(layout: Layout, lab: Lab) -> None:
    targets = lab.data["targets"]
    if not targets:
        return
    install.ensure(packages_for(layout.preset), layout.logs)
    with build.locked(layout):
        build.configure_if_needed(layout)
        built = build.compile_targets(layout, targets)
    if not built.ok:
        raise Problem(
            f"what lab {lab.id} runs was not built.",
            details=built.first_error,
            log=layout.logs / "build.log",
            next_command=f"cmake --build {layout.shown(layout.build)} --target {' '.join(targets)}",
        )
