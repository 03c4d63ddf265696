# shellcheck shell=dash
# Users, passwords and keys. BusyBox has no adduser here; the files are those of passwd(5), group(5) and shadow(5), each
# changed whole or not at all. Everything is found below $ROOT.

# is_name TEXT: whether it may name a user or a group
is_name() {
	case $1 in '' | [!a-z_]* | *[!a-z0-9_-]* | ?????????????????????????????????*) return 1 ;; esac
}

# change_file FILE MODE: puts stdin in the place of a file
change_file() {
	(
		umask 077
		cat >"$1.new" && chmod "$2" "$1.new" && mv "$1.new" "$1"
	)
}

has_user() { grep -q "^$1:" "$ROOT/etc/passwd"; }
has_group() { grep -q "^$1:" "$ROOT/etc/group"; }
home_of() { awk -F: -v user="$1" '$1 == user { print $6 }' "$ROOT/etc/passwd"; }

# next_id: the first free number for a user and its group
next_id() {
	cat "$ROOT/etc/passwd" "$ROOT/etc/group" | awk -F: '$3 >= 1000 && $3 < 60000 && $3 > most { most = $3 } END { print (most ? most : 999) + 1 }'
}

# next_system_id: the last free number below 1000
next_system_id() {
	cat "$ROOT/etc/passwd" "$ROOT/etc/group" | awk -F: '{ taken[$3] = 1 } END { for (id = 999; id in taken;) id--; print id }'
}

# has_id NUMBER: whether a user has it; the empty number is nobody's
has_id() { [ -n "$1" ] && awk -F: -v id="$1" '$3 == id { found = 1 } END { exit !found }' "$ROOT/etc/passwd"; }

# field TEXT: without what would end a field or a line
field() {
	printf %s "$1" | tr -d ':[:cntrl:]'
}

# add_user NAME HOME SHELL COMMENT [ID [GROUP]]: a user with no password, and with a group of the same name where no other is given
add_user() {
	has_user "$1" && return 0
	id=${5:-$(next_id)}
	make_group "${6:-$1}" "$id"
	gid=$(awk -F: -v group="${6:-$1}" '$1 == group { print $3 }' "$ROOT/etc/group")
	{ cat "$ROOT/etc/shadow" && echo "$1:*:0::::::"; } | change_file "$ROOT/etc/shadow" 0600
	{ cat "$ROOT/etc/passwd" && echo "$1:x:$id:$gid:$(field "$4"):$(field "$2"):$(field "$3")"; } | change_file "$ROOT/etc/passwd" 0644
}

# make_group NAME [ID]: where it is not there; with that number where it is free
make_group() {
	has_group "$1" && return 0
	gid=${2:-0}
	! awk -F: -v id="$gid" '$3 == id { found = 1 } END { exit !found }' "$ROOT/etc/group" || gid=$(next_id)
	{ cat "$ROOT/etc/group" && echo "$1:x:$gid:"; } | change_file "$ROOT/etc/group" 0644
}

# join_group USER GROUP: makes the group where it is not there
join_group() {
	make_group "$2"
	awk -F: -v OFS=: -v group="$2" -v user="$1" '
		$1 == group && ("," $4 ",") !~ ("," user ",") { $4 = $4 == "" ? user : $4 "," user }
		{ print }' "$ROOT/etc/group" | change_file "$ROOT/etc/group" 0644
}

# set_hash USER HASH: the password, as crypt(5) has it; * is none
set_hash() {
	case $2 in '' | *[:[:space:]]*) return 1 ;; esac
	HASH=$2 awk -F: -v OFS=: -v user="$1" '$1 == user { $2 = ENVIRON["HASH"] } { print }' "$ROOT/etc/shadow" |
		change_file "$ROOT/etc/shadow" 0600
}

# set_password USER TEXT
set_password() {
	set_hash "$1" "$(printf '%s\n' "$2" | mkpasswd -m sha512 -P 0)"
}

# add_keys USER: adds the public keys on stdin to those of the user
add_keys() {
	home=$(home_of "$1")
	[ -n "$home" ] || return 1
	(
		umask 077
		mkdir -p "$ROOT$home/.ssh"
		file=$ROOT$home/.ssh/authorized_keys
		{
			[ ! -f "$file" ] || cat "$file"
			only_keys ''
		} | awk '!seen[$0]++' >"$file.new"
		[ ! -s "$file.new" ] || mv "$file.new" "$file" # empty: the disk is full
		chown -R "$1:" "$ROOT$home/.ssh"
	)
}

# only_keys PREFIX: of the lines on stdin those that are ssh public keys
only_keys() {
	while IFS= read -r key || [ -n "$key" ]; do
		case $key in
		*[![:print:]]*) ;;
		ssh-* | ecdsa-* | sk-*) printf '%s%s\n' "$1" "$key" ;;
		esac
	done
}

# permit_sudo USER
permit_sudo() {
	rule="permit nopass $1"
	grep -qxF "$rule" "$ROOT/etc/doas.conf" 2>/dev/null ||
		{
			cat "$ROOT/etc/doas.conf" 2>/dev/null
			echo "$rule"
		} | change_file "$ROOT/etc/doas.conf" 0400
}
