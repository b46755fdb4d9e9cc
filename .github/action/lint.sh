#!/usr/bin/env bash
# Lints with annotations; the exit code is that of `learn lint`. Variables: LEARN_PATHS, LEARN_ARGS, LEARN_SARIF.
set -euo pipefail
# Words, not globs and not commands.
set -f
read -r -a paths <<<"${LEARN_PATHS:-.}"
read -r -a args <<<"${LEARN_ARGS:-}"
if [ -n "${LEARN_SARIF:-}" ]; then
  code=0
  learn lint "${args[@]}" --format sarif -- "${paths[@]}" >"$LEARN_SARIF" || code=$?
  if [ "$code" -gt 1 ]; then exit "$code"; fi
fi
exec learn lint "${args[@]}" --format github -- "${paths[@]}"
