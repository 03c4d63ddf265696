# shellcheck shell=dash
# shellcheck disable=SC2034 # owner is for whoever calls owner_of
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

# is_hash TEXT: whether it is the whole of a password's hash: crypt(5). DES is none any more.
is_hash() {
	# shellcheck disable=SC2016 # the dollars are crypt(5)'s
	printf %s "$1" | grep -Eqx '\$(1\$[^$]{0,8}\$[./0-9A-Za-z]{22}|5\$(rounds=[0-9]+\$)?[^$]{0,16}\$[./0-9A-Za-z]{43}|6\$(rounds=[0-9]+\$)?[^$]{0,16}\$[./0-9A-Za-z]{86}|2[abxy]\$[0-9]{2}\$[./0-9A-Za-z]{53}|g?y\$[./0-9A-Za-z]+\$[./0-9A-Za-z]{0,86}\$[./0-9A-Za-z]{43}|7\$[./0-9A-Za-z]{11,97}\$[./0-9A-Za-z]{43})'
}

# set_hash USER HASH: the password; * and what begins with ! are none. 1 where it is neither.
set_hash() {
	case $2 in
	*[:[:space:]]*) return 1 ;;
	'*' | '!'*) ;;
	*) is_hash "$2" || return 1 ;;
	esac
	HASH=$2 awk -F: -v OFS=: -v user="$1" '$1 == user { $2 = ENVIRON["HASH"] } { print }' "$ROOT/etc/shadow" |
		change_file "$ROOT/etc/shadow" 0600
}

# set_password USER TEXT: 1 where there is no text
set_password() {
	[ -n "$2" ] && set_hash "$1" "$(printf '%s\n' "$2" | mkpasswd -m sha512 -P 0)"
}

# lock_empty FILE WORD: whoever has no password there gets WORD for one, which none matches: BusyBox's login lets in whoever has
# an empty one
lock_empty() {
	! grep -q '^[^:]*::' "$ROOT/$1" || awk -F: -v OFS=: -v word="$2" '$2 == "" { $2 = word } { print }' "$ROOT/$1" |
		change_file "$ROOT/$1" "$(stat -c %a "$ROOT/$1")"
}

