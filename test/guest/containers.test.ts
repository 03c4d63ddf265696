import {readdirSync, readFileSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {runtimeTemplate} from '../../src/formats/container-runtime.ts';
import {ociDigest} from '../../src/formats/oci.ts';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {certificates} from '../support/certificates.ts';
import {serveImage, type ImageOptions} from '../support/container-image.ts';
import {CONFIGURE, LIBRARIES as USER_DATA, mode, said} from '../support/cloud-config.ts';
import {mockRegistry, type MockRegistry} from '../support/mock-registry.ts';
import {serviceProgram} from '../support/service-programs.ts';

const SCRIPTS = ['services', 'containers'].map((name) =>
  join(CHECKOUT, 'init-scripts', name, 'usr/lib/leanos'),
);
const HELLO: ImageOptions = {
  layers: [[{name: 'bin/hello', text: 'hello\n', mode: 0o755}], [{name: 'etc/motd', text: 'second\n'}]],
  config: {Cmd: ['/bin/hello'], StopSignal: 'SIGQUIT'},
};

let unpack: string;
beforeAll(async () => void (unpack = await serviceProgram('leanos-unpack', 'containers')), 300_000);

/** A machine that has what runs containers, and programs of the host that it runs as its own. */
async function containerMachine(): Promise<FakeMachine> {
  const machine = await fakeMachine();
  for (const scripts of SCRIPTS)
    for (const name of readdirSync(scripts)) {
      if (name === 'prepare') continue;
      symlinkSync(join(scripts, name), join(machine.root, 'usr/lib/leanos', name));
    }
  machine.write('usr/lib/leanos/container.json', runtimeTemplate());
  machine.write('etc/leanos-init/config', 'OCI_ARCHITECTURE=amd64\n');
  machine.write('etc/inittab', '::sysinit:/usr/lib/leanos/boot\n');
  machine.write('etc/ssl/certs/ca-certificates.crt', '');
  machine.write('proc/uptime', '100.5 1\n');
  return machine;
}

const PULL = `for l in system services containers flat registry pull lock; do . "$ROOT/usr/lib/leanos/$l.sh"; done; load_config
nap() { echo "nap $1" >&2; }; leanos-unpack() { "$UNPACK" "$@"; }; curl() { /usr/bin/curl "$@"; }
work=$ROOT/work; mkdir -p "$work"; pull() { parse_image "$1" && pull_image || echo "refused: $why"; };`;

/** A machine that trusts a registry, with tools of the host beside its own, and what it says when it pulls images from there. */
async function pulling({
  tools = '',
  ...options
}: Parameters<typeof mockRegistry>[0] & {readonly tools?: string} = {}): Promise<{
  readonly machine: FakeMachine;
  readonly mock: MockRegistry;
  readonly pull: (digest: string, login?: string) => Promise<string>;
}> {
  const {ca, tls} = certificates();
  const mock = await mockRegistry({
    ...options,
    tls: {key: readFileSync(tls.key), cert: readFileSync(tls.certificate)},
  });
  const machine = await containerMachine();
  machine.write(`etc/leanos-init/registries/${mock.host}.ca`, readFileSync(ca));
  const pull = async (digest: string, login?: string): Promise<string> => {
    if (login !== undefined)
      machine.write(`etc/leanos-init/registries/${mock.host}.login`, Buffer.from(login).toString('base64'));
    const {stdout, stderr} = await machine.run(
      `exec 2>&1; UNPACK=${unpack}; ${PULL} ${tools} pull ${mock.host}/me/test@${digest}`,
    );
    return `${stdout}${stderr}`.replaceAll(mock.host, 'HOST');
  };
  return {machine, mock, pull};
}

/** Where a machine has an image. */
const imageAt = (digest: string): string => `var/lib/leanos/containers/${digest.replace('sha256:', '')}`;

test.each([
  ['no account', {}, undefined],
  ['a token for everybody', {anonymous: true}, undefined],
  ['a token for an account', {login: {user: 'me', password: 'se:cret"'}}, 'me:se:cret"'],
  ['blobs on another host', {anonymous: true, elsewhere: true}, undefined],
])('an image of this architecture is pulled, checked and unpacked: %s', async (_, options, login) => {
  const {machine, mock, pull} = await pulling(options);
  const digest = serveImage(mock, HELLO);
  expect(await pull(digest, login)).toMatch(
    /^(info: fetching sha256:[0-9a-f]{64}, \d+ bytes, from HOST\n){2}$/,
  );
  expect(machine.read(`${imageAt(digest)}/root/bin/hello`)).toBe('hello\n');
  expect(machine.read(`${imageAt(digest)}/root/etc/motd`)).toBe('second\n');
  expect(machine.read(`${imageAt(digest)}/signal`)).toBe('QUIT\n');
  expect(readdirSync(join(machine.root, imageAt(digest))).sort()).toEqual(['config.flat', 'root', 'signal']);
  expect(readdirSync(join(machine.root, 'var/lib/leanos/containers'))).toHaveLength(1);
});

test('layers that are packed by zstd are unpacked where the image has it', async () => {
  const {machine, mock, pull} = await pulling({tools: 'zstd() { /usr/bin/zstd "$@"; };'});
  const digest = serveImage(mock, {...HELLO, packing: ['zstd', 'gzip']});
  expect(await pull(digest)).toMatch(/^(info: fetching .*\n){2}$/);
  expect(machine.read(`${imageAt(digest)}/root/bin/hello`)).toBe('hello\n');
  expect(machine.read(`${imageAt(digest)}/root/etc/motd`)).toBe('second\n');
});

test('what came before a connection ended is not fetched again', async () => {
  const {machine, mock, pull} = await pulling({anonymous: true, cuts: [40]});
  const digest = serveImage(mock, HELLO);
  expect(await pull(digest)).toContain('asked again in 5 s\nnap 5\n');
  expect(mock.asked).toContain('from 40');
  expect(machine.has(`${imageAt(digest)}/root/bin/hello`)).toBe(true);
});

test('a registry that is busy is asked again', async () => {
  const {machine, mock, pull} = await pulling({busy: [503, 429]});
  const digest = serveImage(mock, HELLO);
  expect(await pull(digest)).toMatch(/503: asked again in 5 s\nnap 5\n.*429: asked again in 10 s\nnap 10\n/s);
  expect(machine.has(`${imageAt(digest)}/root/bin/hello`)).toBe(true);
});

test.each<[string, Parameters<typeof mockRegistry>[0], ImageOptions, RegExp]>([
  [
    'other bytes than its digest says',
    {lie: (blob: Buffer) => Buffer.from(blob).fill('x', 20, 21)},
    HELLO,
    /refused: HOST\/me\/test: sha256:[0-9a-f]{64} is asked for, and sha256:[0-9a-f]{64} came: none of it is used\n$/,
  ],
  [
    'no image for this architecture',
    {},
    {...HELLO, architecture: 'arm64'},
    /refused: .* has no image for linux\/amd64\n$/,
  ],
  [
    'a layer by what is not there',
    {},
    {...HELLO, packing: ['gzip', 'zstd']},
    /refused: .* packed by zstd, which this image does not have/,
  ],
  [
    'a layer that leads out',
    {},
    {layers: [[{name: '../../escaped', text: 'x'}]]},
    /refused: .*, layer sha256:[0-9a-f]{64}: error: the layer has a name that leads out of it: \.\.\/\.\.\/escaped\n$/,
  ],
])('%s: it is refused, and nothing of it stays', async (_, options, image, complaint) => {
  const {machine, mock, pull} = await pulling(options);
  const digest = serveImage(mock, image);
  expect(await pull(digest)).toMatch(complaint);
  expect(machine.has(imageAt(digest))).toBe(false);
  expect(machine.has('var/lib/leanos/escaped')).toBe(false);
});

test('what the registry does not have, and who it does not know, is said at once', async () => {
  const {mock, pull} = await pulling({login: {user: 'me', password: 'right'}});
  const digest = serveImage(mock, HELLO);
  expect(await pull(digest, 'me:wrong')).toMatch(
    /^refused: https:\/\/HOST\/token: The requested URL returned error: 401\n$/,
  );
  expect(await pull(ociDigest(Buffer.from('none')), 'me:right')).toMatch(/^refused: .*error: 404\n$/);
});

test('a certificate that nobody vouches for is not believed', async () => {
  const {machine, mock, pull} = await pulling();
  const digest = serveImage(mock, HELLO);
  machine.write(`etc/leanos-init/registries/${mock.host}.ca`, readFileSync(certificates().ca));
  expect(await pull(digest)).toMatch(
    /^refused: .*certificate.*leanos\/registries\/HOST\/ca of user-data names an authority\n$/i,
  );
  expect(mock.asked).toEqual([]);
});

test.each([
  ['docker.io/library/nginx:1.27', 'has no digest: write docker.io/library/nginx@sha256:'],
  ['host.example:5000/app', 'write host.example:5000/app@sha256:..., which'],
  [`nginx@sha256:${'a'.repeat(64)}`, 'does not say its registry: docker.io/library/NAME@sha256:'],
  ['host.example/app@sha256:abc', 'is no image: HOST/NAME@sha256:'],
  [`host.example/../app@sha256:${'a'.repeat(64)}`, 'is no image'],
  [`host.example/a"b@sha256:${'a'.repeat(64)}`, 'is no image'],
])('%s is no image', async (text, complaint) => {
  const machine = await containerMachine();
  const {stdout} = machine.ash(`${PULL} parse_image '${text}' || echo "$complaint"`);
  expect(stdout).toContain(complaint);
});

/** The configuration that crun gets of what an image and its user say. */
async function configOf(
  image: Readonly<Record<string, unknown>>,
  user: readonly string[] = [],
): Promise<{readonly config: Record<string, never>; readonly said: string; readonly volumes: string}> {
  const machine = await containerMachine();
  machine.write('config', JSON.stringify({architecture: 'amd64', os: 'linux', config: image}));
  machine.write('user', `image\tx\n${user.map((line) => `${line}\n`).join('')}`);
  machine.write('passwd', 'root:x:0:0::/:/bin/sh\nweb:x:1234:55::/:/bin/false\n');
  machine.write('group', 'root:x:0:\nstaff:x:77:\n');
  const {stdout, stderr} = machine.ash(
    `${PULL} flat_of "$ROOT/config" >"$ROOT/flat"; : >"$ROOT/volumes"; awk -F '\\t' -v name=web -v passwd="$ROOT/passwd" -v group="$ROOT/group" -v volumes=/var/lib/web/volumes -v volume_list="$ROOT/volumes" -f "$ROOT/usr/lib/leanos/container-config.awk" "$ROOT/flat" "$ROOT/user" "$ROOT/usr/lib/leanos/container.json"`,
  );
  const config = stdout === '' ? {} : (JSON.parse(stdout) as Record<string, never>);
  return {config, said: stderr, volumes: machine.read('volumes')};
}

test('a container runs as its image says', async () => {
  const {config, said, volumes} = await configOf({
    Entrypoint: ['/bin/web', '--text', 'it\'s "a\\b"\n\tover $lines'],
    Cmd: ['serve'],
    Env: ['PATH=/bin', 'QUOTE="x" & y'],
    User: 'web',
    WorkingDir: '/srv',
    Volumes: {'/var/data': {}, '/b/': {}},
  });
  expect(said).toBe('');
  expect(config).toMatchObject({
    process: {
      user: {uid: 1234, gid: 55},
      args: ['/bin/web', '--text', 'it\'s "a\\b"\n\tover $lines', 'serve'],
      env: ['PATH=/bin', 'QUOTE="x" & y'],
      cwd: '/srv',
      noNewPrivileges: true,
    },
  });
  const mounts = (config as unknown as {mounts: {destination: string; source: string; options: string[]}[]})
    .mounts;
  expect(mounts.slice(-2).map(({destination, source}) => [destination, source])).toEqual([
    ['/var/data', '/var/lib/web/volumes/var/data'],
    ['/b', '/var/lib/web/volumes/b'],
  ]);
  expect(volumes).toBe('/var/data\n/b\n');
});

test('what user-data says takes the place of what the image says', async () => {
  const {config, volumes} = await configOf(
    {Entrypoint: ['/bin/web'], Cmd: ['serve'], Env: ['A=image', 'B=image']},
    [
      'args/0\tother "word"',
      'environment/A\tline one\\nline two',
      'user\t9:staff',
      'volumes/0\t/data',
      'volumes/1\t/srv/here:/there:ro',
    ],
  );
  expect(config).toMatchObject({
    process: {
      user: {uid: 9, gid: 77},
      args: ['/bin/web', 'other "word"'],
      env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'A=line one\nline two',
        'B=image',
      ],
      cwd: '/',
    },
  });
  const mounts = (config as unknown as {mounts: {destination: string; source: string; options: string[]}[]})
    .mounts;
  expect(mounts.slice(-2).map(({source, options}) => [source, options[1]])).toEqual([
    ['/var/lib/web/volumes/data', 'rw'],
    ['/srv/here', 'ro'],
  ]);
  expect(volumes).toBe('/data\n');
  const entry = await configOf({Entrypoint: ['/bin/web'], Cmd: ['serve']}, ['entrypoint/0\t/bin/sh']);
  expect(entry.config).toMatchObject({process: {args: ['/bin/sh']}});
  const none = await configOf({Entrypoint: ['/bin/web'], Cmd: ['serve']}, ['args\t[]']);
  expect(none.config).toMatchObject({process: {args: ['/bin/web']}});
});

