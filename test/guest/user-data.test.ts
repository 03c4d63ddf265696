import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {MetadataServer} from '../../src/vm/metadata-server.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {randomFrom} from '../support/random.ts';

const COLLECT = `for l in system platform seed http user-data; do . "$ROOT/usr/lib/leanos/$l.sh"; done
open_parts "$ROOT/parts"; collect "$ROOT/user-data" 0;
cd "$parts" && for f in *.script *.config *.boothook; do [ ! -f "$f" ] || { echo "== $f"; cat "$f"; }; done`;

/** The parts that user-data comes to, as `== NUMBER.KIND` and their text. */
async function parts(userData: string | Buffer, machine?: FakeMachine): Promise<string> {
  const fake = machine ?? (await fakeMachine());
  fake.write('user-data', userData);
  const {stdout, stderr} = await fake.run(COLLECT);
  expect(stderr).toBe('');
  return stdout;
}

const CONFIG = '#cloud-config\nhostname: web\n';
/** Text that gzip cannot make much smaller, so that the most of it comes out of a part of the bytes. */
const LONG_SCRIPT = `#!/bin/sh\n${Array.from({length: 4000}, (_, index) => `echo ${(index * 7919) % 10007}\n`).join('')}`;
const SCRIPT = '#!/bin/sh\necho hello\n';

/** A MIME message as cloud-init's write-mime-multipart and Python's email package write it. */
function multipart(
  items: readonly {type: string; text: string | Buffer; encoding?: string}[],
  boundary = '===X==',
): string {
  const bodies = items.map(({type, text, encoding}) => {
    const head = `Content-Type: ${type}; charset="us-ascii"\nMIME-Version: 1.0\nContent-Transfer-Encoding: ${encoding ?? '7bit'}\nContent-Disposition: attachment; filename="x"\n\n`;
    const wrapped = Buffer.from(text)
      .toString('base64')
      .replaceAll(/(.{76})/g, '$1\n');
    return `--${boundary}\n${head}${encoding === 'base64' ? `${wrapped}\n` : text.toString()}\n`;
  });
  return `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\nNumber-Attachments: ${items.length}\n\npreamble\n${bodies.join('')}--${boundary}--\n`;
}

