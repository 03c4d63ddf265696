#!/bin/sh
# Runs a command on this host as if it had no apt, no dpkg and no tar, and nothing that Debian's libraries look for beside
# themselves, in a mount namespace: unshare --mount bare-host.sh COMMAND…
set -eu
work=$(mktemp -d)
mount -t tmpfs none "$work"
mkdir "$work/upper" "$work/work" "$work/empty"
mount -t overlay none -o "lowerdir=/usr/bin,upperdir=$work/upper,workdir=$work/work" /usr/bin
rm -f /usr/bin/apt* /usr/bin/dpkg* /usr/bin/gpgv /usr/bin/sqv /usr/bin/tar
for folder in /usr/lib/apt /etc/apt /var/lib/dpkg /usr/share/dpkg /usr/share/keyrings /usr/lib/*/gconv /usr/lib/*/ossl-modules; do
	[ ! -d "$folder" ] || mount --bind "$work/empty" "$folder"
done
exec "$@"