test.each<[string, Readonly<Record<string, unknown>>, string]>([
  ['no program', {}, 'the image says no program, and leanos/containers/web/args does not either'],
  [
    'a user that nobody knows',
    {Cmd: ['x'], User: 'nobody-here'},
    "the container's files do not know the user nobody-here",
  ],
  [
    'a group that nobody knows',
    {Cmd: ['x'], User: '1:none'},
    "the container's files do not know the user 1:none",
  ],
  [
    'a volume that is everything',
    {Cmd: ['x'], Volumes: {'/': {}}},
    'the image has a volume that is no path: /',
  ],
  [
    'a volume that leads out',
    {Cmd: ['x'], Volumes: {'/a/../..': {}}},
    'the image has a volume that is no path: /a/../..',
  ],
])('an image with %s is refused', async (_, image, complaint) => {
  expect((await configOf(image)).said).toBe(`${complaint}\n`);
});

test('both ways to a configuration give a container the same rights', async () => {
  const {config} = await configOf({Cmd: ['x']});
  const {process, ...rest} = JSON.parse(runtimeTemplate()) as {process: Record<string, unknown>};
  expect(config).toMatchObject({
    linux: (rest as Record<string, unknown>)['linux'],
    process: {capabilities: process['capabilities']},
  });
});

