"""./course dev check: the sample tree is clean, and each rule can fail."""

from __future__ import annotations

import re
import shutil
import unittest
from collections.abc import Callable
from pathlib import Path

import sample_tree
from course.dev import command, folder_rules, manifest_rules, slide_rules, tree_rules
from course.dev.command import findings
from sample_tree import write, write_json
from support import FakeMachine

RING = Path("exercises/02-queues/01-ring")
ANSWER = Path("solutions/02-queues/01-ring")
NOTES = Path("modules/02-queues/README.md")


def manifest(**changes: object) -> Callable[[Path], object]:
    """A break: the ring's manifest with some members changed (None: removed)."""
    data = {**sample_tree.RING, **changes}
    return lambda root: write_json(root / RING / "exercise.json", {k: v for k, v in data.items() if v is not None})


def group(**changes: object) -> Callable[[Path], object]:
    """A break: the same for its first group."""
    first, *others = sample_tree.RING["groups"]
    return manifest(groups=[{k: v for k, v in {**first, **changes}.items() if v is not None}, *others])


def text(path: Path, content: str) -> Callable[[Path], object]:
    """A break: a file with this content."""
    return lambda root: write(root / path, content)


def removed(path: Path) -> Callable[[Path], object]:
    """A break: a file or directory less."""

    def remove(root: Path) -> None:
        target = root / path
        shutil.rmtree(target) if target.is_dir() else target.unlink()

    return remove


def replaced(path: Path, old: str, new: str) -> Callable[[Path], object]:
    """A break: a piece of a file changed."""

    def replace(root: Path) -> None:
        before = (root / path).read_text(encoding="utf-8")
        assert old in before, (path, old)
        write(root / path, before.replace(old, new))

    return replace


