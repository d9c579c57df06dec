#!/bin/sh
# Installs one Debian package where that can be done without asking; elsewhere it says what to do.
set -eu
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null
    exit 0
fi
echo "$1 is missing: apt-get install $1 (as root), then run this again." >&2
exit 1
