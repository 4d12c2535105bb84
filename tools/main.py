"""Entry point of ./course. Kept readable by any Python 3, so that an old one gets a sentence and not a syntax error."""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "course: needs Python 3.11 or newer, but python3 here is %d.%d. "
        "Install a newer one, or put it first in PATH, and type the command again." % sys.version_info[:2]
    )

from course.cli import main  # noqa: E402  (after the version check on purpose)

sys.exit(main(sys.argv[1:]))