const DIGEST = `sha256:${'a'.repeat(64)}`;

/** Supervisors of three containers, and what each was told. */
const SUPERVISORS = `for n in kept gone changed; do mkdir -p "$ROOT/run/leanos/services/$n"; mkfifo "$ROOT/run/leanos/services/$n/control"; done 2>/dev/null
exec 5<>"$ROOT/run/leanos/services/kept/control" 6<>"$ROOT/run/leanos/services/gone/control" 7<>"$ROOT/run/leanos/services/changed/control";`;
const ORDERS = `for n in 5:kept 6:gone 7:changed; do read -r -t 0.1 letter <&"\${n%:*}" && echo "$letter \${n#*:}"; done >"$ROOT/orders"`;

/** A machine that this user-data has configured; what is supervised is told in \`orders\`. */
async function told(containers: string, before?: FakeMachine): Promise<FakeMachine> {
  const machine = before ?? (await containerMachine());
  machine.write(
    'run/leanos/datasource/data/instance-id',
    `i-${containers.length}-${before === undefined ? 1 : 2}\n`,
  );
  machine.write('parts/001.config', `#cloud-config\nleanos:\n${containers}`);
  machine.write('etc/passwd', 'root:x:0:0::/root:/bin/sh\nleanos:x:1000:1000::/home/leanos:/bin/sh\n');
  const {stderr} = await machine.run(
    `${USER_DATA} vendor_parts=0; umount() { :; }; ${SUPERVISORS} ${CONFIGURE} wait; ${ORDERS}`,
  );
  expect(stderr).toBe('');
  return machine;
}

