"""./course grade --submission: which files are taken, which are refused, and that nothing else counts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from fake_students import FakeStudents
from grade_test import errors

GIT = shutil.which("git")
RING = "exercises/02-queues/01-ring/ring.hpp"
COUNTER = "exercises/02-queues/02-counter/counter.hpp"


@unittest.skipIf(GIT is None, "git is not installed")
class Submission(FakeStudents):
    def setUp(self) -> None:
        super().setUp()
        (self.bin / "git").symlink_to(str(GIT))
        self.environment |= {"HOME": str(self.directory), "GIT_CONFIG_NOSYSTEM": "1"}
        (self.tree / ".gitignore").write_text("/build/\n__pycache__/\n")
        self.git("init", "-q")
        self.commit()
        self.copy = self.tree / "build" / "submission" / "tree"
        self.environment["TREE"] = str(self.copy)  # what the stand-ins for cmake and ctest look at
        self.folder = self.directory / "alice"
        self.folder.mkdir()

    def git(self, *words: str) -> str:
        author = ("-c", "user.name=x", "-c", "user.email=x@x", "-c", "commit.gpgsign=false")
        command = [str(GIT), "-C", str(self.tree), *author, *words]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True).stdout

    def commit(self) -> str:
        self.git("add", ".")
        self.git("commit", "-q", "--allow-empty", "-m", "as shipped")
        return self.git("rev-parse", "HEAD").strip()

    def hand_in(self, name: str, *lines: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        self.write(file, *lines)
        return file

    def grade(self, *arguments: str, expect: int = 0) -> str:
        code, output = self.course("grade", "--submission", str(self.folder), *arguments)
        self.assertEqual(code, expect, output)
        return output

    def test_laid_out_as_the_repository(self) -> None:
        self.hand_in(RING, "pass order", "pass wrap")
        self.hand_in(COUNTER, "pass counts")
        output = self.grade()
        self.assertIn("Total: 6 of 6 points", output)
        self.assertIn("2 files of ", output)

    def test_from_any_folder_on(self) -> None:
        self.hand_in("01-ring/ring.hpp", "pass order", "pass wrap")
        self.hand_in("counter.hpp", "pass counts")
        self.assertIn("Total: 6 of 6 points", self.grade())

    def test_what_is_missing_is_told_earns_nothing_and_is_not_built(self) -> None:
        self.hand_in(COUNTER, "pass counts")
        output = self.grade()
        self.assertIn("02-01 ring: ring.hpp was not handed in; as shipped it earns nothing.", output)
        self.assertIn("Total: 1 of 6 points", output)
        self.assertRegex(output, r"FAIL +0/2 +order +release: not handed in")
        self.assertEqual(self.built(), ["02-02.student.release"])

    def test_only_what_was_asked_for(self) -> None:
        self.hand_in(COUNTER, "pass counts")
        self.hand_in(RING, "pass order")
        self.assertIn("Total: 1 of 1 points", self.grade("counter"))
        self.assertIn("Total: 3 of 6 points", self.grade("--only", "queues"))
        self.assertIn("no exercise is in a module 'ponds'", self.grade("--only", "ponds", expect=2))

    def test_tests_and_manifests_are_the_courses_own(self) -> None:
        self.hand_in(COUNTER, "nothing")
        manifest = (self.tree / COUNTER).parent / "exercise.json"
        easy = manifest.read_text(encoding="utf-8").replace('"Counter.*"', '"*"').replace('"points": 1', '"points": 99')
        (self.folder / COUNTER).with_name("exercise.json").write_text(easy, encoding="utf-8")
        self.hand_in("exercises/02-queues/02-counter/counter_test.cpp", "pass counts")
        self.assertIn("Total: 0 of 6 points", self.grade())
        self.assertEqual((self.copy / COUNTER).with_name("counter_test.cpp").read_text(), "#include <counter.hpp>\n")

    def test_what_one_works_on_oneself_does_not_count(self) -> None:
        self.write(self.ring, "pass order", "pass wrap")
        self.hand_in(COUNTER, "pass counts")
        output = self.grade()
        self.assertIn("Total: 1 of 6 points", output)
        self.assertIn("Your changes since commit", output)
        self.assertEqual(self.ring.read_text(), "// pass order\n// pass wrap\n", "left alone")

    def test_the_next_one_gets_nothing_of_the_one_before(self) -> None:
        self.hand_in(RING, "pass order", "pass wrap")
        self.hand_in(COUNTER, "pass counts")
        self.grade()
        (self.copy / "exercises/02-queues/02-counter/counter_test.cpp").write_text("// pass counts\n")
        (self.copy / "exercises/02-queues/02-counter/left.hpp").write_text("// pass counts\n")
        shutil.rmtree(self.folder)
        self.hand_in(COUNTER, "lost")
        self.assertIn("Total: 0 of 6 points", self.grade())
        self.assertEqual((self.copy / RING).read_text(), "// TODO: your work\n")
        self.assertEqual((self.copy / COUNTER).with_name("counter_test.cpp").read_text(), "#include <counter.hpp>\n")
        self.assertFalse((self.copy / COUNTER).with_name("left.hpp").exists())

    def test_the_same_again_writes_nothing(self) -> None:
        self.hand_in(COUNTER, "pass counts")
        self.grade()
        before = (self.copy / COUNTER).stat().st_mtime_ns
        self.grade()
        self.assertEqual((self.copy / COUNTER).stat().st_mtime_ns, before)

    def test_a_new_commit_of_the_course_is_taken(self) -> None:
        self.hand_in(COUNTER, "pass counts")
        self.grade()
        (self.tree / "NEWS.md").write_text("# News\n")
        commit = self.commit()
        self.assertIn(f"in commit {commit[:12]} of the course", self.grade())
        self.assertTrue((self.copy / "NEWS.md").is_file())

    def test_refused_with_a_sentence(self) -> None:
        self.hand_in(COUNTER, "pass counts")
        file = self.folder / RING
        file.parent.mkdir(parents=True)

        def told(sentence: str) -> None:
            output = self.grade()
            self.assertIn(f"02-01 ring: ring.hpp {sentence}", output)
            self.assertNotIn("was not handed in", output)
            self.assertIn("Total: 1 of 6 points", output)

        file.symlink_to(self.directory / "secret.hpp")
        told(f"is refused: {RING} is a symbolic link")
        file.unlink()
        os.mkfifo(file)
        told(f"is refused: {RING} is no ordinary file.")
        file.unlink()
        file.write_bytes(b" " * ((1 << 20) + 1))
        told(f"is refused: {RING} has 1048577 bytes, more than 1048576.")
        self.write(file, "pass order")
        self.hand_in("02-queues/01-ring/ring.hpp", "pass wrap")
        told(f"is there twice, as {RING} and as 02-queues/01-ring/ring.hpp")
        shutil.rmtree(file.parent)
        shutil.rmtree(self.folder / "02-queues")
        elsewhere = self.directory / "elsewhere"
        elsewhere.mkdir()
        self.write(elsewhere / "ring.hpp", "pass order", "pass wrap")
        file.parent.symlink_to(elsewhere)
        told("is refused: exercises/02-queues/01-ring is a symbolic link")

    def test_nothing_of_use(self) -> None:
        self.assertIn("has no file that one of these exercises asks for", self.grade(expect=1))
        self.folder.rmdir()
        self.assertIn("alice is no folder", self.grade(expect=2))
        self.assertEqual(self.built(), [])

    def test_what_does_not_compile(self) -> None:
        self.hand_in(COUNTER, "#error")
        self.hand_in(RING, "pass order", "pass wrap")
        output = self.grade()
        self.assertRegex(output, r"NOT BUILT +0/1 +counts")
        self.assertIn("Total: 5 of 6 points", output)

    def test_exports(self) -> None:
        self.hand_in(COUNTER, "pass counts")
        files = [self.directory / name for name in ("card.json", "card.xml", "results.json")]
        self.grade("--json", str(files[0]), "--junit", str(files[1]), "--gradescope", str(files[2]))
        card = json.loads(files[0].read_text())
        self.assertEqual(errors(card, "grade"), [])
        self.assertEqual(card["commit"], self.git("rev-parse", "HEAD").strip())
        self.assertEqual((card["submission"]["folder"], card["submission"]["files"]), ("alice", [COUNTER]))
        scope = json.loads(files[2].read_text())
        self.assertEqual(errors(scope, "gradescope"), [])
        self.assertIn("02-01 ring: ring.hpp was not handed in", scope["output"])

    def test_nothing_is_remembered_as_ones_own(self) -> None:
        self.hand_in(COUNTER, "pass counts")
        self.grade()
        self.assertIn("0 of 6 points at the last checks", self.course("progress")[1])


if __name__ == "__main__":
    unittest.main()
