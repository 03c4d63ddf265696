import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {freePort} from '../../src/vm/free-port.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {certificates} from '../support/certificates.ts';
import {serveImage} from '../support/container-image.ts';
import {howtoSteps, outputPattern} from '../support/howto.ts';
import {HowtoPlace, until} from '../support/howto-place.ts';
import {mockRegistry} from '../support/mock-registry.ts';
import {programPayload} from '../support/payloads.ts';

const TIMEOUT_MS = 240_000;
const STEPS = howtoSteps(readFileSync(join(CHECKOUT, 'docs/howto-containers.md'), 'utf8'));
const IN_MACHINE = STEPS.findIndex(({text}) => text === 'leanos-service status web');

/** Types what the how-to says is typed in the machine, and looks for what it says is printed. */
async function typeInMachine(place: HowtoPlace): Promise<void> {
  let last = '';
  for (const {kind, text} of STEPS.slice(IN_MACHINE)) {
    if (kind === 'command') last = text;
    else {
      const pattern = new RegExp(outputPattern(text).source.replaceAll('\\r?$', ''), 'm');
      expect(await place.inMachine(last)).toMatch(pattern);
    }
  }
}

test('containers of user-data are pulled over https, checked and kept, and run without the network from then on', async () => {
  const {ca, tls} = certificates();
  const mock = await mockRegistry({
    anonymous: true,
    elsewhere: true,
    tls: {key: readFileSync(tls.key), cert: readFileSync(tls.certificate)},
  });
  const program = {name: 'bin/program', mode: 0o755, bytes: readFileSync(programPayload())};
  const folders = [
    {name: 'data/first', text: 'from the image\n'},
    {name: 'etc/passwd', text: 'web:x:1234:1234::/:/bin/false\n'},
  ];
  const digest = serveImage(mock, {
    layers: [
      [program, {name: 'gone', text: 'x'}],
      [...folders, {name: '.wh.gone'}],
    ],
    packing: ['zstd', 'gzip'],
    config: {
      User: 'web',
      Entrypoint: ['/bin/program'],
      Cmd: ['other'],
      WorkingDir: '/data',
      Volumes: {'/data': {}},
    },
  });
  const wrong = serveImage(mock, {layers: [[{name: 'wrong', text: 'wrong\n'}]], config: {Cmd: ['/wrong']}});
  const configs = [...mock.blobs].filter(([, bytes]) => bytes.includes('/wrong') && bytes.includes('amd64'));
  expect(configs).toHaveLength(1);
  const [[lied, config] = ['', Buffer.alloc(0)]] = configs;
  mock.blobs.set(lied, Buffer.from(config).fill('W', 30, 31));

  const host = mock.host.replace('127.0.0.1', '10.0.2.2');
  const said = STEPS.find(({kind}) => kind === 'file')?.text ?? '';
  const userData = `${said
    .replace('registry.example', host)
    .replace(/sha256:0+/, digest)}    wrong: {image: "${host}/me/test@${wrong}"}
    tagged: {image: "${host}/me/test:latest"}
    strange: {image: "${host}/me/test:2", prots: [80]}
  registries:
    ${host}:
      ca: |
${readFileSync(ca, 'utf8').replaceAll(/^/gm, '        ')}
`;
  const port = await freePort();
  const asRoot = (command: string): Promise<string> => place.inMachine(command, {root: true});
  const fits = (command: string, pattern: RegExp): Promise<string> =>
    until(() => asRoot(command), pattern, TIMEOUT_MS);
  await using place = new HowtoPlace();
  writeFileSync(join(place.folder, STEPS[0]?.path ?? ''), userData);
  for (const {kind, text} of STEPS.slice(0, IN_MACHINE))
    if (kind === 'command') place.open(text.replace('8080', String(port)));
  await until(() => place.shown, /login:/, TIMEOUT_MS);
  await fits('leanos-service log web', /^serving$/m);
  await typeInMachine(place); // it is started again there
  await fits('leanos-service log web', /^serving$[^]*^serving$/m);
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  expect(await answer.text()).toBe('hello from the payload\n');
  expect(
    await asRoot("grep -E '^(Uid|CapEff|NoNewPrivs|Seccomp|NSpid):' /proc/$(pidof program)/status"),
  ).toMatch(/^Uid:\t1234\t.*\nNSpid:\t\d+\t1\nCapEff:\t0000000000000400\nNoNewPrivs:\t1\nSeccomp:\t2\n$/);
  expect(await asRoot('cat /var/lib/web/volumes/data/first; cat /sys/fs/cgroup/service.web/memory.max')).toBe(
    `from the image\n${64 * 2 ** 20}\n`,
  );
  const images = '/var/lib/leanos/containers';
  expect(await asRoot(`ls ${images}/${digest.slice(7)}/root`)).toBe('bin\ndata\netc\n');
  await until(() => place.shown, /argument 2: two {2}words/, TIMEOUT_MS);

  await until(
    () => place.shown,
    /error: wrong: .*sha256:[0-9a-f]{64} is asked for, and sha256:[0-9a-f]{64} came: none of it is used/,
    TIMEOUT_MS,
  );
  const status = await asRoot('leanos-status');
  expect(status).toContain(`leanos/containers/tagged/image: ${host}/me/test:latest has no digest`);
  expect(status).toContain('leanos/containers/strange/prots is not known and passed over');
  expect(await asRoot('leanos-service status tagged')).toContain('there is no tagged');

  await asRoot('echo mine >/var/lib/web/volumes/data/second; mkdir /var/lib/leanos/containers/1234');
  await asRoot('rm /etc/leanos-init/services/wrong /etc/leanos-init/containers/wrong; sync');
  const asked = mock.asked.length;
  expect(mock.asked.some((line) => line.includes(digest))).toBe(true);
  await asRoot('reboot').catch(() => ''); // it hangs up
  await fits('leanos-service log web', /^serving$[^]*^serving$[^]*^serving$/m);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  expect(mock.asked.slice(asked).filter((line) => line.includes(digest))).toEqual([]);
  await fits(`ls ${images}`, new RegExp(`^${digest.slice(7)}\n$`));
  expect(await asRoot('cat /var/lib/web/volumes/data/second')).toBe('mine\n');
});
