"""Rules about exercise.json beyond its schema: names that must agree, hints, lanes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from course.dev.finding import Finding
from course.exercises import STAGES_MODULE, Exercise

MIN_HINTS = 3
MAX_MINUTES = 240
MAX_STAGE_MINUTES = 600  # a stage of the final project is a week's work


def names(exercise: Exercise) -> Iterator[Finding]:
    """The id and the name repeat what the folders say."""
    manifest = exercise.directory / "exercise.json"
    module = exercise.module.partition("-")[0]
    number, _, name = exercise.directory.name.partition("-")
    if exercise.id != f"{module}-{number}":
        yield Finding("names", manifest, f"the id is {exercise.id!r}, by its folders it should be '{module}-{number}'")
    if exercise.name != name:
        yield Finding("names", manifest, f"the name is {exercise.name!r}, by its folder it should be {name!r}")


def groups(exercise: Exercise) -> Iterator[Finding]:
    """Group names are unique; lanes are those of the exercise, each once, and each used."""
    manifest = exercise.directory / "exercise.json"
    for name, count in Counter(group.name for group in exercise.groups).items():
        if count > 1:
            yield Finding("groups", manifest, f"{count} groups are called {name!r}")
    lanes = exercise.manifest["lanes"]
    for what, list_ in [("the exercise", lanes), *((f"group {g.name!r}", g.lanes) for g in exercise.groups)]:
        for lane in set(list_) - set(lanes):
            yield Finding("groups", manifest, f"{what} has lane {lane!r}, which \"lanes\" does not name")
        if len(set(list_)) < len(list_):
            yield Finding("groups", manifest, f"{what} names a lane twice")
    for lane in lanes:
        if lane not in exercise.lanes():
            yield Finding("groups", manifest, f"no group is tested in lane {lane!r}")


def uses(exercise: Exercise) -> Iterator[Finding]:
    """The exercises whose files it includes are beside it; so are the sources of its program."""
    manifest = exercise.directory / "exercise.json"
    if not exercise.worked_on:
        yield Finding("uses", manifest, "it edits no file, and uses no exercise that does")
    for folder in exercise.manifest.get("uses", []):
        if not (exercise.directory.parent / folder / "exercise.json").is_file():
            yield Finding("uses", manifest, f"it uses {folder}, and beside it there is no such exercise")
    for file in exercise.manifest.get("program", {}).get("sources", []):
        if not (exercise.root / file).is_file():
            yield Finding("uses", manifest, f"{file}, a source of its program, is not there")


def hints(exercise: Exercise) -> Iterator[Finding]:
    """At least three, all different."""
    manifest = exercise.directory / "exercise.json"
    if len(exercise.hints) < MIN_HINTS:
        told = f"{len(exercise.hints)} hints; {MIN_HINTS} at least, from a nudge to almost the answer"
        yield Finding("hints", manifest, told)
    if len(set(exercise.hints)) < len(exercise.hints):
        yield Finding("hints", manifest, "a hint stands there twice")


def minutes(exercise: Exercise) -> Iterator[Finding]:
    """A time that somebody can plan with."""
    most = MAX_STAGE_MINUTES if exercise.module == STAGES_MODULE else MAX_MINUTES
    if exercise.minutes > most:
        manifest = exercise.directory / "exercise.json"
        told = f"{exercise.minutes} minutes are more than {most}: make it two exercises"
        yield Finding("minutes", manifest, told)


def unique_ids(exercises: list[Exercise]) -> Iterator[Finding]:
    """No two exercises with one id or one name."""
    for what in ("id", "name"):
        seen: dict[str, Path] = {}
        for exercise in exercises:
            value = exercise.manifest[what]
            if value in seen:
                manifest = exercise.directory / "exercise.json"
                yield Finding("unique", manifest, f"the {what} {value!r} is that of {seen[value].name} too")
            seen.setdefault(value, exercise.directory)
