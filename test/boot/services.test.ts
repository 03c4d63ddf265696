import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {boot, type Machine} from '../../src/index.ts';
import {builtDisk} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

const PORT = 80;
const project = temporary();

/** A file of the project. */
function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(project, path)), {recursive: true});
  writeFileSync(join(project, path), text, {mode});
}

write(
  'images/web.yaml',
  `extends: leanos/test
overlays: [overlays/web]
packages: [logrotate, cron]
services:
  web:
    run: httpd -f -p ${PORT} -h /usr/share/www
    after: [network]
    health: wget -q -O /dev/null http://127.0.0.1/
    ports: [${PORT}]
  db: {run: sh /usr/lib/web/ends-slowly db, console: true}
  app: {run: sh /usr/lib/web/ends-slowly app, console: true, after: [db]}
  fails: {run: sleep 1000000}
  forks: {run: sh /usr/lib/web/forks}
  daemon: {unit: daemon.service, without: [ExecStartPost]}
  greedy: {run: sleep 1000000, memory: 8MiB, cpu: 50%, tasks: 4}
  job: {run: echo at work, every: 1s}
  logrotate: {unit: logrotate.service, every: 30s}
  cron: {unit: cron.service, without: [KillMode]}
  flood: {run: seq 1 100000, restart: on-failure}
  told:
    run: sh -c 'echo "$A $B"; cat /etc/told/conf; exec sleep 1000000'
    environment: {A: image, B: image}
    files: {/etc/told/conf: templates/told.conf}
`,
);
write('templates/told.conf', '{{ hostname }} at {{ v1.local_ipv4 }}');
const userData = `#cloud-config
leanos: {services: {told: {environment: {B: "it's mine"}}, nobody: {environment: {A: b}}}}
`;
write('overlays/web/usr/share/www/index.html', 'hello from a service\n');
write(
  'overlays/web/usr/lib/web/ends-slowly',
  "trap 'sleep 1; echo $1 is over; exit' TERM\nwhile :; do sleep 0.2; done\n",
);
write(
  'overlays/web/usr/lib/systemd/system/daemon.service',
  `[Service]
Type=forking
PIDFile=/run/daemon/pid
EnvironmentFile=-/etc/default/daemon
Environment="GREETING=two  words"
User=_daemon
RuntimeDirectory=daemon
UMask=007
LimitNOFILE=99
AmbientCapabilities=CAP_NET_BIND_SERVICE
ExecStartPre=+/usr/bin/touch /run/asked
ExecStart=/usr/bin/sh /usr/lib/web/daemon $MORE \${GREETING}
ExecStartPost=/nowhere
ExecReload=/usr/bin/sh -c 'id -un >/run/daemon/reloads'
ExecReload=+/usr/bin/sh -c 'id -un >/run/asked'
ExecReload=/usr/bin/kill -HUP $MAINPID
KillSignal=SIGUSR1
`,
);
write('overlays/web/etc/default/daemon', '# of the unit\nMORE="a b"\n');
write(
  'overlays/web/usr/lib/web/daemon',
  `id -un; printf '<%s>' "$@"; ulimit -n; umask; stat -c '%U %a' /run/daemon
grep CapEff /proc/self/status
(
  trap 'echo reload' HUP
  trap 'echo over; exit' USR1
  sh -c 'echo $PPID' >/run/daemon/pid
  while :; do sleep 0.2; done
) &
until [ -s /run/daemon/pid ]; do :; done
`,
);
write('overlays/web/etc/logrotate.d/web', '/var/log/web/*.log {\n  size 1\n  missingok\n}\n');
write('overlays/web/etc/cron.d/web', '* * * * * root /usr/bin/touch /run/minute\n');
write('overlays/web/etc/cron.hourly/web', '#!/bin/sh\necho of the hour\n', 0o755);
write('overlays/web/usr/lib/web/forks', 'setsid sleep 4321 &\n(setsid setsid sleep 4321 &)\nsleep 4321\n');

let machine: Machine;
beforeAll(async () => {
  machine = await boot(builtDisk(project, 'web'), {
    memoryMib: 160,
    timeoutMs: 400_000,
    user: 'leanos',
    ports: [PORT],
    seed: {userData, hostname: 'told-1'},
  });
}, 600_000);
afterAll(() => machine[Symbol.asyncDispose]());

/** What a command prints, as root. */
async function asRoot(command: string): Promise<string> {
  const {stdout, stderr} = await machine.exec(command, {root: true});
  return `${stdout}${stderr}`;
}

/** Runs a command until what it prints fits. */
async function until(command: string, pattern: RegExp): Promise<string> {
  for (;;) {
    const text = await asRoot(command);
    if (pattern.test(text)) return text;
  }
}

