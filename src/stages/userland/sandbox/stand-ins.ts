/** Accounts of sysusers.d(5) with any numbers that are free: what comes of a sandbox has those of the image. */
const SYSUSERS = `#!/bin/sh
set -eu
root=\${DPKG_ROOT:-}
has() { grep -q "^$2:" "$root/etc/$1"; }
free() {
	id=999
	while cut -d: -f3 "$root/etc/passwd" "$root/etc/group" | grep -qx "$id"; do id=$((id - 1)); done
	echo "$id"
}
number() { case $1 in '' | *[!0-9]*) free ;; *) echo "$1" ;; esac; }
make_group() { has group "$1" || echo "$1:x:$(number "$2"):" >>"$root/etc/group"; }
make_user() {
	home=\${4:--} shell=\${5:--}
	[ "$home" != - ] || home=/
	[ "$shell" != - ] || shell=/usr/sbin/nologin
	case $2 in *:*) group=\${2#*:} ;; *) group=$1 ;; esac
	case $group in *[!0-9]*) make_group "$group" "\${2%:*}"; gid=$(sed -n "s/^$group:[^:]*:\\([0-9]*\\):.*/\\1/p" "$root/etc/group") ;; *) gid=$group ;; esac
	has passwd "$1" || echo "$1:x:$(number "\${2%:*}"):$gid:\${3#-}:$home:$shell" >>"$root/etc/passwd"
}
add_member() {
	make_user "$1" - -
	make_group "$2" -
	sed -i "/^$2:/{/[:,]$1\\(,\\|$\\)/!{s/\\([^:]\\)$/\\1,/;s/$/$1/}}" "$root/etc/group"
}
for file; do
	case $file in -*) continue ;; /*) ;; *) file=$root/usr/lib/sysusers.d/$file ;; esac
	while IFS= read -r line; do
		case $line in '' | '#'*) continue ;; esac
		eval "set -- $line"
		case $1 in
		u*) make_user "$2" "\${3:--}" "\${4:--}" "\${5:--}" "\${6:--}" ;;
		g) make_group "$2" "\${3:--}" ;;
		m) add_member "$2" "$3" ;;
		esac
	done <"$file"
done
`;

/** Programs of a sandbox that no package of it brings, by their paths: nobody starts services there (invoke-rc.d(8)). */
export const STAND_INS: Readonly<Record<string, string>> = {
  'usr/sbin/policy-rc.d': '#!/bin/sh\nexit 101\n',
  'usr/bin/systemd-sysusers': SYSUSERS,
};
