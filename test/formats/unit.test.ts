import {describe, expect, test} from 'vitest';
import {quotedWord, splitWords} from '../../src/core/words.ts';
import {unitService} from '../../src/formats/unit/unit-service.ts';

/** What is read of lines of [Service], without what is empty. */
function read(service: string, without: readonly string[] = []): ReturnType<typeof unitService> {
  const unit = unitService(`[Unit]\nAfter=network.target\n[Service]\n${service}\n[Install]\nAlias=x\n`, {
    name: 'web',
    unit: 'web.service',
    without,
  });
  const said = Object.entries(unit.variables).filter(([, value]) => value !== '');
  return {...unit, variables: Object.fromEntries(said)};
}
const OPEN = {CONFINE: '1', OPEN: '1', FILTER: '0', RUN_AS: 'root', CAPABILITIES: 'all'};

test('a server that goes into the background, is asked first whether it may, and says how it ends', () => {
  const {variables, unknown} = read(`Type=forking
PIDFile=/run/web.pid
# the same twice
ExecStartPre=/usr/sbin/web -t \\
  -g 'daemon on;'
ExecStart=/usr/sbin/web -g 'daemon on;'
ExecReload=/usr/sbin/web -s reload
ExecStop=-/sbin/start-stop-daemon --stop --pidfile /run/web.pid
TimeoutStopSec=1min 5s
KillMode=mixed`);
  expect(unknown).toEqual([]);
  expect(variables).toEqual({
    ...OPEN,
    COMMAND: String.raw`'/usr/bin/sh' '-fc' ''\''/usr/sbin/web'\'' '\''-t'\'' '\''-g'\'' '\''daemon on;'\'' || exit; exec '\''/usr/sbin/web'\'' '\''-g'\'' '\''daemon on;'\'''`,
    FORKS: '/run/web.pid',
    RELOAD: quotedWord("'/usr/sbin/web' '-s' 'reload' || exit; "),
    HALT: quotedWord("'/sbin/start-stop-daemon' '--stop' '--pidfile' '/run/web.pid' || :; "),
    PATIENCE: '65000',
  });
});

test('a server of its own account, its folders, its limits, and a system that it cannot write to', () => {
  const {variables, user, group, leftOut} = read(`Type=notify
ExecStart=/usr/bin/web --conf %E/web.conf
User=web
Group=www
RuntimeDirectory=web
RuntimeDirectoryMode=2755
StateDirectory=web
UMask=007
LimitNOFILE=65535
LimitMEMLOCK=64M
LimitCORE=infinity
MemoryMax=1G
TasksMax=32
CPUQuota=50%
Restart=on-failure
RestartSec=100ms
ProtectSystem=strict
PrivateTmp=yes
SystemCallFilter=@system-service
ReadWritePaths=-/var/run/web
AmbientCapabilities=CAP_NET_BIND_SERVICE
KillSignal=SIGINT`);
  expect({user, group, leftOut}).toEqual({user: 'web', group: 'www', leftOut: []});
  expect(variables).toEqual({
    COMMAND: "'/usr/bin/web' '--conf' '/etc/web.conf'",
    ENVIRONMENT: "'RUNTIME_DIRECTORY=/run/web' 'STATE_DIRECTORY=/var/lib/web'",
    RUN_AS: 'web',
    RUN_GROUP: 'www',
    END: 'true',
    DELAY: '100',
    SIGNAL: 'INT',
    CONFINE: '1',
    CAPABILITIES: '10',
    WRITES: '/run/web /var/lib/web /run/web',
    FOLDERS: '/run/web:2755:own /var/lib/web:0755:own',
    UMASK: '007',
    LIMITS: 'c:unlimited l:65536 n:65535',
    TASKS: '32',
    MEMORY: String(2 ** 30),
    CPU: '50000 100000',
  });
});

test('variables of the environment are put into its words where it runs, and a dollar that is doubled is one', () => {
  const {variables, environmentFiles} = read(`EnvironmentFile=-/etc/default/web
Environment="CONFIG=/etc/a b" X=y
ExecStart=/usr/bin/web $ARGS -f \${CONFIG} 'x$$y' 100%%`);
  expect(environmentFiles).toEqual(['/etc/default/web']);
  expect(variables).toMatchObject({
    ENVIRONMENT: "'CONFIG=/etc/a b' 'X=y'",
    ENVIRONMENT_FILES: '-/etc/default/web',
    COMMAND: String.raw`'/usr/bin/sh' '-fc' 'exec '\''/usr/bin/web'\'' $ARGS '\''-f'\'' "${'$'}{CONFIG}" '\''x'\'''\''$'\'''\''y'\'' '\''100%'\'''`,
  });
});

