import {quotedWord} from '../../../core/words.ts';

/** One thing that is done in the sandbox. */
export type Step =
  | {readonly kind: 'unpack' | 'configure'; readonly packages: readonly string[]}
  /** A part of an installation, with what it changes written down under a name. */
  | {
      readonly kind: 'watch';
      readonly record: string;
      readonly part: 'unpack' | 'configure' | 'trigger';
      readonly package: string;
    };

/** Seconds since 1970 that all clocks of a sandbox show: one that no result may depend on. */
const CLOCK = 1_700_000_000;

/**
 * What a sandbox does first: dpkg with a clock that stands still, nobody to ask, and nothing forced but the order of pre-dependencies,
 * which is ours. What lies in the root is listed by all that can be seen of it, folders without what is in them.
 */
const PRELUDE = `cd /leanos
clock=$(echo /usr/lib/*/faketime/libfaketime.so.1)
clocked() {
  LD_PRELOAD=$clock FAKETIME=@${CLOCK} FAKETIME_FMT=%s FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 "$@" </dev/null
}
unpack() { for name; do shift; set -- "$@" "packages/$name.deb"; done; clocked dpkg --force-depends --unpack "$@"; }
configure() { clocked dpkg --force-depends --configure "$@"; }
trigger() {
  case $(dpkg-query --show --showformat='\${Status}' "$1") in
    *triggers-pending) clocked dpkg --force-depends --triggers-only "$1" ;;
  esac
}
list() {
  find / -xdev -path /leanos -prune -o -type d -printf '%P\\t%m\\t%U\\t%G\\0' -o \\
    -printf '%P\\t%y\\t%m\\t%U\\t%G\\t%i\\t%C@\\t%s\\t%l\\0' | LC_ALL=C sort -z
}
watch() {
  record=results/$1 part=$2 name=$3
  list >before
  cp /etc/passwd "$record.passwd-before"
  cp /etc/group "$record.group-before"
  case $part in
    unpack) unpack "$name" ;;
    configure) clocked dpkg --force-depends --no-triggers --configure "$name" ;;
    trigger) trigger "$name" ;;
  esac
  list >after
  cp /etc/passwd /etc/group results
  mv results/passwd "$record.passwd"
  mv results/group "$record.group"
  LC_ALL=C comm -z -13 before after | cut -z -f1 >changed
  LC_ALL=C comm -z -23 before after | cut -z -f1 >"$record.before"
  tar --create --file="$record.tar" --directory=/ --numeric-owner --no-recursion --null --files-from=changed
}
`;

/** The shell text of a sandbox. */
export function insideText(steps: readonly Step[]): string {
  return `${PRELUDE}${steps.map(stepLine).join('\n')}\n`;
}

function stepLine(step: Step): string {
  if (step.kind === 'watch') return ['watch', step.record, step.part, quotedWord(step.package)].join(' ');
  return step.packages.length === 0 ? ':' : [step.kind, ...step.packages.map(quotedWord)].join(' ');
}
