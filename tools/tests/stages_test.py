"""The stages of the final project, which are exercises in a folder of their own."""

from __future__ import annotations

import shutil
import unittest

import sample_tree
from course import exercises as catalogue
from course.dev.command import findings
from course.notes import document
from course.problem import Problem
from sample_tree import write, write_json
from support import FakeMachine

STAGE = "final_project/stages/01-decode"
ANSWER = "solutions/final_project/stages/01-decode"


class Stages(FakeMachine):
    def setUp(self) -> None:
        super().setUp()
        self.root = sample_tree.make(self.directory / "tree")
        manifest = {**sample_tree.COUNTER, "id": "08-01", "name": "decode", "title": "Decode", "minutes": 480}
        manifest |= {"edit": ["decode.hpp"], "reference_links": ["lln::handler"]}
        write_json(self.root / STAGE / "exercise.json", manifest)
        write(self.root / STAGE / "README.md", "# Decode\n")
        write(self.root / STAGE / "decode.hpp", "// TODO: your work\n")
        write(self.root / STAGE / "decode_test.cpp", "#include <decode.hpp>\n")
        write(self.root / ANSWER / "README.md", "# Why\n")
        write(self.root / ANSWER / "decode.hpp", "// the answer\n")
        write(self.root / ANSWER / "reference" / "decode.hpp", "// another answer\n")
        for wrong in ("one", "two", "three", "four", "five"):
            write(self.root / ANSWER / "mutants" / wrong / "decode.hpp", f"// mutant: counts release: {wrong}\n//\n")

    def found(self) -> list[str]:
        return [finding.text(self.root) for finding in findings(self.root)]

    def test_it_is_an_exercise_of_module_08(self) -> None:
        stage = catalogue.load_all(self.root)[-1]
        self.assertEqual((stage.id, stage.module), ("08-01", "08-final-project"))
        self.assertEqual(stage.solution, self.root / ANSWER)
        self.assertEqual(self.found(), [])

    def test_it_is_found_by_any_of_its_names(self) -> None:
        exercises = catalogue.load_all(self.root)
        for word in ("08-01", "decode", "01-decode", STAGE, f"./{STAGE}/", "08-final-project/01-decode"):
            self.assertEqual(catalogue.find(exercises, word).id, "08-01", word)
        with self.assertRaises(Problem):
            catalogue.find(exercises, "08-02")

    def test_its_module_is_found_by_any_name(self) -> None:
        exercises = catalogue.load_all(self.root)
        for word in ("08", "08-final-project", "final-project", "final_project"):
            self.assertEqual([e.id for e in catalogue.of_module(exercises, word)], ["08-01"], word)
        self.assertEqual(catalogue.of_module(exercises, "project"), [])

    def test_its_table_in_the_notes(self) -> None:
        page = write(self.root / "final_project" / "README.md", "<!-- exercises: 08-final-project -->\n<!-- /exercises -->\n")
        self.assertIn("| 08-01 | [Decode](stages/01-decode/README.md) | 480 | 1 |", document.sync(page, self.root).text)

    def test_what_is_missing_is_found(self) -> None:
        shutil.rmtree(self.root / ANSWER / "mutants" / "five")
        write(self.root / ANSWER / "reference" / "other.hpp", "")
        told = "\n".join(self.found())
        self.assertIn("4 mutants; 5 at least", told)
        self.assertIn(f"{ANSWER}/reference/other.hpp: a solution has README.md", told)

    def test_orphans(self) -> None:
        write(self.root / "final_project/stages/02-new/README.md", "# New\n")
        write(self.root / "solutions/final_project/stages/03-gone/README.md", "# Gone\n")
        told = "\n".join(self.found())
        self.assertIn("final_project/stages/02-new: exercise.json is missing [orphans]", told)
        self.assertIn("solutions/final_project/stages/03-gone: it answers no exercise [orphans]", told)

    def test_what_is_used_must_be_there(self) -> None:
        write_json(self.root / STAGE / "exercise.json", {**catalogue.load_all(self.root)[-1].manifest, "uses": ["09-none"]})
        self.assertIn("it uses 09-none, and beside it there is no such exercise [uses]", "\n".join(self.found()))

    def test_one_without_files_of_its_own_is_about_those_that_it_uses(self) -> None:
        first = catalogue.load_all(self.root)[-1].manifest
        home = self.root / "final_project/stages/02-fast"
        write_json(home / "exercise.json", {**first, "id": "08-02", "name": "fast", "edit": [], "uses": ["01-decode"]})
        for folder in (home, self.root / "solutions/final_project/stages/02-fast"):
            write(folder / "README.md", "# Fast\n")
        write(home / "fast_test.cpp", "\n")
        for wrong in ("one", "two", "three", "four", "five"):
            mutant = self.root / "solutions/final_project/stages/02-fast/mutants" / wrong / "decode.hpp"
            write(mutant, f"// mutant: counts release: {wrong}\n//\n")
        self.assertEqual(self.found(), [])
        fast = catalogue.load_all(self.root)[-1]
        self.assertEqual((fast.files, fast.worked_on), ([], [self.root / STAGE / "decode.hpp"]))

    def test_the_sources_of_a_program_must_be_there(self) -> None:
        manifest = {**catalogue.load_all(self.root)[-1].manifest, "program": {"sources": ["app/none.cpp"]}}
        write_json(self.root / STAGE / "exercise.json", manifest)
        self.assertIn("app/none.cpp, a source of its program, is not there [uses]", "\n".join(self.found()))


if __name__ == "__main__":
    unittest.main()