test('what root may is what its bounds leave; one that begins as root for its account owns its folders', () => {
  expect(read('ExecStart=/x\nCapabilityBoundingSet=CAP_SETUID CAP_SETGID').variables).toMatchObject({
    CAPABILITIES: '7 6',
  });
  const without = read('ExecStart=/x\nCapabilityBoundingSet=~CAP_SYS_ADMIN').variables['CAPABILITIES'];
  expect(without?.split(' ')).toHaveLength(40);
  expect(without?.split(' ')).not.toContain('21');
  expect(read('User=_x\nExecStart=!/x\nStateDirectory=x')).toMatchObject({
    user: '_x',
    variables: {RUN_AS: 'root', OWNER: '_x'},
  });
});

/** What a shell makes of the words of a row, with the quotes of their own words taken away. */
const steps = (words = ''): string[] => (splitWords(words) ?? []).map((step) => step.replaceAll("'", ''));

test.each<[string, string, Readonly<Record<string, readonly string[]>>]>([
  [
    'before the program, in their order: those of its account right before it in one with it',
    'User=x\nExecStartPre=/a\nExecStartPre=+/b\nExecStartPre=!/c\nExecStartPre=-/d\nExecStart=/e',
    {
      BEFORE: ['/a || exit; ', '+/b || exit; /c || exit; '],
      COMMAND: ['/usr/bin/sh', '-fc', '/d || :; exec /e'],
    },
  ],
  [
    'before a program that begins as root for its account',
    'User=x\nExecStartPre=/a\nExecStartPre=+/b\nExecStart=!/c',
    {
      BEFORE: ['/a || exit; '],
      COMMAND: ['/usr/bin/sh', '-fc', '/b || exit; exec /c'],
      RUN_AS: ['root'],
      OWNER: ['x'],
    },
  ],
  [
    'beside it',
    'User=x\nExecStart=/a\nExecReload=/b $MAINPID\nExecReload=+-/c\nExecStop=/d\nKillSignal=SIGQUIT',
    {RELOAD: ['/b $MAINPID || exit; ', '+/c || :; '], HALT: ['/d || exit; '], SIGNAL: ['QUIT']},
  ],
])('what runs %s is its account’s, and root’s only where it says so', (_what, text, wanted) => {
  const {variables} = read(text);
  const found = Object.keys(wanted).map((name) => [name, steps(variables[name])]);
  expect(Object.fromEntries(found)).toEqual(wanted);
});

test.each([
  ['an empty value takes back those before', 'ExecStart=/a\nExecStart=\nExecStart=/b', "'/b'"],
  ['one of many that end by themselves', 'Type=oneshot\nExecStart=/a\nExecStart=/b', "'/a'"],
])('%s', (_what, text, command) => {
  expect(read(text).variables['COMMAND']?.replaceAll(String.raw`'\''`, "'")).toContain(command);
});

describe('what is not understood is named', () => {
  test.each([
    'ExecStartPost=/x',
    'BindPaths=/a:/b',
    'Type=dbus',
    'KillMode=process',
    'ExecStart=@/x y',
    'ExecStart=/x %i',
    'CapabilityBoundingSet=CAP_TIME_TRAVEL',
    'Sockets=x.socket',
    'RestartSec=soon',
    `RestartSec=${'1'.repeat(100)}!`,
  ])('%s', (line) => {
    expect(read(`ExecStart=/a\n${line}`).unknown).toEqual([line]);
  });

  test('unless it is left out on purpose', () => {
    expect(read('ExecStart=/a\nExecStartPost=/x', ['ExecStartPost']).unknown).toEqual([]);
  });

  test('what takes something away is left out of one that is open, and said', () => {
    expect(read('ExecStart=/a\nPrivateTmp=yes\nProtectHome=yes').leftOut).toEqual([
      'PrivateTmp',
      'ProtectHome',
    ]);
  });
});
