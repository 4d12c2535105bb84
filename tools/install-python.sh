#!/bin/sh
# Called by ./course start and ./course test on a machine without python3: a bare container, mostly.
set -eu
if [ "$(id -u)" = 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
  as_root="sudo"
else
  as_root="none"
fi
if [ "$as_root" = none ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "course: python3 is missing. Install it with:  sudo apt-get install python3" >&2
  exit 1
fi
echo "python3 is missing; installing it with apt-get"
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 </dev/null
