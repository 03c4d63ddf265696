#!/usr/bin/env bash
# Builds the image that the inputs name, and says where it is: outputs version, directory and disk.
set -euo pipefail
# shellcheck source=scripts/action/inputs.sh
source "$(dirname "$0")/inputs.sh"
"$leanos" build "${words[@]}" --json >"$RUNNER_TEMP/leanos-build.json"
node --input-type=module - "$RUNNER_TEMP/leanos-build.json" >>"$GITHUB_OUTPUT" <<'END'
import {readFileSync} from 'node:fs';
const {version, directory, artifacts} = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const disk = artifacts.find(({kind}) => kind === 'disk')?.path ?? '';
for (const [name, value] of Object.entries({version, directory, disk})) console.log(`${name}=${value}`);
END