DECK = Path("slides/02-queues.md")
MUTANT = ANSWER / "mutants" / "one" / "ring.hpp"
# The rule, a word of what it says, the break.
BREAKS: tuple[tuple[str, str, Callable[[Path], object]], ...] = (
    ("manifest", "is not JSON", text(RING / "exercise.json", "{")),
    ("manifest", "has no 'minutes'", manifest(minutes=None)),
    ("manifest", "minutes should be at least 5", manifest(minutes=0)),
    ("manifest", "'reward', which is not known", manifest(reward=1)),
    ("manifest", "lanes[0] should be one of", manifest(lanes=["fast"])),
    ("manifest", "has no 'filter'", group(filter=None)),
    ("manifest", "points should be at least 1", group(points=0)),
    ("manifest", "points should be integer", group(points=1.5)),
    ("manifest", "should match", group(name="Not Kebab")),
    ("manifest", "visibility should be one of", group(visibility="secret")),
    ("uses", "it edits no file", manifest(edit=[])),
    ("manifest", "should match", manifest(edit=["../../outside.hpp"])),
    ("manifest", "notes should match", manifest(notes="modules/02-queues/README.md")),
    ("names", "the id is '02-07'", manifest(id="02-07")),
    ("names", "the name is 'rong'", manifest(name="rong")),
    ("groups", "2 groups are called 'wrap'", group(name="wrap")),
    ("groups", "lane 'asan'", group(lanes=["release", "asan"])),
    ("groups", "names a lane twice", group(lanes=["release", "release", "tsan"])),
    ("groups", "no group is tested in lane 'tsan'", group(lanes=["release"])),
    ("uses", "it uses 07-gone", manifest(uses=["07-gone"])),
    ("hints", "2 hints; 3 at least", manifest(hints=["a", "b"])),
    ("hints", "a hint stands there twice", manifest(hints=["a", "b", "a"])),
    ("minutes", "make it two exercises", manifest(minutes=500)),
    ("unique", "the name 'ring' is that of 01-ring too", replaced(
        RING.parent / "02-counter" / "exercise.json", '"name": "counter"', '"name": "ring"')),
    ("readme", "the brief is missing", removed(RING / "README.md")),
    ("readme", "the brief is missing", text(RING / "README.md", "\n")),
    ("readme", "the explanation is missing", removed(ANSWER / "README.md")),
    ("edit", "but not in the folder", removed(RING / "ring.hpp")),
    ("edit", "the solution of", removed(ANSWER / "ring.hpp")),
    ("edit", "nothing is left to do", text(RING / "ring.hpp", "// the answer\n")),
    ("todo", "no TODO says where to work", text(RING / "ring.hpp", "// nothing\n")),
    ("todo", "a solution has no TODO left", text(ANSWER / "ring.hpp", "// TODO later\n")),
    ("tests", "there is no *_test.cpp", removed(RING / "ring_test.cpp")),
    ("tests", "write <ring.hpp>", text(RING / "ring_test.cpp", '#include "ring.hpp"\n')),
    ("stray", "it belongs to nothing", text(RING / "ring.hpp.orig", "")),
    ("stray", "it belongs to nothing", text(RING / "data" / "x_test.cpp", "")),
    ("stray", "but not in the folder", manifest(support=["driver.cpp"])),
    ("stray", "a solution has README.md", text(ANSWER / "notes.txt", "")),
    ("stray", "a solution has README.md", text(ANSWER / "mutants" / "one" / "other.hpp", "")),
    ("mutants", "3 mutants; 4 at least", removed(ANSWER / "mutants" / "one")),
    ("mutants", "0 mutants", removed(ANSWER / "mutants")),
    ("mutants", "the first line should be", text(MUTANT, "// wrong somewhere\n")),
    ("mutants", "the first line should be", text(MUTANT, "// mutant: order release:\n")),
    ("mutants", "there is no group 'chaos'", text(MUTANT, "// mutant: chaos release: x\n")),
    ("mutants", "not tested in lane 'tsan'", text(MUTANT, "// mutant: wrap tsan: x\n")),
    ("mutants", "the same as the solution", text(MUTANT, "// mutant: wrap release: x\n// the answer\n")),
    ("mutants", "none of the edited files", removed(MUTANT)),
    ("notes", "there are no notes", manifest(notes="modules/02-queues/NOTES.md#the-ring")),
    ("notes", "has no section #a-ring", manifest(notes="modules/02-queues/README.md#a-ring")),
    ("orphans", "exercise.json is missing", removed(RING / "exercise.json")),
    ("orphans", "it answers no exercise", text(ANSWER.parent / "09-gone" / "x.hpp", "")),
    ("labs", "lab.json is missing", removed(Path("labs/01-race/lab.json"))),
    ("labs", "has no 'minutes'", replaced(Path("labs/01-race/lab.json"), '"minutes"', '"hours"')),
    ("labs", "the folder says otherwise", replaced(Path("labs/01-race/lab.json"), '"01"', '"02"')),
    ("labs", "the lab's page is missing", removed(Path("labs/01-race/README.md"))),
    ("labs", "no executable file", lambda root: (root / "labs/01-race/run").chmod(0o644)),
    ("slides", "does not begin as a Marp deck", text(DECK, "# Queues\n")),
    ("slides", "0 times <!-- minutes: N -->", replaced(DECK, "<!-- minutes: 2 -->\n", "")),
    ("slides", "2 times <!-- minutes: N -->", replaced(DECK, "<!-- minutes: 2 -->", "<!-- minutes: 2 -->\n<!-- minutes: 1 -->")),
    ("slides", "7 minutes; 1 to 6", replaced(DECK, "minutes: 5", "minutes: 7")),
    ("slides", "2 headings; one a slide", replaced(DECK, "## The ring", "## The ring\n## Another")),
    ("slides", "0 headings; one a slide", replaced(DECK, "## The ring\n", "The ring\n")),
    ("slides", "no speaker's note", replaced(DECK, "Ask: who", "who")),
    ("slides", "15 lines to show; 14 fit", replaced(DECK, "It goes round.\n", "- again\n" * 12)),
    ("slides", "code of 111 columns", replaced(DECK, "index += 1", "x" * 111)),
    ("slides", "92 minutes in all", replaced(DECK, "---\n\n<!-- minutes: 5", sample_tree.SLIDE * 17 + "---\n\n<!-- minutes: 5")),
    ("links", "there is no nowhere.md", text(Path("README.md"), "[x](nowhere.md)\n")),
    ("links", "has no section #gone", text(Path("README.md"), "[x](modules/02-queues/README.md#gone)\n")),
    ("links", "leads out of the repository", text(Path("README.md"), "[x](../../../../../../../../etc/passwd)\n")),
    ("embedded", "differs from its source", replaced(NOTES, "index += 1", "index += 2")),
    ("embedded", "has no region 'pop'", replaced(NOTES, "#push", "#pop")),
    ("embedded", "its source '21.5'", replaced(NOTES, "21.5", "21.6")),
)  # fmt: skip


