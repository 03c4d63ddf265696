#!/usr/bin/env bash
# Lets this job use KVM, which hosted runners have and keep for root. Without KVM machines are emulated: slower, not other.
set -euo pipefail
device=${KVM_DEVICE:-/dev/kvm}
if [[ ! -e $device ]]; then
	echo "::notice title=leanos::this runner has no $device, so machines are emulated, which takes several times as long"
elif [[ ! -w $device ]]; then
	sudo chmod 0666 "$device"
fi
