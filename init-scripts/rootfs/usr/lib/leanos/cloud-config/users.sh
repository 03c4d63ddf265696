# shellcheck shell=dash
# shellcheck disable=SC2154 # data is set by leanos-userdata, owner by accounts.sh
# users, password, chpasswd and ssh_pwauth of #cloud-config. Needs cloud-config.sh and accounts.sh.

# do_users: without users: there is the default one, as ever
do_users() {
	make_groups
	default_user=$(word user/name "$LOGIN_USER")
	! asks_for user || do_user user "$default_user"
	[ "$default_user" = "$LOGIN_USER" ] || be_default "$default_user"
	! asks_for ssh_authorized_keys || lines_of ssh_authorized_keys | add_keys "$default_user" ssh_authorized_keys
	each_item users do_listed
}

# do_listed PATH: of users: a name, or a map
do_listed() {
	case $(items "$1") in
	?*)
		name=$(word "$1/name" default)
		[ "$name" != default ] || name=$default_user
		do_user "$1" "$name"
		;;
	*)
		name=$(word "$1")
		[ "$name" = default ] || do_user "$1" "$name"
		;;
	esac
}

# be_default NAME: another user has what the login user of the image has: everything by sudo, and the instance's keys
be_default() {
	has_user "$1" || return 0
	has user/sudo || permit_sudo "$1" nopass
	[ ! -s "$data/public-keys" ] || add_keys "$1" <"$data/public-keys"
}

# make_groups: those of groups:, with their members
make_groups() {
	for group in $(items groups); do
		if is_name "$group"; then make_group "$group"; else complain "groups: not a name: $group"; fi
		for member in $(names_of "groups/$group"); do
			! is_name "$group" || ! is_name "$member" || join_group "$member" "$group"
		done
	done
}

# names_of PATH: the names in a text with commas, or in a list; the keys of a map
names_of() {
	case $(items "$1") in
	'' | 0*) lines_of "$1" | tr ',' ' ' ;;
	*) items "$1" ;;
	esac
}

# do_user PATH NAME
do_user() {
	is_name "$2" || {
		complain "users: not a name: $2"
		return 0
	}
	has_user "$2" || create_user "$1" "$2"
	for group in $(names_of "$1/groups"); do
		if is_name "$group"; then join_group "$2" "$group"; else complain "users: not a group: $group"; fi
	done
	give_sudo "$1/sudo" "$2"
	give_password "$1" "$2"
	! has "$1/ssh_authorized_keys" || lines_of "$1/ssh_authorized_keys" | add_keys "$2" "$1/ssh_authorized_keys"
}

# create_user PATH NAME: with its group, and its home
create_user() {
	uid=$(word "$1/uid")
	group=$(word "$1/primary_group")
	case $uid in
	*[!0-9]* | 0 | ??????????*) complain "users: $2: not a number for a user: $uid" && uid='' ;;
	*) ! has_id "$uid" || { complain "users: $2: there is a user $uid" && uid=''; } ;;
	esac
	[ -n "$group" ] || ! is_true "$1/no_user_group" || group=users
	[ -z "$group" ] || is_name "$group" || { complain "users: not a group: $group" && group=''; }
	! is_true "$1/system" || [ -n "$uid" ] || uid=$(next_system_id)
	add_user "$2" "$(word "$1/homedir" "/home/$2")" "$(word "$1/shell" /bin/sh)" "$(word "$1/gecos")" "$uid" "$group"
	is_true "$1/no_create_home" || is_true "$1/system" || make_home_of "$2"
}

# make_home_of USER: in root's own folders alone
make_home_of() {
	home=$(home_of "$1")
	[ -d "$ROOT$home" ] || {
		owner_of "$home" && [ "$owner" = root ] && mkdir -p "$ROOT$home" && chown "$1:" "$ROOT$home" && chmod 0750 "$ROOT$home"
	} || complain "users: $home cannot be made"
}

# do_ssh_import_id: keys that somebody has elsewhere, of every user that has some
do_ssh_import_id() {
	default_user=$(word user/name "$LOGIN_USER")
	import_keys ssh_import_id "$default_user"
	import_keys user/ssh_import_id "$default_user"
	each_item users import_listed
}

# import_listed PATH: of one of users:
import_listed() { import_keys "$1/ssh_import_id" "$(word "$1/name" "$default_user")"; }

