import {execFileSync, spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, onTestFinished, test} from 'vitest';
import {serviceProgram} from '../support/service-programs.ts';
import {temporary} from '../support/temporary.ts';

let supervise: string;
let confine: string;
beforeAll(async () => {
  supervise = await serviceProgram('leanos-supervise');
  confine = await serviceProgram('leanos-confine');
}, 600_000);

interface Supervised {
  readonly folder: string;
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
  order(letters: string): void;
  /** What the file holds, as soon as it fits. */
  read(name: string, pattern: RegExp): Promise<string>;
}

/** A shell program that is supervised, with words that differ from those of a guest in how long things take. */
function supervised(program: string, words: Readonly<Record<string, string>> = {}): Supervised {
  const folder = temporary();
  execFileSync('mkfifo', [join(folder, 'control')]);
  writeFileSync(join(folder, 'program'), `#!/bin/sh\n${program}\n`, {mode: 0o755});
  const all = {
    name: 'it',
    folder,
    log: join(folder, 'log'),
    bytes: '65536',
    console: join(folder, 'console'),
    notes: join(folder, 'notes'),
    group: '',
    end: '',
    halt: '',
    forks: '',
    timer: '',
    delay: '10',
    longest: '20',
    tries: '3',
    steady: '60000',
    patience: '200',
    ...words,
  };
  writeFileSync(join(folder, 'console'), '');
  const list = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  const process = spawn(supervise, [...list, '--', join(folder, 'program'), 'one', 'two  words'], {
    stdio: 'ignore',
    env: {FOLDER: folder},
  });
  const ended = new Promise((resolve) => process.once('exit', resolve));
  onTestFinished(async () => {
    process.kill('SIGTERM');
    await ended;
  });
  return {
    folder,
    process,
    ended,
    order: (letters) => appendFileSync(join(folder, 'control'), letters),
    async read(name, pattern) {
      const file = join(folder, name);
      for (;;) {
        const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
        if (pattern.test(text)) return text;
        await sleep(5);
      }
    },
  };
}

