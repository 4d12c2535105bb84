"""Finds out which packages are missing, and installs them where it may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from course.packages import Package
from course.problem import Problem
from course.processes import run_logged
from course.terminal import Progress, say

_INCLUDE_DIRS = ("/usr/include", "/usr/local/include")
_APT_INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"]
_APT_UPDATE = ["apt-get", "update", "-o", "DPkg::Lock::Timeout=120"]
_NONINTERACTIVE = ["env", "DEBIAN_FRONTEND=noninteractive"]


def missing(packages: Iterable[Package]) -> list[Package]:
    """The packages that are not installed, in the order of the list."""
    packages = list(packages)
    if shutil.which("dpkg-query"):
        installed = _installed_by_dpkg([package.name for package in packages])
        return [package for package in packages if package.name not in installed]
    return [package for package in packages if not all(_probe(name) for name in package.probes)]


def _installed_by_dpkg(names: list[str]) -> set[str]:
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\\n", *names]
    # It fails when one of the names is unknown, and still answers for the others.
    answer = subprocess.run(query, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    words = (line.split() for line in answer.stdout.splitlines())
    return {fields[0] for fields in words if fields[1:] == ["installed"]}


def _probe(name: str) -> bool:
    if "/" not in name and "." not in name:
        return shutil.which(name) is not None
    return any((Path(directory) / name).exists() for directory in _INCLUDE_DIRS)


def install_command(names: list[str]) -> str:
    """What a person types to install these packages."""
    if not shutil.which("apt-get"):
        return "install these (Debian's names) with this system's package manager: " + " ".join(names)
    return ("" if os.geteuid() == 0 else "sudo ") + "apt-get install " + " ".join(names)


def _repair_command(tail: str) -> str:
    """What makes dpkg work again after an installation that was broken off; empty when it works."""
    if "dpkg --configure -a" not in tail:
        return ""
    return ("" if os.geteuid() == 0 else "sudo ") + "dpkg --configure -a"


def ensure(packages: Iterable[Package], log_dir: Path) -> bool:
    """Installs what is missing. Returns True when something was installed.

    Raises Problem when a required package is missing and may not be or could not be installed.
    """
    absent = missing(packages)
    if not absent:
        return False
    required = [package.name for package in absent if package.required]
    names = [package.name for package in absent]
    prefix = _administrator()
    if prefix is None:
        if required:
            raise Problem(
                f"may not install packages here, and these are missing: {' '.join(required)}.",
                next_command=install_command(names),
            )
        _explain_optional(absent)
        return False

    say(("Installing with sudo: " if prefix else "Installing: ") + " ".join(names))
    for package in absent:
        say(f"  {package.name:20} {package.why}")
    log = log_dir / "install.log"
    code, tail = _install(prefix, names, log)
    if code != 0 and required and len(required) < len(names):  # an optional one must not block the rest
        code, tail = _install(prefix, required, log)
    still = missing(packages)
    still_required = [package.name for package in still if package.required]
    if still_required:
        raise Problem(
            f"apt-get could not install {' '.join(still_required)}.",
            details=tail,
            log=log,
            next_command=_repair_command(tail) or install_command(still_required),
        )
    _explain_optional(still)
    return len(still) < len(absent)


def _administrator() -> list[str] | None:
    """The words before apt-get that make it root; None when we may not."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    check = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if check.returncode == 0 or sys.stdin.isatty():
        return ["sudo"]
    return None


def _install(prefix: list[str], names: list[str], log: Path) -> tuple[int, str]:
    """apt-get install; the package lists are fetched first only when there are none or the first try failed."""
    if not _have_lists():
        _apt(prefix, _APT_UPDATE, log, "apt-get update")
        return _apt(prefix, [*_APT_INSTALL, *names], log, "apt-get install")
    code, tail = _apt(prefix, [*_APT_INSTALL, *names], log, "apt-get install")
    if code == 0:
        return code, tail
    _apt(prefix, _APT_UPDATE, log, "apt-get update")
    return _apt(prefix, [*_APT_INSTALL, *names], log, "apt-get install")


def _have_lists() -> bool:
    lists = Path("/var/lib/apt/lists")
    return any(lists.glob("*_Packages*")) if lists.is_dir() else False


def _apt(prefix: list[str], command: list[str], log: Path, what: str) -> tuple[int, str]:
    progress = Progress(what)
    terminal = sys.stdin.isatty()
    code, tail = run_logged(
        [*prefix, *_NONINTERACTIVE, *command],
        log,
        on_line=lambda line: progress.update(line.strip()),
        foreground=bool(prefix) and terminal,  # sudo may ask for the password
    )
    progress.done("done" if code == 0 else f"failed with exit code {code}")
    return code, tail


def _explain_optional(absent: list[Package]) -> None:
    if not absent:
        return
    reasons = "; ".join(f"{package.name} ({package.why})" for package in absent)
    say(f"Going on without optional packages: {reasons}.")
    say(f"  To have them:  {install_command([package.name for package in absent])}")
