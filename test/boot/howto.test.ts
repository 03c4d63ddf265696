import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {afterAll, test} from 'vitest';
import {freePort} from '../../src/vm/free-port.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {howtoSteps, outputPattern} from '../support/howto.ts';
import {HowtoPlace, until} from '../support/howto-place.ts';
import {ONE_TRY} from '../support/updating-guest.ts';

/** Two restarts, where others share the processor. */
const TIMEOUT_MS = 600_000;
/** What stays in a terminal of its own. */
const STAYS = /^(python3 -m http\.server|leanos run) /;
const WHO = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((who) => [
    [`GIT_${who}_NAME`, 'somebody'],
    [`GIT_${who}_EMAIL`, 'somebody@example.org'],
  ]),
);

const place = new HowtoPlace();
const project = join(place.folder, 'web');
afterAll(() => place[Symbol.asyncDispose]());

/** A command of the how-to, in the project's folder where there is one; gives what it has printed. */
function run(command: string): Promise<string> {
  return place.run(command, command.startsWith('mkdir') ? place.folder : project, WHO);
}

test('docs/howto-web.md does what it says', {timeout: 3 * TIMEOUT_MS}, async () => {
  const server = String(await freePort());
  let port = '';
  let last = '';
  const real = (text: string): string =>
    text
      .replaceAll('8000', server)
      .replaceAll('PORT', port)
      .replace(/^keys: .*$/m, () => {
        const key = readFileSync(join(place.folder, 'web-key.pub'), 'utf8').split('\n')[1] ?? '';
        return `keys: [${JSON.stringify(key)}]`;
      });
  for (const {kind, path, text} of howtoSteps(readFileSync(join(CHECKOUT, 'docs/howto-web.md'), 'utf8'))) {
    if (kind === 'file') {
      mkdirSync(dirname(join(project, path)), {recursive: true});
      writeFileSync(join(project, path), real(text));
    } else if (kind === 'console') {
      await until(() => place.shown, outputPattern(text), TIMEOUT_MS);
    } else if (kind === 'output') {
      const command = last;
      await until(() => run(command), outputPattern(text), TIMEOUT_MS);
    } else if (STAYS.test(text)) {
      place.open(real(text), project);
      if (text.startsWith('leanos run')) {
        const leads = /127\.0\.0\.1:(\d+) +leads to port 80: web/;
        port = leads.exec(await until(() => place.shown, leads, TIMEOUT_MS))?.[1] ?? '';
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
