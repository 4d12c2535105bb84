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
    ("test", "course.run_tests", "build and test everything"),
    ("doctor", "course.doctor.command", "what this machine can do, with consequence and fix"),
    ("report", "course.report.command", "show a result file as a table and an HTML page"),
)


def help_text() -> str:
    """What ./course says without a command."""
    lines = ["Usage: ./course COMMAND [options]", ""]
    lines += [f"  {name:8} {summary}" for name, _, summary in COMMANDS]
    return "\n".join([*lines, "", "Options of a command:  ./course COMMAND --help", "New here:  ./course start"])


def main(arguments: list[str]) -> int:
    """Runs one command. Exit codes: its own; 2 for a wrong command line; 128 + n when ended by signal n."""
    signals.raise_on_ending_signals()
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
        return code
    except Problem as problem:
        sys.stdout.flush()
        print("\n".join(problem.lines()), file=sys.stderr)
        return problem.status
    except Interrupted as interrupted:
        name = signal.Signals(interrupted.signal_number).name
        print(f"\ncourse: ended by {name}; everything it started is stopped.", file=sys.stderr)
        return 128 + interrupted.signal_number
    except BrokenPipeError:  # ./course ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except OSError as error:
        print(f"course: {error}.", file=sys.stderr)
        return 1
    finally:
        processes.stop_all()


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
    return module.run(parser.parse_args(rest))
