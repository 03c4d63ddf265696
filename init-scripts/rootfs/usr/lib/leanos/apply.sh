# shellcheck shell=dash
# What is done with instance data. Needs system.sh. Everything is found below $ROOT.

# apply_datasource: keys first, because somebody waits for them
apply_datasource() {
	data=$ROOT/run/leanos/datasource/data
	make_home "$LOGIN_USER"
	install_keys "$LOGIN_USER" "/home/$LOGIN_USER" ''
	set_hostname
	refusal="echo Please login as \\'$LOGIN_USER\\' user, not as root;echo;sleep 10;exit 43"
	install_keys root /root "no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command=\"$refusal\" "
}

# set_hostname: the first label, if it is a name
set_hostname() {
	[ -s "$data/local-hostname" ] || return 0
	read -r name <"$data/local-hostname"
	name=${name%%.*}
	case $name in
	'' | *[!A-Za-z0-9-]* | -*)
		echo "warning: datasource: not a host name" >"$ROOT/dev/console"
		return 0
		;;
	esac
	echo "$name" >"$ROOT/etc/hostname"
	echo "$name" >"$ROOT/proc/sys/kernel/hostname"
	printf '127.0.0.1 localhost %s\n::1 localhost\n' "$name" >"$ROOT/etc/hosts"
}

# install_keys USER HOME PREFIX: replaces the keys that an earlier datasource brought
install_keys() {
	[ -s "$data/public-keys" ] || return 0
	(
		umask 077
		mkdir -p "$ROOT$2/.ssh"
		while IFS= read -r key; do
			case $key in ssh-* | ecdsa-* | sk-*) printf '%s%s\n' "$3" "$key" ;; esac
		done <"$data/public-keys" >"$ROOT$2/.ssh/authorized_keys.new"
		mv "$ROOT$2/.ssh/authorized_keys.new" "$ROOT$2/.ssh/authorized_keys"
		chown -R "$1:" "$ROOT$2/.ssh"
	)
}
