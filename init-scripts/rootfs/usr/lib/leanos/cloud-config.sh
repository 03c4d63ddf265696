# shellcheck shell=dash
# shellcheck disable=SC2154 # parts and data are set by leanos-userdata
# The part of #cloud-config (https://docs.cloud-init.io/en/latest/reference/modules.html) that a lean guest needs. A document
# is read once, to lines of PATH, tab, VALUE ($flat); nothing of it is ever put into a shell's text but by shell_quoted.
# Needs user-data.sh, accounts.sh, per.sh and system.sh. Everything is found below $ROOT.

# The keys that are understood.
KNOWN_KEYS='hostname fqdn users user ssh_authorized_keys password chpasswd ssh_pwauth write_files bootcmd runcmd mounts growpart
	resize_rootfs ntp timezone final_message power_state phone_home'

# value PATH: the text there, exactly; 1 where there is none
value() {
	raw=$(awk -F '\t' -v path="$1" '$1 == path { print "=" substr($0, length(path) + 2); exit }' "$flat")
	[ -n "$raw" ] || return 1
	printf %b "${raw#=}"
}

# word PATH [OTHERWISE]: the text there on one line
word() {
	value "$1" | head -n 1 | grep . || printf %s "${2:-}"
}

# has PATH: whether there is anything at the path or below it
has() {
	awk -F '\t' -v path="$1" '$1 == path || index($1, path "/") == 1 { found = 1; exit } END { exit !found }' "$flat"
}

# items PATH: the names below a path, in their order
items() {
	awk -F '\t' -v path="$1" '
		path == "" || index($1, path "/") == 1 {
			rest = path == "" ? $1 : substr($1, length(path) + 2)
			sub(/\/.*/, "", rest)
			if (!seen[rest]++) print rest
		}' "$flat"
}

# is_true PATH / is_false PATH: as YAML 1.1 has it
is_true() { case $(word "$1") in [Tt]rue | TRUE | [Yy]es | YES | [Oo]n | ON | 1) ;; *) return 1 ;; esac }
is_false() { case $(word "$1") in [Ff]alse | FALSE | [Nn]o | NO | [Oo]ff | OFF | 0) ;; *) return 1 ;; esac }

# lines_of PATH: the items of a list, or the lines of one text
lines_of() {
	if value "$1"; then
		echo
	else
		for item in $(items "$1"); do value "$1/$item" && echo; done
	fi | grep .
}

# complain TEXT
complain() {
	tell "warning: cloud-config: $(printf %s "$*" | tr -cd ' -~' | cut -c1-200)"
}

# open_config FILE: reads it into $flat; a document that is wrong changes nothing
open_config() {
	flat=${1%.config}.flat
	library=$ROOT/usr/lib/leanos
	complaint=$(awk -f "$library/flatten.awk" -f "$library/print.awk" "$1" 2>&1 >"$flat") && return 0
	complain "line $complaint; nothing of it is done"
	return 1
}

# configure FILE: everything but what waits for scripts
configure() {
	open_config "$1" || return 0
	name_unknown
	number=${1##*/}
	number=${number%.config}
	run_bootcmd
	for step in write_files hostname users passwords ssh_pwauth mounts growpart timezone ntp; do
		per instance "config-$number-$step" "do_$step"
	done
	per instance "config-$number-runcmd" do_runcmd
	per instance "config-$number-deferred" write_all deferred
}

# finish_config FILE: what comes when everything else is done
finish_config() {
	[ -f "${1%.config}.flat" ] || return 0
	flat=${1%.config}.flat
	number=${1##*/}
	number=${number%.config}
	per instance "config-$number-phone_home" do_phone_home
	do_final_message
	per instance "config-$number-power_state" do_power_state
}

# name_unknown: a key that is passed over is said
name_unknown() {
	for key in $(items ''); do
		case " $(echo "$KNOWN_KEYS" | tr '\n\t' '  ') " in
		*" $key "*) ;;
		*) complain "$key is not known and passed over" ;;
		esac
	done
}

# shell_quoted TEXT: as one word of shell text
shell_quoted() {
	printf "'%s' " "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
}

# commands_of PATH: a list of commands as shell text; a command is a text, or a list of words
commands_of() {
	for command in $(items "$1"); do
		if value "$1/$command"; then
			echo
			continue
		fi
		for argument in $(items "$1/$command"); do shell_quoted "$(value "$1/$command/$argument")"; done
		echo
	done
}

# run_commands PATH FILE
run_commands() {
	has "$1" || return 0
	commands_of "$1" >"$parts/$2"
	run_program "$parts/$2"
}

