import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {fakeMachine, type FakeMachine} from './ash.ts';

/** Two cards, as QEMU gives them out. */
export const CARDS = {eth0: '52:54:00:00:00:01', eth1: '52:54:00:00:00:02'};

export const LIBRARIES =
  'for l in system drivers network network-config; do . "$ROOT/usr/lib/leanos/$l.sh"; done; data=$ROOT/data;';

/**
 * Changes are noted, and made as far as the kernel's files show them: `ip link` makes links, gives names and puts links into
 * others. $NO_LINKS are kinds that this kernel does not have.
 */
export const RECORDED = `
ip() {
  case " $NO_LINKS " in *" \${6:-} "*) [ "\${2:-}" != add ] || return 2 ;; esac
  echo "ip $*" >>"$ROOT/changes"
  links=$ROOT/sys/class/net
  case "$*" in
  "link add"*) for w; do [ "$p" != name ] || mkdir -p "$links/$w/bonding" "$links/$w/bridge" "$links/$w/brport" "$ROOT/proc/sys/net/ipv6/conf/$w"; p=$w; done ;;
  "link set dev "*" name "*) mv "$links/$4" "$links/$6"; mkdir -p "$ROOT/proc/sys/net/ipv6/conf/$6" ;;
  "link set dev "*" master "*) mkdir -p "$links/$4/brport"; : >"$links/$4/master" ;;
  esac
}
udhcpc() { echo "udhcpc $(echo "$*" | grep -oE -- '-(i|x) [^ ]*' | tr '\\n' ' ')" >>"$ROOT/changes"; }
udhcpc6() { echo "udhcpc6 $(echo "$*" | grep -oE -- '-i [^ ]*')" >>"$ROOT/changes"; }
modprobe() { :; }; kill() { [ "$1" != -0 ] || return 1; echo "kill $*" >>"$ROOT/changes"; }; NO_LINKS=\${NO_LINKS:-};`;

/** A process that was told to leave its number in a file. */
export function addDaemon(machine: FakeMachine, file: string, pid: number): void {
  machine.write(file, `${pid}\n`);
  machine.write(`proc/${pid}/cmdline`, `daemon\0-p\0${machine.root}/${file}\0-x\0`);
}

export async function networkMachine(
  files: Readonly<Record<string, string>>,
  cards: Readonly<Record<string, string>> = CARDS,
): Promise<FakeMachine> {
  const machine = await fakeMachine();
  machine.write('proc/sys/kernel/hostname', 'web\n');
  let index = 2;
  for (const [name, mac] of Object.entries(cards)) {
    machine.write(`sys/class/net/${name}/address`, `${mac}\n`);
    machine.write(`sys/class/net/${name}/ifindex`, `${index++}\n`);
    mkdirSync(join(machine.root, `sys/class/net/${name}/device`));
    mkdirSync(join(machine.root, `proc/sys/net/ipv6/conf/${name}`), {recursive: true});
  }
  machine.write('changes', '');
  for (const [name, text] of Object.entries(files)) machine.write(`data/${name}`, text);
  return machine;
}

export interface Applied {
  readonly machine: FakeMachine;
  readonly changes: string[];
  readonly console: string;
}

/** What a configuration does on a machine whose cards have DHCP so far. */
export async function applied(
  files: Readonly<Record<string, string>>,
  {cards = CARDS, noLinks = ''}: {cards?: Readonly<Record<string, string>>; noLinks?: string} = {},
): Promise<Applied> {
  const machine = await networkMachine(files, cards);
  let client = 77;
  for (const name of Object.keys(cards)) addDaemon(machine, `run/udhcpc.${name}.pid`, client++);
  const {stderr} = machine.ash(`NO_LINKS='${noLinks}' ; ${RECORDED} ${LIBRARIES} apply_network`);
  const lines = machine.read('changes').split('\n');
  return {
    machine,
    changes: lines.filter((line) => line !== ''),
    console: machine.read('dev/console') + stderr,
  };
}
