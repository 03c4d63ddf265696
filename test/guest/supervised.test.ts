import {mkdirSync, readdirSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {serviceFiles, serviceLines, type Service} from '../../src/recipes/services.ts';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {CHECKOUT} from '../support/built-image.ts';

const SCRIPTS = join(CHECKOUT, 'init-scripts/services/usr');
const LIBRARIES =
  '. "$ROOT/usr/lib/leanos/system.sh"; . "$ROOT/usr/lib/leanos/services.sh"; . "$ROOT/usr/lib/leanos/enter-service.sh";';

/** Counts the programs of a test that hang. */
const HANGING = `ps -o args | grep -cx 'sleep 8642'`;

const SERVICE: Service = {
  name: 'payload',
  command: ['/usr/lib/payload/it', "it's", 'two  words', '$HOME "`'],
  environment: {GREETING: "don't panic"},
  user: 'payload',
  onEnd: 'restart',
  after: [],
  onConsole: true,
  capabilities: [10],
  confinesItself: false,
};

async function serviceMachine(service: Partial<Service> = {}): Promise<FakeMachine> {
  const machine = await fakeMachine();
  const libraries = join(machine.root, 'usr/lib/leanos');
  for (const name of readdirSync(join(SCRIPTS, 'lib/leanos')))
    symlinkSync(join(SCRIPTS, 'lib/leanos', name), join(libraries, name));
  for (const {path, content} of serviceFiles([{...SERVICE, ...service}])) machine.write(path, content);
  machine.write('etc/passwd', 'root:x:0:0::/root:/bin/sh\n');
  machine.write('usr/etc/passwd', 'root:x:0:0::/root:/bin/sh\npayload:x:101:102::/:/bin/false\n');
  machine.write('proc/uptime', '100.5 1\n');
  return machine;
}

/** What a supervisor would say that the payload does. */
function says(machine: FakeMachine, state: string, more = ''): void {
  machine.write(
    'run/leanos/services/payload/status',
    `state=${state}\npid=42\nstarts=2\nfailures=0\nsince=60\nlast='ended with status 3'\n${more}`,
  );
}

/** leanos-service or leanos-payload, as root: naps take no time. */
function call(machine: FakeMachine, words: string, before = ''): ReturnType<FakeMachine['ash']> {
  const [name = '', ...rest] = words.split(' ');
  return machine.ash(`set -- ${rest.join(' ')}; ${before} ROOT=$ROOT; . "${join(SCRIPTS, 'sbin', name)}"`);
}

describe('a row', () => {
  test('gives the program its words, its environment and its rights, and nothing else', async () => {
    const machine = await serviceMachine();
    const {stdout, stderr} = machine.ash(
      `${LIBRARIES} load_service payload; find_user "$RUN_AS"; eval "set -- $ENVIRONMENT -- $COMMAND"; printf '<%s>' "$@" "$ids" "$CAPABILITIES" "$FOLDER" "$CONSOLE" "$END"`,
    );
    expect({stdout, stderr}).toEqual({
      stdout:
        "<GREETING=don't panic><--></usr/lib/payload/it><it's><two  words><$HOME \"`><101:102><10></var/lib/payload></dev/console><>",
      stderr: '',
    });
  });

  test.each(['', '../payload', 'other', '*'])('there is none of the name "%s"', async (name) => {
    const machine = await serviceMachine();
    expect(machine.ash(`${LIBRARIES} load_service '${name}'`).status).toBe(1);
  });

  test('init keeps its supervisor running, and ends all before the system’s own end', () => {
    expect(serviceLines([{...SERVICE}], false)).toEqual([
      '::respawn:/usr/lib/leanos/serve payload',
      '::shutdown:/usr/lib/leanos/stop-services',
    ]);
    expect(serviceLines([{...SERVICE, timer: 'every 5'}], false)).toContain('::respawn:/usr/lib/leanos/tick');
    expect(serviceLines([], false)).toEqual([]);
  });
});

test('its folders are there before it is: its own, that of what it does, and that of its log', async () => {
  const machine = await serviceMachine();
  const {stderr, stdout} = machine.ash(
    `${LIBRARIES} chown() { echo "chown $1 \${2#"$ROOT"}"; }; load_service payload; make_service_folders; make_service_folders; stat -c %a "$ROOT/var/lib/payload" "$here/control"; ls -d "$ROOT/var/log/leanos" >/dev/null`,
  );
  const owned = 'chown 101:102 /var/lib/payload\n';
  expect({stderr, stdout}).toEqual({stderr: '', stdout: `${owned}${owned}750\n600\n`});
});

test('a limit that the kernel does not know is said, and nothing else ends for it', async () => {
  const machine = await serviceMachine({memoryBytes: 1_048_576});
  machine.write('sys/fs/cgroup/cgroup.procs', '');
  const script = `${LIBRARIES} load_service payload; make_service_group && echo well`;
  mkdirSync(join(machine.root, 'sys/fs/cgroup/service.payload/memory.max'), {recursive: true});
  expect(machine.ash(script).stdout).toBe('well\n');
  expect(machine.read('dev/console')).toBe(
    'warning: payload: this kernel does not limit memory.max to 1048576\n',
  );
});

describe('leanos-service', () => {
  test('says what the program does, and whether it runs', async () => {
    const machine = await serviceMachine();
    says(machine, 'running');
    const running = call(machine, 'leanos-service status payload');
    expect(running).toMatchObject({
      status: 0,
      stdout: 'payload: running, process 42, for 40 s, started 2 times\n',
    });
    says(machine, 'given-up');
    expect(call(machine, 'leanos-service status payload')).toMatchObject({
      status: 3,
      stdout: 'payload: given-up, ended with status 3, started 2 times\n',
    });
    expect(call(machine, 'leanos-service status').stdout).toBe(
      'payload: given-up, ended with status 3, started 2 times\n',
    );
  });

  test('one that is not there is named, with those that are', async () => {
    const machine = await serviceMachine();
    expect(call(machine, 'leanos-service status web')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /there is no web here; there are:\npayload: stopped, never started/,
      ) as string,
    });
    expect(call(machine, 'leanos-service what').status).toBe(2);
  });

  test('prints both halves of its log', async () => {
    const machine = await serviceMachine();
    machine.write('var/log/leanos/payload.log.old', 'one\n');
    machine.write('var/log/leanos/payload.log', 'two\n');
    expect(call(machine, 'leanos-service log payload').stdout).toBe('one\ntwo\n');
  });

  test.each([
    ['stop', 'stopped', 'd'],
    ['start', 'running', 'u'],
    ['restart', 'running', 'r'],
  ])('%s is told to the supervisor, and what came of it is said', async (verb, after, letter) => {
    const machine = await serviceMachine();
    says(machine, 'waiting');
    machine.ash('mkfifo "$ROOT/run/leanos/services/payload/control"');
    const obeying = `(read -r letter <"$ROOT/run/leanos/services/payload/control"; echo "$letter" >"$ROOT/heard"; sed -i 's/^state=.*/state=${after}/; s/^starts=2/starts=3/' "$ROOT/run/leanos/services/payload/status") & exec 7<>"$ROOT/run/leanos/services/payload/control";`;
    const {status, stdout} = call(machine, `leanos-service ${verb} payload`, obeying);
    expect(machine.read('heard')).toBe(`${letter}\n`);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^payload: ${after}, .*started 3 times\n$`));
  });

  test('an order that nobody would hear is an error', async () => {
    const machine = await serviceMachine();
    const {status, stderr} = call(machine, 'leanos-service stop payload');
    expect(status).toBe(1);
    expect(stderr).toContain('nobody supervises payload yet');
  });
});

describe('the health of services', () => {
  const CHECK = join(CHECKOUT, 'init-scripts/services/etc/leanos/health.d/services');
  const asked = async (state: string, health?: string, more = '') => {
    const machine = await serviceMachine({
      ...(health === undefined ? {} : {health}),
      ...(more.includes('timer') ? {timer: 'every 1'} : {}),
    });
    says(machine, state, more);
    return machine.ash(`ROOT=$ROOT; . "${CHECK}"`);
  };

  test.each<[string, string, string | undefined, string, number]>([
    ['has run for a while', 'running', undefined, '', 0],
    ['has just been started, and cannot tell', 'running', undefined, 'since=97', 1],
    ['has just been started, and says that it is well', 'running', 'exit 0', 'since=100', 0],
    ['runs and is not well', 'running', 'exit 3', '', 1],
    ['waits for its time', 'scheduled', undefined, '# timer', 0],
    ['its timer has just started', 'running', undefined, 'since=100 # timer', 0],
    ['its timer has started, and that is not well', 'running', 'exit 3', '# timer', 1],
    ['is given up', 'given-up', 'exit 0', '', 1],
    ['has done its work', 'ended', 'exit 3', '', 0],
    ['has ended by itself, and is started again and again', 'waiting', undefined, '', 1],
    ['somebody has stopped', 'stopped', 'exit 3', '', 0],
    ['has not been started yet', 'stopped', undefined, 'starts=0', 1],
  ])('one that %s', async (_what, state, health, more, status) => {
    const outcome = await asked(state, health, more);
    expect([outcome.status, outcome.stdout]).toEqual([status, status === 0 ? '' : 'payload\n']);
  });

  test('all are asked at once; what hangs is ended with all that it started, and all are named that are not well', async () => {
    const machine = await serviceMachine({health: 'sleep 8642 | cat'});
    for (const name of ['other', 'well']) {
      const health = name === 'well' ? `: >"$ROOT/was-asked"` : 'sleep 8642 | cat';
      for (const {path, content} of serviceFiles([{...SERVICE, name, health}])) machine.write(path, content);
      machine.write(`run/leanos/services/${name}/status`, 'state=running\nstarts=1\n');
    }
    says(machine, 'running');
    // A nap ends when everybody was asked, and hangs who is to.
    const naps = `nap() { until [ -e "$ROOT/all" ]; do [ "$(${HANGING})" != 2 ] || ! [ -e "$ROOT/was-asked" ] || : >"$ROOT/all"; done; }`;
    const library = machine.read('usr/lib/leanos/system.sh');
    machine.ash('rm "$ROOT/usr/lib/leanos/system.sh"');
    machine.write('usr/lib/leanos/system.sh', `${library}\n${naps}\n`);
    const {status, stdout} = machine.ash(`ROOT=$ROOT; . "${CHECK}"`);
    expect([status, stdout]).toEqual([1, 'other payload\n']);
    expect(machine.ash(HANGING).stdout).toBe('0\n');
  });
});

test('a service is ended when those that waited for it are', async () => {
  const machine = await serviceMachine();
  for (const [name, after] of [
    ['app', ['db', 'network']],
    ['db', []],
  ] as const)
    for (const {path, content} of serviceFiles([{...SERVICE, name, after}])) machine.write(path, content);
  const stubs = `order() { echo "x $name" >>"$ROOT/orders"; echo state=stopped >"$here/status"; [ "$name" != app ] || sleep 0.5; }; nap() { sleep 0.1; }`;
  for (const name of ['app', 'db', 'payload'])
    machine.write(`run/leanos/services/${name}/status`, 'state=running\nstarts=1\n');
  const {stderr} = machine.ash(
    `sed "/^\\. .*services.sh/a ${stubs.replaceAll('"', '\\"').replaceAll('$', '\\$')}" "${join(SCRIPTS, 'lib/leanos/stop-services')}" >"$ROOT/stop"; . "$ROOT/stop"`,
  );
  expect(stderr).toBe('');
  const orders = machine.read('orders').trim().split('\n');
  expect([...orders].sort()).toEqual(['x app', 'x db', 'x payload']);
  expect(orders.indexOf('x db')).toBeGreaterThan(orders.indexOf('x app'));
});

test('what this machine says of a service counts beside its row', async () => {
  const machine = await serviceMachine();
  machine.write('etc/leanos-init/services/payload.local', `ENVIRONMENT="$ENVIRONMENT 'MORE=1'" TRIES=2\n`);
  const {stdout} = machine.ash(
    `${LIBRARIES} load_service payload; eval "set -- $ENVIRONMENT"; printf '<%s>' "$@" "$TRIES" "$RUN_AS"; load_service payload.local || echo none`,
  );
  expect(stdout).toBe("<GREETING=don't panic><MORE=1><2><payload>none\n");
});

test('files of variables are read as systemd reads them, and one that has to be there is missed', async () => {
  const machine = await serviceMachine();
  machine.write(
    'etc/default/web',
    `# a comment\n; another\nA=1\nB="two  words"\nC='it\\''s'\nD=it's\nnot a variable\nE F=x\n1G=x\nH=$HOME\nI=one \\\ntwo`,
  );
  const read = (files: string): ReturnType<FakeMachine['ash']> =>
    machine.ash(
      `${LIBRARIES} load_service payload; ENVIRONMENT=''; read_environment '${files}' root || exit; eval "set -- $ENVIRONMENT"; printf '<%s>' "$@"`,
    );
  expect(read('/etc/default/web -/etc/default/other').stdout).toBe(
    "<A=1><B=two  words><C=it''s><D=it's><H=$HOME><I=one two>",
  );
  expect(read('/etc/default/other')).toMatchObject({
    status: 1,
    stderr: 'error: there is no /etc/default/other\n',
  });
});