const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${machine.port(PORT)}/`)).text();

test('a service answers on its port, and each has its control group, however many start at once', async () => {
  await until('leanos-service status web', /running/);
  await until('wget -q -O - http://127.0.0.1/', /hello/);
  expect(await page()).toBe('hello from a service\n');
  const groups = await asRoot('for f in /proc/[0-9]*/cgroup; do cat $f; done | sort -u');
  for (const name of ['web', 'app', 'db', 'forks']) expect(groups).toContain(`0::/service.${name}\n`);
  // Who asks without a pause keeps the ESP from whoever gives the tries back.
  await until('sleep 3; leanos-update status', /tries: A 3/);
});

test('a file is filled in with what the instance is, and #cloud-config sets an environment', async () => {
  await until('leanos-service log told', /^image it's mine\ntold-1 at 10\.0\.2\.15\n$/);
  expect(await asRoot('leanos-status')).toContain('leanos/services/nobody: this image has no such service');
  await asRoot('echo told-2 >/proc/sys/kernel/hostname; /usr/lib/leanos/refresh-services');
  await until('leanos-service log told', /image it's mine\ntold-2 at 10\.0\.2\.15\n$/);
});

test('what ends again and again is given up, and what this machine says of it counts beside the row', async () => {
  await asRoot(
    'echo COMMAND=/usr/bin/false TRIES=3 DELAY=100 >/etc/leanos-init/services/fails.local; kill $(ps -o pid,args | sed -n "s/^ *\\([0-9]*\\) .*[s]upervise name=fails .*/\\1/p")',
  );
  const end = 'ended with status 1, 3 times in a row: it is given up until somebody starts it';
  await until('leanos-service log fails', new RegExp(`error: fails ${end}`));
  expect(await asRoot('leanos-service status fails')).toMatch(/^fails: given-up, ended with status 1/);
  expect(await asRoot('leanos-status')).toContain(`error: fails ${end}`);
  expect(await asRoot('/etc/leanos/health.d/services')).toContain('fails');
  await asRoot('rm /etc/leanos-init/services/fails.local; leanos-service stop fails');
  await until('leanos-service status fails', /^fails: stopped/);
});

test('one that takes more memory than it may have is ended, and that is said', async () => {
  const row = 'dd if=/dev/zero of=/dev/null bs=64M';
  await asRoot(
    `echo "COMMAND='/usr/bin/${row}'" >/etc/leanos-init/services/greedy.local; leanos-service restart greedy`,
  );
  const said = 'warning: greedy killed: it needed more memory than it may have: started again in 1 s';
  await until('leanos-service log greedy', new RegExp(said));
  expect(
    await asRoot(
      'leanos-service stop greedy >/dev/null; cd /sys/fs/cgroup/service.greedy; cat memory.max pids.max cpu.max',
    ),
  ).toBe(`${8 * 2 ** 20}\n4\n50000 100000\n`);
});

test('a log keeps its end, within its limit', async () => {
  await until('leanos-service status flood', /ended with status 0/);
  expect(await asRoot('leanos-service log flood | tail -n 2 | head -n 1')).toBe('100000\n');
  const kib = await asRoot('du -c /var/log/leanos/flood.log* | tail -n 1');
  expect(Number.parseInt(kib, 10)).toBeLessThanOrEqual(256 + 8);
});

test('a unit of systemd says what a service is: what is asked first, its account, its folders, what it goes on as, its end', async () => {
  await until('leanos-service reload daemon; leanos-service log daemon', /reload/);
  expect(
    await asRoot('cat /run/daemon/reloads /run/asked; leanos-service stop daemon; leanos-service log daemon'),
  ).toMatch(
    /^_daemon\nroot\ndaemon: stopped, .*\n_daemon\n<a><b><two {2}words>99\n0007\n_daemon 755\nCapEff:\t0000000000000400\n(reload\n)+over\n$/,
  );
});

test('a timer starts its service again and again, and stops with it', async () => {
  await until('leanos-service log job', /at work\nat work\nat work\n/);
  await until('leanos-service status job', /^job: scheduled, ended with status 0/);
  expect(await asRoot('leanos-service stop job')).toMatch(/^job: stopped/);
});

test('a timer has logrotate turn logs, and cron does what its tables and folders have', async () => {
  await asRoot('mkdir -p /var/log/web && echo one >/var/log/web/a.log');
  await until('cat /var/log/web/a.log.1', /^one\n/);
  await until('leanos-service status logrotate', /^logrotate: scheduled, ended with status 0/);
  expect(await asRoot('sed -n "s/^17.*root//p" /etc/crontab >/run/hourly; sh /run/hourly')).toBe(
    'of the hour\n',
  );
  await until('[ ! -e /run/minute ] || leanos-service status cron', /^cron: running/);
});

test('nothing stays of one that is stopped, wherever it has put itself', async () => {
  await until('ps -o args | grep -cx "sleep 4321"', /^3\n/);
  expect(await asRoot('leanos-service stop forks')).toMatch(/^forks: stopped, killed by signal 15/);
  expect(await asRoot('ps -o args | grep -cx "sleep 4321"')).toBe('0\n');
  expect(await asRoot('leanos-service start forks')).toMatch(/^forks: running/);
  expect(await asRoot('leanos-service restart forks')).toMatch(/^forks: running, .* started 3 times/);
});

test('at the end of the system each ends before what it waited for; the next start goes well with a full disk', async () => {
  await until('leanos-service status app', /running/);
  await asRoot('dd if=/dev/zero of=/var/full bs=64k; sync');
  await machine.reboot();
  expect(machine.console.text).toMatch(/^app is over\r?$[^]*^db is over\r?$/m);
  await until('wget -q -O - http://127.0.0.1/', /hello/);
  expect(await page()).toBe('hello from a service\n');
  await until('leanos-service status app', /running/);
});
