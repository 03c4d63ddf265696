# shellcheck shell=dash
# shellcheck disable=SC2154 # owner is set by accounts.sh
# What is done with instance data. Needs system.sh, accounts.sh and network-config.sh. Everything is found below $ROOT.

# apply_login: what somebody waits for, unless let_in() has done it
apply_login() {
	data=$ROOT/run/leanos/datasource/data
	if [ -e "$data/let-in" ]; then rm "$data/let-in"; else give_login; fi
}

# give_login: the keys of the login user and of users beside it, and the host name that they see. It is told to the kernel alone:
# the first change of a file of /etc copies it to STATE.
give_login() {
	read_host_name && echo "$name" >"$ROOT/proc/sys/kernel/hostname"
	install_keys "$LOGIN_USER" "/home/$LOGIN_USER" '' "$data/public-keys" -r
	apply_users
}

# apply_users: those that a cloud names beside the login user. The file users.NAME has the keys of one, who may do all.
apply_users() {
	for keys in "$data"/users.*; do
		[ -f "$keys" ] || continue
		user=${keys##*/users.}
		known=$ROOT/var/lib/leanos/keys.$user
		[ -e "$known" ] || {
			has_user "$user" || { add_user "$user" "/home/$user" /bin/sh '' && make_home "$user"; }
			permit_sudo "$user" nopass
		}
		install_keys "$user" "$(home_of "$user")" '' "$keys"
		change_file "$known" 0600 <"$keys"
	done
}

# apply_datasource: what comes after that
apply_datasource() {
	set_host_name
	refusal="echo Please login as \\'$LOGIN_USER\\' user, not as root;echo;sleep 10;exit 43"
	install_keys root /root "no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command=\"$refusal\" " "$data/public-keys" -r
	remember_keys
	note_instance
	apply_network
	[ ! -s "$data/random-seed" ] || cat "$data/random-seed" >"$ROOT/dev/urandom"
	[ ! -s "$data/files" ] || install_files
	[ ! -d "$data/tree" ] || install_tree
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

# install_keys USER HOME PREFIX FILE [-r]: those that an earlier datasource brought make way for them; with -r all others do, where
# none has brought any. Where nothing has changed nothing is done: what a user made of their keys since then stays.
install_keys() {
	[ -s "$4" ] || return 0
	known=$ROOT/var/lib/leanos/keys.$1
	if [ -s "$known" ]; then
		! is_same "$known" "$4" || [ ! -s "$ROOT$2/.ssh/authorized_keys" ] || return 0
		only_keys "$3" '' <"$known" | put_keys "$1" "$2" -d
		only_keys "$3" "${4##*/}" <"$4" | put_keys "$1" "$2"
	else
		only_keys "$3" "${4##*/}" <"$4" | put_keys "$1" "$2" ${5:+"$5"}
	fi || tell "warning: datasource: the keys of $1 cannot be written"
}

# remember_keys: whose are installed
remember_keys() {
	[ -s "$data/public-keys" ] || return 0
	for user in root "$LOGIN_USER"; do change_file "$ROOT/var/lib/leanos/keys.$user" 0600 <"$data/public-keys"; done
}

# is_same FILE FILE: by the shell, for to start a program takes longer
is_same() {
	{
		while IFS= read -r one <&3 || [ -n "$one" ]; do
			IFS= read -r other <&4
			[ "$one" = "$other" ] || return 1
		done
		! IFS= read -r other <&4 && [ -z "$other" ]
	} 3<"$1" 4<"$2"
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
		as_ever restart_ssh
	fi
	echo "$id" >"$mark.new" && mv "$mark.new" "$mark"
}

# install_files: the files that the datasource injects, some with a mode; a path is absolute and goes nowhere else
install_files() {
	while IFS='	' read -r path content mode; do
		case $path in
		*/../* | */.. | [!/]* | *[[:cntrl:]]*)
			tell "warning: datasource: not a path for a file: $path"
			continue
			;;
		esac
		[ -f "$data/content/${content##*/}" ] || continue
		case $mode in *[!0-7]*) mode='' ;; esac
		put_file "$path" "$mode" '' <"$data/content/${content##*/}" || tell "warning: datasource: $path cannot be written"
	done <"$data/files"
}

# install_tree: files of a seed at their places. What is there already keeps its owner and mode, what is new has the seed's mode.
install_tree() {
	find "$data/tree" -type d -mindepth 1 | while IFS= read -r from; do
		path=${from#"$data/tree"}
		[ -d "$ROOT$path" ] || {
			owner_of "$path/" && [ "$owner" = root ] && mkdir "$ROOT$path" && chmod "$(stat -c %a "$from")" "$ROOT$path"
		} 2>/dev/null || tell "warning: files/: $path cannot be made"
	done
	find "$data/tree" -type f -o -type l | while IFS= read -r from; do
		path=${from#"$data/tree"}
		mode=''
		[ -e "$ROOT$path" ] || mode=$(stat -c %a "$from")
		if [ ! -L "$from" ]; then
			put_file "$path" "$mode" '' <"$from"
		else
			owner_of "$path" && [ "$owner" = root ] && [ ! -d "$ROOT$path" ] && cp -a "$from" "$ROOT$path" 2>/dev/null
		fi || tell "warning: files/: $path cannot be written"
	done
}