test('folders of a unit have its mode and its owner, each time they are made', async () => {
  const machine = await serviceMachine();
  machine.write('usr/etc/group', 'root:x:0:\nwww:x:77:\n');
  machine.write('etc/group', 'root:x:0:\n');
  machine.write(
    'etc/leanos-init/services/payload.local',
    "RUN_AS=root OWNER=payload RUN_GROUP=www FOLDERS='/run/web:2755:own /etc/web:0700:root'\n",
  );
  const {stdout, stderr} = machine.ash(
    `${LIBRARIES} chown() { echo "chown $1 \${2#"$ROOT"}"; }; load_service payload; make_service_folders; stat -c %a "$ROOT/run/web" "$ROOT/etc/web"`,
  );
  expect({stdout, stderr}).toEqual({
    stdout: 'chown 101:77 /var/lib/payload\nchown 101:77 /run/web\n2755\n700\n',
    stderr: '',
  });
});

/** In place of leanos-confine: what it was asked for, and then the program with it. */
const CONFINER = `#!/bin/sh
echo "confined: \${*%% --*}" >>"\${0%/*}/asked"
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
`;

/** A machine whose service has these lines beside its row, and a way to run a text with its libraries. */
async function steppingMachine(
  lines: string,
): Promise<{machine: FakeMachine; ash: (text: string) => string}> {
  const machine = await serviceMachine();
  says(machine, 'running');
  machine.write('confiner', CONFINER, 0o755);
  machine.write('etc/leanos-init/services/payload.local', lines);
  return {
    machine,
    ash: (text) => {
      const {stdout, stderr} = machine.ash(
        `CONFINER=$ROOT/confiner; ${LIBRARIES} load_service payload; ${text}`,
      );
      return `${stdout}${stderr}`;
    },
  };
}

