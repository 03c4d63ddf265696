#!/bin/sh
# A fresh machine of another Debian or Ubuntu, of another architecture, or of none of them: the first commands after the clone
# build the default image there, for two architectures, with the same bytes as here. Needs root, mmdebstrap, and the keys of the
# archive; for another architecture QEMU's user mode; for `musl` patchelf.
# scripts/test-host.sh SUITE MIRROR KEYRING [COMPONENT…] [ARCHITECTURE | musl]
set -eu

if [ $# -lt 3 ]; then
	cat >&2 <<'TEXT'
usage: npm run test:host -- SUITE MIRROR KEYRING [COMPONENT…] [amd64|arm64|musl]
examples: npm run test:host -- trixie http://deb.debian.org/debian /usr/share/keyrings/debian-archive-keyring.gpg
          npm run test:host -- trixie http://deb.debian.org/debian /usr/share/keyrings/debian-archive-keyring.gpg arm64
          npm run test:host -- trixie http://deb.debian.org/debian /usr/share/keyrings/debian-archive-keyring.gpg musl
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
own=$(dpkg --print-architecture)
architecture=$own components='' kind=own environment=''
for word; do
	case $word in
	amd64 | arm64) architecture=$word ;;
	musl) kind=musl ;;
	*) components="$components $word" ;;
	esac
done
[ "$architecture" = "$own" ] || kind=emulated
here=$(dirname "$(dirname "$(readlink -f "$0")")")
registry=/proc/sys/fs/binfmt_misc
registered=
work=$(mktemp -d)
clean_up() {
	[ -z "$registered" ] || echo -1 >"$registered"
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Has the kernel start programs of the architecture with QEMU, until this ends, where nobody has told it so for good. The letter
# F: the kernel opens QEMU now, and a machine in a folder need not have it.
emulate() {
	case $architecture in
	amd64) machine=x86_64 number='\x3e' cpu=x64 ;;
	arm64) machine=aarch64 number='\xb7' cpu=arm64 ;;
	esac
	[ -e "$registry/register" ] || mount -t binfmt_misc binfmt_misc "$registry"
	! grep -qs '^flags:.*F' "$registry/qemu-$machine" || return 0
	qemu=$(command -v "qemu-$machine-static" || command -v "qemu-$machine") || {
		echo "test-host: QEMU's user mode is missing, which runs programs of $architecture: apt-get install qemu-user-static" >&2
		exit 1
	}
	# An ELF file (elf(5)) of 64 bits, little-endian, a program (2) or a shared one (3), for this machine.
	zeros='\x00\x00\x00\x00\x00\x00\x00\x00'
	ones='\xff\xff\xff\xff\xff\xff\xff\xff'
	printf '%s' ":leanos-$machine:M::\\x7fELF\\x02\\x01\\x01\\x00$zeros\\x02\\x00$number\\x00:\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00$ones\\xfe\\xff\\xff\\xff:$qemu:OCF" >"$registry/register"
	registered=$registry/leanos-$machine
}

# A command in the machine, which has this one's devices and network. `environment` is words of it, NAME=VALUE.
in_machine() {
	# shellcheck disable=SC2016,SC2086 # $1 is the machine; words of the environment
	unshare --mount sh -euc 'mount --rbind /dev "$1/dev"
		mount -t proc proc "$1/proc"
		machine=$1
		shift
		exec chroot "$machine" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"' \
		- "$work/machine" $environment "$@"
}

# The suite's own Node.js where it is new enough, else that of this machine.
install_node() {
	candidate=$(in_machine apt-cache policy nodejs | sed -n 's/^ *Candidate: \([0-9].*\)/\1/p')
	if dpkg --compare-versions "${candidate:-0}" ge "$floor"; then
		in_machine apt-get install --yes --quiet=2 --no-install-recommends nodejs >/dev/null
		echo "test-host: Node.js $(in_machine node --version) of the suite's own" >&2
	else
		cp "$(node -p process.execPath)" "$work/machine/usr/local/bin/node"
		echo "test-host: Node.js $(in_machine node --version) of this machine; the suite has ${candidate:-none}" >&2
	fi
}

# What an emulated machine would take longest for is done from outside: packages are unpacked and not installed, and those of
# npm, which has some for one architecture alone, are brought. No build asks for more.
ready_emulated() {
	for file in passwd group; do cp "$work/machine/usr/share/base-passwd/$file.master" "$work/machine/etc/$file"; done
	found=$(in_machine node --version)
	dpkg --compare-versions "${found#v}" ge "$floor" || {
		echo "test-host: Node.js $floor is needed; $suite has $found, and this machine's is not for $architecture" >&2
		exit 1
	}
	echo "test-host: Node.js $found of the suite's own, emulated" >&2
	(cd "$checkout" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error --os=linux --libc=glibc \
		--cpu="$cpu" >&2)
}