describe('what user-data is', () => {
  test.each<[string, string | Buffer, string]>([
    ['a script', SCRIPT, `== 001.script\n${SCRIPT}`],
    ['a script with CRLF in its first line', '#!/bin/sh\r\nx\n', '== 001.script\n#!/bin/sh\r\nx\n'],
    ['a configuration', CONFIG, `== 001.config\n${CONFIG}`],
    ['a boot hook', '#cloud-boothook\necho x\n', '== 001.boothook\n#cloud-boothook\necho x\n'],
    ['gzip', gzipSync(SCRIPT), `== 001.script\n${SCRIPT}`],
    ['gzip in gzip', gzipSync(gzipSync(CONFIG)), `== 001.config\n${CONFIG}`],
    ['nothing', '', ''],
    [
      'MIME',
      multipart([
        {type: 'text/cloud-config', text: CONFIG},
        {type: 'text/x-shellscript', text: SCRIPT, encoding: 'base64'},
        {type: 'text/cloud-boothook', text: 'echo =3D =\nx', encoding: 'quoted-printable'},
        {type: 'text/plain', text: SCRIPT},
      ]),
      `== 002.script\n${SCRIPT}== 004.script\n${SCRIPT}== 001.config\n${CONFIG}== 003.boothook\necho = x\n`,
    ],
    [
      'MIME with CRLF, in gzip',
      gzipSync(multipart([{type: 'text/x-shellscript', text: SCRIPT}]).replaceAll('\n', '\r\n')),
      `== 001.script\n${SCRIPT}`,
    ],
    [
      'MIME in MIME',
      multipart([
        {
          type: 'multipart/mixed; boundary="in"',
          text: multipart([{type: 'text/x-shellscript', text: SCRIPT}], 'in'),
        },
      ]),
      `== 001.script\n${SCRIPT}`,
    ],
    [
      'a gzip part of MIME',
      multipart([{type: 'application/gzip', text: gzipSync(CONFIG), encoding: 'base64'}]),
      `== 001.config\n${CONFIG}`,
    ],
  ])('%s', async (_, userData, expected) => {
    expect(await parts(userData)).toBe(expected);
  });

  test('an include is fetched, and may be anything again', async () => {
    await using server = await MetadataServer.start({'/a': SCRIPT, '/b': gzipSync(CONFIG)});
    const machine = await fakeMachine();
    const text = await parts(
      `#include\n# a comment\n${server.url}/a\n${server.url}/b\n${server.url}/gone\nfile:///etc/passwd\n`,
      machine,
    );
    expect(text).toBe(`== 001.script\n${SCRIPT}== 002.config\n${CONFIG}`);
    expect(machine.read('dev/console')).toContain('no answer from');
  });

  test('an include that includes itself ends', async () => {
    const machine = await fakeMachine();
    let url = '';
    await using server = await MetadataServer.start({
      '/a': (_request, response) => response.end(`#include\n${url}/a\n`),
    });
    url = server.url;
    expect(await parts(`#include\n${url}/a\n`, machine)).toBe('');
    expect(machine.read('dev/console')).toContain('too deep');
    expect(server.requests.length).toBeLessThan(10);
  });

  test.each<[string, string | Buffer, RegExp]>([
    ['text', 'echo owned >/owned\n', /not understood and passed over: it does not begin with #/],
    ['a part handler', '#part-handler\n', /not understood and passed over: #part-handler/],
    [
      'a MIME type that nobody knows',
      multipart([{type: 'text/x-python', text: 'x'}]),
      /passed over: text\/x-python/,
    ],
    ['damaged gzip', gzipSync(SCRIPT).subarray(0, 20), /damaged or too large/],
    ['gzip that is cut off', gzipSync(LONG_SCRIPT).subarray(0, -20), /damaged or too large/],
    ['a gzip bomb', gzipSync(Buffer.alloc(4_000_000)), /damaged or too large/],
    ['MIME without parts', 'Content-Type: multipart/mixed\n\n', /a MIME message without parts/],
    [
      'a part that is not base64',
      multipart([{type: 'text/x-shellscript', text: '!!', encoding: 'x-rot13'}]),
      /cannot be decoded/,
    ],
    ['terminal control', '#\x1b[31mred\n', /passed over: #\?\[31mred/],
  ])('%s is passed over, and said', async (_, userData, said) => {
    const machine = await fakeMachine();
    expect(await parts(userData, machine)).toBe('');
    expect(machine.read('dev/console')).toMatch(said);
  });
});

describe('user-data as people and clouds send it', () => {
  const base64 = (content: string | Buffer): string => Buffer.from(content).toString('base64');
  const wrapped = (content: string | Buffer): string =>
    `${base64(content).replaceAll(/(.{76})/g, '$1\r\n')}\r\n`;
  const message = multipart([{type: 'text/cloud-config', text: CONFIG}]);

  test.each<[string, string | Buffer, string]>([
    ['a configuration after white space', `\n \t\r\n${CONFIG}`, `== 001.config\n\n \t\r\n${CONFIG}`],
    ['a script after white space', `\n${SCRIPT}`, `== 001.script\n\n${SCRIPT}`],
    ['a byte order mark', `\uFEFF${CONFIG}`, `== 001.config\n\uFEFF${CONFIG}`],
    ['capitals', '#Cloud-Config\na: 1\n', '== 001.config\n#Cloud-Config\na: 1\n'],
    ['base64', base64(CONFIG), `== 001.config\n${CONFIG}`],
    ['base64 over lines with CRLF', wrapped(LONG_SCRIPT), `== 001.script\n${LONG_SCRIPT}`],
    ['base64 without its end', base64(SCRIPT).replace(/=+$/, ''), `== 001.script\n${SCRIPT}`],
    ['base64 of gzip', base64(gzipSync(CONFIG)), `== 001.config\n${CONFIG}`],
    ['base64 of gzip of base64', base64(gzipSync(base64(SCRIPT))), `== 001.script\n${SCRIPT}`],
    ['base64 of gzip of MIME', base64(gzipSync(message)), `== 001.config\n${CONFIG}`],
    [
      'gzip after gzip in MIME in base64',
      wrapped(
        gzipSync(
          multipart([
            {type: 'application/octet-stream', text: gzipSync(gzipSync(SCRIPT)), encoding: 'base64'},
          ]),
        ),
      ),
      `== 001.script\n${SCRIPT}`,
    ],
    [
      'a message that begins with another header',
      `Content-ID: <1@x>\nX-Any: a\n b\n${message}`,
      `== 001.config\n${CONFIG}`,
    ],
    ['a message from a mailbox', `From x Thu Jan 1 00:00:00 1970\n${message}`, `== 001.config\n${CONFIG}`],
    ['a message after empty lines', `\n\n${message}`, `== 001.config\n${CONFIG}`],
    [
      'one part alone',
      `MIME-Version: 1.0\nContent-Type: text/cloud-config; charset="utf-8"\n\n${CONFIG}`,
      `== 001.config\n${CONFIG}`,
    ],
    [
      'one part alone, of any type',
      `MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n${base64(gzipSync(SCRIPT))}\n`,
      `== 001.script\n${SCRIPT}`,
    ],
    [
      'parts without a blank line',
      `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n${CONFIG}--b\nContent-Type: text/x-shellscript\n${SCRIPT}--b--\n`,
      `== 002.script\n${SCRIPT.trimEnd()}== 001.config\n${CONFIG.trimEnd()}`,
    ],
    [
      'a boundary that begins as another one',
      `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary="b1"\n\n--b1\n\n${CONFIG}\n--b1--\n--b\n\n${SCRIPT}\n--b--\n`,
      `== 002.script\n${SCRIPT}== 001.config\n${CONFIG}`,
    ],
    [
      'a configuration that says it is a script',
      multipart([{type: 'text/x-shellscript', text: CONFIG}]),
      `== 001.config\n${CONFIG}`,
    ],
    [
      'a script of the shell that says it is one',
      multipart([{type: 'text/x-shellscript', text: 'echo x\n'}]),
      '== 001.script\necho x\n',
    ],
  ])('%s', async (_, userData, expected) => {
    expect(await parts(userData)).toBe(expected);
  });

  test.each<[string, string | Buffer, RegExp]>([
    ['base64 of nothing known', base64('echo owned >/owned; exit 0\n'), /it does not begin with #/],
    ['what is base64 only at first', `${base64(SCRIPT)}\n*\n`, /it does not begin with #/],
    [
      'an archive that is no list',
      '#cloud-config-archive\na: x\n',
      /archive: .* is not understood and passed over/,
    ],
    ['an archive that is no YAML', '#cloud-config-archive\n- [\n', /nothing of an archive is done/],
    [
      'an item that is empty',
      '#cloud-config-archive\n- {launch-index: 1}\n',
      /0\/launch-index is not understood/,
    ],
    ['a template', '## template: jinja\n#cloud-config\n', /passed over: ## template: jinja/],
  ])('%s is passed over, and said', async (_, userData, said) => {
    const machine = await fakeMachine();
    expect(await parts(userData, machine)).toBe('');
    expect(machine.read('dev/console')).toMatch(said);
  });

  test('an include may stand behind its word, and what is no http address is said', async () => {
    await using server = await MetadataServer.start({'/a': SCRIPT, '/b': CONFIG});
    const machine = await fakeMachine();
    const text = await parts(
      `#include ${server.url}/a\n#include-once\n  ${server.url}/b\r\nfile:///etc/passwd\n`,
      machine,
    );
    expect(text).toBe(`== 001.script\n${SCRIPT}== 002.config\n${CONFIG}`);
    expect(machine.read('dev/console')).toContain('#include: a line is no http address');
  });

  test('includes of includes each have their own list', async () => {
    let url = '';
    await using server = await MetadataServer.start({
      '/in': (_request, response) => response.end(`#include\n${url}/a\n${url}/b\n`),
      '/a': '#!/bin/sh\n: a\n',
      '/b': '#!/bin/sh\n: b\n',
      '/c': '#!/bin/sh\n: c\n',
    });
    url = server.url;
    const text = await parts(`#include\n${url}/in\n${url}/c\n`);
    expect(text.match(/: ./g)).toEqual([': a', ': b', ': c']);
  });

  // An eighth of the machine's memory holds all of it, with what the datasource has left there.
  test.each([
    [32, 0, 0],
    [32, 2, 0],
    [256, 2, 40],
  ])(
    '%j MiB of memory have room for it, with %j MiB of the datasource',
    async (memory, datasource, whole) => {
      const machine = await fakeMachine();
      const kib = (folder: string): number =>
        Number.parseInt(machine.ash(`du -sk "$ROOT/${folder}"`).stdout, 10);
      machine.write('proc/meminfo', `MemTotal: ${memory * 1024} kB\n`);
      machine.write('run/leanos/datasource/data/content', Buffer.alloc(datasource << 20, 'x'));
      const large = gzipSync(`#!/bin/sh\n${'#'.repeat(300_000)}\n`);
      const part = {type: 'application/gzip', text: large, encoding: 'base64'};
      await parts(multipart(Array.from({length: 40}, () => part)), machine);
      const scripts = readdirSync(join(machine.root, 'parts')).filter((name) => name.endsWith('.script'));
      expect(kib('parts') + kib('run/leanos/datasource')).toBeLessThanOrEqual(memory * 128);
      expect(scripts.length).toBeGreaterThan(0);
      if (whole > 0) expect(scripts).toHaveLength(whole);
      const said = machine.read('dev/console').match(/is not read: there is room for \d+ bytes in all/g);
      expect(said ?? []).toEqual(
        whole > 0 ? [] : [`is not read: there is room for ${memory << 17} bytes in all`],
      );
    },
  );
});

test('MIME is taken apart as Python’s email package does it', async () => {
  const {stdout} = spawnSync('python3', [join(CHECKOUT, 'test/support/mime.py')], {
    input: JSON.stringify({count: 60, seed: 11}),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const messages = JSON.parse(stdout) as {message: string; parts: [string | null, string][]}[];
  const machine = await fakeMachine();
  messages.forEach(({message}, index) => machine.write(`m/${index}`, Buffer.from(message, 'base64')));
  const {stderr, status} =
    machine.ash(`for l in system platform seed http user-data; do . "$ROOT/usr/lib/leanos/$l.sh"; done
    mkdir "$ROOT/out"; n=0; while [ $n -lt ${messages.length} ]; do
    open_parts "$ROOT/out/$n"; collect "$ROOT/m/$n" 0; n=$((n + 1)); done`);
  expect({stderr, status}).toEqual({stderr: '', status: 0});
  const plain = (text: string): string => text.replaceAll('\r\n', '\n').replace(/\n+$/, '');
  messages.forEach(({message, parts: expected}, index) => {
    const names = readdirSync(join(machine.root, 'out', `${index}`)).filter((name) => /^\d+\./.test(name));
    expect({
      message: Buffer.from(message, 'base64').toString(),
      parts: names.sort().map((name) => [name.slice(4), plain(machine.read(`out/${index}/${name}`))]),
    }).toEqual({
      message: Buffer.from(message, 'base64').toString(),
      parts: expected.map(([kind, text]) => [kind, plain(Buffer.from(text, 'base64').toString())]),
    });
  });
});

describe('#cloud-config-archive', () => {
  test('is a list of parts', async () => {
    const archive = `#cloud-config-archive
- |
  #cloud-config
  hostname: web
- type: text/x-shellscript
  filename: a.sh
  content: |
    #!/bin/sh
    echo hello
- content: "a: 1\\n"
- type: text/cloud-boothook
  content: "#!/bin/sh\\ntrue\\n"
- content: !!binary ${Buffer.from(gzipSync(SCRIPT)).toString('base64')}
`;
    expect(await parts(archive)).toBe(
      `== 002.script\n${SCRIPT}== 005.script\n${SCRIPT}== 001.config\n${CONFIG}== 003.config\na: 1\n== 004.boothook\n#!/bin/sh\ntrue\n`,
    );
  });

  test('may be a part of a message, and have parts of any kind', async () => {
    const inner = `#cloud-config-archive\n- ${JSON.stringify(multipart([{type: 'text/cloud-config', text: CONFIG}]))}\n`;
    expect(await parts(multipart([{type: 'text/cloud-config-archive', text: inner}]))).toContain(
      'hostname: web',
    );
  });
});

describe('leanos-userdata', () => {
  async function machineWith(userData: string): Promise<FakeMachine> {
    const machine = await fakeMachine();
    machine.write('run/leanos/datasource/data/user-data', userData);
    machine.write('run/leanos/datasource/data/instance-id', 'i-1\n');
    return machine;
  }
  const run = 'sh "$ROOT/usr/sbin/leanos-userdata"';

  test('runs a script once for each instance, and its words reach the console', async () => {
    const machine = await machineWith('#!/bin/sh\necho "hello from $INSTANCE_ID"\n');
    machine.ash(`${run}; ${run}`);
    expect(machine.read('dev/console')).toBe('hello from i-1\n');
    machine.write('run/leanos/datasource/data/instance-id', 'i-2\n');
    machine.ash(run);
    expect(machine.read('dev/console')).toBe('hello from i-1\nhello from i-2\n');
  });

  test('runs boot hooks at every boot', async () => {
    const machine = await machineWith('#cloud-boothook\n#!/bin/sh\necho hook\n');
    machine.ash(`${run}; ${run}`);
    expect(machine.read('dev/console')).toBe('hook\nhook\n');
  });

  test('a script that fails is said', async () => {
    const machine = await machineWith('#!/bin/sh\nexit 3\n');
    expect(machine.ash(run).status).toBe(0);
    expect(machine.read('dev/console')).toContain('001.script ended with status 3');
  });

  test('a password that the cloud gives for ever is taken once', async () => {
    const machine = await machineWith('');
    machine.write('etc/leanos-init/config', 'PASSWORD_LOGIN=1\n');
    machine.write('etc/passwd', 'leanos:x:1000:1000::/home/leanos:/bin/sh\n');
    machine.write('var/lib/leanos/.keep', '');
    const shadowAfter = (password: string): string => {
      machine.write('run/leanos/datasource/data/password', `${password}\n`);
      machine.write('etc/shadow', 'leanos:mine:0::::::\n');
      machine.ash(run);
      return machine.read('etc/shadow');
    };
    expect(shadowAfter('first')).not.toContain('mine');
    expect(shadowAfter('first')).toContain('mine');
    expect(shadowAfter('second')).not.toContain('mine');
    expect(machine.ash('stat -c %a "$ROOT/var/lib/leanos/password-taken"').stdout).toBe('600\n');
  });

  test('text that is no script is never run', async () => {
    const machine = await machineWith('echo owned >"$ROOT/owned"\n');
    machine.ash(run);
    expect(machine.has('owned')).toBe(false);
    expect(machine.read('run/leanos/notes')).toContain('not understood');
  });
});

test('many damaged messages end in time, and nothing of them is run', async () => {
  const machine = await fakeMachine();
  const random = randomFrom(5);
  const message = multipart([
    {type: 'text/cloud-config', text: CONFIG},
    {type: 'text/x-shellscript', text: SCRIPT, encoding: 'base64'},
    {type: 'text/plain', text: 'x =41\n', encoding: 'quoted-printable'},
  ]);
  const count = 50;
  for (let index = 0; index < count; index += 1)
    machine.write(`m/${index}`, random.damage(Buffer.from(message)));
  const {stdout, status} = machine.ash(
    `n=0; while [ $n -lt ${count} ]; do cp "$ROOT/m/$n" "$ROOT/user-data"; ( ${COLLECT} ) >/dev/null || echo "$n: $?"; n=$((n + 1)); done`,
  );
  expect({status, stdout}).toEqual({status: 0, stdout: ''});
});