# owner_of PATH: sets owner to who may say where the path leads: root, or the first other one whose folder or link it goes
# through, or whose the file is. 1 where that is anybody.
owner_of() {
	owner=root left=$1 walked='' links=0
	set --
	while [ -n "$left" ]; do
		part=${left%%/*}
		case $left in */*) left=${left#*/} ;; *) left='' ;; esac
		case $part in
		'' | .) continue ;;
		..) walked=${walked%/*} && continue ;;
		esac
		part=$ROOT$walked/$part
		if [ -L "$part" ]; then
			links=$((links + 1))
			[ "$links" -le 40 ] || return 1 # as the kernel has it: path_resolution(7)
			link=$(readlink "$part")
			case $link in /*) walked='' ;; esac
			left=${link#"$ROOT"}/$left
		elif [ -e "$part" ]; then
			walked=${part#"$ROOT"}
		else
			break
		fi
		set -- "$@" "$part"
	done
	# A sticky folder is everybody's, yet what is in it belongs to one.
	id=$(stat -c '%u %g %a %F' "$ROOT/" "$@" 2>/dev/null | awk '
		NR == 1 { root = $1 }
		$1 != root { print $1; exit }
		$4 == "directory" && !(length($3) == 4 && substr($3, 1, 1) % 2) && ($3 ~ /[2367]$/ || ($2 && $3 ~ /[2367].$/)) { print "-"; exit }')
	[ -z "$id" ] || owner=$(awk -F: -v id="$id" '$3 == id { print $1; exit }' "$ROOT/etc/passwd")
	[ -n "$owner" ]
}

# put_file PATH MODE OWNER [append]: stdin to a file. In the folders of others it is written as they would, with their rights and
# through their links alone; who it belongs to is then said already. Without MODE and OWNER a file that is there keeps its own.
put_file() {
	owner_of "$1" || return 1
	if [ "$owner" = root ]; then
		(write_file "$@")
	else
		path=$1 mode=$2
		shift 3
		# shellcheck disable=SC2016 # the other shell expands it
		su "$owner" -s /bin/sh -c '. "$ROOT/usr/lib/leanos/accounts.sh" && write_file "$@"' sh "$path" "$mode" '' "$@"
	fi 2>/dev/null
}

# write_file PATH MODE OWNER [append]: the file is there whole, with owner and mode, or as it was
write_file() {
	umask 022
	mkdir -p "$ROOT${1%/*}" && [ ! -d "$ROOT$1" ] || return
	target=$(readlink -f "$ROOT$1") && new=$(mktemp "${target%/*}/.leanos-XXXXXX") || return
	if [ -e "$target" ]; then cp -p "$target" "$new"; else chmod 0644 "$new"; fi &&
		if [ "${4:-}" = append ]; then cat >>"$new"; else cat >"$new"; fi &&
		if [ -n "$3" ]; then chown -- "$3" "$new"; fi &&
		if [ -n "$2" ]; then chmod "$2" "$new"; fi && # after the owner, whose change takes setuid away
		mv "$new" "$target" && return
	rm -f "$new"
	return 1
}

# put_keys USER HOME OPTION…: the public keys on stdin to those of the user, by ssh-add-key, and as that user: the folder is theirs
put_keys() {
	user=$1 home=$2
	shift 2
	if [ "$user" = root ] || [ -n "$ROOT" ]; then
		(HOME=$ROOT$home && export HOME && sh "$ROOT/usr/bin/ssh-add-key" "$@" -)
	else
		# In one text: BusyBox's su would take the options for its own.
		su "$user" -s /bin/sh -c "exec /usr/bin/ssh-add-key $* -"
	fi
}

# add_keys USER WHERE: adds the public keys on stdin to those of the user; WHERE names them where one is none
add_keys() {
	home=$(home_of "$1")
	only_keys '' "$2" | put_keys "$1" "$home" 2>/dev/null || tell "warning: $2: the keys of $1 cannot be written"
}

KEY_BYTES=4200 # of a line that Dropbear reads: MAX_AUTHKEYS_LINE in its svr-authpubkey.c

# read_key LINE: sets options, type and blob, which ends with the comment, of an ssh public key: sshd(8), "AUTHORIZED_KEYS FILE
# FORMAT". 1 where it is none.
read_key() {
	options='' blob=$1
	until
		blob=${blob#"${blob%%[! 	]*}"}
		type=${blob%%[ 	]*}
		is_key_type "$type"
	do
		[ -z "$options" ] && [ -n "$blob" ] && read_options || return 1
	done
	blob=${blob#"$type"}
	blob=${blob#"${blob%%[! 	]*}"}
	case ${blob%%[ 	]*} in '' | *[!A-Za-z0-9+/=]*) return 1 ;; esac
}

is_key_type() {
	case $1 in
	ssh-rsa | ssh-dss | ssh-ed25519 | ecdsa-sha2-nistp256 | ecdsa-sha2-nistp384 | ecdsa-sha2-nistp521) ;;
	sk-ssh-ed25519@openssh.com | sk-ecdsa-sha2-nistp256@openssh.com | *-cert-v01@openssh.com) ;;
	*) return 1 ;;
	esac
}

# read_options: moves what stands before the first blank outside of quotation marks from blob to options
read_options() {
	quoted=''
	while [ -n "$blob" ]; do
		if [ -n "$quoted" ]; then part=${blob%%[\\\"]*}; else part=${blob%%[\" 	]*}; fi
		options=$options$part
		blob=${blob#"$part"}
		case $quoted$blob in
		'"'*) part='"' quoted=1 ;;
		'1"'*) part='"' quoted='' ;;
		1[\\]?*) part=${blob%"${blob#??}"} ;;
		*) break ;;
		esac
		options=$options$part
		blob=${blob#"$part"}
	done
	[ -z "$quoted" ] && [ -n "$options" ]
}

# only_keys PREFIX WHERE: of the lines on stdin those that are ssh public keys, as Dropbear reads them: one space between words.
# PREFIX takes the place of a key's own options. What is no key, or none that Dropbear takes, is said by its number.
only_keys() {
	count=0
	while IFS= read -r line || [ -n "$line" ]; do
		case ${line#"${line%%[![:space:]]*}"} in '' | '#'*) continue ;; esac
		count=$((count + 1))
		if [ "${#line}" -gt "$KEY_BYTES" ]; then
			refuse_key "$2: key $count is longer than ssh here reads"
			continue
		fi
		case $line in *[[:cntrl:]]*) line=$(printf %s "$line" | tr '\t' ' ' | tr -d '\r') ;; esac
		case $line in *[[:cntrl:]]*) false ;; *) read_key "$line" ;; esac || {
			refuse_key "$2: key $count is not an ssh public key"
			continue
		}
		doubt_key "$2: key $count"
		[ -z "$options" ] || options="$options "
		printf '%s%s %s\n' "${1:-$options}" "$type" "$blob"
	done
}

# refuse_key TEXT
refuse_key() { tell "warning: $1"; }

# doubt_key WHICH: says why Dropbear lets nobody in with it, where that is so
doubt_key() {
	case $type in
	*-cert-*) refuse_key "$1 is a certificate, which ssh here does not take" ;;
	ssh-dss) refuse_key "$1 is of the kind ssh-dss, which ssh here does not take" ;;
	esac
	left=$options
	while [ -n "$left" ]; do
		case $left in
		command=\"* | permitopen=\"*)
			left=${left#*\"}
			while :; do
				part=${left%%\"*}
				left=${left#*\"}
				case $part in *\\) ;; *) break ;; esac
			done
			left=${left#,}
			continue
			;;
		esac
		option=${left%%[,=]*}
		case $option in
		no-port-forwarding | no-agent-forwarding | no-X11-forwarding | no-pty | restrict | no-touch-required | verify-required) left=${left#"$option"} left=${left#,} ;;
		*) refuse_key "$1 has the option $option, which ssh here does not know: it lets nobody in with it" && return ;;
		esac
	done
}

# permit_sudo USER [nopass]: everything, as everybody, in the place of what such a rule said before
permit_sudo() {
	rule="permit ${2:+$2 }$1"
	grep -qxF "$rule" "$ROOT/etc/doas.conf" 2>/dev/null ||
		{
			grep -vxF -e "permit $1" -e "permit nopass $1" "$ROOT/etc/doas.conf" 2>/dev/null
			echo "$rule"
		} | change_file "$ROOT/etc/doas.conf" 0400
}