run_bootcmd() { run_commands bootcmd bootcmd; }
do_runcmd() { run_commands runcmd runcmd; }

do_hostname() {
	fqdn=$(word fqdn)
	name=$(word hostname "${fqdn%%.*}")
	[ -n "$name" ] || return 0
	case $name in *.*) fqdn=${fqdn:-$name} name=${name%%.*} ;; esac
	case $fqdn in *[!A-Za-z0-9.-]*) fqdn='' ;; esac
	name_machine "$name" "$fqdn" || complain "hostname: not a name: $name"
}

# do_users: without users: there is the default one, as ever
do_users() {
	! has ssh_authorized_keys || lines_of ssh_authorized_keys | add_keys "$LOGIN_USER"
	for user in $(items users); do
		if has "users/$user/name"; then
			do_user "users/$user" "$(word "users/$user/name")"
		else
			name=$(word "users/$user")
			[ "$name" = default ] || do_user "users/$user" "$name"
		fi
	done
	[ -z "$(items user)" ] || do_user user "$(word user/name "$LOGIN_USER")"
}

# do_user PATH NAME
do_user() {
	is_name "$2" || {
		complain "users: not a name: $2"
		return 0
	}
	home=$(word "$1/homedir" "/home/$2")
	add_user "$2" "$home" "$(word "$1/shell" /bin/sh)" "$(word "$1/gecos")"
	home=$(home_of "$2")
	if ! is_true "$1/no_create_home" && [ ! -d "$ROOT$home" ]; then
		mkdir -p "$ROOT$home" && chown "$2:" "$ROOT$home" && chmod 0750 "$ROOT$home"
	fi
	for group in $(lines_of "$1/groups" | tr ',' ' '); do
		if is_name "$group"; then join_group "$2" "$group"; else complain "users: not a group: $group"; fi
	done
	give_sudo "$1/sudo" "$2"
	give_password "$1" "$2"
	! has "$1/ssh_authorized_keys" || lines_of "$1/ssh_authorized_keys" | add_keys "$2"
	for source in $(lines_of "$1/ssh_import_id"); do
		"$ROOT/usr/bin/ssh-import-id" -u "$2" "$source" >>"$ROOT/dev/console" 2>&1
	done
	for key in $(items "$1"); do
		case $key in
		name | homedir | shell | gecos | no_create_home | groups | sudo | passwd | hashed_passwd | plain_text_passwd | lock_passwd | ssh_authorized_keys | ssh_import_id) ;;
		*) complain "users: $key is not known and passed over" ;;
		esac
	done
}

# give_sudo PATH USER: nobody is asked for a password here, so only a rule that asks for none is given
give_sudo() {
	rules=$(lines_of "$1") || return 0
	case $rules in
	*NOPASSWD:*ALL*) permit_sudo "$2" ;;
	[Ff]alse | null) ;;
	*) complain "users: sudo with a password is not there; $2 gets none" ;;
	esac
}

# give_password PATH USER: locked unless lock_passwd says otherwise, as in cloud-init
give_password() {
	is_false "$1/lock_passwd" || return 0
	if has "$1/plain_text_passwd"; then
		set_password "$2" "$(word "$1/plain_text_passwd")"
	else
		hash=$(word "$1/hashed_passwd" "$(word "$1/passwd")")
		[ -z "$hash" ] || set_hash "$2" "$hash" || complain "users: not a hash for $2"
	fi
}

# do_passwords: password: and chpasswd:
do_passwords() {
	! has password || set_one "$LOGIN_USER" "$(word password)" text
	lines_of chpasswd/list | while IFS=: read -r name text; do set_one "$name" "$text" ''; done
	for user in $(items chpasswd/users); do
		path=chpasswd/users/$user
		set_one "$(word "$path/name")" "$(word "$path/password")" "$(word "$path/type" hash)"
	done
}

# set_one USER PASSWORD TYPE: text, hash, RANDOM, or '' to see it by its form, as chpasswd's list does
set_one() {
	if ! is_name "$1" || ! has_user "$1"; then
		complain "chpasswd: there is no user $1"
		return 0
	fi
	case $3:$2 in
	RANDOM:* | :R | :RANDOM)
		text=$(tr -dc 'A-HJ-NP-Za-km-z2-9' <"$ROOT/dev/urandom" | head -c 20)
		set_password "$1" "$text"
		echo "info: cloud-config: the password of $1 is $text" >>"$ROOT/dev/console"
		;;
	hash:* | :\$[0-9a-z]*\$*) set_hash "$1" "$2" || complain "chpasswd: not a hash for $1" ;;
	*) set_password "$1" "$2" ;;
	esac
}