# import_keys PATH USER
import_keys() {
	has "$1" && has_user "$2" || return 0
	wait_for_network ssh_import_id
	for source in $(lines_of "$1" | tr ',' ' '); do
		said=$(sh "$ROOT/usr/bin/ssh-import-id" -u "$2" "$source" 2>&1) || complain "users: $said"
	done
}

# sudoers(5): everything, as everybody
SUDO_ALL='[[:space:]]*ALL[[:space:]]*=[[:space:]]*(\((ALL|root)([[:space:]]*:[[:space:]]*ALL)?\))?[[:space:]]*((NO)?PASSWD:)?[[:space:]]*ALL[[:space:]]*'

# give_sudo PATH USER: less than everything is not there to be given: where a rule says so there is none
give_sudo() {
	rules=$(lines_of "$1" | grep .) || return 0
	case $rules in [Ff]alse | null) return 0 ;; esac
	if echo "$rules" | grep -Eqvx "$SUDO_ALL"; then
		complain "$1: only sudo rules like 'ALL=(ALL) NOPASSWD:ALL' are understood; $2 gets none"
	else
		case ${rules##*
} in *NOPASSWD:*) permit_sudo "$2" nopass ;; *) permit_sudo "$2" ;; esac
	fi
}

# give_password PATH USER: locked unless lock_passwd says otherwise, as in cloud-init
give_password() {
	if ! is_false "$1/lock_passwd"; then
		! has "$1/lock_passwd" || set_hash "$2" '*'
		return 0
	fi
	set -- "$1" "$2" ''
	for key in plain_text_passwd hashed_passwd passwd; do
		! has "$1/$key" || set -- "$1" "$2" "$key"
		[ -z "$3" ] || break
	done
	case $3 in
	'') complain "$1: lock_passwd is false, but there is no password" ;;
	plain_text_passwd) set_password "$2" "$(word "$1/$3")" || complain "$1/$3 has no value" ;;
	*) set_hash "$2" "$(word "$1/$3")" || complain "$1/$3: not a hash for $2" ;;
	esac
}

# do_passwords: password: and chpasswd:
do_passwords() {
	! is_true chpasswd/expire || complain 'chpasswd/expire: passwords do not expire here'
	default_user=$(word user/name "$LOGIN_USER")
	! asks_for password || set_one password "$default_user" "$(word password)" ''
	number_of_line=0
	lines_of chpasswd/list | while IFS= read -r line; do
		number_of_line=$((number_of_line + 1))
		where="chpasswd/list: line $number_of_line"
		case $line in
		*:*) set_one "$where" "${line%%:*}" "${line#*:}" '' ;;
		*) complain "$where is no NAME:PASSWORD" ;;
		esac
	done
	each_item chpasswd/users set_listed
}

# set_listed PATH: one of chpasswd/users
set_listed() { set_one "$1" "$(word "$1/name")" "$(word "$1/password")" "$(word "$1/type" hash)"; }

# set_one WHERE USER PASSWORD TYPE: text, hash, RANDOM, or '' to see it by its form, as cloud-init does. What is said names the
# place: a line that is no USER:PASSWORD may be a password.
set_one() {
	if ! is_name "$2" || ! has_user "$2"; then
		complain "$1: there is no such user"
		return 0
	fi
	case $4:$3 in
	RANDOM:* | :R | :RANDOM)
		password=$(tr -dc 'A-HJ-NP-Za-km-z2-9' <"$ROOT/dev/urandom" | head -c 20)
		set_password "$2" "$password"
		say "info: cloud-config: the password of $2 is $password"
		;;
	*:) complain "$1 has no value" ;;
	hash:* | :\$[0-9a-z]*\$*) set_hash "$2" "$3" || complain "$1: not a hash" ;;
	text:* | :*) set_password "$2" "$3" ;;
	*) complain "$1: type is hash, text or RANDOM" ;;
	esac
}

# do_ssh_pwauth: whether ssh takes passwords
do_ssh_pwauth() {
	if is_true ssh_pwauth; then
		allow=1
	elif is_false ssh_pwauth; then
		allow=0
	else
		[ "$(word ssh_pwauth)" = unchanged ] || complain "ssh_pwauth: true, false or unchanged, not $(word ssh_pwauth)"
		return 0
	fi
	allow_passwords "$allow"
}

# allow_passwords 0|1: whether ssh takes them, from now on
allow_passwords() {
	[ "$1" != "$PASSWORD_LOGIN" ] || return 0
	PASSWORD_LOGIN=$1
	echo "PASSWORD_LOGIN=$1" >>"$ROOT/etc/leanos-init/local"
	restart_ssh
}