test('reload is what its unit says, with its environment and its process, as the service is run', async () => {
  const {machine} = await steppingMachine(
    `RELOAD="'echo \\"\\$GREETING\\" \\$MAINPID'"\nENVIRONMENT="'GREETING=a  b'"\n`,
  );
  const reload = () => call(machine, 'leanos-service reload payload', 'CONFINER=$ROOT/confiner;');
  expect(reload()).toEqual({status: 0, stdout: 'a  b 42\n', stderr: ''});
  expect(machine.read('asked')).toBe(
    'confined: folder=/var/lib/payload write=/var/lib/payload user=101:102 filter=1 keep=10\n',
  );
  machine.write('run/leanos/services/payload/status', 'state=waiting\npid=0\nstarts=1\n');
  expect(reload()).toMatchObject({status: 1, stdout: ''});
  says(machine, 'running');
  machine.ash('rm "$ROOT/etc/leanos-init/services/payload.local"');
  expect(reload()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('restart does') as string,
  });
});

test('commands of a unit run in their order, as the service or, where it says so, as root; the first that fails ends them', async () => {
  const {machine, ash} = await steppingMachine(`UMASK=007\nOWNER=payload RUN_AS=root CAPABILITIES=all\n`);
  const steps = `run_steps "'umask' '+echo as root' 'exit 3' '+echo not this'"; echo $?`;
  expect(ash(steps)).toBe('0007\nas root\n3\n');
  expect(machine.read('asked').trim().split('\n')).toHaveLength(2);
  expect(machine.read('asked')).toMatch(/^(confined: .* user=101:102 filter=1\n){2}$/);
});