# do_ssh_pwauth: whether ssh takes passwords
do_ssh_pwauth() {
	if is_true ssh_pwauth; then
		allow=1
	elif is_false ssh_pwauth; then
		allow=0
	else
		return 0
	fi
	[ "$allow" != "$PASSWORD_LOGIN" ] || return 0
	PASSWORD_LOGIN=$allow
	echo "PASSWORD_LOGIN=$allow" >>"$ROOT/etc/leanos-init/local"
	restart_ssh
}

do_write_files() { write_all now; }

# write_all WHEN: the files that are to be written now, or those that are deferred
write_all() {
	for file in $(items write_files); do
		when=now
		! is_true "write_files/$file/defer" || when=deferred
		[ "$when" != "$1" ] || write_one "write_files/$file"
	done
}

# write_one PATH: one file of write_files
write_one() {
	target=$(word "$1/path")
	case $target in
	*/../* | */.. | [!/]* | '' | */)
		complain "write_files: not a path for a file: $target"
		return 0
		;;
	esac
	mode=$(word "$1/permissions" 0644)
	case $mode in
	[0-7][0-7][0-7] | [0-7][0-7][0-7][0-7]) ;;
	0o[0-7][0-7][0-7] | 0o[0-7][0-7][0-7][0-7]) mode=${mode#0o} ;;
	*)
		complain "write_files: $target: permissions are octal, such as 0644; taken instead of $mode"
		mode=0644
		;;
	esac
	encoding=$(word "$1/encoding")
	! has "$1/content!" || encoding=b64
	mkdir -p "$ROOT${target%/*}"
	(
		umask 077
		value "$1/content" | decoded "$encoding" >"$parts/content"
	)
	read -r status <"$parts/status"
	[ "$status" = 0 ] || {
		complain "write_files: $target: the content is not $encoding"
		return 0
	}
	if is_true "$1/append"; then
		cat "$parts/content" >>"$ROOT$target"
	else
		cp "$parts/content" "$ROOT$target.leanos-new"
		mv "$ROOT$target.leanos-new" "$ROOT$target"
		chmod "$mode" "$ROOT$target"
	fi
	rm -f "$parts/content"
	! has "$1/owner" || chown "$(word "$1/owner")" "$ROOT$target" 2>/dev/null || complain "write_files: $target: there is no $(word "$1/owner")"
}

# decoded ENCODING: a filter; whether it worked is in $parts/status
decoded() {
	case $1 in
	gz | gzip) zcat 2>/dev/null | head -c "$MOST_BYTES" ;;
	gz+b64 | gz+base64 | gzip+b64 | gzip+base64) base64_decoded | zcat 2>/dev/null | head -c "$MOST_BYTES" ;;
	b64 | base64) base64_decoded ;;
	'' | text/plain) cat ;;
	*) false ;;
	esac
	echo $? >"$parts/status"
}

# base64_decoded: a filter; BusyBox passes over what is no base64, this does not
base64_decoded() {
	tr -d ' \n\r\t' >"$parts/base64"
	! grep -q '[^A-Za-z0-9+/=]' "$parts/base64" && base64 -d "$parts/base64" 2>/dev/null
}

