#!/usr/bin/env bash
# Cross-compiles everything that needs no x86 for 64-bit Arm and runs the portable unit tests under
# qemu-user. Outside ./course test: it needs Debian's cross compiler.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(cmake ninja-build g++-aarch64-linux-gnu qemu-user googletest nlohmann-json3-dev libcli11-dev)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
  if ((EUID == 0)); then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  else
    echo "Missing packages. Install them with:  sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

exec cmake --workflow --preset aarch64
