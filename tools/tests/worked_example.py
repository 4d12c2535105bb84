"""The worked example of docs/adding-an-exercise.md, judged like an exercise of the course.

  worked_example.py --cxx <compiler> --testkit <build/.../exercises/testkit> --work <scratch directory>

Exit code 0: complete by ./course dev check, and every mutant, stub and solution behaves; 77: no git here.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True

from course.dev.command import findings  # noqa: E402  (after the path on purpose)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--testkit", required=True)
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args()
    if shutil.which("git") is None:
        print("git is not installed, and without it nothing can be as shipped")
        return 77
    shutil.rmtree(options.work, ignore_errors=True)
    tree, build = options.work / "tree", options.work / "build"
    shutil.copytree(ROOT / "docs" / "example", tree)
    notes = tree / "modules" / "02-lock-free" / "README.md"
    notes.parent.mkdir(parents=True)
    notes.write_text("## SPSC\n", encoding="utf-8")
    _run("git", "init", "-q", where=tree)
    _run("git", "add", ".", where=tree)
    author = ("-c", "user.name=x", "-c", "user.email=x@x", "-c", "commit.gpgsign=false")
    _run("git", *author, "commit", "-q", "-m", "as shipped", where=tree)

    found = findings(tree)
    for finding in found:
        print(finding.text(tree))
    if found:
        return 1
    _run(
        "cmake", "-G", "Ninja", "-S", str(ROOT / "cmake" / "tests" / "exercises"), "-B", str(build),
        f"-DCMAKE_CXX_COMPILER={options.cxx}", f"-DTREE={tree}", f"-DTESTKIT_BUILD={options.testkit}",
        "-DCMAKE_BUILD_TYPE=Debug", where=tree,
    )  # fmt: skip
    _run("cmake", "--build", str(build), where=tree)
    jobs = ("-j", str(len(os.sched_getaffinity(0))), "--no-tests=error", "--output-on-failure")
    _run("ctest", "-L", "^(solution|mutant|pristine)$", *jobs, where=build)
    return 0


def _run(*command: str, where: Path) -> None:
    print("$", " ".join(command), flush=True)
    subprocess.run(command, cwd=where, check=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]} ended with exit code {error.returncode}")
