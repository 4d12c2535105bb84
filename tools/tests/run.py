"""Runs one file of unit tests: python3 tools/tests/run.py tools/tests/junit_test.py [TestCase.test_name ...]

Exit code 0: all passed; 1: one failed, or there was none; 77: all were skipped, the last line says why.
"""

from __future__ import annotations

import importlib
import sys
import unittest
from pathlib import Path

SKIPPED = 77


def main(path: Path, names: list[str]) -> int:
    here = Path(__file__).resolve().parent
    sys.path[:0] = [str(here), str(here.parent)]  # the tests' support module, and the package course
    sys.dont_write_bytecode = True
    module = importlib.import_module(path.stem)
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    if not result.wasSuccessful() or result.testsRun == 0:
        print(f"{result.testsRun} tests ran, {len(result.failures) + len(result.errors)} failed")
        return 1
    if len(result.skipped) == result.testsRun:
        print("; ".join(dict.fromkeys(reason for _, reason in result.skipped)))
        return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
