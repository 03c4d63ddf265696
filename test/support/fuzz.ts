import {spawn} from 'node:child_process';
import {lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fakeMachine, type FakeMachine} from './ash.ts';
import {imageBusybox} from './busybox.ts';
import {randomFrom, type Random} from './random.ts';
import {temporary} from './temporary.ts';

/** What no message may hold. */
export const SECRET = 'Zq7Secret7qZ';
/** A file that only what runs an input can make: inputs are full of commands that do. */
const CANARY = 'C';
const BATCH = 100;
const INPUT_MS = 20_000;

/** One text, or the files of a folder. */
export type Input = string | Buffer | Readonly<Record<string, string | Buffer>>;

/** A parser of the guest: shell text that reads $in, and may write below $out. */
export interface FuzzedParser {
  readonly seeds: readonly Input[];
  readonly each: string;
  /** Shell text that comes once, before the first input. */
  readonly first?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Where files may appear and change, other than $out. */
  readonly writes?: readonly string[];
  /** What may be on stderr. */
  readonly complaint?: RegExp;
  /** What must not be on stdout. */
  readonly never?: RegExp;
  /** How many inputs of this parser come to one of the fastest. */
  readonly share: number;
  readonly change?: (random: Random, input: Buffer) => Buffer;
}

interface Finding {
  readonly what: string;
  readonly input: string;
}

const WORDS = [
  ...['$(>C)', '`>C`', ';>C;', '|>C ', '\n>C\n', '"$(>C)"', "'$(>C)'", '&>C&', '/../../C', '../C'],
  ...['\x1b[31m', '\x07', '\x00', '\r', '\x7f', '\x9b', 'ü', '\u2028', '\xff\xfe', '\t', ' ', '\n\n'],
  ...['-1', '08', '0x', '99999999999999999999', '1e9', '4294967296', '%s%n', '\\', '\\x41', '%00', '*', '?'],
  ...[
    '{',
    '}',
    '[]',
    '{}',
    '- ',
    ': ',
    '#',
    '!!binary ',
    '&a ',
    '*a',
    '<<: ',
    '|\n',
    '>-\n',
    '---\n',
    '~',
    'null',
  ],
  ...['--', '=', '==', '@', ',', '/', '//', '.', '"', "'", 'true', '-f ', '-v x=1'],
];

function changedText(random: Random, input: Buffer): Buffer {
  let bytes = input;
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const from = random.below(bytes.length + 1);
    const to = Math.min(bytes.length, from + random.below(40));
    const put = Buffer.from(random.of(WORDS), 'latin1');
    const kind = random.below(8);
    if (kind < 2) bytes = random.damage(bytes);
    else if (kind < 5) bytes = Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from)]);
    else if (kind < 6) bytes = Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(to)]);
    else if (kind < 7) bytes = withRepeated(bytes, from, to, random.below(50));
    else bytes = withLineMoved(random, bytes);
  }
  return bytes;
}

function withRepeated(bytes: Buffer, from: number, to: number, times: number): Buffer {
  const part = bytes.subarray(from, to);
  return Buffer.concat([bytes.subarray(0, from), ...Array<Buffer>(times).fill(part), bytes.subarray(from)]);
}

function withLineMoved(random: Random, bytes: Buffer): Buffer {
  const lines = bytes.toString('latin1').split('\n');
  const [line = ''] = lines.splice(random.below(lines.length), 1);
  lines.splice(random.below(lines.length + 1), 0, line);
  return Buffer.from(lines.join('\n'), 'latin1');
}

