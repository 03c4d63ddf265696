import {readdirSync, readFileSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {serviceFiles} from '../../src/recipes/services.ts';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {configuredBy, CONFIGURE, LIBRARIES as USER_DATA, said} from '../support/cloud-config.ts';

const SCRIPTS = join(CHECKOUT, 'init-scripts/services/usr/lib/leanos');
const SITE = 'etc/leanos-init/services/web.files/etc/web/site.conf';
const WRITE = `. "$ROOT/usr/lib/leanos/system.sh"; . "$ROOT/usr/lib/leanos/services.sh"; . "$ROOT/usr/lib/leanos/enter-service.sh"; . "$ROOT/usr/lib/leanos/service-files.sh"
ip() { echo '2: eth0 inet 10.0.2.15/24 brd 10.0.2.255 scope global eth0'; }; run_steps() { echo "told $1"; }; chown() { echo "chown $1 $(basename "$2")" >>"$ROOT/owners"; }; order() { echo "order $1"; }
load_service web;`;

/** A machine with the service `web`, and what its instance is. */
async function webMachine(facts: Readonly<Record<string, string>> = {}): Promise<FakeMachine> {
  const machine = await fakeMachine();
  const libraries = join(machine.root, 'usr/lib/leanos');
  for (const name of readdirSync(SCRIPTS)) symlinkSync(join(SCRIPTS, name), join(libraries, name));
  const [row] = serviceFiles([
    {
      name: 'web',
      command: ['/usr/bin/web'],
      environment: {A: 'image', B: 'image'},
      user: 'root',
      onEnd: 'restart',
      after: [],
      onConsole: false,
      capabilities: [],
      confinesItself: true,
      more: {RELOAD: 'reload it'},
    },
  ]);
  machine.write(row?.path ?? '', row?.content ?? '');
  machine.write('proc/sys/kernel/hostname', 'web-1\n');
  machine.write('proc/uptime', '100.5 1\n');
  machine.write('proc/net/route', 'Iface\tDestination\neth0\t00000000\n');
  machine.write('run/leanos/datasource/dsname', 'nocloud\n');
  const usual = {'instance-id': 'i-1\n', 'availability-zone': 'eu-west-1b\n'};
  for (const [name, text] of Object.entries({...usual, ...facts}))
    machine.write(`run/leanos/datasource/data/${name}`, text);
  return machine;
}

test('a file has what the instance is, by each of its names, and everything else as it was', async () => {
  const machine = await webMachine();
  machine.write(
    SITE,
    'a {{ hostname }}{{instance_id}} {{ v1.local_hostname }};\n$x {y} {{{ region }}} `id` \\1 & {{ ds.meta_data.local-ipv4 }}\n{{ availability_zone }}',
  );
  const {stdout, stderr} = machine.ash(
    `${WRITE} write_service_files; echo "$changed"; write_service_files; echo "$changed"; stat -c %a "$ROOT/etc/web/site.conf"; ls "$ROOT/etc/web" "$here"`,
  );
  expect({stdout, stderr}).toEqual({
    stdout: ` /etc/web/site.conf\n\n644\n${machine.root}/etc/web:\nsite.conf\n\n${machine.root}/run/leanos/services/web:\n`,
    stderr: '',
  });
  expect(machine.read('etc/web/site.conf')).toBe(
    'a web-1i-1 web-1;\n$x {y} {eu-west-1} `id` \\1 & 10.0.2.15\neu-west-1b\n',
  );
  expect(said(machine)).toBe('');
});

test.each<[string, Readonly<Record<string, string>>, string, string]>([
  [
    'a word that nobody knows',
    {},
    '{{ colour }}',
    'web: /etc/web/site.conf: {{ colour }} is not known, and nothing stands there',
  ],
  [
    'what this instance does not have',
    {},
    '{{ public_ipv4 }}',
    'web: /etc/web/site.conf: this instance has no public_ipv4, and nothing stands there',
  ],
  [
    'a value of two lines',
    {'instance-id': 'i-1\nroot'},
    '{{ instance_id }}',
    "web: the instance's instance-id has signs that stand in no file",
  ],
  [
    'a value that ends a directive',
    {'instance-id': 'i;evil'},
    '{{ instance_id }}',
    "web: the instance's instance-id has signs that stand in no file",
  ],
  [
    'a value with a word',
    {'instance-id': '{{hostname}}'},
    '{{ instance_id }}',
    "web: the instance's instance-id has signs that stand in no file",
  ],
])('%s is said, and stands nowhere', async (_what, facts, text, message) => {
  const machine = await webMachine(facts);
  machine.write(SITE, `<${text}>`);
  machine.ash(`${WRITE} write_service_files`);
  expect(machine.read('etc/web/site.conf')).toBe('<>\n');
  expect(said(machine)).toContain(`warning: ${message}\n`);
});

test('when the instance is another one, a service that runs is told, and one that was given up starts again', async () => {
  const machine = await webMachine();
  machine.write(SITE, '{{ instance_id }}');
  const refresh = (state: string, change = ''): string => {
    machine.write('run/leanos/services/web/status', `state=${state}\npid=42\nstarts=1\n`);
    return machine.ash(`${WRITE} ${change} refresh_service`).stdout;
  };
  const other = (id: string): string => `echo ${id} >"$ROOT/run/leanos/datasource/data/instance-id";`;
  expect(refresh('stopped')).toBe('');
  expect(refresh('running')).toBe('');
  expect(refresh('running', other('i-2'))).toBe('told reload it\n');
  expect(machine.read('etc/web/site.conf')).toBe('i-2\n');
  expect(refresh('running', `RELOAD=; ${other('i-3')}`)).toBe('order r\n');
  expect(refresh('given-up', other('i-4'))).toBe('order r\n');
  expect(refresh('given-up')).toBe('');
});

test('a file has the mode of its template, and is the service’s where not everybody may read it', async () => {
  const machine = await webMachine();
  machine.write('etc/passwd', 'root:x:0:0::/root:/bin/sh\nweb:x:101:102::/:/bin/false\n');
  machine.write(SITE, 'secret');
  const modes = (mode: string): string =>
    machine.ash(
      `chmod ${mode} "$ROOT/${SITE}"; ${WRITE} RUN_AS=web; write_service_files; echo "<$changed>"; stat -c %a "$ROOT/etc/web/site.conf"; tail -n 1 "$ROOT/owners"`,
    ).stdout;
  expect(modes('0640')).toBe('< /etc/web/site.conf>\n640\nchown 101:102 site.conf.new\n');
  expect(modes('0400')).toBe('<>\n400\nchown 101:102 site.conf.new\n');
  expect(modes('0755')).toBe('<>\n755\nchown 0:0 site.conf.new\n');
  const before = machine.ash(
    `${WRITE} RUN_AS=web; echo other >"$ROOT/${SITE}"; chown() { stat -c %a "$2" "$work"; }; write_service_files`,
  );
  expect(before.stdout).toBe('600\n700\n');
});

test.each([
  ['a folder', 'ln -s "$ROOT/victim" "$own/conf"', '/var/lib/web/conf'],
  ['the file', 'mkdir "$own/conf"; ln -s "$ROOT/victim" "$own/conf/site"', '/var/lib/web/conf/site'],
])('a link that an account has made in place of %s leads root nowhere', async (_what, link, said_of) => {
  const machine = await webMachine();
  machine.write('etc/leanos-init/services/web.files/var/lib/web/conf/site', 'new');
  machine.write('victim/site', 'as it was');
  const {stderr} = machine.ash(
    `own=$ROOT/var/lib/web; mkdir -p "$own"; ${link}; chmod 1777 "$own" "$own/conf/"; ${WRITE} write_service_files`,
  );
  expect(stderr).toBe('');
  expect([machine.read('victim/site'), machine.has('victim/site.new')]).toEqual(['as it was', false]);
  const message = "is a link in a folder that is not root's alone: /var/lib/web/conf/site stays as it is";
  expect(said(machine)).toContain(`error: web: ${said_of} ${message}\n`);
});

test('a folder that is made for a service is not what a link of its account leads to', async () => {
  const machine = await webMachine();
  const {stdout} = machine.ash(
    `own=$ROOT/var/lib/web; mkdir -p "$own" "$ROOT/victim"; chmod 0750 "$ROOT/victim"; chmod 1777 "$own"; ln -s "$ROOT/victim" "$own/conf"; ${WRITE} ids=$(id -u):$(id -g); make_folder /var/lib/web/conf:0711:own; stat -c %a "$ROOT/victim"`,
  );
  expect(stdout).toBe('750\n');
});

test('a link beside a file, and a folder in its place, are no way either', async () => {
  const machine = await webMachine();
  machine.write(SITE, 'new');
  machine.write('victim', 'as it was');
  const {stdout} = machine.ash(
    `mkdir -p "$ROOT/etc/web"; ln -s "$ROOT/victim" "$ROOT/etc/web/site.conf.new"; ${WRITE} write_service_files; cat "$ROOT/etc/web/site.conf"; rm "$ROOT/etc/web/site.conf"; mkdir "$ROOT/etc/web/site.conf"; write_service_files; ls "$ROOT/etc/web/site.conf"`,
  );
  expect([stdout, machine.read('victim')]).toEqual(['new\n', 'as it was']);
  expect(said(machine)).toContain('error: web: /etc/web/site.conf cannot be written\n');
});

test('#cloud-config sets the environment and files of services; what is not understood is named', async () => {
  const machine = await webMachine();
  machine.write(
    'parts/001.config',
    String.raw`leanos:
  services:
    web:
      environment: {A: "it's \"two\\\\  words\" $HOME", COUNT: 3, 1X: no, TWO: "a\nb"}
      files:
        - {path: /etc/web/site.conf, content: "name {{ hostname }}\n"}
        - {path: /etc/web/key, content: k, mode: '0600'}
        - {path: /etc/web/open, content: k, mode: '0666'}
        - {path: /usr/bin/evil, content: x}
        - {path: /etc/../usr/bin/evil, content: x}
      memory: 1GiB
    db: {environment: {A: b}}
  colour: red
`,
  );
  const {stderr} = machine.ash(`${USER_DATA} vendor_parts=0; ${CONFIGURE}`);
  expect(stderr).toBe('');
  const {stdout} = machine.ash(
    `${WRITE} mkdir -p "$here"; note_environment; write_service_files; read_environment "$ENVIRONMENT_FILES" root; eval "set -- $ENVIRONMENT"; printf '<%s>' "$@"; cat "$ROOT/etc/web/site.conf"; stat -c %a "$SERVICES/web.environment" "$SERVICES/web.files/etc/web/key"; read_state; state=running; read_state() { :; }; refresh_service; echo 'A="x"' >"$SERVICES/web.environment"; refresh_service`,
  );
  expect(stdout).toBe(
    `<A=image><B=image><A=it's "two\\\\  words" $HOME><COUNT=3>name web-1\n600\n600\norder r\n`,
  );
  expect(said(machine).replaceAll('warning: cloud-config: leanos/', '').split('\n').sort()).toEqual([
    '',
    'colour is not known and passed over',
    'services/db: this image has no such service',
    'services/web/environment/1X: not the name of a variable',
    'services/web/environment/TWO: one line of text is needed',
    "services/web/files/2/mode: a mode is needed that lets its owner read and nobody else write, such as '0640'",
    'services/web/files/3/path: a file below /etc, /opt, /run, /srv or /var is needed',
    'services/web/files/4/path: a file below /etc, /opt, /run, /srv or /var is needed',
    'services/web/memory is not known and passed over',
  ]);
});

test.each([
  ['services: {web: {environment: {A: b}}}', 'services: this image keeps no program running'],
  [
    'containers: {web: {image: x}}',
    'containers: this image runs no containers (containers: true in its definition)',
  ],
])('an image that keeps nothing of %s says so', async (asked, answer) => {
  const machine = await configuredBy([`#cloud-config\nleanos: {${asked}}\n`]);
  expect(said(machine)).toBe(`warning: cloud-config: leanos/${answer}\n`);
});

test('docs/guest.md names every word', () => {
  const guide = readFileSync(join(CHECKOUT, 'docs/guest.md'), 'utf8');
  const words = readFileSync(join(SCRIPTS, 'instance-words'), 'utf8').trim().split('\n');
  expect(words.filter((line) => !guide.includes(`\`${line.split('\t')[0] ?? ''}\``))).toEqual([]);
});

test.each([
  ['{{ v1.local-ipv4 }}', 'network user-data '],
  ['{{ hostname }}', 'user-data '],
  [undefined, ''],
])('a service with %s in a file waits until that is there: %s', async (text, waits) => {
  const machine = await webMachine();
  if (text !== undefined) machine.write(SITE, text);
  expect(machine.ash(`${WRITE} find_waits; echo "<$AFTER>"`).stdout).toBe(`<${waits}>\n`);
});

test('a service waits for the network as long as the machine is told to', async () => {
  const machine = await webMachine();
  machine.write('etc/leanos-init/local', 'NETWORK_DEADLINE=1\n');
  machine.write('proc/net/route', 'Iface\tDestination\n');
  machine.write('proc/net/ipv6_route', '');
  machine.ash('rm "$ROOT/run/leanos/drivers"'); // one may still come
  const {status, stderr} = machine.ash(`set -u; ${WRITE} nap() { :; }; await network`);
  expect({status, stderr}).toEqual({status: 0, stderr: ''});
  expect(said(machine)).toContain('warning: web: there is no network after 1 seconds');
});
