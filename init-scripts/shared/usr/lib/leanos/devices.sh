# shellcheck shell=dash
# What a machine shows, for one that lacks a driver. The file `devices` beside this one has a line for each device that leanos knows:
# ID KIND DRIVER HARDWARE NAME. Everything is found below $ROOT.

# for_devices KINDS COMMAND: calls it for each device of these kinds (disk, card, bus), with what identify and look_up set
for_devices() {
	for folder in "$ROOT"/sys/bus/pci/devices/* "$ROOT"/sys/bus/virtio/devices/* "$ROOT"/sys/bus/vmbus/devices/* "$ROOT"/sys/bus/xen/devices/*; do
		identify "$folder" || continue
		look_up "$id"
		case " $1 " in *" $kind "*) "$2" "$folder" ;; esac
	done
}

# identify FOLDER: sets id to what leanos calls a device, and kind to what its class says. A virtio device on PCI is told by its own bus.
identify() {
	id='' kind=''
	read -r alias 2>/dev/null <"$1/modalias" || return 1
	case $alias in
	pci:v00001AF4*) return 1 ;;
	pci:*) ;;
	*) id=$alias && return 0 ;;
	esac
	read -r vendor <"$1/vendor" && read -r model <"$1/device" && read -r class <"$1/class" || return 1
	id=${vendor#0x}:${model#0x}
	case $class in # https://pci-ids.ucw.cz/read/PD
	0x01*) kind=disk ;;
	0x02*) kind=card ;;
	0x0c03*) kind=bus ;;
	*) return 1 ;;
	esac
}

# look_up ID: sets needed, hardware and name to the driver that a device needs, the rows of hardware that bring it, and what it is;
# to nothing where it is not known
look_up() {
	needed='' hardware='' name=''
	while read -r known its_kind its_driver its_hardware its_name; do
		case $1 in "$known"*) ;; *) continue ;; esac
		id=$known kind=$its_kind needed=$its_driver hardware=$its_hardware name=" ($its_name)"
		return 0
	done <"$ROOT/usr/lib/leanos/devices"
}

# what_drives FOLDER: sets state to that, or to what is missing; 1 where nothing drives a device
what_drives() {
	if [ -e "$1/driver" ]; then
		state="driven by $(cd -P "$1/driver" && echo "${PWD##*/}")"
		return 0
	elif [ -z "$needed" ]; then
		state='no driver, and leanos knows none for it'
	elif [ -e "$ROOT/sys/module/$needed" ]; then
		state="no driver: $needed is there, and does not take it"
	else
		state="no driver: it needs $needed, which one of these in hardware: brings: $hardware"
	fi
	return 1
}

# say_device FOLDER: one of those that for_devices finds
say_device() {
	what_drives "$1" || :
	say "info: initramfs: $id$name: $state"
}

# tell_cards: those that nothing drives, and where there is none at all, that. Needs system.sh, and cards of network.sh.
tell_cards() {
	shown=''
	for_devices card tell_card
	[ -n "$cards$shown" ] || tell 'warning: this machine shows no network card'
}

# tell_card FOLDER: one of those that for_devices finds
tell_card() {
	shown=1
	what_drives "$1" || tell "warning: network card $id$name: $state"
}
