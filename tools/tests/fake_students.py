"""A sample course with stand-ins for cmake, ninja and ctest: a group passes when its name stands in the file."""

from __future__ import annotations

from pathlib import Path

import sample_tree
from course.packages import PACKAGES
from support import FakeMachine

# A file with "#error" does not compile. "pass NAME" makes a group green, "skip NAME" skips it, "lose NAME" loses
# its result, "crash NAME" ends it; "pass NAME.LANE" does so in one lane.
CMAKE = '''\
import glob, json, os, sys
if sys.argv[1] == "--preset":
    build = sys.argv[sys.argv.index("-B") + 1]
    os.makedirs(build, exist_ok=True)
    open(build + "/build.ninja", "w").close()
    sys.exit(0)
if os.path.exists(os.environ["FAKE"] + "/refused"):
    refused = open(os.environ["FAKE"] + "/refused").read()
    unknown = [word for word in sys.argv if word.startswith(refused)]
    if unknown:
        sys.exit(f"ninja: error: unknown target '{unknown[0]}'")
targets = sys.argv[sys.argv.index("--target") + 1 : sys.argv.index("--")] if "--target" in sys.argv else []
open(os.environ["FAKE"] + "/built", "a").write(" ".join(targets) + "\\n")
failed = 0
for target in targets:
    for manifest in glob.glob(os.environ["TREE"] + "/exercises/*/*/exercise.json"):
        data = json.load(open(manifest))
        file = os.path.dirname(manifest) + "/" + data["edit"][0]
        if target.startswith(data["id"]) and "#error" in open(file).read():
            print(f"[1/2] Building {target}")
            print(f"FAILED: exercises/CMakeFiles/{target}.dir/x.o")
            print("c++ -c x.cpp")
            print(f"{file}:1: error: #error in {target}")
            failed = 1
print("ninja: build stopped: cannot make progress due to previous errors." if failed else "[2/2] Linking")
sys.exit(failed)
'''

NINJA = '''\
import glob, json, os, sys
target = sys.argv[-1]
if os.path.exists(os.environ["FAKE"] + "/refused") and target.startswith(open(os.environ["FAKE"] + "/refused").read()):
    sys.exit(f"ninja: error: unknown target '{target}'")
for manifest in glob.glob(os.environ["TREE"] + "/exercises/*/*/exercise.json"):
    data = json.load(open(manifest))
    file = os.path.dirname(manifest) + "/" + data["edit"][0]
    if target.startswith(data["id"]) and "#error" in open(file).read():
        print("[1/2] Building")
        sys.exit(0)
print("ninja: no work to do.")
'''

CTEST = '''\
import glob, json, os, re, sys
from xml.sax.saxutils import escape
wanted = re.compile(sys.argv[sys.argv.index("-R") + 1])
assert sys.argv[sys.argv.index("-L") + 1] == "^student$"
report = open(sys.argv[sys.argv.index("--output-junit") + 1], "w")
report.write("<testsuite>")
for manifest in sorted(glob.glob(os.environ["TREE"] + "/exercises/*/*/exercise.json")):
    data = json.load(open(manifest))
    text = open(os.path.dirname(manifest) + "/" + data["edit"][0]).read()
    for group in data["groups"]:
        for lane in group.get("lanes", data["lanes"]):
            name = f"{data['id']}.student.{group['name']}.{lane}"
            if not wanted.search(name):
                continue
            word = lambda verb: re.search(rf"\\b{verb} {group['name']}(\\.{lane})?(?![.\\w])", text)
            if word("lose"):
                continue
            status, inside, output = "fail", '<failure message=""/>', STORY + "verdict: failed: 1 of 1 tests failed"
            if word("pass"):
                status, inside, output = "run", "", "verdict: passed: 1 tests"
            if word("skip"):
                inside = '<skipped message="SKIP_RETURN_CODE=77"/>'
                status, output = "notrun", "verdict: skipped: no hardware here"
            if word("crash"):
                output = "\\x1b bytes & <tags>\\nverdict: crashed: ended by SIGSEGV"
            output = escape(output).replace("\\x1b", "?")
            report.write(f'<testcase name="{name}" time="0.25" status="{status}">{inside}')
            report.write(f"<system-out>{output}</system-out></testcase>")
            print(f"1/1 Test #1: {name} ....   Passed    0.25 sec")
report.write("</testsuite>")
'''
STORY = """Note: Google Test filter = x
[ RUN      ] Ring.Order
/tree/ring_test.cpp:66: Failure
Story: the producer laps the consumer
  1. push 1..8: failed
size should have been 8 items, was 7 items.
"""


class FakeStudents(FakeMachine):
    """self.tree is a whole course of its own; self.course() runs its commands."""

    def setUp(self) -> None:
        super().setUp()
        self.tree = sample_tree.make(self.directory / "tree", with_tools=True)
        self.environment["TREE"] = str(self.tree)
        self.main = self.tree / "tools" / "main.py"
        self.ring = self.tree / "exercises" / "02-queues" / "01-ring" / "ring.hpp"
        self.counter = self.tree / "exercises" / "02-queues" / "02-counter" / "counter.hpp"
        installed = "".join(f"{package.name} installed\\n" for package in PACKAGES)
        self.script("dpkg-query", f"printf '{installed}'")
        self.python("cmake", CMAKE)
        self.python("ninja", NINJA)
        self.python("ctest", f"STORY = {STORY!r}\n{CTEST}")

    def built(self) -> list[str]:
        """The targets of each build so far."""
        file = self.directory / "built"
        return file.read_text().splitlines() if file.exists() else []

    def write(self, file: Path, *lines: str) -> None:
        """What the student saves."""
        file.write_text("".join(f"// {line}\n" if not line.startswith("#") else line + "\n" for line in lines))
