"""Result files: the schema, the curves, the table and the page."""

from __future__ import annotations

import copy
import json
import shutil
import unittest
import xml.etree.ElementTree as ElementTree
from unittest import mock

from course import schema
from course.problem import Problem
from course.report import figures, gnuplot, hgrm, page, result_file, sparkline, terminal_table
from support import FakeMachine

GNUPLOT = shutil.which("gnuplot")
SAMPLE = {
    "schema": "lln/result/v1",
    "what": "feed <handler>",
    "command": "lln-handler --line-a 239.1.1.1:1 && rm",
    "commit": "0123456789abcdef",
    "time": "2026-01-02T03:04:05Z",
    "machine": {"cpu": "A CPU", "cores": 2, "kernel": "6.18", "governor": None, "vm": True, "tsc": "invariant"},
    "build": {"compiler": "g++ 12", "flags": "-O2"},
    "load": {"kind": "open", "rate": 1e6},
    "series": [
        {"name": "rx", "title": "receive's time", "unit": "ns", "n": 20000,
         "quantiles": {"p50": 900, "p90": 1500, "p99": 12000, "p99_9": 250000, "p99_99": None}, "min": 400, "max": 3000000},
        {"name": "rx_undisturbed", "unit": "ns", "n": 19000, "quantiles": {"p50": 890, "p90": 1400}, "min": 400, "max": 9000},
        {"name": "empty", "unit": "ns", "n": 0, "quantiles": {}, "min": None, "max": None},
    ],
    "notes": ["a < b"],
    "summary": {"messages": 5000000, "latency_ns": {"p50": 900}, "ended": True, "p99_99": None},
}  # fmt: skip
HGRM = """       Value     Percentile TotalCount 1/(1-Percentile)

       0.400 0.000000000000          1           1.00
       0.900 0.500000000000      10000           2.00
      12.000 0.990000000000      19800         100.00
    3000.000 1.000000000000      20000
#[Mean    =        1.000, StdDeviation   =        9.000]
"""