/** The row of a service, as the guest loads it. */
const row = (machine: FakeMachine, name: string): string =>
  machine.ash(
    `. "$ROOT/usr/lib/leanos/system.sh"; . "$ROOT/usr/lib/leanos/services.sh"; load_service ${name} && echo "$IMAGE|$CONTAINER|$PREPARE|$CONFINE|$MEMORY|$END|$SIGNAL|$COMMAND"`,
  ).stdout;

test('a container of user-data is a service, which init supervises', async () => {
  const machine = await told(
    `  containers:\n    web:\n      image: host.example:5000/app:1.2@${DIGEST}\n      args: [serve, 80]\n      environment: {A: "it's $x"}\n      memory: 64MiB\n      restart: on-failure\n      volumes: [/data, "/srv/a:/b:ro"]\n`,
  );
  expect(said(machine)).toBe('');
  expect(row(machine, 'web')).toBe(
    `host.example:5000/app@${DIGEST}|/run/leanos/containers/web|pulled|0|${64 * 2 ** 20}|true||/usr/bin/crun --root /run/leanos/containers/web/crun --cgroup-manager disabled run --bundle /run/leanos/containers/web web\n`,
  );
  expect(machine.read('etc/leanos-init/containers/web')).toContain("environment/A\tit's $x\n");
  expect(mode(machine, 'etc/leanos-init/containers/web')).toBe('600');
  expect(machine.read('run/leanos/inittab')).toBe(
    '::sysinit:/usr/lib/leanos/boot\n::respawn:/usr/lib/leanos/serve web\n',
  );
  machine.write(`${imageAt(DIGEST)}/signal`, 'QUIT\n');
  expect(row(machine, 'web')).toContain('|QUIT|');
});

