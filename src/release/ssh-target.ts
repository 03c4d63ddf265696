import {readFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {isInnerPath} from '../core/names.ts';
import type {Run} from '../system/run.ts';
import {temporaryFolder} from '../system/temporary.ts';
import {incomingPath, MOST_READ_BYTES, type NewFile, type PublishTarget} from './publish-files.ts';

/** A folder of another machine, in parts that are safe in a shell and as arguments. */
export interface SshPlace {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: string | undefined;
  /** An absolute path. */
  readonly folder: string;
}

/** No question that nobody answers, and no waiting for a machine that is gone. */
const OPTIONS = ['BatchMode=yes', 'ConnectTimeout=30', 'ServerAliveInterval=15', 'ServerAliveCountMax=4'];

/**
 * The commands for the shell at the other end, which is whatever the account has: one line each, no single quotes, nothing but
 * cat, head, mkdir, mv, rm, sha256sum, sync, wc. `own P`: whether no folder on the way to P is a link.
 */
const OWN =
  'own() { p=$1; while case $p in */*) p=${p%/*} ;; *) false ;; esac; do if [ -L "$p" ]; then echo "$p is a link, and what is published stays in folders of its own" >&2; return 1; fi; done; }';
const ENTER = 'cd "$1" 2>/dev/null || exit 0';
const DIGESTS = `command -v sha256sum >/dev/null || { echo "sha256sum is needed there" >&2; exit 1; }; ${ENTER}; while read -r file; do own "$file" 2>/dev/null || continue; [ -L "$file" ] && continue; [ -f "$file" ] || continue; sum=$(sha256sum <"$file") && echo "\${sum%% *} $file"; done; exit 0`;
const READ = `${ENTER}; own "$2" 2>/dev/null || exit 0; [ -L "$2" ] && exit 0; [ -f "$2" ] || exit 0; head -c ${MOST_READ_BYTES} <"$2"`;
const NAMES = `${ENTER}; own "$2/x" 2>/dev/null || exit 0; cd "$2" 2>/dev/null || exit 0; ls -A`;
const STAGE =
  'mkdir -p "$1" && cd "$1" && own "$2" && own "$3" && mkdir -p "${3%/*}" && own "$3" || exit 1; (set -C && cat >"$3") && [ "$(wc -c <"$3")" -eq "$4" ] && sum=$(sha256sum <"$3") && [ "${sum%% *}" = "$5" ] && exit 0; rm -f "$3"; echo "$2 did not arrive whole" >&2; exit 1';
// First whatever may be in the way is looked for, so that the renames are one moment.
const EXCHANGE = `cd "$1" && sync && list=$(cat) || exit 1; echo "$list" | while read -r from to; do own "$to" && mkdir -p "\${to%/*}" || exit 1; [ -L "$to" ] && { rm -f "$to"; continue; }; [ -d "$to" ] && { echo "$to is a folder, and a file belongs there" >&2; exit 1; }; :; done || exit 1; echo "$list" | while read -r from to; do mv -f "$from" "$to" || exit 1; done && sync`;
const REMOVE = `${ENTER}; while read -r file; do own "$file" && rm -f "$file"; done; exit 0`;

/** One connection for each file that is brought there; one for each question, however many files it is about. */
export function sshTarget(place: SshPlace, run: Run): PublishTarget {
  const {folder} = place;
  const ssh = (script: string, ...words: readonly string[]): [string, ...string[]] =>
    sshArgs(place, [script, folder, ...words]);
  const lines = (paths: readonly string[]): string => paths.map((path) => `${path}\n`).join('');
  return {
    async digests(paths) {
      const asked = paths.filter(isInnerPath);
      const text = await run(ssh(`${OWN}; ${DIGESTS}`), {input: lines(asked)});
      const found = text.split('\n').map((line): [string, string] => [line.slice(65), line.slice(0, 64)]);
      return new Map(found.filter(([path]) => asked.includes(path)));
    },
    async read(path) {
      await using scratch = await temporaryFolder(tmpdir());
      const file = join(scratch.path, 'read');
      await run(ssh(`${OWN}; ${READ}`, path), {outputFile: file});
      const content = await readFile(file);
      return content.length === 0 ? undefined : content;
    },
    async names(path) {
      return (await run(ssh(`${OWN}; ${NAMES}`, path))).split('\n').filter((name) => name !== '');
    },
    async stage({path, source, bytes, sha256}: NewFile) {
      if (!isInnerPath(path)) throw new LeanosError('FILE', `${path} is no path below a place`);
      const temporary = incomingPath(path);
      const input = typeof source === 'string' ? {inputFile: source} : {input: source};
      await run(ssh(`${OWN}; ${STAGE}`, path, temporary, String(bytes), sha256), input);
      return {path, temporary};
    },
    async exchange(files) {
      if (files.length === 0) return;
      const pairs = files.map(({path, temporary}) => `${temporary} ${path}`);
      await run(ssh(`${OWN}; ${EXCHANGE}`), {input: lines(pairs)});
    },
    async remove(paths) {
      await run(ssh(`${OWN}; ${REMOVE}`), {input: lines(paths)});
    },
  };
}

function sshArgs({user, host, port}: SshPlace, [script, ...words]: readonly string[]): [string, ...string[]] {
  const command = ['exec sh -c', ...[script ?? '', 'sh', ...words].map((word) => `'${word}'`)].join(' ');
  return [
    'ssh',
    ...OPTIONS.flatMap((option) => ['-o', option]),
    ...(port === undefined ? [] : ['-p', port]),
    '--',
    `${user === undefined ? '' : `${user}@`}${host}`,
    command,
  ];
}
