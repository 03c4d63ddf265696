# shellcheck shell=dash
# shellcheck disable=SC2154 # ids is of find_user
# Hardware virtualisation for a payload, where the machine shows it.
find_user "$RUN_AS" || exit 1
[ -e "$ROOT/dev/kvm" ] || case "$(grep -m 1 '^flags' "$ROOT/proc/cpuinfo") " in
*' vmx '*) modprobe kvm_intel 2>/dev/null ;;
*' svm '*) modprobe kvm_amd 2>/dev/null ;;
esac
[ -e "$ROOT/dev/kvm" ] || {
	echo 'error: this machine shows no hardware virtualisation (/dev/kvm): build it as Solo5 spt, which needs none' >&2
	exit 1
}
chown "root:${ids#*:}" "$ROOT/dev/kvm"
chmod 0660 "$ROOT/dev/kvm"