describe('leanos-supervise', () => {
  test('a program has its words and its environment, no input, and its output is logged and shown', async () => {
    const it = supervised('echo "$# $2 in $FOLDER"; cat; echo error >&2; sleep 60');
    const text = `2 two  words in ${it.folder}\nerror\n`;
    expect(await it.read('log', /error\n/)).toBe(text);
    expect(await it.read('console', /error\n/)).toBe(text);
    expect(await it.read('status', /^state=running\n/)).toMatch(
      /^state=running\npid=\d+\nstarts=1\nfailures=0\nsince=\d+\nlast=''\n$/,
    );
  });

  test('one that ends is started again, and given up when it has ended too often in a row: all that is said', async () => {
    const it = supervised('echo here; exit 3');
    const status = await it.read('status', /state=given-up/);
    expect(status).toMatch(/\nstarts=3\nfailures=3\n/);
    expect(status).toContain("last='ended with status 3'");
    const log = await it.read('log', /given up/);
    expect(log.match(/^here$/gm)).toHaveLength(3);
    expect(log).toContain(
      'warning: it ended with status 3: started again in 1 s\ninfo: it is started again\n',
    );
    const end = 'error: it ended with status 3, 3 times in a row: it is given up until somebody starts it\n';
    expect(log.endsWith(end)).toBe(true);
    expect(await it.read('console', /given up/)).toBe(log);
    expect(await it.read('notes', /given up/)).toBe(end);
    it.order('r');
    expect(await it.read('status', /starts=[456]\n/)).toMatch(/failures=[0123]\n/);
  });

  test('an end after a long run is not one in a row', async () => {
    const it = supervised('exit 3', {steady: '0'});
    await it.read('status', /starts=8\n/);
    expect(readFileSync(join(it.folder, 'log'), 'utf8')).not.toContain('given up');
  });

  test('a crash is told by its signal, and is no end that was asked for', async () => {
    const it = supervised('kill -SEGV $$', {end: '/nowhere'});
    expect(await it.read('log', /given up/)).toContain('it killed by signal 11: started again');
  });

  test('an end with status 0 runs what is to follow, once', async () => {
    const it = supervised('exit 0');
    await it.read('status', /given-up/);
    const folder = temporary();
    const end = join(folder, 'end');
    writeFileSync(end, `#!/bin/sh\necho off >>${folder}/done\n`, {mode: 0o755});
    const other = supervised('exit 0', {end});
    expect(await other.read('status', /state=ended/)).toMatch(/starts=1\n/);
    expect(await other.read('log', /status 0/)).toContain(`info: it ended with status 0: ${end}\n`);
    while (!existsSync(join(folder, 'done'))) await sleep(5);
    expect(readFileSync(join(folder, 'done'), 'utf8')).toBe('off\n');
  });

  test('it is stopped, started and restarted; what does not end by itself is killed, with all that it started', async () => {
    const it = supervised('trap "" TERM; sleep 1234 & echo $! >$FOLDER/child; while :; do sleep 0.1; done');
    await it.read('child', /\n/);
    const child = Number(readFileSync(join(it.folder, 'child'), 'utf8'));
    it.order('d');
    expect(await it.read('status', /state=stopped/)).toContain("last='killed by signal 9'");
    while (existsSync(`/proc/${child}`)) await sleep(5);
    it.order('u');
    expect(await it.read('status', /state=running/)).toContain('starts=2');
    it.order('r');
    expect(await it.read('status', /state=running\n[^]*starts=3/)).toContain('failures=0');
    it.order('x');
    await it.read('status', /state=stopped/);
    await it.ended;
    expect(it.process.exitCode).toBe(0);
  });

  test('no order comes after the end of the system', async () => {
    const it = supervised('trap "" TERM; echo on; while :; do sleep 0.1; done');
    await it.read('log', /on/);
    it.order('xu');
    await it.ended;
    expect(await it.read('status', /state=stopped/)).toContain('starts=1\n');
  });

  test('what is to end it is run in place of a signal', async () => {
    const halt = join(temporary(), 'halt');
    writeFileSync(halt, '#!/bin/sh\necho "halt $1"; kill -USR1 $(cat $FOLDER/pid)\n', {mode: 0o755});
    const it = supervised(
      'trap "" TERM; trap "exit 4" USR1; echo $$ >$FOLDER/pid; while :; do sleep 0.05; done',
      {halt, patience: '60000'},
    );
    await it.read('pid', /\n/);
    it.order('d');
    expect(await it.read('status', /state=stopped/)).toContain("last='ended with status 4'");
    expect(readFileSync(join(it.folder, 'log'), 'utf8')).toBe('halt it\n');
  });

  test('one that goes into the background is what it has left there, until that ends', async () => {
    const group = temporary();
    writeFileSync(join(group, 'cgroup.procs'), '');
    const pids = join(group, 'pids');
    const it = supervised(
      `sleep 0.2 & sleep 1357 & echo $! >${pids}; printf '%s\\n' 7777777 $! >${group}/cgroup.procs; exit 0`,
      {group, forks: pids},
    );
    await it.read('status', /state=running\n/);
    const left = Number(await it.read(`../${group.split('/').at(-1) ?? ''}/pids`, /\n/));
    await it.read('status', new RegExp(`pid=${left}\n`));
    process.kill(left, 'SIGKILL');
    expect(await it.read('log', /started again/)).toContain('warning: it killed by signal 9: started again');
  });

  test('one that ended for its memory is said to', async () => {
    const group = temporary();
    writeFileSync(join(group, 'memory.events'), 'low 0\noom 0\noom_kill 4\noom_group_kill 0\n');
    const it = supervised(`printf 'low 0\\noom_kill 5\\n' >${group}/memory.events; kill -9 $$`, {group});
    expect(await it.read('log', /started again/)).toContain(
      'warning: it killed: it needed more memory than it may have: started again in 1 s\n',
    );
  });

  test('a timer starts it when it is due, never twice at once, and not while somebody has stopped it', async () => {
    const it = supervised('echo here; [ ! -e $FOLDER/stay ] || sleep 1357; exit 3', {timer: '1'});
    expect(await it.read('status', /state=scheduled/)).toContain('starts=0\n');
    it.order('t');
    await it.read('status', /state=scheduled\n[^]*starts=1\n/);
    expect(await it.read('log', /status/)).toBe('here\nwarning: it ended with status 3\n');
    writeFileSync(join(it.folder, 'stay'), '');
    it.order('t');
    expect(await it.read('log', /here\n[^]*here\n/)).toBe('here\nwarning: it ended with status 3\nhere\n');
    it.order('t');
    await it.read('log', /info: it still runs: a time is passed over\n$/);
    it.order('d');
    await it.read('status', /state=stopped/);
    it.order('t');
    rmSync(join(it.folder, 'stay'));
    it.order('u');
    expect(await it.read('status', /state=scheduled/)).toContain('starts=3\n');
  });

  test('the log keeps the newer half of what it may have, and control characters are no one’s terminal’s', async () => {
    const it = supervised(
      String.raw`printf 'a\033[2J\tb\r\302\233c\303\244\n'; i=0; while [ $i -lt 2000 ]; do echo $i; i=$((i + 1)); done; sleep 60`,
      {bytes: '8192'},
    );
    await it.read('console', /\n1999\n/);
    expect(readFileSync(join(it.folder, 'console'), 'utf8')).toMatch(/^a\?\[2J\tb\?\u{c2}?\S*cä\n0\n1\n/u);
    // The newer half may just have become the older one.
    const halves = ['log.old', 'log'].map((name) => join(it.folder, name)).filter((path) => existsSync(path));
    expect(halves.map((path) => readFileSync(path, 'utf8')).join('')).toMatch(/\n1999\n$/);
    for (const path of halves) expect(statSync(path).size).toBeLessThanOrEqual(4096 + 4096);
  });

  test('what cannot be started is said', async () => {
    const folder = temporary();
    const it = supervised('exec /nowhere/program');
    expect(await it.read('log', /given up/)).toContain('ended with status 127');
    expect(spawnSync(supervise, [`folder=${folder}`, '--', '/bin/true']).status).toBe(1);
  });
});

describe('leanos-confine', () => {
  // A folder that its /tmp does not hide.
  const folder = join('/var/tmp', `leanos-confine-${process.pid}`);
  afterAll(() => {
    rmSync(folder, {recursive: true, force: true});
  });
  const confined = (script: string, words: readonly string[] = []) => {
    mkdirSync(folder, {recursive: true});
    chmodSync(folder, 0o777);
    return spawnSync(
      confine,
      [
        'user=4321:4321',
        `folder=${folder}`,
        `write=${folder}`,
        'filter=1',
        ...words,
        '--',
        '/bin/sh',
        '-c',
        script,
      ],
      {encoding: 'utf8'},
    );
  };

  test('it is another user, without groups and capabilities, and gets nothing back', () => {
    const {stdout} = confined('id; grep -E "^(Cap|NoNew|Seccomp:)" /proc/self/status; pwd');
    expect(stdout).toBe(
      `uid=4321 gid=4321 groups=4321\n${['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}:\t0000000000000000\n`).join('')}NoNewPrivs:\t1\nSeccomp:\t2\n${folder}\n`,
    );
    expect(confined('grep CapEff /proc/self/status', ['keep=10']).stdout).toBe('CapEff:\t0000000000000400\n');
  });

  test('the system is read-only, but for its own folders', () => {
    const name = `leanos-test-${process.pid}`;
    const {stdout, stderr} = confined(
      `echo x >mine && cat mine; echo x >/tmp/${name} && ls /tmp; >/etc/x; >/dev/null`,
    );
    expect(stdout).toBe(`x\n${name}\n`);
    expect(stderr).toMatch(/^.*\/etc\/x: Read-only file system\n$/);
    expect(existsSync(`/tmp/${name}`)).toBe(false);
  });

  test('what it has no need to ask the kernel for is refused', () => {
    expect(confined('unshare --user true').stderr).toContain('Operation not permitted');
    expect(confined('dmesg').stderr).toContain('Operation not permitted');
    expect(confined('(true) | cat && echo well').stdout).toBe('well\n');
  });

  test('one that is open sees and writes what everybody does', () => {
    const words = [
      'user=4321:4321',
      'open=1',
      '--',
      '/bin/sh',
      '-c',
      'id -u; grep NoNewPrivs /proc/self/status',
    ];
    expect(spawnSync(confine, words, {encoding: 'utf8'}).stdout).toBe('4321\nNoNewPrivs:\t0\n');
  });

  test('a word that it does not know, and a program that is not there', () => {
    expect(spawnSync(confine, ['wrong=1', '--', '/bin/true']).status).toBe(1);
    const {status, stderr} = spawnSync(confine, ['--', '/nowhere/x'], {encoding: 'utf8'});
    expect({status, stderr}).toEqual({status: 127, stderr: 'error: cannot start /nowhere/x\n'});
  });
});