test('what is no longer named ends, and its image goes; what is named otherwise starts anew; the rest stays', async () => {
  const other = DIGEST.replaceAll('a', 'b').replace('shb256', 'sha256');
  const first = `  containers:\n    kept: {image: h.example/a@${DIGEST}}\n    gone: {image: h.example/b@${other}}\n    changed: {image: h.example/a@${DIGEST}}\n`;
  const machine = await told(first);
  for (const digest of [DIGEST, other]) machine.write(`${imageAt(digest)}/signal`, 'TERM\n');
  machine.write(`${imageAt(other)}.new/part`, '');
  await told(
    `  containers:\n    kept: {image: h.example/a@${DIGEST}}\n    changed: {image: h.example/a@${DIGEST}, args: [x]}\n`,
    machine,
  );
  expect(machine.read('orders').trim().split('\n').sort()).toEqual(['r changed', 'x gone']);
  expect(machine.has('etc/leanos-init/services/gone')).toBe(false);
  expect(machine.read('run/leanos/inittab')).not.toContain('gone');
  expect(readdirSync(join(machine.root, 'var/lib/leanos/containers'))).toEqual([DIGEST.slice(7)]);
});

test('accounts and authorities of registries are for root alone', async () => {
  const machine = await told(
    `  registries:\n    "h.example:5000": {user: me, password: 'a"b', ca: "PEM\\n"}\n    ../x: {user: me}\n`,
  );
  expect(readdirSync(join(machine.root, 'etc/leanos-init/registries')).sort()).toEqual([
    'h.example:5000.ca',
    'h.example:5000.login',
  ]);
  expect(machine.read('etc/leanos-init/registries/h.example:5000.login')).toBe(
    Buffer.from('me:a"b').toString('base64'),
  );
  expect(mode(machine, 'etc/leanos-init/registries')).toBe('700');
  expect(said(machine)).toContain('leanos/registries/.._x: the name of a host is needed');
});

test.each([
  ['web: {image: h.example/a:1}', 'leanos/containers/web/image: h.example/a:1 has no digest'],
  ['web: {args: [x]}', 'leanos/containers/web/image: '],
  [`Web: {image: h.example/a@${DIGEST}}`, 'leanos/containers/Web: the name of a container has small letters'],
  [`leanos: {image: h.example/a@${DIGEST}}`, 'leanos/containers/leanos: the name of a container has'],
  [
    `${'n'.repeat(33)}: {image: h.example/a@${DIGEST}}`,
    `leanos/containers/${'n'.repeat(33)}: the name of a container has`,
  ],
  [`sshd: {image: h.example/a@${DIGEST}}`, 'leanos/containers/sshd: a service of this image has that name'],
  [
    `web: {image: h.example/a@${DIGEST}, memory: 64}`,
    'leanos/containers/web/memory is a number, where text is understood',
  ],
  [`web: {image: h.example/a@${DIGEST}, memory: much}`, 'leanos/containers/web/memory: a size is needed'],
  [
    `web: {image: h.example/a@${DIGEST}, restart: never}`,
    'leanos/containers/web/restart: always or on-failure is needed, not never',
  ],
  [
    `web: {image: h.example/a@${DIGEST}, volumes: [data]}`,
    'leanos/containers/web/volumes/0: /PATH, which is kept',
  ],
  [`web: {image: h.example/a@${DIGEST}, volumes: ["/a/../b"]}`, 'leanos/containers/web/volumes/0: /PATH'],
  [`web: {image: h.example/a@${DIGEST}, volumes: ["/"]}`, 'leanos/containers/web/volumes/0: /PATH'],
  [
    `web: {image: h.example/a@${DIGEST}, environment: {9: x}}`,
    'leanos/containers/web/environment/9: not the name of a variable',
  ],
  [
    `web: {image: h.example/a@${DIGEST}, ports: [80]}`,
    'leanos/containers/web/ports is not known and passed over',
  ],
])('%s: what is wrong is named by its path', async (text, complaint) => {
  const machine = await containerMachine();
  machine.write('usr/etc/leanos-init/services/sshd', '');
  await told(`  containers:\n    ${text}\n`, machine);
  expect(said(machine)).toContain(`warning: cloud-config: ${complaint}`);
});
