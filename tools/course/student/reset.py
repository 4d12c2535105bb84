"""./course reset ID: the exercise's files as they were committed; yours are kept beside."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import time
from pathlib import Path

from course import exercises as catalogue
from course.problem import Problem
from course.student import common
from course.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course reset."""
    parser.add_argument("exercise", metavar="ID|NAME", help="which exercise")
    parser.add_argument(
        "--from", dest="commit", default="HEAD", metavar="COMMIT",
        help="take the files from there (default: HEAD; for work that you have committed: origin/main)",
    )
    common.add_build_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Exit code 0 also when there was nothing to do."""
    layout, exercises, memory = common.setting(options)
    exercise = catalogue.find(exercises, options.exercise)
    original = {file: _committed(exercise.root, options.commit, exercise.shown(file)) for file in exercise.files}
    changed = [file for file, text in original.items() if not file.is_file() or file.read_bytes() != text]
    if not changed:
        say(f"{exercise.id} is as in {options.commit}; nothing to reset.")
    else:
        backup = _backup_directory(layout.state, exercise.id)
        for file in changed:
            if file.is_file():
                shutil.copy2(file, backup / file.name)
            file.write_bytes(original[file])
            say(f"Reset  {exercise.shown(file)}")
        say(f"Yours  {layout.shown(backup)}")
        memory.forget_verdict(exercise)
    common.say_next((f"./course check {exercise.id}", "red again: the starting point"))
    return 0


def _committed(root: Path, commit: str, path: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "show", f"{commit}:{path}"], capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise Problem("reset needs git, which is not installed.", next_command="sudo apt-get install git") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().split("\n")[0].removeprefix("fatal: ")
        raise Problem(f"git has no {path} in {commit} ({said}).", next_command=f"git log --oneline -- {path}")
    return done.stdout


def _backup_directory(state: Path, exercise_id: str) -> Path:
    """A new directory; two resets within a second get two."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for number in range(1000):
        directory = state / "backup" / f"{exercise_id}-{stamp}{f'-{number}' if number else ''}"
        try:
            directory.mkdir(parents=True)
            return directory
        except FileExistsError:
            continue
    raise Problem(f"{state / 'backup'} has a thousand backups of this second.")
