#!/bin/sh
# A fresh machine of another Debian or Ubuntu: the first command after the clone builds the default image there, with the same
# bytes as here. Needs root, mmdebstrap, and the keys of the archive.
# scripts/test-host.sh SUITE MIRROR KEYRING [COMPONENT…]
set -eu

if [ $# -lt 3 ]; then
	cat >&2 <<'TEXT'
usage: npm run test:host -- SUITE MIRROR KEYRING [COMPONENT…]
examples: npm run test:host -- trixie http://deb.debian.org/debian /usr/share/keyrings/debian-archive-keyring.gpg
          npm run test:host -- noble http://archive.ubuntu.com/ubuntu ubuntu-archive-keyring.gpg main universe
TEXT
	exit 2
fi
command -v mmdebstrap >/dev/null || {
	echo "mmdebstrap is missing: apt-get install mmdebstrap" >&2
	exit 1
}
[ "$(id -u)" = 0 ] || {
	echo "test-host: only root can unpack a system with its owners: sudo npm run test:host -- $*" >&2
	exit 1
}
[ -r "$3" ] || {
	echo "test-host: there is no keyring $3" >&2
	exit 2
}
suite=$1 mirror=$2 keyring=$(realpath "$3")
shift 3
here=$(dirname "$(dirname "$(readlink -f "$0")")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What a user brings: how npm and git reach the world, and Node.js where the machine has none that will do; then a clone.
floor=$(node -p "require('$here/package.json').engines.node.replace('>=', '')")
mkdir -p "$work/root/usr/local/bin" "$work/root/usr/local/lib/node_modules" "$work/root/root"
cp -a "$(npm root -g)/npm" "$work/root/usr/local/lib/node_modules/"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/root/usr/local/bin/npm"
for file in /etc/npmrc "$HOME/.npmrc" /etc/ssl/certs/ca-certificates.crt; do
	[ ! -f "$file" ] || {
		mkdir -p "$work/root$(dirname "$file")"
		cp "$file" "$work/root$file"
	}
done
cat >"$work/node-hook" <<TEXT
#!/bin/sh
# The suite's own Node.js where it is new enough, else that of this machine.
set -eu
candidate=\$(chroot "\$1" apt-cache policy nodejs | sed -n 's/^ *Candidate: \([0-9].*\)/\1/p')
if dpkg --compare-versions "\${candidate:-0}" ge "$floor"; then
	chroot "\$1" apt-get install --yes --quiet=2 --no-install-recommends nodejs >/dev/null
	echo "test-host: Node.js \$(chroot "\$1" node --version) of the suite's own" >&2
else
	cp "$(node -p process.execPath)" "\$1/usr/local/bin/node"
	echo "test-host: Node.js \$(chroot "\$1" node --version) of this machine; the suite has \${candidate:-none}" >&2
fi
TEXT
chmod +x "$work/node-hook"
"$here/scripts/clone-checkout.sh" "$work/root/root/leanos"

(cd "$work/root/root/leanos" && ./leanos build --channel beta >/dev/null)
mv "$work/root/root/leanos/out" "$work/out-here"
(cd "$work/root/root/leanos" && git clean --quiet -dfx)

# shellcheck disable=SC2016 # $1 is the hook's
mmdebstrap --quiet --variant=apt --include=git,ca-certificates \
	--customize-hook="tar -C '$work/root' --owner=0 --group=0 -c . | tar -C \"\$1\" -x" \
	--customize-hook="$work/node-hook \"\$1\"" \
	--customize-hook='chroot "$1" env HOME=/root LC_ALL=C.UTF-8 sh -c "cd /root/leanos && ./leanos build --channel beta" </dev/null >&2' \
	--customize-hook="copy-out /root/leanos/out '$work'" \
	"$suite" /dev/null "deb [signed-by=$keyring] $mirror $suite ${*:-main}"

cd "$work"
# What says when the files were put there is of one machine.
diff -r --exclude=.delivered.json out-here out || {
	echo "0 passed, 1 failed: $suite builds other bytes"
	exit 1
}
echo "1 passed, 0 failed: $suite builds the same bytes from a fresh clone"
