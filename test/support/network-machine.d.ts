import { type FakeMachine } from './ash.ts';
/** Two cards, as QEMU gives them out. */
export declare const CARDS: {
    eth0: string;
    eth1: string;
};
export declare const LIBRARIES = "for l in system drivers network network-config; do . \"$ROOT/usr/lib/leanos/$l.sh\"; done; data=$ROOT/data;";
/**
 * Changes are noted, and made as far as the kernel's files show them: `ip link` makes links, gives names and puts links into
 * others. $NO_LINKS are kinds that this kernel does not have.
 */
export declare const RECORDED = "\nip() {\n  case \" $NO_LINKS \" in *\" ${6:-} \"*) [ \"${2:-}\" != add ] || return 2 ;; esac\n  echo \"ip $*\" >>\"$ROOT/changes\"\n  links=$ROOT/sys/class/net\n  case \"$*\" in\n  \"link add\"*) for w; do [ \"$p\" != name ] || mkdir -p \"$links/$w/bonding\" \"$links/$w/bridge\" \"$links/$w/brport\" \"$ROOT/proc/sys/net/ipv6/conf/$w\"; p=$w; done ;;\n  \"link set dev \"*\" name \"*) mv \"$links/$4\" \"$links/$6\"; mkdir -p \"$ROOT/proc/sys/net/ipv6/conf/$6\" ;;\n  \"link set dev \"*\" master \"*) mkdir -p \"$links/$4/brport\"; : >\"$links/$4/master\" ;;\n  esac\n}\nudhcpc() { echo \"udhcpc $(echo \"$*\" | grep -oE -- '-(i|x) [^ ]*' | tr '\\n' ' ')\" >>\"$ROOT/changes\"; }\nudhcpc6() { echo \"udhcpc6 $(echo \"$*\" | grep -oE -- '-i [^ ]*')\" >>\"$ROOT/changes\"; }\nmodprobe() { :; }; kill() { [ \"$1\" != -0 ] || return 1; echo \"kill $*\" >>\"$ROOT/changes\"; }; NO_LINKS=${NO_LINKS:-};";
/** A process that was told to leave its number in a file. */
export declare function addDaemon(machine: FakeMachine, file: string, pid: number): void;
export declare function networkMachine(files: Readonly<Record<string, string>>, cards?: Readonly<Record<string, string>>): Promise<FakeMachine>;
export interface Applied {
    readonly machine: FakeMachine;
    readonly changes: string[];
    readonly console: string;
}
/** What a configuration does on a machine whose cards have DHCP so far. */
export declare function applied(files: Readonly<Record<string, string>>, { cards, noLinks }?: {
    cards?: Readonly<Record<string, string>>;
    noLinks?: string;
}): Promise<Applied>;
