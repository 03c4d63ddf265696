#!/usr/bin/env bash
# Boots the image that the inputs name and checks its promises. What is not kept is an annotation; the results are in JUnit's
# format beside the logs of the consoles. What the cache keeps is cut down to what was used lately.
set -euo pipefail
# shellcheck source=scripts/action/inputs.sh
source "$(dirname "$0")/inputs.sh"
status=0
"$leanos" test "${words[@]}" --junit "$RUNNER_TEMP/leanos/results.xml" || status=$?
"$leanos" clean --days 7 --size 1GiB
exit "$status"
