# shellcheck shell=dash
# shellcheck disable=SC2034 # what a row says is for whoever loads it
# Services: programs that are kept running. Each is a row, a file of /etc/leanos-init/services; what this machine says instead is in
# NAME.local beside it, what #cloud-config says in NAME.environment and NAME.files, so that a new version's row arrives. What a service does is in a folder of /run/leanos/services. Needs
# system.sh. Everything is found below $ROOT.

SERVICES=$ROOT/etc/leanos-init/services
RUNNING=$ROOT/run/leanos/services
SERVICE_GROUPS=$ROOT/sys/fs/cgroup
SERVICE_SECONDS=60      # for how long a service waits for another
HEALTH_ASKED_SECONDS=20 # and what asks for its health may take

# load_service NAME: what its row says, and what holds where it says nothing; 1 where there is none
load_service() {
	case $1 in '' | *[!a-z0-9-]*) return 1 ;; esac
	[ -f "$SERVICES/$1" ] || return 1
	COMMAND='' ENVIRONMENT='' RUN_AS=root FOLDER=/var/lib/$1 CONFINE=1 FILTER=1 CAPABILITIES='' WRITES='' PREPARE='' AFTER=''
	OPEN='' OWNER='' RUN_GROUP='' DIRECTORY='' FOLDERS='' UMASK='' LIMITS='' BEFORE='' ENVIRONMENT_FILES='' HALT='' SIGNAL='' RELOAD='' PATIENCE=10000
	END='' TRIES=8 DELAY=1000 CONSOLE='' LOG_BYTES=262144 MEMORY='' TASKS='' CPU='' FORKS='' TIMER='' HEALTH='' DISKS='' TAPS='' CONTAINER='' IMAGE=''
	# shellcheck source=/dev/null # made by the builder
	. "$SERVICES/$1"
	# shellcheck source=/dev/null # made in the guest, and root's where it holds secrets
	[ ! -r "$SERVICES/$1.local" ] || . "$SERVICES/$1.local"
	[ ! -f "$SERVICES/$1.environment" ] || ENVIRONMENT_FILES="$ENVIRONMENT_FILES /etc/leanos-init/services/$1.environment"
	name=$1 here=$RUNNING/$1 log=$ROOT/var/log/leanos/$1.log group=$SERVICE_GROUPS/service.$1
}

# find_user NAME: sets ids to UID:GID. An /etc of its own may have been written before the version that brought the account.
find_user() {
	for accounts in "$ROOT/etc/passwd" "$ROOT/usr/etc/passwd"; do
		while IFS=: read -r account _ uid gid _; do
			[ "$account" != "$1" ] || {
				ids=$uid:$gid
				return 0
			}
		done <"$accounts"
	done
	return 1
}

# find_group NAME: sets ids to UID:GID with that group, where it is asked for
find_group() {
	[ -n "$1" ] || return 0
	for accounts in "$ROOT/etc/group" "$ROOT/usr/etc/group"; do
		while IFS=: read -r account _ gid _; do
			[ "$account" != "$1" ] || {
				ids=${ids%:*}:$gid
				return 0
			}
		done <"$accounts"
	done
	return 1
}

# make_service_folders: its own, for what it keeps; and where the supervisor says what it does
make_service_folders() {
	mkdir -p "$here" "${log%/*}"
	[ -p "$here/control" ] || (umask 077 && mkfifo "$here/control")
	[ -d "$ROOT$FOLDER" ] || { mkdir -p "$ROOT$FOLDER" && chmod 0750 "$ROOT$FOLDER"; }
	find_user "${OWNER:-$RUN_AS}" || return 0
	find_group "$RUN_GROUP" || return 0
	chown "$ids" "$ROOT$FOLDER"
	for entry in $FOLDERS; do make_folder "$entry"; done
	for folder in $WRITES; do [ -d "$ROOT$folder" ] || { may_change "$folder" && mkdir -p "$ROOT$folder" && chown "$ids" "$ROOT$folder"; }; done
}

