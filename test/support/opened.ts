import {execFileSync, type ExecFileSyncOptions} from 'node:child_process';
import {expect} from 'vitest';
import {imageFormatOf, type FormatName} from '../../src/stages/format/image-formats.ts';

/** Debian's programs come first, whatever else a host has; those of sbin need no root for plain files. */
const env = {...process.env, PATH: `/usr/bin:/usr/sbin:${process.env['PATH'] ?? ''}`};
const used = new Set<string>();

/** Runs a program of others, at the end of a command that makes its surroundings, gives what it says, and notes it. */
export function opener(
  program: string,
  args: readonly string[],
  {
    within = [],
    ...options
  }: Omit<ExecFileSyncOptions, 'encoding'> & {readonly within?: readonly string[]} = {},
): string {
  used.add(program);
  const stdio: ExecFileSyncOptions['stdio'] = ['pipe', 'pipe', 'pipe'];
  const [file = program, ...words] = [...within, program, ...args];
  // Nothing where its output is a file.
  const said = execFileSync(file, words, {stdio, ...options, env: {...env, ...options.env}}) as Buffer | null;
  return said?.toString('utf8') ?? '';
}

/** Does what opens the files of a format, which must be what docs/formats.md says of it. */
export async function opens(format: FormatName, work: () => Promise<void> | void): Promise<void> {
  used.clear();
  await work();
  expect([...used].sort(), 'src/stages/format').toEqual([...imageFormatOf(format).tried.opened].sort());
}
