import {readFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {processEnvironment} from '../src/build/environment.ts';
import {readyImage, type ReadyImage} from '../src/build/ready-image.ts';
import {asUserError, renderError} from '../src/console/render-error.ts';
import {hostArchitecture, type ArchitectureName} from '../src/core/architecture.ts';
import {prepareMachine, type BootableImage, type BootOptions} from '../src/vm/boot-image.ts';
import {Machine, type MachineParts} from '../src/vm/machine.ts';
import type {Run} from '../src/system/run.ts';
import {logIn} from '../src/vm/login.ts';
import type {Credential} from '../src/vm/ssh-login.ts';

/** Within this time a login is there, or it is told how far the machine came: systemd and cloud-init take minutes without KVM. */
const LOGIN_MS = 300_000;
/** Where cutime is in /proc/PID/stat, counted from the field after the name. */
const CHILDREN_FIELD = 13;
const WARM_BYTES = 512 * 1024 * 1024;

/** What every bench needs: a built image with a machine for it, medians, and a table. */
export const context = {
  ...processEnvironment(),
  print: (text: string): void => void process.stdout.write(`${text}\n`),
  say: (text: string): void => void process.stderr.write(`${text}\n`),
};

process.once('uncaughtException', (error) => {
  context.say(renderError(asUserError(error)));
  process.exit(1);
});

/** The image that `--image` names, else the one named here, built, and what is needed to boot it. */
export function testGuest(image = 'test', arch?: ArchitectureName): Promise<ReadyImage> {
  return readyImage(
    {
      channel: 'alpha',
      image: textArgument('--image', image),
      arch: arch ?? hostArchitecture().name,
      out: 'out',
      buildroot: process.env['LEANOS_BUILDROOT'],
      locked: false,
    },
    context,
  );
}

/** The seconds from QEMU's start to a completed login; what QEMU needs is made before the clock starts. */
export async function loginSeconds(
  image: BootableImage,
  boot: BootOptions,
  login: Credential & {readonly user: string},
  change: (parts: MachineParts) => MachineParts = (parts) => parts,
): Promise<number> {
  const spec = change(await prepareMachine(image, boot));
  const open: AsyncDisposable[] = [];
  const took = await seconds(async () => {
    const machine = await Machine.start(spec);
    open.unshift(machine);
    open.unshift(await logIn(machine, {...login, timeoutMs: LOGIN_MS}));
  });
  for (const resource of open) await resource[Symbol.asyncDispose]();
  return took;
}

/**
 * Writes to as much memory as the machines of a bench have, and gives it back. A host that is a virtual machine itself may have
 * to ask for each page of it first, and whoever comes after a smaller machine would pay for that.
 */
export async function warmMemory(run: Run): Promise<void> {
  await run([process.execPath, '-e', `Buffer.alloc(${WARM_BYTES}, 1)`]);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Does something and gives the seconds it took. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** What something took: of the clock, and of all processors, in what it ran. */
export interface Spent {
  readonly seconds: number;
  readonly processorSeconds: number;
}

/** Does something and gives what it, and the processes that it has started and that have ended, took. */
export async function spent(work: () => Promise<unknown>): Promise<Spent> {
  const before = processorSeconds();
  const took = await seconds(work);
  return {seconds: took, processorSeconds: processorSeconds() - before};
}

/** The time of all processes that this one has started and seen end, in the fields of proc_pid_stat(5) that tell it, in 1/100 s. */
function processorSeconds(): number {
  const [, after = ''] = /^\d+ \(.*\) (.*)$/s.exec(readFileSync('/proc/self/stat', 'latin1')) ?? [];
  const [cutime, cstime] = after
    .split(' ')
    .slice(CHILDREN_FIELD, CHILDREN_FIELD + 2)
    .map(Number);
  return ((cutime ?? 0) + (cstime ?? 0)) / 100;
}

/** Prints rows as a Markdown table. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  context.print(`| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`);
  for (const row of rows) context.print(`| ${row.join(' | ')} |`);
  context.print(`load of the machine: ${(loadavg()[0] ?? 0).toFixed(2)}`);
}

/** The word after a flag such as `--image test`. */
export function textArgument(name: string, otherwise: string): string {
  const at = process.argv.indexOf(name);
  return at === -1 ? otherwise : (process.argv[at + 1] ?? otherwise);
}

/** The number after a flag such as `--rounds 5`. */
export function numberArgument(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  return at === -1 ? otherwise : Number(process.argv[at + 1]);
}
