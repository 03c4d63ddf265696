import {execFileSync} from 'node:child_process';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {loadImage} from '../../src/config/load-image.ts';
import {bothIn} from '../../src/config/places.ts';
import {serviceDefinitions, serviceSchema} from '../../src/config/services.ts';
import {CHECKOUT} from '../support/built-image.ts';
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
    'a name that means something to wait for',
    'services:\n  user-data: {run: x}\n',
    ':2:20: services.user-data.run: user-data is a word of after:; another name for the service is needed',
  ],
  [
    'something unknown to wait for',
    'services:\n  web: {run: x, after: [bd]}\n  db: {run: x}\n',
    ':2:24: services.web.after: found "bd"; known here: network, datasource, user-data, db',
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

/** An image whose service has one template, below a folder of leanos' own where the words are. */
async function withTemplate(
  text: string | Buffer | undefined,
  made?: (path: string) => void,
): Promise<ReturnType<typeof loadImage>> {
  const project = temporary();
  mkdirSync(join(project, 'images'));
  writeFileSync(
    join(project, 'images/web.yaml'),
    'services: {web: {run: x, files: {/run/web/site.conf: site.conf}}}\n',
  );
  if (text !== undefined) writeFileSync(join(project, 'site.conf'), text);
  made?.(join(project, 'site.conf'));
  return loadImage({home: CHECKOUT, project}, 'web');
}

test('a template is read with the definition, and what the guest would not fill in is named', async () => {
  const text = 'name {{ hostname }} {{v1.local-hostname}} {{ ds.meta_data.region }} { {x} }\n';
  const {services} = await withTemplate(text);
  expect(services[0]?.files).toEqual([
    {path: '/run/web/site.conf', template: 'site.conf', mode: 0o644, text},
  ]);
  await expect(withTemplate('a\nb {{ hostname }} {{ regoin }}\n{% if x %}\n')).rejects.toThrow(
    /site\.conf:2:18: found \{\{ regoin \}\}; known here: hostname, .*region.*\n.*site\.conf:3:1: found \{%/,
  );
  await expect(withTemplate(undefined)).rejects.toThrow(
    /web\.yaml:1:\d+: services\.web\.files\..*: there is no file .*site\.conf/,
  );
});

test.each<[string, Buffer | undefined, ((path: string) => void) | undefined, RegExp]>([
  ['a pipe', undefined, (path) => execFileSync('mkfifo', [path]), /site\.conf is a named pipe, and a file/],
  ['a folder', undefined, (path) => mkdirSync(path), /site\.conf is a folder, and a file is needed/],
  ['a device', undefined, (path) => symlinkSync('/dev/zero', path), /site\.conf is a device, and a file/],
  ['a program', Buffer.from([0x7f, 0x45, 0, 0xff]), undefined, /site\.conf is no text/],
])('a template that is %s is refused at its place', async (_what, bytes, made, message) => {
  const error = withTemplate(bytes, made);
  await expect(error).rejects.toThrow(/web\.yaml:1:\d+: services\.web\.files\./);
  await expect(error).rejects.toThrow(message);
});

test.each(['/usr/lib/x', '/etc/../usr/x', '/etc/', 'etc/x', '/etc//x'])(
  'a file of a service is none at %s',
  async (path) => {
    await expect(loaded(`services: {web: {run: x, files: {${path}: site.conf}}}\n`)).rejects.toThrow(
      'a file below /etc, /opt, /run, /srv or /var is needed',
    );
  },
);

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

test('a file has a mode, which is said where it is none', async () => {
  const file = (more: string) =>
    serviceSchema.safeParse({run: 'x', files: {'/etc/a': {template: 't', mode: more}}});
  const [web] = serviceDefinitions({
    web: {run: 'x', files: {'/etc/a': {template: 't', mode: '0600'}, '/etc/b': {template: 't'}}},
  });
  expect(web?.files.map(({mode}) => mode)).toEqual([0o600, 0o644]);
  for (const mode of ['0400', '0640', '0755']) expect(file(mode).success).toBe(true);
  for (const mode of ['0666', '0200', '4755', '640', 'rw']) expect(file(mode).success).toBe(false);
  const wrong = loaded(
    "services:\n  web:\n    run: x\n    files:\n      /etc/a: {template: a, mode: '0666'}\n",
  );
  await expect(wrong).rejects.toThrow(
    /web\.yaml:5:\d+: services\.web\.files\.\/etc\/a\.mode: .*a mode is needed that lets its owner read and nobody else write, such as '0640'/,
  );
  const number = loaded(
    'services:\n  web:\n    run: x\n    files:\n      /etc/a: {template: a, mode: 0640}\n',
  );
  await expect(number).rejects.toThrow(
    /web\.yaml:5:\d+: services\.web\.files\.\/etc\/a\.mode: found a number \(640\), a text is needed/,
  );
});
