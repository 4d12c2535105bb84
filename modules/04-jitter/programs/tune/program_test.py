"""lln-tune from outside: on a machine made of files, killed at any moment, and once on the real one."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TUNE = os.environ["LLN_TUNE"]
SKIPPED = 77


class Tree(unittest.TestCase):
    CPUS = 2

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="lln-tune-")
        self.addCleanup(directory.cleanup)
        self.root = directory.name
        self.put("sys/devices/system/cpu/online", f"0-{self.CPUS - 1}")
        self.put("proc/cmdline", "quiet")
        self.put("proc/sys/vm/swappiness", "60")
        self.put("proc/sys/kernel/sched_rt_runtime_us", "950000")
        self.put("sys/kernel/mm/transparent_hugepage/enabled", "always")
        for cpu in range(self.CPUS):
            self.put(f"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor", "powersave")

    def put(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text + "\n")

    def everything(self):
        """All files of the little machine, without what lln-tune keeps for itself."""
        contents = {}
        for directory, _, files in os.walk(self.root):
            for name in files:
                path = os.path.join(directory, name)
                if "/var/" not in path:
                    with open(path) as file:
                        contents[path] = file.read()
        return contents

    def run_tune(self, *arguments, code=0):
        done = subprocess.run([TUNE, "--root", self.root, *arguments], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def assert_one_sentence(self, done, *parts):
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)


class Program(Tree):
    def test_apply_and_undo_leave_the_machine_as_it_was(self):
        before = self.everything()
        done = self.run_tune("apply", "governor", "swappiness", "thp")
        self.assertIn("governor  [done]  powersave -> performance", done.stdout)
        self.assertIn("lln-tune undo", done.stdout)
        self.assertNotEqual(self.everything(), before)
        self.assertIn("swappiness", self.run_tune("report").stdout)
        self.run_tune("undo")
        self.assertEqual(self.everything(), before)
        self.assertIn("Nothing to undo", self.run_tune("undo").stdout)

    def test_only_what_is_named(self):
        before = self.everything()
        for command in (["probe"], ["plan"], ["plan", "--all"], ["plan", "--json"], ["probe", "--json"], ["report"]):
            self.run_tune(*command)
        self.assertEqual(self.everything(), before)
        self.run_tune("apply", "swappiness")
        changed = [path for path, text in self.everything().items() if before[path] != text]
        self.assertEqual(len(changed), 1)

    def test_json(self):
        plan = json.loads(self.run_tune("plan", "--json").stdout)
        items = {item["id"]: item for item in plan["items"]}
        self.assertEqual(items["swappiness"]["state"], "change")
        self.assertEqual(items["isolcpus"]["state"], "reboot")
        outcomes = json.loads(self.run_tune("apply", "swappiness", "--json").stdout)
        self.assertEqual(outcomes[0]["outcome"], "done")
        self.assertEqual(json.loads(self.run_tune("report", "--json").stdout)[0]["now"], "1")

    def test_wrong_arguments(self):
        self.assert_one_sentence(self.run_tune("apply", "nonsense", code=2), "nonsense", "plan --all")
        self.assert_one_sentence(self.run_tune("plan", "--cpus", "0-1", code=2), "no CPU")
        self.assert_one_sentence(self.run_tune("plan", "--cpus", "9", code=2), "not online")
        self.run_tune("apply", code=2)
        self.run_tune(code=2)
        self.run_tune("dance", code=2)

    def test_refused(self):
        before = self.everything()
        self.assertIn("GRUB_CMDLINE_LINUX", self.run_tune("apply", "isolcpus", code=3).stdout)
        fields = " ".join(["0"] * 31)
        self.put("proc/77/stat", f"77 (spinner) R 1 1 1 0 -1 4194304 {fields} 1")
        self.put("proc/77/status", "Cpus_allowed_list:\t0-1")
        done = self.run_tune("apply", "rt-throttling=-1", code=3)
        self.assertIn("spinner, pid 77", done.stdout)
        self.put("proc/77/status", "Cpus_allowed_list:\t1")
        self.run_tune("apply", "rt-throttling=-1")
        self.run_tune("undo")
        self.assertLessEqual(before.items(), self.everything().items())

    def test_full_disk_for_the_journal_changes_nothing(self):
        before = self.everything()
        # No file may grow: to the program that is a disk without room, but for the word.
        done = subprocess.run(
            [TUNE, "--root", self.root, "apply", "swappiness"],
            capture_output=True,
            text=True,
            timeout=60,
            restore_signals=False,  # Python ignores SIGXFSZ, so must the child
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        )
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("the undo journal cannot be written, so nothing more was changed", done.stdout)
        self.assertIn("File too large", done.stdout)
        self.assertEqual(self.everything(), before)

    def test_full_disk_behind_standard_output(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [TUNE, "--root", self.root, "plan"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
            )
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assert_one_sentence(done, "lln-tune: cannot write standard output: No space left on device")

    def test_a_journal_that_is_none(self):
        self.put("var/lib/lln-tune/journal", "not json")
        self.assert_one_sentence(self.run_tune("undo", code=1), "no entry of a journal")

    def test_no_permission(self):
        if os.geteuid() == 0:
            self.skipTest("root may do everything")
        os.chmod(os.path.join(self.root, "proc/sys/vm/swappiness"), 0o444)
        done = self.run_tune("apply", "swappiness", code=1)
        self.assertIn("Permission denied; it takes root (sudo)", done.stdout)


class Killed(Tree):
    CPUS = 48

    def test_undo_after_kill_at_any_moment(self):
        before = self.everything()
        killed = 0
        for _ in range(25):
            process = subprocess.Popen(
                [TUNE, "--root", self.root, "apply", "governor", "swappiness"], stdout=subprocess.DEVNULL
            )
            time.sleep(random.uniform(0, 0.03))  # no moment is special: that is the point
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
            self.run_tune("undo")
            self.assertEqual(self.everything(), before)
            self.assertFalse(os.path.exists(os.path.join(self.root, "var/lib/lln-tune/journal")))
        self.assertGreater(killed, 0)

    def test_two_at_once(self):
        processes = [
            subprocess.Popen([TUNE, "--root", self.root, "apply", "governor"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(4)
        ]
        for process in processes:
            _, errors = process.communicate(timeout=60)
            if process.returncode != 0:
                self.assertIn(b"another lln-tune is at work", errors)
        before = self.everything()
        self.assertTrue(all("performance" in text for path, text in before.items() if "governor" in path))
        self.run_tune("undo")
        self.assertTrue(all("powersave" in text for path, text in self.everything().items() if "governor" in path))


class RealMachine(unittest.TestCase):
    PATH = "/proc/sys/vm/stat_interval"  # how often statistics are added up: nobody notices

    def test_apply_kill_undo(self):
        with open(self.PATH) as file:
            before = file.read()
        try:
            with open(self.PATH, "w") as file:
                file.write(before)
        except OSError as error:
            self.skipTest(f"{self.PATH} cannot be written here ({error.strerror})")
        self.addCleanup(self.restore, before)
        with tempfile.TemporaryDirectory() as directory:
            journal = ["--journal", os.path.join(directory, "journal")]
            wanted = "77" if before.strip() != "77" else "78"
            process = subprocess.Popen([TUNE, *journal, "apply", f"vm-stat={wanted}"], stdout=subprocess.DEVNULL)
            deadline = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < deadline:
                with open(self.PATH) as file:
                    if file.read().strip() == wanted:
                        break
            process.kill()
            process.wait()
            done = subprocess.run([TUNE, *journal, "undo"], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            with open(self.PATH) as file:
                self.assertEqual(file.read(), before)

    def restore(self, before):
        with open(self.PATH, "w") as file:
            file.write(before)


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=2)
    for _, reason in program.result.skipped:
        print(f"skipped: {reason}")
    only_skips = program.result.skipped and len(program.result.skipped) == program.result.testsRun
    sys.exit(1 if not program.result.wasSuccessful() else SKIPPED if only_skips else 0)
