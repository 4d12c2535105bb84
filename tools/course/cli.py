"""./course: finds the command, runs it, and turns whatever happens into a sentence and an exit code."""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import signal
import sys

from course import processes, signals
from course.problem import Interrupted, Problem

# Name, module, one line. A module has add_arguments(parser) and run(options) -> exit code.
COMMANDS = (
    ("start", "course.start", "install, build and run the final project end to end"),
    ("doctor", "course.doctor.command", "what this machine can do, with consequence and fix"),
    ("list", "course.student.listing", "all exercises, with minutes, points and where you stand"),
    ("next", "course.student.next_exercise", "the first exercise that is not done, and how to begin it"),
    ("check", "course.student.check", "build one exercise, run its tests, say what is missing"),
    ("watch", "course.student.watch", "check after every save; keys for hint, next, quit"),
    ("hint", "course.student.hint", "one hint more, from a nudge to almost the answer"),
    ("reset", "course.student.reset", "an exercise as it was at first; keeps your files beside"),
    ("progress", "course.student.progress", "how far you are, from the last checks"),
    ("grade", "course.grading.command", "run every exercise and print the report card"),
    ("leaderboard", "course.leaderboard.command", "your feed handler against the reference, and the board of results"),
    ("lab", "course.labs", "list or run the guided measurements"),
    ("bench", "course.bench", "list or run the benches"),
    ("report", "course.report.command", "show a result file as a table and an HTML page"),
    ("test", "course.run_tests", "for maintainers: build and test everything"),
    ("notes", "course.notes.command", "for maintainers: code, figures and tables embedded in Markdown"),
    ("dev", "course.dev.command", "for maintainers: is every exercise complete?"),
)


def help_text() -> str:
    """What ./course says without a command."""
    lines = ["Usage: ./course COMMAND [options]", ""]
    lines += [f"  {name:11} {summary}" for name, _, summary in COMMANDS]
    return "\n".join([*lines, "", "Options of a command:  ./course COMMAND --help", "New here:  ./course start, then  ./course next"])


def main(arguments: list[str]) -> int:
    """Runs one command. Exit codes: its own; 1 when what it prints cannot be written; 2 for a wrong command line;
    128 + n when ended by signal n."""
    signals.raise_on_ending_signals()
    if sys.stdout is None:  # the first file that is opened would take its place
        print("course: standard output is closed; direct it to a terminal, a file or a pipe.", file=sys.stderr)
        return 1
    try:
        code, sentence = _run(arguments)
    except Interrupted as interrupted:
        name = signal.Signals(interrupted.signal_number).name
        code = 128 + interrupted.signal_number
        sentence = f"\ncourse: ended by {name}; everything it started is stopped."
    finally:
        processes.stop_all()
    return _conclude(code, sentence)


def _run(arguments: list[str]) -> tuple[int, str]:
    """The exit code, and what is to be said about it."""
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
        return code, ""
    except SystemExit as end:  # argparse: it has said what there is to say
        return end.code, ""
    except Problem as problem:
        return problem.status, "\n".join(problem.lines())
    except BrokenPipeError:  # ./course ... | head
        return 128 + signal.SIGPIPE, ""
    except OSError as error:
        return 1, f"course: {error}."


def _conclude(code: int, sentence: str) -> int:
    """Says the sentence after all output, and another one where that could not be written."""
    sentences = [sentence] if sentence else []
    try:
        sys.stdout.flush()
    except OSError as error:
        # The interpreter would try once more at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            code = code or 128 + signal.SIGPIPE
        else:
            code = code or 1
            sentences = [said for said in sentences if said != f"course: {error}."]
            sentences.append(
                f"course: cannot write standard output: {error.strerror}; "
                "what was printed is incomplete, direct it elsewhere."
            )
    for said in sentences:
        print(said, file=sys.stderr)
    return code


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(help_text())
        return 0 if arguments else 2
    name, *rest = arguments
    modules = {command: (module, summary) for command, module, summary in COMMANDS}
    if name not in modules:
        nearest = difflib.get_close_matches(name, modules, n=1, cutoff=0.5)
        hint = f" Did you mean  ./course {nearest[0]} ?" if nearest else ""
        print(f"course: there is no command {name!r}.{hint}\n\n{help_text()}", file=sys.stderr)
        return 2
    module_name, summary = modules[name]
    module = importlib.import_module(module_name)
    parser = argparse.ArgumentParser(prog=f"./course {name}", description=summary[0].upper() + summary[1:] + ".")
    module.add_arguments(parser)
    return module.run(_parse(parser, rest))


def _parse(parser: argparse.ArgumentParser, words: list[str]) -> argparse.Namespace:
    """Options may stand before, between and behind names, unless all that follows is for another program."""
    try:
        return parser.parse_intermixed_args(words)
    except TypeError:  # it has an argument that takes the rest of the line
        return parser.parse_args(words)
