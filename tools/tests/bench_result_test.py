"""A result file from what Google Benchmark writes."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

from course import bench_result


def repetitions(name: str, family: int, times: list[float], label: str = "", unit: str = "ns") -> list[dict]:
    return [
        {
            "run_name": name,
            "run_type": "iteration",
            "family_index": family,
            "per_family_instance_index": 0,
            "cpu_time": time,
            "time_unit": unit,
            **({"label": label} if label else {}),
        }
        for time in times
    ]


class BenchResult(unittest.TestCase):
    def result(self, *runs: list[dict]) -> dict:
        """The repetitions come mixed, as random interleaving has them."""
        mixed = [run for turn in zip(*runs) for run in turn]
        mean = {"run_name": "mean", "run_type": "aggregate", "cpu_time": 1.0, "time_unit": "ns"}
        raw = {"context": {"date": "2026-01-01", "load_avg": [0.5]}, "benchmarks": [*mixed, mean]}
        with tempfile.TemporaryDirectory() as directory:
            build = Path(directory)
            command = f"c++ -O2 -g1 -Wall -DX -c {build}/x.cpp"
            entry = {"file": str(build / "x.cpp"), "command": command, "directory": directory}
            (build / "compile_commands.json").write_text(json.dumps([entry]))
            return bench_result.result(raw, "what", "command", build, build, "x.cpp")

    def test_one_series_a_benchmark_in_the_order_of_the_source(self) -> None:
        result = self.result(repetitions("b/8", 1, [3, 1, 2], "with a title"), repetitions("a", 0, [1, 1, 1], unit="us"))
        self.assertEqual([series["name"] for series in result["series"]], ["a", "b_8"])
        a, b = result["series"]
        self.assertEqual(a["quantiles"]["p50"], 1000, "in ns")
        self.assertEqual((b["title"], b["n"], b["min"], b["max"], b["quantiles"]["p50"]), ("with a title", 3, 1, 3, 2))
        self.assertNotIn("ratio_to", b)
        self.assertEqual(result["build"]["flags"], "-O2 -g1")

    def test_a_ratio_is_taken_repetition_by_repetition(self) -> None:
        ours = repetitions("ours/8", 0, [10, 30, 20], "ours | beside theirs/8")
        result = self.result(ours, repetitions("theirs/8", 1, [10, 10, 40]))
        series = result["series"][0]
        self.assertEqual(series["title"], "ours")
        # Of the ratios 1, 3 and 0.5; the ratio of the medians would be 2.
        self.assertEqual((series["ratio_to"]["name"], series["ratio_to"]["median"]), ("theirs_8", 1))
        self.assertEqual(series["ratio_to"]["ci95"], [0.5, 3])

    def test_a_bench_that_keeps_the_time_itself_has_that_time(self) -> None:
        own = repetitions("own/iterations:500/manual_time", 0, [1, 1, 1], "own | beside cpu")
        for run in own:
            run["real_time"] = 50.0
        series = self.result(own, repetitions("cpu", 1, [100, 100, 100]))["series"][0]
        self.assertEqual((series["name"], series["quantiles"]["p50"], series["ratio_to"]["median"]), ("own", 50, 0.5))

    def test_what_could_not_run_is_a_note_and_no_series(self) -> None:
        refused = repetitions("huge/8", 0, [0, 0])
        for run in refused:
            run |= {"error_occurred": True, "error_message": "no huge pages"}
        result = self.result(refused, repetitions("plain", 1, [1, 1], "plain | beside huge/8"))
        self.assertEqual([series["name"] for series in result["series"]], ["plain"])
        self.assertEqual(result["notes"][-1], "huge/8: not measured: no huge pages")

    def test_a_ratio_to_what_did_not_run_is_left_out(self) -> None:
        self.assertNotIn("ratio_to", self.result(repetitions("a", 0, [1], "a | beside b"))["series"][0])


if __name__ == "__main__":
    unittest.main()