# Makes a machine of a folder with unpacked packages that is like Alpine and like NixOS: musl and BusyBox, neither apt nor dpkg nor
# tar, and nothing of Debian's where Debian has it. Node.js and git are in a folder of their own, with their loader.
ready_musl() {
	machine=$work/machine
	libraries=/opt/user/usr/lib/$(dpkg-architecture --query DEB_HOST_MULTIARCH)
	mkdir -p "$machine/opt/user" "$machine/bin" "$machine/lib" "$machine/proc" "$machine/dev" "$machine/tmp"
	mv "$machine/usr" "$machine/opt/user/usr"
	mv "$machine$libraries"/../ld-musl-*.so.1 "$machine/lib/"
	cp "$machine/opt/user/usr/bin/busybox" "$machine/bin/"
	for applet in $("$machine/bin/busybox" --list | grep -vxE 'ar|busybox|dpkg|dpkg-deb|tar'); do ln -s busybox "$machine/bin/$applet"; done
	mkdir -p "$machine/usr/bin" "$machine/usr/local/bin" "$machine/usr/share"
	ln -s /bin/env "$machine/usr/bin/env"
	ln -s /opt/user/usr/share/nodejs "$machine/usr/share/nodejs" # Debian's Node.js has parts of itself there
	loader=$(patchelf --print-interpreter "$machine/opt/user/usr/bin/node")
	for program in bin/node bin/git lib/git-core/git-remote-http; do
		patchelf --set-interpreter "$libraries/${loader##*/}" --force-rpath --set-rpath "$libraries" "$machine/opt/user/usr/$program"
	done
	ln -s /opt/user/usr/bin/node "$machine/usr/local/bin/node"
	printf '#!/bin/sh\nGIT_EXEC_PATH=/opt/user/usr/lib/git-core exec /opt/user/usr/bin/git "$@"\n' >"$machine/usr/local/bin/git"
	chmod +x "$machine/usr/local/bin/git"
	printf 'root:x:0:0:root:/root:/bin/sh\n' >"$machine/etc/passwd"
}

# What a user brings: how npm and git reach the world, and Node.js where the machine has none that will do; then a clone.
floor=$(node -p "require('$here/package.json').engines.node.replace('>=', '')")
checkout=$work/machine/root/leanos
build='./leanos build --channel beta --arch x86_64 >&2; ./leanos build --channel beta --arch aarch64 >&2'
case $kind in
own) set -- --variant=apt --include=git,ca-certificates ;;
musl)
	command -v patchelf >/dev/null || {
		echo "patchelf is missing: apt-get install patchelf" >&2
		exit 1
	}
	set -- --variant=extract --include=busybox-static,git,musl,nodejs
	;;
emulated)
	emulate
	set -- --variant=extract --include='?essential' --include=apt,base-passwd,git,ca-certificates,nodejs
	;;
esac
mmdebstrap --quiet --architectures="$architecture" --skip=cleanup/apt "$@" \
	"$suite" "$work/machine" "deb [signed-by=$keyring] $mirror $suite ${components:-main}"
[ "$kind" != musl ] || ready_musl
mkdir -p "$work/machine/usr/local/bin" "$work/machine/usr/local/lib/node_modules" "$work/machine/root"
cp -a "$(npm root -g)/npm" "$work/machine/usr/local/lib/node_modules/"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/machine/usr/local/bin/npm"
for file in /etc/resolv.conf /etc/npmrc "$HOME/.npmrc" /etc/ssl/certs/ca-certificates.crt; do
	[ ! -f "$file" ] || {
		mkdir -p "$work/machine$(dirname "$file")"
		cp "$file" "$work/machine$file"
	}
done
# A Node.js that Debian did not build trusts its own certificates alone.
[ ! -f /etc/ssl/certs/ca-certificates.crt ] || environment=NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
"$here/scripts/clone-checkout.sh" "$checkout"

(cd "$checkout" && sh -euc "$build")
mv "$checkout/out" "$work/out-here"
(cd "$checkout" && git clean --quiet -dfx)

case $kind in
own) install_node ;;
musl) echo "test-host: Node.js $(in_machine node --version), musl and BusyBox" >&2 ;;
emulated) ready_emulated ;;
esac
in_machine sh -euc "cd /root/leanos && $build"

[ "$kind" = musl ] && machine="$own without glibc, apt, dpkg and tar" || machine=$architecture
# What says when the files were put there is of one machine.
diff -r --exclude=.delivered.json "$work/out-here" "$checkout/out" || {
	echo "0 passed, 1 failed: $suite on $machine builds other bytes"
	exit 1
}
echo "1 passed, 0 failed: $suite on $machine builds the same bytes from a fresh clone"
