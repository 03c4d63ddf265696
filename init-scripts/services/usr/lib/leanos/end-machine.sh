# shellcheck shell=dash
# The machine ends with a service that has done its work, which may take a moment. That is the best sign that a system is well, and
# nobody else would judge this boot: its tries are given back first. Everything is found below $ROOT.
set -u
ROOT=${ROOT:-}
. "$ROOT/usr/lib/leanos/system.sh"
. "$ROOT/usr/lib/leanos/platform.sh"
. "$ROOT/usr/lib/leanos/gpt.sh"
. "$ROOT/usr/lib/leanos/update-state.sh"
. "$ROOT/usr/lib/leanos/slots.sh"
. "$ROOT/usr/lib/leanos/health.sh"

note_end() {
	! running_slot || give_back_tries
}
