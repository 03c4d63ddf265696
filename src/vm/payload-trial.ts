import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {bootImage, type BootableImage, type Firmware} from './boot-image.ts';
import type {Machine} from './machine.ts';
import type {TrialOptions, TrialResult} from './trial.ts';

/** For how long a payload that was started may say nothing. */
const SILENCE_MS = 30_000;

export interface PayloadTrialOptions extends Omit<TrialOptions, 'user' | 'imageBytes'> {
  /** What the bootloader says last: a line that begins so. */
  readonly starting: string;
}

/**
 * Boots an image without Linux on every path, and sees whether the bootloader starts the payload, and whether that says something on the
 * serial console. A machine that does not come up is an error, not a result.
 */
export async function tryPayload(image: BootableImage, options: PayloadTrialOptions): Promise<TrialResult[]> {
  const results: TrialResult[] = [];
  const note = (result: TrialResult): void => {
    results.push(result);
    options.onResult(result);
  };
  for (const path of options.paths) {
    options.signal.throwIfAborted();
    const log = join(options.logs, `console-test-${path}.log`);
    await rm(log, {force: true});
    await tryPath(image, {...options, firmware: path, folder: join(options.folder, path), log}, note);
  }
  return results;
}

async function tryPath(
  image: BootableImage,
  options: PayloadTrialOptions & {readonly firmware: Firmware; readonly log: string},
  note: (result: TrialResult) => void,
): Promise<void> {
  const {firmware, starting, timeoutMs, signal} = options;
  await using machine = await bootImage(image, options);
  const stop = (): void => machine.kill();
  signal.addEventListener('abort', stop);
  try {
    const said = firmware === 'direct' ? /^/ : new RegExp(`^${starting}.*`, 'm');
    if (firmware !== 'direct') {
      // What follows may run over the line: a payload may have the port before GRUB has said all.
      await startLine(machine, starting, timeoutMs);
      note({path: firmware, promise: 'the bootloader starts the payload', kept: true, found: ''});
    }
    const first = await machine.until(() => firstWords(machine.console, said), SILENCE_MS);
    signal.throwIfAborted();
    note({
      path: firmware,
      promise: 'the payload says something on the serial console',
      kept: first !== undefined,
      found: first === undefined ? 'nothing' : '',
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function startLine(machine: Machine, starting: string, timeoutMs: number): Promise<void> {
  await machine.waitForConsole(new RegExp(`^${starting}`, 'm'), timeoutMs);
}

/** What was said after a match, where it has words; GRUB's own warnings are none. */
function firstWords(text: string, after: RegExp): string | undefined {
  const found = after.exec(text);
  if (found === null) return undefined;
  const rest = text
    .slice(found.index + found[0].length)
    .replaceAll(/^(?:error|WARNING): .*?(?:\n|info\.|found\.)/gm, '')
    .replaceAll(/SeaBIOS \(version.*|iPXE \(http.*|Booting from .*/g, '');
  return /\w{2,}/.exec(rest)?.[0];
}
