# shellcheck shell=dash
# shellcheck disable=SC2154 # parts and data are set by leanos-userdata
# final_message, phone_home and power_state of #cloud-config: what comes when everything else is done. Needs cloud-config.sh.

# do_final_message: with cloud-init's variables, as text
do_final_message() {
	read -r up _ <"$ROOT/proc/uptime"
	value final_message | UPTIME=$up TIMESTAMP=$(date) DATASOURCE=$(cat "$ROOT/run/leanos/datasource/dsname") VERSION=$(sed -n 's/^VERSION_ID=//p' "$ROOT/etc/os-release") \
		awk '
		function forms(name) { return "[$]" name "|[$][{]" name "[}]|[{][{] *" name " *[}][}]" }
		{
			if (NR == 1 && /^## template: *jinja/) next
			for (n = split("UPTIME TIMESTAMP DATASOURCE VERSION", name, " "); n; n--)
				gsub(forms(name[n]) "|" forms(tolower(name[n])), ENVIRON[name[n]])
			print
		}' | say_lines
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
	wait_for_network phone_home
	id=$(head -n 1 "$data/instance-id" 2>/dev/null)
	case $id in *[!A-Za-z0-9._-]*) ;; *) url=$(echo "$url" | sed "s/[$]{INSTANCE_ID}/$id/g; s/[$]INSTANCE_ID/$id/g") ;; esac
	form=''
	post=$(lines_of phone_home/post)
	[ "${post:-all}" != all ] || post='pub_key_rsa pub_key_ecdsa pub_key_ed25519 instance_id hostname fqdn'
	for name in $post; do
		case $name in
		pub_key_*) text=$(dropbearkey -y -f "$ROOT/etc/dropbear/dropbear_${name#pub_key_}_host_key" 2>/dev/null | grep -E '^(ssh|ecdsa)-') ;;
		instance_id) text=$id ;;
		hostname | fqdn) read -r text <"$ROOT/proc/sys/kernel/hostname" ;;
		*)
			complain "phone_home: $name is not known"
			text=''
			;;
		esac
		form="$form${form:+&}$name=$(printf %s "${text:-N/A}" | url_encoded)"
	done
	tries=$(word phone_home/tries 10)
	case $tries in '' | *[!0-9]* | ???* | 0*) tries=10 ;; esac # to the shell, 08 is no number
	stall_after 5
	# shellcheck disable=SC2086 # words
	while ! timeout 20 wget -q $stall -O /dev/null --post-data "$form" "$url" 2>/dev/null; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || {
			complain "phone_home: no answer from $(shown_url "$url")"
			return 0
		}
		sleep 1
	done
}

# do_power_state: off, or again, after a while
do_power_state() {
	mode=$(word power_state/mode)
	case $mode in
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
	delay=${delay#"${delay%%[!0]*}"} # to the shell, 08 is no number
	case $delay in
	now | '') delay=0 ;;
	*[!0-9]* | ??????*)
		complain "power_state: delay is now, or minutes, not $delay"
		return 0
		;;
	esac
	! has power_state/message || value power_state/message | say_lines
	(sleep $((delay * 60)) && "$mode") &
}
