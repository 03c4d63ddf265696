import {spawn, type ChildProcess} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {afterAll, expect, test} from 'vitest';
import {cachePaths} from '../../src/system/cache.ts';
import {freePort} from '../../src/vm/free-port.ts';
import {CHECKOUT, LEANOS} from '../support/built-image.ts';
import {howtoSteps, outputPattern} from '../support/howto.ts';
import {temporary} from '../support/temporary.ts';
import {ONE_TRY} from '../support/updating-guest.ts';

/** Two restarts, where others share the processor. */
const TIMEOUT_MS = 600_000;
/** What stays in a terminal of its own. */
const STAYS = /^(python3 -m http\.server|leanos run) /;

const place = temporary();
const project = join(place, 'web');
const environment = {
  PATH: `${join(place, 'bin')}:${process.env['PATH'] ?? ''}`,
  LEANOS_CACHE: join(place, 'cache'),
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'somebody'],
      [`GIT_${who}_EMAIL`, 'somebody@example.org'],
    ]),
  ),
};

/** What the how-to's terminals have shown, and their processes. */
let shown = '';
const terminals: ChildProcess[] = [];
afterAll(() => terminals.forEach(({pid}) => pid !== undefined && process.kill(-pid)));

/** The store is everybody's; which machines run is told to this test alone. */
function prepare(): void {
  for (const name of ['bin', 'cache']) mkdirSync(join(place, name));
  const {root, machines} = cachePaths(process.env);
  for (const name of readdirSync(root))
    if (join(root, name) !== machines) symlinkSync(join(root, name), join(environment.LEANOS_CACHE, name));
  writeFileSync(join(place, 'bin/leanos'), `#!/bin/sh\nexec ${LEANOS} "$@"\n`, {mode: 0o755});
}

function open(command: string): void {
  const terminal = spawn('sh', ['-c', command], {
    cwd: project,
    env: {...process.env, ...environment},
    detached: true,
  });
  for (const stream of [terminal.stdout, terminal.stderr])
    stream.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  terminal.once('exit', () => terminals.splice(terminals.indexOf(terminal), 1));
  terminals.push(terminal);
}

/** A command of the how-to, in the project's folder where there is one; gives what it has printed. */
async function run(command: string): Promise<string> {
  const made = command.startsWith('mkdir') ? place : project;
  const {all, exitCode} = await execa(command, {
    shell: true,
    cwd: made,
    env: environment,
    all: true,
    reject: false,
  });
  if (exitCode !== 0) throw new Error(`${command}: ${all}`);
  return all;
}

/** Asks until the answer fits. */
async function until(ask: () => Promise<string> | string, pattern: RegExp): Promise<void> {
  const untilMs = performance.now() + TIMEOUT_MS;
  let answer = '';
  do {
    answer = await Promise.resolve(ask()).catch(String);
    if (!pattern.test(answer)) await new Promise((resolve) => setTimeout(resolve, 500));
  } while (!pattern.test(answer) && performance.now() < untilMs);
  expect(answer).toMatch(pattern);
}

test('docs/howto-web.md does what it says', {timeout: 3 * TIMEOUT_MS}, async () => {
  prepare();
  const server = String(await freePort());
  let port = '';
  let last = '';
  const real = (text: string): string =>
    text
      .replaceAll('8000', server)
      .replaceAll('PORT', port)
      .replace(/^keys: .*$/m, () => {
        const key = readFileSync(join(place, 'web-key.pub'), 'utf8').split('\n')[1] ?? '';
        return `keys: [${JSON.stringify(key)}]`;
      });
  for (const {kind, path, text} of howtoSteps(readFileSync(join(CHECKOUT, 'docs/howto-web.md'), 'utf8'))) {
    if (kind === 'file') {
      mkdirSync(dirname(join(project, path)), {recursive: true});
      writeFileSync(join(project, path), real(text));
    } else if (kind === 'console') {
      await until(() => shown, outputPattern(text));
    } else if (kind === 'output') {
      const command = last;
      await until(() => run(command), outputPattern(text));
    } else if (STAYS.test(text)) {
      open(real(text));
      if (text.startsWith('leanos run')) {
        await until(() => shown, /127\.0\.0\.1:\d+ +leads to port 80: web/);
        port = /127\.0\.0\.1:(\d+) +leads/.exec(shown)?.[1] ?? '';
      }
    } else {
      last = real(text);
      // One try in place of three, and less time for each: what is shown is the same.
      if (text.endsWith('sudo reboot'))
        await run(
          `leanos ssh 'echo HEALTH_SECONDS=20 | sudo tee /etc/leanos-init/local; sudo sh -c '"'"'${ONE_TRY.replaceAll('\n', '; ')}'"'"`,
        );
      await run(last).catch((error: unknown) => {
        // A machine that is not up yet gives no page, and one that restarts ends the session.
        if (!/^curl|reboot$|poweroff$/.test(last)) throw error;
      });
    }
  }
});
