/** How far a machine comes, in this order. What a guest does not show of itself is passed over. */
export type BootPhase =
  | 'qemu'
  | 'firmware'
  | 'bootloader'
  | 'kernel'
  | 'initramfs'
  | 'init'
  | 'network'
  | 'banner'
  | 'key-exchange'
  | 'key-refused'
  | 'login'
  | 'command';

interface PhaseRow {
  readonly phase: BootPhase;
  /** As a sentence names it. */
  readonly words: string;
  /** What the console shows when it has begun; ssh and QEMU tell of the others. */
  readonly console: readonly RegExp[];
}

const KERNEL_LINE = String.raw`^(?:\[ *\d+\.\d{6}\] )?`;

/** The phases in their order, and what of them is seen on a serial console: of leanos, Debian, Ubuntu, Fedora, Alpine, CirrOS. */
export const BOOT_PHASES: readonly PhaseRow[] = [
  {phase: 'qemu', words: 'QEMU', console: []},
  {
    phase: 'firmware',
    words: 'the firmware',
    console: [/SeaBIOS \(version/, /^BdsDxe: /m, /^UEFI firmware/m, /^SLOF\b/m, /^OpenSBI v/m, /^U-Boot \d/m],
  },
  {
    phase: 'bootloader',
    words: 'the bootloader',
    console: [
      /^GRUB loading/m,
      /Welcome to GRUB!/,
      /GNU GRUB +version/,
      /^BdsDxe: starting Boot\w+ "(?!EFI Internal Shell)/m,
      /\b(?:SYS|ISO|EXT)LINUX \d/,
      /^Booting [`'].*'$/m,
      /grub(?: rescue)?> ?$/,
    ],
  },
  {
    phase: 'kernel',
    words: 'the kernel',
    console: [/^\[ +\d+\.\d{6}\]/m, /^Linux version \d/m, /^EFI stub: /m, /^Decompressing Linux/m],
  },
  {
    phase: 'initramfs',
    words: 'the initramfs',
    console: [
      new RegExp(`${KERNEL_LINE}Run /init as init process`, 'm'),
      /^info: initramfs: up at /m,
      /^Loading, please wait\.\.\./m,
      /^Begin: /m,
      /\bdracut(?:-[\w-]+)?\[\d+\]: /,
      /^ \* Mounting boot media/m,
      /^info: initramfs: /m,
      /\(initramfs\) $/,
    ],
  },
  {
    phase: 'init',
    words: 'the init system',
    console: [
      /^info: initramfs loading root from /m,
      new RegExp(`${KERNEL_LINE}systemd\\[1\\]: `, 'm'),
      /^Welcome to (?!GRUB).*!$/m,
      /^INIT: version /m,
      /OpenRC [\d.]+ is starting up/,
      /\bcloud-init\[\d+\]: /,
      /^\S+ login: /m,
    ],
  },
  {
    phase: 'network',
    words: 'the network',
    console: [
      /^info: network: /m,
      /lease of [\d.]+ obtained/,
      /^ci-info: \| +\w+ +\| True \| +(?!127\.)[\d.]+/m,
      /Reached target .*Network is Online/,
      /^if-info: (?!lo)\w+,up,[\d.]+/m,
    ],
  },
  {phase: 'banner', words: 'a banner of sshd', console: []},
  {phase: 'key-exchange', words: 'the key exchange of ssh', console: []},
  {phase: 'key-refused', words: 'an answer to what was shown for the login: no', console: []},
  {phase: 'login', words: 'the login', console: []},
  {phase: 'command', words: 'a command', console: []},
];

const RANK = new Map(BOOT_PHASES.map(({phase}, index) => [phase, index]));

/** Whether one phase comes after another; `undefined` comes before all of them. */
export function isFurther(phase: BootPhase, than: BootPhase | undefined): boolean {
  return than === undefined || (RANK.get(phase) ?? 0) > (RANK.get(than) ?? 0);
}

/** The furthest phase that a text of a console shows. */
export function consolePhase(text: string): BootPhase | undefined {
  return BOOT_PHASES.findLast(({console}) => console.some((pattern) => pattern.test(text)))?.phase;
}

/** Where a machine stays for ever, whatever is waited for. */
interface DeadEnd {
  /** What it means; `$1` is what the pattern caught. */
  readonly means: string;
  readonly console: RegExp;
  /** Whether a guest may come back from it, as one does whose kernel has `panic=10` and another slot to start. */
  readonly mayRecover?: true;
}

const DEAD_ENDS: readonly DeadEnd[] = [
  {
    means: 'the firmware found nothing to boot',
    console:
      /^No bootable device\.|^BdsDxe: No bootable option or device was found|^Missing operating system|^UEFI Interactive Shell v/m,
  },
  {means: 'the bootloader waits at its prompt, $1', console: /(?:^|\n)(grub(?: rescue)?>) ?$/},
  {
    means: 'the kernel panicked: $1',
    // Its line may come in pieces.
    console: new RegExp(`${KERNEL_LINE}Kernel panic - not syncing: (.*)\\n`, 'm'),
    mayRecover: true,
  },
  {
    means: 'the kernel panicked: $1',
    console: new RegExp(`${KERNEL_LINE}---\\[ end Kernel panic - not syncing: (.*) \\]---`, 'm'),
  },
  {means: 'the initramfs waits at its prompt, $1', console: /(?:^|\n)(\(initramfs\)|dracut:\/#) $/},
  {
    means: 'the guest is in an emergency shell: $1',
    console:
      /^(You are (?:now )?(?:in|being dropped into an?) emergency (?:mode|shell)|Entering emergency mode|Give root password for maintenance|Press Enter for maintenance|.*emergency recovery shell launched)/m,
  },
];

/** What keeps a machine from going on, or `undefined`. `survivesPanic`: a panic from which the guest restarts is none. */
export function deadEnd(
  text: string,
  {survivesPanic = false}: {survivesPanic?: boolean} = {},
): string | undefined {
  for (const {means, console, mayRecover} of DEAD_ENDS) {
    if (mayRecover === true && survivesPanic) continue;
    const found = console.exec(text);
    if (found !== null) return means.replace('$1', () => (found[1] ?? '').trim());
  }
  return undefined;
}

/** Where a text says that its machine stays for ever: an offset in it. */
export function deadEndAt(text: string): number | undefined {
  const offsets = DEAD_ENDS.flatMap(({console}) => console.exec(text)?.index ?? []);
  return offsets.length === 0 ? undefined : Math.min(...offsets);
}

/** What a guest says when it has taken in what its datasource gave it, keys too. */
const SETTLED: readonly RegExp[] = [/^=== leanos: current=/m, /^Cloud-init v\. .* finished at /m];

export function isSettled(text: string): boolean {
  return SETTLED.some((pattern) => pattern.test(text));
}

/** What the kernel says last before the machine starts anew: kernel/reboot.c and kernel/panic.c of Linux. */
const RESTARTS = /(?:reboot: Restarting system|Rebooting in \d+ seconds\.\.).*/g;

/** What a console said since its machine started anew, where the text shows that it did. */
export function sinceRestart(text: string): string | undefined {
  const last = [...text.matchAll(RESTARTS)].at(-1);
  return last === undefined ? undefined : text.slice(last.index + last[0].length);
}

/** How far a machine came, in words. */
export function describeReached(reached: BootPhase | undefined): string {
  if (reached === undefined) return 'QEMU itself did not start';
  const at = RANK.get(reached) ?? 0;
  const next = BOOT_PHASES[at + 1];
  const after = next === undefined ? '' : `; ${next.words} would have been next`;
  return `it came as far as ${BOOT_PHASES[at]?.words ?? reached}${after}`;
}

/** What a guest of leanos said last of its search for a datasource, and the text after that. */
export interface DatasourceNews {
  /** Whether one answered after the deadline; else none has answered, and one may still do so. */
  readonly isLate: boolean;
  readonly after: string;
}

/** The last news of a datasource in a text of a console; `undefined` where it has none. */
export function lastDatasource(text: string): DatasourceNews | undefined {
  const news = /^info: datasource: (?:(none found)|\w+ answered after the deadline)/gm;
  const last = [...text.matchAll(news)].at(-1);
  if (last === undefined) return undefined;
  return {isLate: last[1] === undefined, after: text.slice(last.index)};
}