class DevCheck(FakeMachine):
    def setUp(self) -> None:
        super().setUp()
        self.clean = sample_tree.make(self.directory / "clean")

    def broken(self, break_: Callable[[Path], object]) -> list:
        root = self.directory / "broken"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.clean, root)
        break_(root)
        return findings(root)

    def test_the_sample_is_clean(self) -> None:
        self.assertEqual([finding.text(self.clean) for finding in findings(self.clean)], [])

    def test_every_break_is_found_by_its_rule(self) -> None:
        for rule, words, break_ in BREAKS:
            with self.subTest(rule=rule, words=words):
                found = [(finding.rule, finding.sentence) for finding in self.broken(break_)]
                self.assertTrue([s for r, s in found if r == rule and words in s], found)

    def test_every_rule_was_broken(self) -> None:
        written = set()
        for module in (folder_rules, manifest_rules, slide_rules, tree_rules, command):
            written |= set(re.findall(r'Finding\("(\w+)"', Path(module.__file__).read_text(encoding="utf-8")))
        self.assertEqual(written, {rule for rule, _, _ in BREAKS})

    def test_findings_are_collected_not_only_the_first(self) -> None:
        def two(root: Path) -> None:
            removed(RING / "README.md")(root)
            removed(ANSWER / "README.md")(root)

        self.assertEqual(len(self.broken(two)), 2)

    def test_a_finished_exercise_is_no_finding(self) -> None:
        """The student has no TODO left; what was committed had one."""
        root = self.directory / "student"
        shutil.copytree(self.clean, root)
        self.script("git", """\
            [ "$3 $4" = "show HEAD:exercises/02-queues/01-ring/ring.hpp" ] && echo "// TODO: your work"
            """)
        write(root / RING / "ring.hpp", "// done\n")
        self.assertEqual(findings(root), [])

    def test_support_files_may_be_named(self) -> None:
        def named(root: Path) -> None:
            manifest(support=["driver.cpp"])(root)
            write(root / RING / "driver.cpp", "")

        self.assertEqual(self.broken(named), [])

    def test_included_files_belong_to_the_exercise(self) -> None:
        def included(root: Path) -> None:
            write(root / RING / "ring_test.cpp", "#include <ring.hpp>\n#include <helper.hpp>\n")
            write(root / RING / "helper.hpp", "")

        self.assertEqual(self.broken(included), [])

    def test_the_command(self) -> None:
        code, output = self.course("dev", "check", "--root", str(self.clean))
        self.assertEqual(code, 0, output)
        self.assertIn("2 exercises, nothing to find", output)
        self.assertRegex(output, r"slides/02-queues.md: 2 slides, 7 minutes; exercises: \d+ minutes")
        (self.clean / RING / "README.md").unlink()
        code, output = self.course("dev", "check", "--root", str(self.clean))
        self.assertEqual(code, 1)
        self.assertIn("exercises/02-queues/01-ring/README.md: the brief is missing [readme]", output)
        self.assertIn("Next:  ./course dev check", output)


if __name__ == "__main__":
    unittest.main()