/** An image of a disk: bytes are changed in their place, where there are any. */
export function changedImage(random: Random, image: Buffer): Buffer {
  const used = [...image.keys()].filter((offset) => image[offset] !== 0);
  const bytes = Buffer.from(image);
  for (let left = 1 + random.below(6); left > 0; left -= 1) {
    const offset = random.of(used) + random.below(3);
    if (random.below(8) === 0) Buffer.from(random.of(WORDS), 'latin1').copy(bytes, offset);
    else bytes[Math.min(offset, bytes.length - 1)] = random.of([0, 1, 0xff, 0x80, random.below(256)]);
  }
  return random.below(8) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

function changedInput(random: Random, {seeds, change = changedText}: FuzzedParser): Input {
  const seed = random.of(seeds);
  if (typeof seed === 'string' || Buffer.isBuffer(seed)) return change(random, Buffer.from(seed));
  const [name, text] = random.of(Object.entries(seed));
  return {...seed, [name]: change(random, Buffer.from(text))};
}

/** What is wrong with a parser, as far as so many damaged inputs show. The same seed gives the same inputs. */
export async function fuzz(parser: FuzzedParser, inputs: number, seed: number): Promise<Finding[]> {
  // In a folder of its own, so that what is written beside it is seen.
  const machine = await fakeMachine(join(temporary(), 'root'));
  for (const [path, text] of Object.entries(parser.files ?? {})) machine.write(path, text);
  mkdirSync(join(machine.root, 'fuzz/here'), {recursive: true});
  const random = randomFrom(seed);
  const findings: Finding[] = [];
  for (let done = 0; done < inputs && findings.length < 20; done += BATCH) {
    const batch = Array.from({length: Math.min(BATCH, inputs - done)}, () => changedInput(random, parser));
    findings.push(...(await runBatch(machine, parser, batch)));
  }
  return findings;
}

async function runBatch(
  machine: FakeMachine,
  parser: FuzzedParser,
  batch: readonly Input[],
): Promise<Finding[]> {
  const folder = join(machine.root, 'fuzz/in');
  rmSync(folder, {recursive: true, force: true});
  batch.forEach((input, index) => {
    const files = typeof input === 'string' || Buffer.isBuffer(input) ? {'': input} : input;
    for (const [path, content] of Object.entries(files)) {
      const file = join(folder, String(index), path);
      mkdirSync(dirname(file), {recursive: true});
      writeFileSync(file, content);
    }
  });
  for (const path of ['dev/console', 'run/leanos/notes', 'fuzz/stdout']) machine.write(path, '');
  const before = treeOf(machine, parser);
  const {statuses, stderr} = await runLoop(machine, parser, batch.length);
  const inputText = (index: number): string => JSON.stringify(batch[index], bytesAsText).slice(0, 3000);
  const findings = batch.flatMap((input, index) =>
    complaintsOf(parser, input, {
      status: statuses.get(index),
      stderr: stderr[index] ?? '',
      told: `${sections(machine.read('dev/console'))[index] ?? ''}${sections(machine.read('run/leanos/notes'))[index] ?? ''}`,
      stdout: sections(readFileSync(join(machine.root, 'fuzz/stdout'), 'latin1'))[index] ?? '',
    }).map((what) => ({what, input: inputText(index)})),
  );
  const changes = differences(before, treeOf(machine, parser));
  if (changes !== '') findings.push({what: `written outside: ${changes}`, input: 'one of the batch'});
  if (machine.has(`fuzz/here/${CANARY}`)) findings.push({what: 'a text was run', input: 'one of the batch'});
  rmSync(join(machine.root, 'fuzz/here', CANARY), {force: true});
  return findings;
}

function bytesAsText(_: string, value: unknown): unknown {
  const {type, data} = Object(value) as {type?: string; data?: readonly number[]};
  return type === 'Buffer' ? Buffer.from(data ?? []).toString('latin1') : value;
}

/** Runs all inputs in one ash; one that does not end in time has no status, nor have those after it. */
async function runLoop(
  machine: FakeMachine,
  {first = '', each}: FuzzedParser,
  count: number,
): Promise<{statuses: Map<number, number>; stderr: readonly string[]}> {
  const script = `cd "$ROOT/fuzz/here"; out=$ROOT/fuzz/out
${first}
n=0; while [ "$n" -lt ${count} ]; do in=$ROOT/fuzz/in/$n
rm -rf "$out"; mkdir "$out"
echo "=== $n" >&2; for to in dev/console run/leanos/notes fuzz/stdout; do echo "=== $n" >>"$ROOT/$to"; done
( ${each} ) >>"$ROOT/fuzz/stdout"; echo "$n $?"; n=$((n + 1)); done`;
  const environment = {ROOT: machine.root, PATH: join(machine.root, 'programs')};
  const child = spawn(await imageBusybox(), ['ash', '-c', script], {
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const end = (): void => void process.kill(-(child.pid ?? 0), 'SIGKILL');
  let timer = setTimeout(end, INPUT_MS);
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
    clearTimeout(timer);
    timer = setTimeout(end, INPUT_MS);
  });
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString('latin1')));
  await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  const statuses = new Map(
    [...stdout.matchAll(/^(\d+) (\d+)$/gm)].map(([, n, status]) => [Number(n), Number(status)]),
  );
  return {statuses, stderr: sections(stderr)};
}

/** What was said of each input. */
function sections(text: string): string[] {
  return text.split(/^=== \d+\n/m).slice(1);
}

function complaintsOf(
  {complaint, never}: FuzzedParser,
  input: Input,
  {status, stderr, told, stdout}: {status: number | undefined; stderr: string; told: string; stdout: string},
): string[] {
  const found: string[] = [];
  const odd = stderr.split('\n').filter((line) => line !== '' && complaint?.test(line) !== true);
  if (status === undefined) found.push('it does not end');
  else if (status > 127) found.push(`status ${status}`);
  if (odd.length > 0) found.push(`stderr: ${odd.slice(0, 3).join(' / ').slice(0, 300)}`);
  if (/[^\n\x20-\x7e]/.test(told)) found.push(`control characters are told: ${JSON.stringify(told)}`);
  if (`${told}${stderr}`.includes(SECRET) && secretsStay(input))
    found.push(`a secret is told: ${told}${stderr}`);
  const bad = never?.exec(stdout);
  if (bad) found.push(`printed: ${JSON.stringify(bad[0])}`);
  return found;
}

/** Whether the secrets of an input are still where the seeds have them: values of `password` and the like. */
function secretsStay(input: Input): boolean {
  const text = typeof input === 'string' || Buffer.isBuffer(input) ? input.toString('latin1') : '';
  return text
    .split('\n')
    .every((line) => !line.includes(SECRET) || /^[^:]*(password|passwd|list)"?: "/.test(line));
}

type Tree = ReadonlyMap<string, string>;

/** Every file of the machine that an input has no right to, and what is beside the machine. */
function treeOf({root}: FakeMachine, {writes = []}: FuzzedParser): Tree {
  const tree = new Map<string, string>();
  const own = ['fuzz', 'dev/console', 'run/leanos/notes', ...writes];
  const look = (path: string): void => {
    for (const name of readdirSync(join(root, path))) {
      const below = path === '' ? name : `${path}/${name}`;
      if (own.includes(below)) continue;
      const {size, mtimeMs, mode} = lstatSync(join(root, below));
      const isFolder = (mode & 0o170000) === 0o040000;
      tree.set(below, isFolder ? 'folder' : `${size} ${mtimeMs}`);
      if (isFolder) look(below);
    }
  };
  look('');
  for (const name of readdirSync(dirname(root))) tree.set(`../${name}`, '');
  return tree;
}

function differences(before: Tree, after: Tree): string {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths]
    .filter((path) => before.get(path) !== after.get(path))
    .slice(0, 5)
    .join(' ');
}
