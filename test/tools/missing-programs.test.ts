import {spawn} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {LEANOS} from '../support/built-image.ts';
import {ended} from '../support/clone.ts';
import {temporary} from '../support/temporary.ts';

/** What a build says of an image of a project of its own. */
async function built(lines: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const project = temporary();
  for (const [path, text] of Object.entries({'images/web.yaml': `${lines.join('\n')}\n`, ...files})) {
    mkdirSync(join(project, path, '..'), {recursive: true});
    writeFileSync(join(project, path), text, {mode: 0o755});
  }
  const {status, stderr} = await ended(
    spawn(LEANOS, ['build', '--image', 'web'], {cwd: project, stdio: ['ignore', 'pipe', 'pipe']}),
  );
  return {status, lines: stderr.split('\n')};
}

test('programs of services that are not in the image end the build, at their places, with what would bring them', async () => {
  const {status, lines} = await built(
    [
      'extends: leanos/test',
      'overlays: [overlay]',
      'services:',
      '  web: {run: httpd -f}',
      '  store:',
      '    run: redis-server --port 1',
      '    health: sh /usr/lib/ask',
      '  key: {run: dropbearconvert}',
      '  snake: {run: /usr/lib/snake}',
    ],
    {'overlay/usr/lib/snake': '#!/usr/bin/env python3\n'},
  );
  expect(lines.slice(lines.findIndex((line) => line.startsWith('images/web.yaml')))).toEqual([
    'images/web.yaml:6:10: services.store.run: there is no /usr/bin/redis-server in the image',
    'images/web.yaml:7:13: services.store.health: there is no /usr/lib/ask in the image',
    'images/web.yaml:8:14: services.key.run: there is no /usr/bin/dropbearconvert in the image',
    'images/web.yaml:9:16: services.snake.run: /usr/lib/snake is run by /usr/bin/python3, which is not in the image',
    '  packages: [dropbear-bin]     without files: takes all of that package, which has /usr/bin/dropbearconvert',
    '  packages: [redis-server]     is a package of the archive with that name',
    '  packages: [python3]     is a package of the archive with that name',
    '  overlays: [FOLDER]     names a folder of the project that has such a file',
    '',
  ]);
  expect(status).toBe(2);
}, 300_000);

test('so does what a unit asks for, and a unit that is nowhere is told at its place', async () => {
  const unit =
    '[Service]\nEnvironmentFile=/etc/default/none\nExecStartPre=+/usr/bin/none\nExecStart=/usr/bin/httpd -f\n';
  const definition = [
    'extends: leanos/test',
    'overlays: [overlay]',
    'services:',
    '  web: {unit: web.service}',
  ];
  const {status, lines} = await built(definition, {'overlay/usr/lib/systemd/system/web.service': unit});
  expect(lines.slice(lines.findIndex((line) => line.startsWith('images/web.yaml')))).toEqual([
    'images/web.yaml:4:15: services.web.unit: there is no /usr/bin/none in the image',
    'images/web.yaml:4:15: services.web.unit: there is no /etc/default/none in the image',
    '  overlays: [FOLDER]     names a folder of the project that has such a file',
    '  without: [KEY]     beside unit: leaves out what asks for it',
    '',
  ]);
  expect(status).toBe(2);
  const nowhere = await built(definition, {'overlay/usr/lib/x': ''});
  expect(nowhere.lines).toContain(
    'images/web.yaml:4:15: services.web.unit: there is no web.service in the packages and overlays of the image',
  );
  expect(nowhere.status).toBe(2);
}, 300_000);
