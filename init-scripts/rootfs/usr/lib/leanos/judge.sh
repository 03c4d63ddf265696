# shellcheck shell=dash
# All that judges a boot, and tells its slot. Needs system.sh.
for library in platform gpt update-state slots health; do
	# shellcheck source=/dev/null # checked by themselves
	. "$ROOT/usr/lib/leanos/$library.sh"
done