class Reports(FakeMachine):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / "result.json"
        self.path.write_text(json.dumps(SAMPLE))

    def load(self) -> result_file.Result:
        return result_file.load(self.path)

    def test_series(self) -> None:
        first, second, _ = self.load().series
        self.assertEqual(first.quantiles, {50.0: 900, 90.0: 1500, 99.0: 12000, 99.9: 250000})
        self.assertEqual((first.title, second.title), ("receive's time", "rx undisturbed"))
        self.assertEqual(first.points(), [(50.0, 900), (90.0, 1500), (99.0, 12000), (99.9, 250000)])

    def test_curves_beside_the_file_are_used(self) -> None:
        (self.directory / "result").mkdir()
        (self.directory / "result" / "rx.hgrm").write_text(HGRM)
        curve = self.load().series[0].points()
        self.assertEqual([round(value) for _, value in curve], [400, 900, 12000, 3000000], "microseconds become ns")
        self.assertEqual([percentile for percentile, _ in curve], [0.0, 50.0, 99.0, 100.0])

    def test_hgrm_of_an_empty_histogram(self) -> None:
        file = self.directory / "x.hgrm"
        file.write_text(HGRM.splitlines()[0] + "\n\n" + HGRM.splitlines()[-1])
        self.assertEqual(hgrm.read(file), [])

    def test_names_of_percentiles(self) -> None:
        self.assertEqual([result_file.percentile(key) for key in ("p50", "p99_9", "p99.99")], [50.0, 99.9, 99.99])
        self.assertEqual(result_file.percentile_name(99.9), "p99.9")
        with self.assertRaises(Problem):
            result_file.percentile("median")

    def test_bad_files_give_a_sentence(self) -> None:
        wrong = copy.deepcopy(SAMPLE)
        wrong["series"][0]["n"] = "many"
        for text, said in (("{", "is not JSON"), ("[]", "the file should be object"), (json.dumps(wrong), "series[0].n")):
            with self.subTest(said):
                self.path.write_text(text)
                code, output = self.course("report", str(self.path))
                self.assertEqual(code, 1)
                self.assertIn(said, output)
                self.assertNotIn("Traceback", output)

    def test_table(self) -> None:
        text = "\n".join(terminal_table.lines(self.load(), "utf-8"))
        self.assertRegex(text, r"receive's time +20,000 +400 ns +900 ns +1\.50 us +12\.0 us +250 us +3\.00 ms +▁")
        self.assertRegex(text, r"empty +0 +- +-")
        "\n".join(terminal_table.lines(self.load(), "ascii")).encode("ascii")

    def test_command_writes_the_page_beside_the_file(self) -> None:
        code, output = self.course("report", str(self.path))
        self.assertEqual(code, 0, output)
        self.assertIn("receive's time", output)
        text = self.path.with_suffix(".html").read_text()
        self.assertIn("feed &lt;handler&gt;", text)
        self.assertIn("a &lt; b", text)
        self.assertNotRegex(text, r"(src|href)=\"?https?:", "the page loads nothing from elsewhere")
        self.assertIn("gnuplot is not installed", text, "PATH has no gnuplot here, and the page says so")

    def test_figures(self) -> None:
        texts = [figures.value_text(value, "ns") for value in (0, 7, 999, 1000, 12345, 1.5e6, 2.5e9, None)]
        self.assertEqual(texts, ["0.00 ns", "7.00 ns", "999 ns", "1.00 us", "12.3 us", "1.50 ms", "2.50 s", "-"])
        self.assertEqual(figures.value_text(1234567, "msg/s"), "1.235e+06 msg/s")

    def test_sparkline(self) -> None:
        rising = [(0.0, 1.0), (50.0, 10.0), (90.0, 100.0), (99.0, 1000.0), (99.99, 10000.0), (100.0, 1e5)]
        line = sparkline.sparkline(rising)
        self.assertEqual(len(line), sparkline.WIDTH)
        self.assertEqual(list(line), sorted(line), "a percentile curve never falls")
        self.assertEqual((line[0], line[-1]), ("▁", "█"))
        self.assertLess(len(sparkline.sparkline(rising[:3])), sparkline.WIDTH // 2, "no cells beyond what was measured")
        self.assertEqual(sparkline.sparkline([]), "")
        self.assertEqual(set(sparkline.sparkline([(0.0, 5.0), (100.0, 5.0)])), {"▁"})

    @unittest.skipUnless(GNUPLOT, "gnuplot is not installed")
    def test_plots_are_embedded(self) -> None:
        (self.bin / "gnuplot").symlink_to(str(GNUPLOT))
        text = page.html(self.load())
        self.assertEqual(text.count("<svg"), 1, "raw and undisturbed share a plot; a series without values has none")
        self.assertNotIn("<?xml", text)
        svg = text[text.index("<svg") : text.index("</svg>") + 6]
        ElementTree.fromstring(svg)
        self.assertIn("p99.9", svg)
        self.assertIn("receive's time", svg.replace("&#39;", "'").replace("&apos;", "'"))
        self.assertIn('id="plot0-', svg.replace("'", '"'))

    @unittest.skipUnless(GNUPLOT, "gnuplot is not installed")
    def test_a_title_cannot_run_commands(self) -> None:
        (self.bin / "gnuplot").symlink_to(str(GNUPLOT))
        series = self.load().series[0]
        evil = f"x'; system('echo > {self.directory}/evil')\nsystem 'echo > {self.directory}/evil' #"
        svg = gnuplot.percentile_plot([mock.Mock(wraps=series, title=evil, unit="ns", points=series.points)], name="p")
        self.assertIn("evil", svg)
        self.assertFalse((self.directory / "evil").exists())

    @unittest.skipUnless(GNUPLOT, "gnuplot is not installed")
    def test_curves_over_something_else_take_the_place_of_percentiles(self) -> None:
        (self.bin / "gnuplot").symlink_to(str(GNUPLOT))
        plot = {
            "title": "ns by <bytes>",
            "x": "bytes",
            "y": "ns",
            "curves": [{"title": "it's 'so'", "points": [[4096, 1.5], [65536, 6], [1 << 30, 90]]}],
            "marks": [{"title": "L2", "x": 2097152}],
        }
        self.path.write_text(json.dumps(SAMPLE | {"plots": [plot]}))
        text = page.html(self.load())
        self.assertEqual(text.count("<svg"), 1)
        self.assertNotIn("Percentile curves", text)
        self.assertIn("ns by &lt;bytes&gt;", text)
        svg = text[text.index("<svg") : text.index("</svg>") + 6]
        ElementTree.fromstring(svg)
        for said in ("it's 'so'", "L2", "16 MiB"):
            self.assertIn(said, svg.replace("&#39;", "'"))

    def test_curves_without_points_say_so(self) -> None:
        plot = {"title": "t", "x": "bytes", "y": "ns", "curves": [{"title": "c", "points": [[0, 1]]}]}
        self.path.write_text(json.dumps(SAMPLE | {"plots": [plot]}))
        self.assertIn("No plot: there are no points to draw", page.html(self.load()))
        self.path.write_text(json.dumps(SAMPLE | {"plots": [{"title": "t"}]}))
        with self.assertRaises(Problem):
            self.load()

    def test_a_broken_gnuplot_does_not_cost_the_page(self) -> None:
        self.script("gnuplot", "echo 'no such terminal' >&2; exit 1")
        self.assertIn("gnuplot did not draw: no such terminal", page.html(self.load()))


class Schema(unittest.TestCase):
    RULES = json.loads(result_file.SCHEMA.read_text())

    def broken(self, change) -> list[str]:
        data = copy.deepcopy(SAMPLE)
        change(data)
        return schema.errors(data, self.RULES)

    def test_the_sample_is_valid(self) -> None:
        self.assertEqual(schema.errors(SAMPLE, self.RULES), [])

    def test_violations_are_named(self) -> None:
        self.assertEqual(self.broken(lambda d: d.pop("machine")), ["the file has no 'machine'"])
        self.assertIn("schema should be 'lln/result/v1'", self.broken(lambda d: d.update(schema="v0"))[0])
        self.assertIn("time should match", self.broken(lambda d: d.update(time="yesterday"))[0])
        self.assertIn("machine.cores should be at least 1", self.broken(lambda d: d["machine"].update(cores=0))[0])
        self.assertIn("notes[0] should be string", self.broken(lambda d: d.update(notes=[1]))[0])
        self.assertIn("'median', which is not known", self.broken(lambda d: d["series"][0]["quantiles"].update(median=1))[0])
        self.assertIn("series[0].n should be integer", self.broken(lambda d: d["series"][0].update(n=True))[0])

    def test_keywords(self) -> None:
        self.assertTrue(schema.errors(3, {"enum": [1, 2]}))
        self.assertFalse(schema.errors(2, {"anyOf": [{"type": "string"}, {"minimum": 2}]}))
        self.assertTrue(schema.errors(1, {"anyOf": [{"type": "string"}, {"minimum": 2}]}))
        self.assertTrue(schema.errors({"x": 1}, {"additionalProperties": {"type": "string"}}))
        with self.assertRaises(NotImplementedError):
            schema.errors({}, {"oneOf": []})


if __name__ == "__main__":
    unittest.main()
