"""./course bench [NAME]: the benches, built and run one at a time."""

from __future__ import annotations

import argparse
import difflib
import json
import re
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path

from course import bench_result, build, foreground, install
from course.layout import Layout
from course.packages import packages_for
from course.problem import Problem
from course.processes import describe_exit
from course.student.common import say_next
from course.terminal import say

_DECLARATION = re.compile(r"^\s*lln_(bench|program)\(\s*NAME\s+([\w-]+)\s+SOURCES\s+([^\s)]+)", re.MULTILINE)
_WHERE = ("modules", "solutions", "final_project", "labs")


@dataclass(frozen=True)
class Bench:
    """One bench: its build target, where the build puts it, which folder declares it."""

    target: str
    directory: str
    home: str
    source: str  # from the root


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course bench."""
    parser.add_argument("name", nargs="?", help="which one (default: list them)")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="for the bench itself, for example --help")
    parser.add_argument(
        "--result", type=Path, metavar="FILE", help="before NAME: write a result file; Google Benchmark's benches only"
    )
    parser.add_argument("--build-dir", metavar="DIR", help="build there instead of build/default")


def run(options: argparse.Namespace) -> int:
    """The bench's own success."""
    layout = Layout.of(options.build_dir)
    benches = found(layout.root)
    if options.name is None:
        _list(benches)
        return 0
    bench = _named(benches, options.name)
    install.ensure(packages_for(layout.preset), layout.logs)
    with build.locked(layout):
        build.configure_if_needed(layout)
        built = build.compile_targets(layout, [bench.target])
    if not built.ok:
        raise Problem(
            f"{bench.target} was not built.",
            details=built.first_error,
            log=layout.logs / "build.log",
            next_command="./course doctor",
        )
    program = layout.build / bench.directory / bench.target
    arguments = options.arguments[1:] if options.arguments[:1] == ["--"] else options.arguments
    if options.result is not None:
        _measure(bench, program, arguments, options.result, layout)
        return 0
    _run(bench, [str(program), *arguments], layout)
    say_next(("./course doctor", "what on this machine disturbs such figures"))
    return 0


def _run(bench: Bench, command: list[str], layout: Layout) -> None:
    code = foreground.run(command, layout.root)
    if code != 0:
        raise Problem(f"{bench.target} {describe_exit(code)}.", next_command=f"./course bench {bench.target} --help")


def _measure(bench: Bench, program: Path, more: list[str], to: Path, layout: Layout) -> None:
    if bench.directory != "bench":
        raise Problem(
            f"{bench.target} writes its result files itself.", next_command=f"./course bench {bench.target} --json FILE"
        )
    command = " ".join(["./course bench --result", shlex.quote(str(to)), bench.target, *map(shlex.quote, more)])
    first_line = (layout.root / bench.source).read_text(encoding="utf-8").split("\n")[0]
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "benchmark.json"
        _run(bench, [str(program), *bench_result.arguments(out), *more], layout)
        raw = json.loads(out.read_text(encoding="utf-8"))
    what = first_line.removeprefix("// ").rstrip(".")
    result = bench_result.result(raw, what, command, layout.root, layout.build, bench.source)
    to.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    say(f"wrote {to}")
    say_next(("./course notes sync", "the notes that quote it"))


def found(root: Path) -> list[Bench]:
    """All benches that the CMake files declare, in the order of the course."""
    benches = []
    for top in _WHERE:
        files = [*(root / top).rglob("CMakeLists.txt"), *(root / top).rglob("*.cmake")]
        for file in sorted(files):
            home = str(file.parent.relative_to(root))
            for kind, name, source in _DECLARATION.findall(file.read_text(encoding="utf-8")):
                if kind == "bench":
                    benches.append(Bench(f"{name}_bench", "bench", home, f"{home}/{source}"))
                elif name.endswith("-bench") or source.startswith("bench/"):
                    benches.append(Bench(name, "bin", home, f"{home}/{source}"))
    return benches


def _list(benches: list[Bench]) -> None:
    if not benches:
        raise Problem("no folder declares a bench.", next_command="./course list")
    width = max(len(bench.target) for bench in benches)
    for bench in benches:
        say(f"  {bench.target.ljust(width)}  {bench.home}")
    say_next((f"./course bench {benches[0].target}", "builds and runs it"))


def _named(benches: list[Bench], word: str) -> Bench:
    for bench in benches:
        if word in (bench.target, bench.target.removesuffix("_bench"), bench.target.removesuffix("-bench")):
            return bench
    nearest = difflib.get_close_matches(word, [bench.target for bench in benches], n=1, cutoff=0.4)
    hint = f" Did you mean {nearest[0]}?" if nearest else ""
    raise Problem(f"there is no bench {word!r}.{hint}", next_command="./course bench", status=2)
