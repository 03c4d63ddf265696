import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {loadImage} from '../../src/config/load-image.ts';
import {bothIn} from '../../src/config/places.ts';
import {temporary} from '../support/temporary.ts';

/** What is said of a definition, without the folder; or the definition. */
async function loaded(text: string, under = ''): Promise<ReturnType<typeof loadImage>> {
  const folder = temporary();
  mkdirSync(join(folder, 'images'));
  writeFileSync(join(folder, 'images/web.yaml'), text);
  writeFileSync(join(folder, 'images/under.yaml'), under);
  return loadImage(bothIn(folder), 'web');
}

test.each<[string, string, string]>([
  [
    'nothing to run',
    'services:\n  web: {user: www}\n',
    ':2:8: services.web.run: the program and its words are needed',
  ],
  [
    'another user where nothing is confined',
    'services:\n  web: {run: x, confined: false, user: web}\n',
    ':2:40: services.web.user: root is needed: what is not confined runs as root',
  ],
  [
    'the name of an account that has more rights',
    'services:\n  leanos: {run: x}\n',
    "services.leanos.user: leanos is an account of the guest's own; another one is needed here, or another name for the service",
  ],
  [
    'something unknown to wait for',
    'services:\n  web: {run: x, after: [bd]}\n  db: {run: x}\n',
    ':2:24: services.web.after: found "bd"; known here: network, datasource, db',
  ],
  [
    'services that wait for each other',
    'services:\n  a: {run: x, after: [b]}\n  b: {run: x, after: [c]}\n  c: {run: x, after: [a]}\n',
    'services.a.after: the services wait for each other in a circle',
  ],
  [
    'two timers',
    "services:\n  web: {run: x, every: 5m, at: '03:00'}\n",
    'services.web.at: every or at: a service has one timer',
  ],
  ['a time that is none', 'services: {web: {run: x, at: 3am}}\n', "a time is needed, such as '03:00'"],
])('%s is refused', async (_what, text, message) => {
  await expect(loaded(text)).rejects.toThrow(message);
});

test('one key of a service changes in an image that extends another', async () => {
  const {services} = await loaded(
    'extends: under\nservices: {web: {memory: 8MiB}, app: {run: y, after: [web]}}\n',
    'services: {web: {run: x}}\n',
  );
  expect(services).toMatchObject([
    {name: 'web', run: ['x'], memoryBytes: 8 * 2 ** 20},
    {name: 'app', after: ['web']},
  ]);
});

test('a unit may have any name, for it says itself whose it is; what goes with none is refused', async () => {
  const {services} = await loaded('services:\n  daemon: {unit: daemon.service}\n');
  expect(services).toMatchObject([{name: 'daemon', unit: {name: 'daemon.service', without: []}}]);
  await expect(loaded('services: {x: {unit: x.service, run: x}}\n')).rejects.toThrow('run or unit:');
  await expect(loaded('services: {x: {run: x, without: [Nice]}}\n')).rejects.toThrow('only of a unit');
});