# may_change PATH: says where it may not, as a link in a folder of an account, or of everybody, leads it elsewhere: what a service has
# made there decides nothing that root does
may_change() {
	way=${1%/}
	while [ -n "$way" ]; do
		parent=${way%/*}
		if [ -L "$ROOT$way" ] && { [ ! -O "$ROOT$parent/" ] || [ -k "$ROOT$parent/" ]; }; then
			tell "error: $name: $way is a link in a folder that is not root's alone: $1 stays as it is"
			return 1
		fi
		way=$parent
	done
}

# make_folder PATH:MODE:OWNER: own, or root's
make_folder() {
	path=${1%%:*} mode=${1#*:}
	may_change "$path" || return 0
	mkdir -p "$ROOT$path" && chmod "${mode%:*}" "$ROOT$path"
	case $1 in *:own) chown "$ids" "$ROOT$path" ;; esac
}

# make_service_group: a control group with its limits, in which nothing runs; 1 where the kernel has none
make_service_group() {
	[ -e "$SERVICE_GROUPS/cgroup.procs" ] ||
		mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$SERVICE_GROUPS" 2>/dev/null ||
		[ -e "$SERVICE_GROUPS/cgroup.procs" ] || return 1 # another service may have been first
	mkdir -p "$group" 2>/dev/null || return 1
	for controller in memory pids cpu; do echo "+$controller" 2>/dev/null >"$SERVICE_GROUPS/cgroup.subtree_control"; done
	limit_group memory.max "$MEMORY"
	limit_group memory.oom.group "${MEMORY:+1}" # it ends whole, and is started again whole
	limit_group pids.max "$TASKS"
	limit_group cpu.max "$CPU"
	echo 1 2>/dev/null >"$group/cgroup.kill"
	return 0
}

# limit_group FILE LIMIT: a limit that cannot be set is no reason not to start, but one to say so
limit_group() {
	[ -n "$2" ] || return 0
	echo "$2" 2>/dev/null >"$group/$1" || tell "warning: $name: this kernel does not limit $1 to $2"
}

# find_waits: adds to AFTER what the files of the service that is loaded are filled in with
find_waits() {
	[ -d "$SERVICES/$name.files" ] || return 0
	AFTER="user-data $AFTER"
	! grep -rq '{{[^}]*local[_-]ipv4' "$SERVICES/$name.files" || AFTER="network $AFTER"
}

# await WORDS: what a service starts after
await() {
	for thing in $1; do
		case $thing in
		network)
			load_config # NETWORK_DEADLINE
			wait_for_network "$name"
			;;
		datasource) until [ -e "$ROOT/run/leanos/applied" ]; do nap 0.1; done ;;
		user-data) until [ -e "$ROOT/run/leanos/configured" ]; do nap 0.1; done ;;
		*) await_service "$thing" ;;
		esac
	done
}

# await_service NAME: until it is well, SERVICE_SECONDS at most
await_service() {
	naps=0
	until (load_service "$1" && is_well 0); do
		[ "$naps" -lt $((SERVICE_SECONDS * 2)) ] || {
			tell "warning: $name: $1 is not well after $SERVICE_SECONDS seconds"
			return 0
		}
		naps=$((naps + 1))
		nap 0.5
	done
}

# is_well SECONDS: whether the service that is loaded has run for so long, or says that it is well where it can; one whose work is
# done is, one that a timer starts, whether it is at work or waits, and one that somebody has stopped
is_well() {
	read_state
	case $state in
	ended) return 0 ;;
	stopped) [ "$starts" != 0 ] && return 0 ;;
	scheduled | running)
		if [ -n "$HEALTH" ]; then ask_health; else [ -n "$TIMER" ] || has_run_for "$1"; fi && return 0
		;;
	esac
	return 1
}

# has_run_for SECONDS: the service whose state was read
has_run_for() {
	read -r now _ <"$ROOT/proc/uptime"
	[ $((${now%.*} - since)) -ge "$1" ]
}

# ask_health: what the service that is loaded says of itself. One that hangs is ended, with all that it started.
ask_health() {
	setsid sh -c "$HEALTH" >/dev/null 2>&1 </dev/null &
	asked=$!
	(nap "$HEALTH_ASKED_SECONDS" && kill -9 "-$asked") &
	patience=$!
	wait "$asked"
	answer=$?
	kill -9 "$patience" "-$asked"
	wait "$patience"
	return "$answer"
} 2>/dev/null

# read_state: sets state, pid, starts, failures, since and last to what its supervisor says of it
read_state() {
	state=stopped pid=0 starts=0 failures=0 since=0 last=''
	# shellcheck source=/dev/null # written by leanos-supervise
	[ ! -f "$here/status" ] || . "$here/status"
}

# order LETTER: to the supervisor of the service that is loaded; never waits for one that is not there
order() {
	[ -p "$here/control" ] && echo "$1" 1<>"$here/control"
}

# is_at_rest: nothing of it runs, and nothing will by itself
is_at_rest() {
	read_state
	case $state in stopped | ended | given-up) ;; *) return 1 ;; esac
}

# await_rest: until it has ended; twice as long as it is given before it is killed, at most
await_rest() {
	naps=0
	until is_at_rest; do
		[ "$naps" -lt 200 ] || return 1
		naps=$((naps + 1))
		nap 0.1
	done
}
