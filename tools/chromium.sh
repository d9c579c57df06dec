#!/bin/sh
# The browser tests need Chromium.
set -eu
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
exec "$(dirname "$0")/apt.sh" chromium
