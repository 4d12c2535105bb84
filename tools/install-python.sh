#!/bin/sh
# Called by ./course start and ./course test on a machine without python3: a bare container, mostly.
# --say: only says what to install, for the other commands.
set -u
if [ "$(id -u)" = 0 ]; then by_hand="apt-get install python3"; else by_hand="sudo apt-get install python3"; fi
give_up() {
  echo "course: $1. Install it with:  $by_hand" >&2
  exit 1
}

[ "${1:-}" != --say ] || give_up "python3 is missing"
command -v apt-get >/dev/null 2>&1 || give_up "python3 is missing"
if [ "$(id -u)" = 0 ]; then
  sudo=""
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
  sudo="sudo"
else
  give_up "python3 is missing"
fi

echo "python3 is missing; installing it with ${sudo:+$sudo }apt-get"
$sudo apt-get update -qq &&
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 >/dev/null ||
  give_up "apt-get could not install python3"
