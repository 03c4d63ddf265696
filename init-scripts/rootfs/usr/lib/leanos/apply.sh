# shellcheck shell=dash
# What is done with instance data. Needs system.sh, accounts.sh and network-config.sh. Everything is found below $ROOT.

# apply_login: what somebody waits for: the keys of the login user, and the host name that they see. It is told to the kernel
# alone: the first change of a file of /etc copies it to STATE.
apply_login() {
	data=$ROOT/run/leanos/datasource/data
	read_host_name && echo "$name" >"$ROOT/proc/sys/kernel/hostname"
	install_keys "$LOGIN_USER" "/home/$LOGIN_USER" ''
}

# apply_datasource: what comes after that
apply_datasource() {
	set_host_name
	refusal="echo Please login as \\'$LOGIN_USER\\' user, not as root;echo;sleep 10;exit 43"
	install_keys root /root "no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command=\"$refusal\" "
	note_instance
	apply_network
	[ ! -s "$data/random-seed" ] || cat "$data/random-seed" >"$ROOT/dev/urandom"
	[ ! -s "$data/files" ] || install_files
	[ ! -d "$data/tree" ] || cp -a "$data/tree/." "$ROOT/"
}

# read_host_name: sets name to the first label of what the datasource says, if it is a name
read_host_name() {
	[ -s "$data/local-hostname" ] || return 1
	read -r name <"$data/local-hostname"
	name=${name%%.*}
	is_host_name "$name"
}

# set_host_name: in the files of /etc as well
set_host_name() {
	[ -s "$data/local-hostname" ] || return 0
	if read_host_name; then
		name_machine "$name"
	else
		tell 'warning: datasource: not a host name'
	fi
}

# install_keys USER HOME PREFIX: replaces the keys that an earlier datasource brought
install_keys() {
	[ -s "$data/public-keys" ] || return 0
	umask 077
	[ -d "$ROOT$2/.ssh" ] || mkdir -p "$ROOT$2/.ssh"
	only_keys "$3" <"$data/public-keys" >"$ROOT$2/.ssh/authorized_keys.new"
	# On a full disk the file stays empty: the keys that are there let their owner in to make room.
	[ ! -s "$ROOT$2/.ssh/authorized_keys.new" ] || mv "$ROOT$2/.ssh/authorized_keys.new" "$ROOT$2/.ssh/authorized_keys"
	chown -R "$1:" "$ROOT$2/.ssh"
	umask 022
}

# note_instance: a disk that was cloned into another instance gets host keys of its own
note_instance() {
	[ -s "$data/instance-id" ] || return 0
	mark=$ROOT/var/lib/leanos/instance-id
	read -r id <"$data/instance-id"
	[ "$id" != i-dsnone ] || return 0 # a boot without data is no other instance
	if [ -s "$mark" ]; then
		read -r earlier <"$mark"
		[ "$id" != "$earlier" ] || return 0
		say "info: this disk was instance $earlier and is $id now: new host keys"
		rm -f "$ROOT"/etc/dropbear/dropbear_*_host_key
		ensure_host_key
		as_ever restart_ssh
	fi
	echo "$id" >"$mark"
}

# install_files: the files that the datasource injects; a path is absolute and goes nowhere else
install_files() {
	while IFS='	' read -r path content; do
		case $path in
		*/../* | */.. | [!/]*)
			tell "warning: datasource: not a path for a file: $path"
			continue
			;;
		esac
		[ -f "$data/content/${content##*/}" ] || continue
		mkdir -p "$ROOT${path%/*}"
		cp "$data/content/${content##*/}" "$ROOT$path"
	done <"$data/files"
}