test('a program that root runs has all that root may only where nobody else’s account is named', async () => {
  const {ash} = await steppingMachine('CAPABILITIES=all\n');
  expect(ash('prepare_as "$RUN_AS"; echo "$confine"; RUN_AS=root; prepare_as root; echo "$confine"')).toMatch(
    /^\S* folder=\S* write=\S* user=101:102 filter=1 --\n\S* folder=\S* write=\S* filter=1 --\n$/,
  );
});

test('how a unit ends its program comes before the signal, which comes however that went', async () => {
  const {machine} = await steppingMachine(`HALT="'echo stops; exit 1'" SIGNAL=INT\n`);
  const halt = join(SCRIPTS, 'lib/leanos/halt-service');
  const {stdout, stderr} = machine.ash(
    `CONFINER=$ROOT/confiner; ROOT=$ROOT; set -- payload; kill() { echo "kill $*"; }; . "${halt}"`,
  );
  expect({stdout, stderr}).toEqual({stdout: 'stops\nkill -INT 42\n', stderr: ''});
});

test.each([
  ['is another account’s', 'chown 4321 "$file"'],
  ['everybody can write to', 'chmod 0646 "$file"'],
  ['lies in a folder of another account', 'chown 4321 "${file%/*}"'],
  ['lies in a folder that its group can write to', 'chmod 0775 "${file%/*}"'],
  ['is a link', 'mv "$file" "$ROOT/etc/other"; ln -s ../other "$file"'],
  ['a link leads to', 'mv "$ROOT/etc/web" "$ROOT/etc/other"; ln -s other "$ROOT/etc/web"'],
])('a file of variables that %s says nothing to root, and is read as the service', async (_what, change) => {
  const {machine, ash} = await steppingMachine(
    'ENVIRONMENT="" ENVIRONMENT_FILES="-/etc/web/env -/etc/mine"\n',
  );
  machine.write('etc/web/env', 'BASH_ENV=/tmp/evil\nA=1\n');
  machine.write('etc/mine', 'B=2\n');
  ash(`file=$ROOT/etc/web/env; ${change}`);
  const read = `run_steps "'+echo \\"<\\$BASH_ENV\\$A\\$B>\\"'"`;
  expect(ash(read)).toBe(
    '<2>\nerror: others than root can change /etc/web/env: nothing that runs as root reads it\n',
  );
  expect(ash(`ENVIRONMENT_FILES=/etc/web/env; ${read}; echo $?`)).toMatch(/^1\nerror: others/);
  expect(machine.has('asked')).toBe(false);
  expect(ash(`run_steps "'echo \\"<\\$A\\$B>\\"'"`)).toMatch(/<12>/);
  expect(machine.read('asked').split('\n')[0]).toBe('confined: user=101:102 open=1');
});

test('a program has its environment, whatever it is called, and nothing of who starts it; no command line has it', async () => {
  const {machine, ash} = await steppingMachine('');
  const given = `"'SECRET=a b' 'step=1' 'FOLDER=x' 'name=y' 'IFS=12' 'OPTIND=x' 'no word' '9=x' 'a.b=c' '-x'"`;
  const text = ash(
    `export SECRET=old OTHER=x FOLDER name; exec() { echo "$*" >>"$ROOT/words"; command exec "$@"; }; ENVIRONMENT=${given}; (become /bin/cat /proc/self/environ)`,
  );
  expect(machine.read('words')).toMatch(/^\/bin\/cat.\/proc\/self\/environ\n$/); // as IFS has it
  const words = text.split('\0').filter((word) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(word));
  expect(words.sort()).toEqual([
    '',
    'FOLDER=x',
    'HOME=/var/lib/payload',
    'IFS=12',
    'OPTIND=x',
    'PATH=/usr/bin',
    'SECRET=a b',
    'name=y',
    'step=1',
  ]);
});