# do_mounts: rows of fstab(5)
do_mounts() {
	for mount in $(items mounts); do
		path=mounts/$mount
		device=$(word "$path/0")
		folder=$(word "$path/1")
		case $device in
		ephemeral0) device=LABEL=ephemeral0 ;;
		/* | LABEL=* | UUID=* | PARTLABEL=* | *:/*) ;;
		*) device=/dev/$device ;;
		esac
		line="$device $folder $(word "$path/2" auto) $(word "$path/3" defaults,nofail) 0 0"
		case $folder:$line in
		'':* | *[![:print:]]* | *' '*' '*' '*' '*' '*' '*)
			complain "mounts: not a line for fstab: $line"
			continue
			;;
		[!/]*) [ "$folder" = none ] || [ "$folder" = swap ] || {
			complain "mounts: not a folder: $folder"
			continue
		} ;;
		esac
		grep -qxF "$line" "$ROOT/etc/fstab" 2>/dev/null || echo "$line" >>"$ROOT/etc/fstab"
		mount_one "$device" "$folder" "$(word "$path/2" auto)" "$(word "$path/3" defaults)"
	done
}

# mount_one DEVICE FOLDER TYPE OPTIONS
mount_one() {
	if [ "$3" = swap ]; then
		swapon "$1" 2>/dev/null || complain "mounts: cannot use $1 as swap"
		return 0
	fi
	mkdir -p "$ROOT$2"
	mount -t "$3" -o "$4" "$1" "$ROOT$2" 2>/dev/null || complain "mounts: cannot mount $1 on $2"
}

# do_growpart: the partition has grown before anything could be read; the filesystem waits for this
do_growpart() {
	! is_false resize_rootfs || : >"$ROOT/run/leanos/no-resize"
	case $(word growpart/mode) in off | false) complain 'growpart: the partition grows before user-data is read; mode: off comes too late' ;; esac
}

do_timezone() {
	zone=$(word timezone)
	case $zone in
	'' | UTC | Etc/UTC) return 0 ;;
	*..* | *[!A-Za-z0-9/_+-]* | /*) ;;
	*) [ -f "$ROOT/usr/share/zoneinfo/$zone" ] && ln -sf "/usr/share/zoneinfo/$zone" "$ROOT/etc/localtime" && return 0 ;;
	esac
	complain "timezone: $zone is not in this image (package tzdata)"
}

do_ntp() {
	! has ntp || is_false ntp/enabled || is_false ntp || complain 'ntp: there is no time server client in this image'
}

# do_final_message: with cloud-init's variables, as text
do_final_message() {
	has final_message || return 0
	read -r up _ <"$ROOT/proc/uptime"
	value final_message | UP=$up NOW=$(date) DS=$(cat "$ROOT/run/leanos/datasource/dsname") VERSION=$(sed -n 's/^VERSION_ID=//p' "$ROOT/etc/os-release") \
		awk '{
			gsub(/\$UPTIME|\$uptime/, ENVIRON["UP"])
			gsub(/\$TIMESTAMP|\$timestamp/, ENVIRON["NOW"])
			gsub(/\$DATASOURCE|\$datasource/, ENVIRON["DS"])
			gsub(/\$VERSION|\$version/, ENVIRON["VERSION"])
			print
		}' >>"$ROOT/dev/console"
}

# url_encoded: stdin for a form
url_encoded() {
	hexdump -v -e '/1 "%02x\n"' | while read -r byte; do
		case $byte in
		2d | 2e | 3[0-9] | 4[1-9a-f] | 5[0-9a] | 5f | 6[1-9a-f] | 7[0-9ae]) printf %b "\\x$byte" ;;
		*) printf %%%s "$byte" ;;
		esac
	done
}

# do_phone_home: tells an address that the machine is there
do_phone_home() {
	url=$(word phone_home/url)
	[ -n "$url" ] || return 0
	id=$(head -n 1 "$data/instance-id" 2>/dev/null)
	form=''
	post=$(lines_of phone_home/post)
	[ "${post:-all}" != all ] || post='pub_key_rsa pub_key_ecdsa pub_key_ed25519 instance_id hostname fqdn'
	for name in $post; do
		case $name in
		pub_key_*) text=$(dropbearkey -y -f "$ROOT/etc/dropbear/dropbear_${name#pub_key_}_host_key" 2>/dev/null | grep -E '^(ssh|ecdsa)-') ;;
		instance_id) text=$id ;;
		hostname | fqdn) read -r text <"$ROOT/proc/sys/kernel/hostname" ;;
		*) continue ;;
		esac
		form="$form${form:+&}$name=$(printf %s "$text" | url_encoded)"
	done
	tries=$(word phone_home/tries 10)
	case $tries in '' | *[!0-9]* | ???*) tries=10 ;; esac
	while ! timeout 20 wget -q -T 5 -O /dev/null --post-data "$form" "$url" 2>/dev/null; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || {
			complain "phone_home: no answer from $url"
			return 0
		}
		sleep 1
	done
}

# do_power_state: off, or again, after a while
do_power_state() {
	mode=$(word power_state/mode)
	case $mode in
	'') return 0 ;;
	poweroff | reboot | halt) ;;
	*)
		complain "power_state: mode is poweroff, reboot or halt, not $mode"
		return 0
		;;
	esac
	if ! is_true power_state/condition && has power_state/condition; then
		! is_false power_state/condition || return 0
		{ value power_state/condition || for argument in $(items power_state/condition); do shell_quoted "$(value "power_state/condition/$argument")"; done; } >"$parts/condition"
		sh "$parts/condition" >/dev/null 2>&1 || return 0
	fi
	delay=$(word power_state/delay now)
	delay=${delay#+}
	case $delay in '' | now | *[!0-9]*) delay=0 ;; esac
	! has power_state/message || value power_state/message >>"$ROOT/dev/console"
	(sleep $((delay * 60)) && "$mode") &
}
