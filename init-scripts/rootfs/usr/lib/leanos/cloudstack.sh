# shellcheck shell=dash
# shellcheck disable=SC2034,SC2154 # http.sh reads limit and HEADER; host is the result of host_and_port
# CloudStack's server of passwords: it gives a new one until it is told that it was taken
# (https://docs.cloudstack.apache.org/en/latest/adminguide/templates/_password.html). Needs seed.sh and http.sh.

PASSWORD_PORT=${PASSWORD_PORT:-8080}

# ask_passwords WORD FILE: of the server beside SERVICE
ask_passwords() {
	limit=512
	host_and_port "$SERVICE"
	case $host in *:*) host="[$host]" ;; esac
	HEADER="DomU_Request: $1"
	http_get "http://$host:$PASSWORD_PORT/" "$2"
}

# get_password: into DIR/password, where there is a new one; how to say that it was taken is left in DIR/report
get_password() {
	ask_passwords send_my_password "$DIR/password.list" || return 0
	password=''
	read -r password <"$DIR/password.list" || [ -n "$password" ] || return 0
	rm -f "$DIR/password.list"
	case $password in
	'' | saved_password) return 0 ;;
	bad_request)
		warn "the server of passwords knows nothing of this machine"
		return 0
		;;
	esac
	printf '%s\n' "$password" >"$DIR/password"
	echo "$SERVICE" >"$DIR/report"
}

# say_saved: that the password was taken
say_saved() {
	read -r SERVICE <"$DIR/report"
	ask_passwords saved_password /dev/null && return 0
	warn "the server of passwords did not hear that the password was taken"
	return 1
}
