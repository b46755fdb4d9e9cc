#!/usr/bin/env bash
# Puts `learn` on the PATH, unless it is there: builds it from the sources of this action.
set -euo pipefail
if command -v learn >/dev/null 2>&1; then
  learn --version
  exit 0
fi
cargo install --locked --quiet --path "$LEARN_ACTION" --root "$RUNNER_TEMP/learn"
echo "$RUNNER_TEMP/learn/bin" >>"$GITHUB_PATH"
