# shellcheck shell=dash
# shellcheck disable=SC2153,SC2154 # name, here and TIMER are set by services.sh
# When services with a timer are due: TIMER is `every SECONDS`, or `at HHMM…` by the clock of the machine. Needs services.sh.
# Everything is found below $ROOT.

TIMERS=$ROOT/var/lib/leanos/timers

# look_at_clock: sets up to the seconds since power-on, today to YYYYMMDD, time to HHMM, past to the seconds of this minute
look_at_clock() {
	read -r up _ <"$ROOT/proc/uptime"
	up=${up%.*}
	read -r today time past epoch <<-EOF
		$(date '+%Y%m%d %H%M %S %s')
	EOF
	past=$((1$past - 100))
}

# run_due: tells the supervisor of each service that is due; sets wait to the seconds until somebody may be due again. A minute is
# the longest: a clock may be set.
run_due() {
	wait=60
	for row in "$SERVICES"/*; do
		load_service "${row##*/}" || continue
		# shellcheck disable=SC2086 # a kind and its words
		case $TIMER in 'every '* | 'at '*) due_$TIMER ;; esac
	done
}

# wait_at_most SECONDS
wait_at_most() { [ "$1" -ge "$wait" ] || wait=$1; }

# due_every SECONDS: at once, and then by the clock that nobody sets. Times that passed while it ran are passed over.
due_every() {
	next=0
	[ ! -s "$here/next" ] || read -r next <"$here/next"
	if [ "$up" -ge "$next" ]; then
		order t || {
			wait_at_most 1 # nobody supervises it yet
			return 0
		}
		[ "$next" != 0 ] || next=$up
		next=$((next + ((up - next) / $1 + 1) * $1))
		echo "$next" >"$here/next"
	fi
	wait_at_most $((next - up))
}

# due_at HHMM…: once for each time of the day. One that passed while the machine was off, or that a clock leaps over, is made up for
# once; a clock that goes back runs nothing twice.
due_at() {
	wait_at_most $((60 - past))
	find_last_time "$@"
	told=''
	for stamp in "$here/told" "$TIMERS/$name"; do
		[ -n "$told" ] || [ ! -s "$stamp" ] || read -r told <"$stamp"
	done
	case $told in '' | *[!0-9]*) told=$last_time ;; esac # the first boot: nothing was missed
	[ "$told" -le "${today}2359" ] || told=$last_time    # a clock that was wrong by days is right now
	if [ "$last_time" -gt "$told" ]; then
		order t || {
			wait_at_most 1
			return 0
		}
		told=$last_time
	fi
	keep_told
}

# find_last_time HHMM…: sets last_time to the latest of them that has passed, as YYYYMMDDHHMM
find_last_time() {
	last_time=0 yesterday=''
	for each; do
		if [ "$each" -le "$time" ]; then
			each=$today$each
		else
			[ -n "$yesterday" ] || find_yesterday
			each=$yesterday$each
		fi
		[ "$each" -le "$last_time" ] || last_time=$each
	done
}

# find_yesterday: by its noon, which every day has
find_yesterday() {
	seconds=$(((1${time%??} - 100) * 3600 + (1${time#??} - 100) * 60))
	yesterday=$(date -d "@$((epoch - seconds - 43200))" +%Y%m%d)
}

# keep_told: beside the supervisor's files, and on STATE for the next boot
keep_told() {
	for stamp in "$here/told" "$TIMERS/$name"; do
		was=''
		[ ! -s "$stamp" ] || read -r was <"$stamp"
		[ "$was" = "$told" ] || {
			mkdir -p "${stamp%/*}"
			echo "$told" >"$stamp.new" && mv "$stamp.new" "$stamp"
		} 2>/dev/null
	done
}
