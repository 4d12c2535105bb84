"""./course notes: what is embedded in Markdown, and each way in which it can be wrong."""

from __future__ import annotations

import json
import unittest
from pathlib import Path

import sample_tree
from course.notes import figures, regions
from course.notes.document import sync
from course.notes.regions import EmbedError
from sample_tree import write
from support import FakeMachine

RING = "modules/02-queues/results/ring.json"


class Notes(FakeMachine):
    def setUp(self) -> None:
        super().setUp()
        self.root = sample_tree.make(self.directory / "tree")
        self.notes = self.root / "modules" / "02-queues" / "README.md"
        self.source = self.root / "modules" / "02-queues" / "ring.hpp"

    def synced(self, text: str, path: Path | None = None):
        return sync(write(path or self.root / "modules" / "02-queues" / "x.md", text), self.root)

    def value(self, argument: str) -> str:
        result = self.synced(f"a <!-- value: {argument} -->?<!-- /value --> b")
        if result.errors:
            return result.errors[0].sentence
        return result.text.partition("-->")[2].partition("<!--")[0]

    # ---- code

    def test_a_clean_file_stays_as_it_is(self) -> None:
        result = sync(self.notes, self.root)
        self.assertEqual((result.text, result.parts, result.errors, result.drift), (sample_tree.NOTES, 2, [], []))

    def test_code_is_rewritten(self) -> None:
        write(self.source, sample_tree.SOURCE.replace("+= 1", "+= 2"))
        result = sync(self.notes, self.root)
        self.assertEqual(len(result.drift), 1)
        self.assertEqual(result.text, sample_tree.NOTES.replace("+= 1", "+= 2"))

    def test_an_empty_part_is_filled(self) -> None:
        result = self.synced("<!-- code: modules/02-queues/ring.hpp#push -->\n<!-- /code -->\n")
        self.assertIn("```cpp\nvoid push() {\n  index += 1;\n}\n```\n<!-- /code -->", result.text)
        again = self.synced(result.text)
        self.assertEqual((again.text, again.drift), (result.text, []))

    def test_regions_that_are_wrong(self) -> None:
        begin, end = "// #region push\n", "// #endregion push\n"
        for text, words in (
            ("int x;\n", "has no region 'push'"),
            (begin + "a\n", "is never closed"),
            (end + "a\n", "without a beginning"),
            (begin + end + begin + end, "twice"),
            (begin + begin + end, "twice"),
        ):
            with self.subTest(text=text):
                write(self.source, text)
                with self.assertRaisesRegex(EmbedError, words):
                    regions.code(self.source, "push")
                errors = sync(self.notes, self.root).errors
                self.assertEqual(len(errors), 1)
                self.assertEqual(errors[0].line, 7)

    def test_region_names_are_whole_words(self) -> None:
        write(self.source, "// #region push-all\n1\n// #endregion push-all\n// #region push\n2\n// #endregion push\n")
        self.assertEqual(regions.code(self.source, "push"), "2")

    def test_python_and_shell(self) -> None:
        script = write(self.root / "run", "#!/usr/bin/env python3\n# #region a\nx = 1\n# #endregion a\n")
        self.assertEqual(regions.fenced(regions.code(script, "a"), script), "```python\nx = 1\n```")
        script = write(self.root / "run", "#!/bin/sh\n  # #region a\n  ls\n  # #endregion a\n")
        self.assertEqual(regions.fenced(regions.code(script, "a"), script), "```bash\nls\n```")

    def test_a_whole_file(self) -> None:
        result = self.synced("<!-- code: modules/02-queues/ring.hpp -->\n<!-- /code -->\n")
        self.assertIn("```cpp\n#pragma once\nnamespace lln {\n  void push() {\n    index += 1;\n  }\n}\n```\n", result.text)

    def test_parts_that_are_wrong(self) -> None:
        code = "<!-- code: modules/02-queues/ring.hpp#push -->"
        for text, words in (
            (f"{code}\n", "never closed"),
            (f"{code}\n{code}\n<!-- /code -->\n", "never closed"),
            (f"{code}\n<!-- /table -->\n", "never closed"),
            ("<!-- /code -->\n", "belongs to no embedded part"),
            (f"see {code} <!-- /code -->\n", "belongs to no embedded part"),
            ("<!-- code: modules/02-queues/gone.hpp#push -->\n<!-- /code -->", "no such file"),
            ("<!-- code: ../../../../../../../../etc/passwd#x -->\n<!-- /code -->", "outside the repository"),
            ("<!-- exercises: 09-none -->\n<!-- /exercises -->", "has no exercise"),
            (f"<!-- table: {RING} series=his -->\n<!-- /table -->", "no series 'his'"),
            (f"<!-- table: {RING} rows=3 -->\n<!-- /table -->", "series=a,b"),
            (f"<!-- value: {RING}#summary.rate -->1\n", "without being closed"),
            ("1<!-- /value -->\n", "without being closed"),
        ):
            with self.subTest(text=text):
                sentences = [error.sentence for error in self.synced(text).errors]
                self.assertTrue([s for s in sentences if words in s], sentences)

    def test_comments_inside_code_are_text(self) -> None:
        text = "```\n<!-- code: x#y -->\n```\n\nWrite `<!-- value: x#y -->1<!-- /value -->` there.\n"
        result = self.synced(text)
        self.assertEqual((result.parts, result.errors, result.text), (0, [], text))

    # ---- values

    def test_values(self) -> None:
        for argument, wanted in (
            (f"{RING}#summary.rate", "21456789"),
            (f"{RING}#summary.rate %,d", "21,456,789"),
            (f"{RING}#summary.rate %,.1f", "21,456,789.0"),
            (f"{RING}#summary.rate *1e-6 %.1f", "21.5"),
            (f"{RING}#summary.rate /1000 %d", "21457"),
            (f"{RING}#series.ours.quantiles.p50 %.1f", "12.3"),
            (f"{RING}#series.ours.quantiles.p99.9", "2000"),
            (f"{RING}#series.1.name %s", "theirs"),
            (f"{RING}#machine.cpu", "a CPU"),
        ):
            with self.subTest(argument=argument):
                self.assertEqual(self.value(argument), wanted)

    def test_values_that_are_wrong(self) -> None:
        for argument, words in (
            (f"{RING}#summary.speed", "no 'summary.speed'"),
            (f"{RING}#series.his.n", "no 'series.his.n'"),
            (f"{RING}#summary", "not a single value"),
            (f"{RING}#what %d", "not a number"),
            (f"{RING}#what *2", "not a number"),
            (f"{RING}#summary.rate %q", "neither a scale"),
            (f"{RING}", "wants file.json#keys"),
            ("modules/02-queues/README.md#x", "is not JSON"),
        ):
            with self.subTest(argument=argument):
                self.assertIn(words, self.value(argument))

    def test_two_values_in_a_line(self) -> None:
        one = f"<!-- value: {RING}#summary.rate -->0<!-- /value -->"
        result = self.synced(f"| {one} | {one} |")
        self.assertEqual(result.text.count("21456789"), 2)
        self.assertEqual(result.parts, 2)

    # ---- tables

    def test_table(self) -> None:
        text = figures.table(sample_tree.RESULT, [])
        self.assertEqual(text.split("\n"), [
            "|  | unit | n | p50 | p99 | ratio | 95 % |",
            "|---|---|---:|---:|---:|---:|---:|",
            "| ours | ns | 10,000 | 12.3 | 1,234 |  |  |",
            "| theirs | ns | 10,000 | 24.7 |  | 2.00 x ours | 24.1 to 25.2 |",
            "",
            "a CPU, 2 cores, Linux 6.1; GCC 12.2 -O2; `build/ring_bench`.",
        ])  # fmt: skip

    def test_empty_columns_are_left_out(self) -> None:
        self.assertEqual(figures.table(sample_tree.RESULT, ["ours"]).split("\n")[0], "|  | unit | n | p50 | p99 |")

    def test_table_in_a_file(self) -> None:
        text = f"before\n\n<!-- table: {RING} series=theirs,ours -->\n<!-- /table -->\n"
        result = self.synced(text)
        self.assertEqual(len(result.drift), 1)
        self.assertLess(result.text.index("| theirs"), result.text.index("| ours"))
        self.assertEqual(self.synced(result.text).drift, [])

    def test_numbers(self) -> None:
        for value, wanted in ((None, ""), (0, "0"), (1.234, "1.23"), (123456, "123,456"), (0.00001234, "0.000012")):
            self.assertEqual(figures.number(value), wanted)

    def test_exercises(self) -> None:
        text = "<!-- exercises: 02-queues -->\n<!-- /exercises -->\n"
        result = self.synced(text, self.root / "slides" / "02.md")
        link = "../exercises/02-queues/01-ring/README.md"
        self.assertIn(f"| 02-01 | [A ring]({link}) | 45 | 5 |\n", result.text)
        self.assertIn("| | together | 90 | 6 |", result.text)

    # ---- the command

    def notes_command(self, action: str) -> tuple[int, str]:
        return self.course("notes", action, "--root", str(self.root))

    def test_check_names_the_drift_and_sync_mends_it(self) -> None:
        data = {**sample_tree.RESULT, "summary": {"rate": 30000000}}
        write(self.root / RING, json.dumps(data))
        code, output = self.notes_command("check")
        self.assertEqual(code, 1)
        self.assertIn("README.md:5: value:", output)
        self.assertIn("Next:  ./course notes sync", output)
        self.assertEqual(self.notes.read_text(), sample_tree.NOTES, "check writes nothing")
        code, output = self.notes_command("sync")
        self.assertEqual(code, 0, output)
        self.assertIn("rewritten  modules/02-queues/README.md", output)
        self.assertIn("-->30.0<!--", self.notes.read_text())
        self.assertEqual(self.notes_command("check")[0], 0)

    def test_sync_fails_when_something_cannot_be_made(self) -> None:
        write(self.source, "")
        code, output = self.notes_command("sync")
        self.assertEqual(code, 1)
        self.assertIn("has no region 'push'", output)
        self.assertEqual(self.notes.read_text(), sample_tree.NOTES)


if __name__ == "__main__":
    unittest.main()
