import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {commandTable, SHELLS} from '../../src/cli/command-table.ts';
import {completionScript, manualPage} from '../../src/cli/completion.ts';
import {processContext} from '../../src/cli/context.ts';
import {leanosCommand} from '../../src/cli/program.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

const context = await processContext({signal: new AbortController().signal});
const table = commandTable(leanosCommand(context));

test('man/leanos.1 says what the commands are (vitest --update writes it)', async () => {
  const page = await manualPage(table, CHECKOUT);
  await expect(page).toMatchFileSnapshot('../../man/leanos.1');
  for (const {name, options} of table) {
    expect(page).toContain(`.SS leanos ${name}`);
    for (const {flags} of options) expect(page).toContain(`.B ${flags.replaceAll('-', '\\-')}\n`);
  }
});

test.each(SHELLS)('the completion of %s knows every command and every option', async (shell) => {
  const script = await completionScript(shell, table, CHECKOUT);
  for (const {name, options} of table) {
    expect(script).toMatch(new RegExp(`\\b${name}\\b`));
    for (const {long} of options) expect(script).toContain(long.replace(/^--/, ''));
  }
});

/** What bash offers for the last of some words, in a project with the images db and web. */
async function offered(...words: readonly string[]): Promise<string[]> {
  const folder = temporary();
  mkdirSync(join(folder, 'images'));
  for (const name of ['db', 'web']) writeFileSync(join(folder, `images/${name}.yaml`), '');
  const ask = [
    await completionScript('bash', table, CHECKOUT),
    'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _leanos; printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n');
  const said = execFileSync('bash', ['-euc', ask, 'bash', 'leanos', ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return said.split('\n').filter(Boolean);
}

test.each([
  [['pro'], ['promote']],
  [['build', '--ba'], ['--base']],
  [
    ['build', '--base', ''],
    ['debian', 'buildroot'],
  ],
  [
    ['run', '--image', ''],
    ['db', 'web'],
  ],
  [['build', '--locked', '--image', 'w'], ['web']],
  [['completion', 'z'], ['zsh']],
  [['build', '--format', 'vm'], ['vmdk']],
  [['push', '--format', 'gce,qcow2,ov'], ['gce,qcow2,ova']],
  [['build', '--out', 'x'], []],
])('bash completes %j to %j', async (words, expected) => {
  expect(await offered(...words)).toEqual(expected);
});

/** What commander says to a value of --format. */
function saidOf(formats: string): string {
  const option = leanosCommand(context)
    .commands.find((command) => command.name() === 'build')
    ?.options.find(({long}) => long === '--format');
  try {
    return JSON.stringify(option?.parseArg?.(formats, undefined));
  } catch (error) {
    return (error as Error).message;
  }
}

test.each([
  ['gce,vhd', '["gce","vhd"]'],
  ['all', '"all"'],
  ['vdmk', '"vdmk" is not known; did you mean "vmdk"?'],
  ['qcow2,', 'A format is missing: one comma stands between two.'],
  ['', 'A format is missing: one comma stands between two.'],
  ['all,raw', '"all" stands alone: the others are among them.'],
  ['Azure', '"Azure" is no format; Microsoft Azure takes vhd'],
])('--format %j: %s', (formats, said) => {
  expect(saidOf(formats)).toBe(said);
});
