import {readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {MetadataServer, type Answer} from '../../src/vm/metadata-server.ts';

const EC2: Readonly<Record<string, Answer>> = {
  '/latest/meta-data/instance-id': 'i-0123',
  '/latest/meta-data/local-hostname': 'ip-10-0-0-1.ec2.internal',
  '/latest/meta-data/public-keys/': '0=mine\n1=yours',
  '/latest/meta-data/public-keys/0/openssh-key': 'ssh-rsa AAAA mine\n',
  '/latest/meta-data/public-keys/1/openssh-key': 'ssh-ed25519 BBBB yours',
  '/latest/meta-data/block-device-mapping/': 'ami\nephemeral0',
  '/latest/meta-data/block-device-mapping/ami': '/dev/sda1',
  '/latest/meta-data/block-device-mapping/ephemeral0': 'sdb',
  '/latest/meta-data/ami-launch-index': '3',
  '/latest/meta-data/placement/availability-zone': 'eu-1a',
  '/latest/user-data': '#!/bin/sh\necho hello\n',
};

const OPENSTACK: Readonly<Record<string, Answer>> = {
  '/openstack/latest/meta_data.json': JSON.stringify({
    uuid: 'd8e02d56-2648-49a3-bf97-6be8f1204f38',
    hostname: 'test.novalocal',
    name: 'test',
    availability_zone: 'nova',
    launch_index: 0,
    public_keys: {mine: 'ssh-ed25519 AAAA me\n'},
    random_seed: Buffer.from('entropy').toString('base64'),
    files: [{path: '/etc/motd', content_path: '/content/0000'}],
  }),
  '/openstack/latest/user_data': '#!/bin/sh\n',
  '/openstack/latest/network_data.json': '{"links": []}',
  '/openstack/latest/vendor_data.json': '{"cloud-init": "#!/bin/sh\\necho vendor\\n"}',
  '/openstack/content/0000': 'hello\n',
};

/** Promise.withResolvers(), which Node 20 has not. */
function deferred(): {readonly promise: Promise<void>; readonly resolve: () => void} {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return {promise, resolve};
}

/** A machine that was told by dslist= which service to ask, and where. */
async function fetched(
  name: 'ec2' | 'openstack',
  server: MetadataServer,
  environment = '',
): Promise<{machine: FakeMachine; status: number; stderr: string}> {
  const machine = await fakeMachine();
  machine.write('proc/cmdline', `quiet dslist=${name}\n`);
  machine.write('found/.keep', '');
  const {status, stderr} = await machine.run(
    `${environment} METADATA_URLS=${server.url}; export METADATA_URLS; timeout 40 sh "$ROOT/usr/lib/leanos/datasource/${name}" fetch "$ROOT/found"`,
  );
  return {machine, status, stderr};
}

describe('EC2', () => {
  test.each([
    ['IMDSv1', undefined],
    ['IMDSv2', 'a-token=='],
  ])('everything is read over %s', async (_, token) => {
    await using server = await MetadataServer.start(EC2, token === undefined ? {} : {token});
    const {machine, status} = await fetched('ec2', server);
    expect(status).toBe(0);
    expect(machine.read('found/instance-id')).toBe('i-0123');
    expect(machine.read('found/public-keys')).toBe('ssh-rsa AAAA mine\n\nssh-ed25519 BBBB yours\n');
    expect(machine.read('found/block-device-mapping')).toBe('ami: /dev/sda1\nephemeral0: sdb\n');
    expect(machine.read('found/launch-index')).toBe('3');
    expect(machine.read('found/availability-zone')).toBe('eu-1a');
    expect(machine.read('found/user-data')).toBe('#!/bin/sh\necho hello\n');
    expect(machine.read('found/dsmode')).toBe('net\n');
    expect(server.requests.includes('PUT /latest/api/token')).toBe(true);
  });

  test('a list that is empty is no list, and nothing is said of it', async () => {
    await using server = await MetadataServer.start({...EC2, '/latest/meta-data/block-device-mapping/': ''});
    const {machine, status, stderr} = await fetched('ec2', server);
    expect([status, stderr]).toEqual([0, '']);
    expect(machine.has('found/block-device-mapping')).toBe(false);
  });

  test('only what it lists is asked for', async () => {
    const listed = ['block-device-mapping/', 'hostname', 'instance-id', 'placement/', 'public-ipv4'];
    await using server = await MetadataServer.start({
      ...EC2,
      '/latest/meta-data/': listed.join('\n'),
      '/latest/meta-data/hostname': 'listed',
      '/latest/meta-data/public-ipv4': '',
    });
    const {machine, status} = await fetched('ec2', server);
    expect(status).toBe(0);
    expect(server.requests.map((line) => line.replace(/ \/latest\/(meta-data\/)?/, ' ')).sort()).toEqual([
      'GET ',
      'GET block-device-mapping/',
      'GET block-device-mapping/ami',
      'GET block-device-mapping/ephemeral0',
      'GET hostname',
      'GET instance-id',
      'GET placement/availability-zone',
      'GET public-ipv4',
      'GET user-data',
      'PUT api/token',
    ]);
    expect(machine.read('found/local-hostname')).toBe('listed');
    expect(machine.read('found/availability-zone')).toBe('eu-1a');
    expect(machine.read('found/block-device-mapping')).toBe('ami: /dev/sda1\nephemeral0: sdb\n');
    expect(readdirSync(join(machine.root, 'found')).sort()).toEqual([
      '.keep',
      'availability-zone',
      'block-device-mapping',
      'dsmode',
      'hostname',
      'instance-id',
      'local-hostname',
      'user-data',
    ]);
  });

  test('an item that is listed and not there does not cost the others', async () => {
    const listed = ['ami-launch-index', 'hostname', 'instance-id', 'local-hostname', 'public-keys/'];
    await using server = await MetadataServer.start({...EC2, '/latest/meta-data/': listed.join('\n')});
    const {machine, status} = await fetched('ec2', server);
    expect(status).toBe(0);
    expect(machine.read('found/launch-index')).toBe('3');
    expect(machine.read('found/local-hostname')).toBe('ip-10-0-0-1.ec2.internal');
    expect(machine.read('found/public-keys')).toContain('mine');
    expect(machine.has('found/hostname')).toBe(false);
    expect(server.requests).toHaveLength(new Set(server.requests).size);
  });

  test('lists that have no end do not keep it', async () => {
    const endless = Array.from({length: 100_000}, (_, index) => `x${index}`).join('\n');
    await using server = await MetadataServer.start({
      ...EC2,
      '/latest/meta-data/': `hostname\nblock-device-mapping/\n${endless}`,
      '/latest/meta-data/hostname': 'listed',
      '/latest/meta-data/block-device-mapping/': `ami\n${endless}`,
    });
    const {machine, status} = await fetched('ec2', server);
    expect(status).toBe(0);
    expect(machine.read('found/hostname')).toBe('listed');
    expect(machine.read('found/block-device-mapping')).toBe('ami: /dev/sda1\n');
  });

  test('keys that have no end do not fill the memory', async () => {
    const lists: Record<string, Answer> = {};
    for (let index = 0; index < 500; index += 1) {
      lists[`/latest/meta-data/public-keys/${index}/openssh-key`] = `ssh-rsa ${'A'.repeat(8000)} ${index}\n`;
    }
    await using server = await MetadataServer.start({
      ...EC2,
      ...lists,
      '/latest/meta-data/public-keys/': Array.from({length: 100_000}, (_, index) => `${index}=x`).join('\n'),
    });
    const {machine, status} = await fetched('ec2', server);
    expect(status).toBe(0);
    expect(machine.read('found/public-keys').match(/ssh-rsa/g)).toHaveLength(64);
    expect(machine.read('dev/console')).toContain('public-keys lists more than 64');
    expect(machine.read('found/user-data')).toContain('hello');
  });

  test('an item that is larger than any is not read, and the others are', async () => {
    await using server = await MetadataServer.start({
      ...EC2,
      '/latest/meta-data/mac': 'x'.repeat(20_000),
      '/latest/meta-data/public-keys/1/openssh-key': 'x'.repeat(20_000),
    });
    const {machine, status} = await fetched('ec2', server);
    expect(status).toBe(0);
    expect(machine.has('found/mac')).toBe(false);
    expect(machine.read('found/public-keys')).toBe('ssh-rsa AAAA mine\n\n');
    expect(machine.read('found/launch-index')).toBe('3');
    expect(machine.read('dev/console')).toContain('mac is larger than 16384 bytes');
  });

  test.each([
    ['base64', Buffer.from('#!/bin/sh\necho hello\n').toString('base64'), '#!/bin/sh\necho hello\n'],
    [
      'base64 over lines',
      `${Buffer.from('#!/bin/sh\necho hello\n')
        .toString('base64')
        .replace(/(.{10})/g, '$1\n')}\n`,
      '#!/bin/sh\necho hello\n',
    ],
    ['words that base64 has not', 'hello world\n', 'hello world\n'],
    ['letters that are no whole base64', 'hello\n#!', 'hello\n#!'],
    ['a script', '#!/bin/sh\n', '#!/bin/sh\n'],
  ])('user-data that is %s', async (_, sent, taken) => {
    await using server = await MetadataServer.start({...EC2, '/latest/user-data': sent});
    const {machine} = await fetched('ec2', server);
    expect(machine.read('found/user-data')).toBe(taken);
  });

  test('over IPv6', async () => {
    await using server = await MetadataServer.start(EC2, {host: '::1', token: 'six'});
    const {machine, status} = await fetched('ec2', server);
    expect(status).toBe(0);
    expect(machine.read('found/instance-id')).toBe('i-0123');
  });

  test('a token that expires is renewed', async () => {
    await using server = await MetadataServer.start(
      {
        ...EC2,
        '/latest/meta-data/local-hostname': (_request, response) => {
          server.token = 'second';
          response.end('web');
        },
      },
      {token: 'first'},
    );
    const {machine, status} = await fetched('ec2', server);
    expect(status).toBe(0);
    expect(machine.read('found/user-data')).toContain('hello');
    expect(server.requests.filter((line) => line.startsWith('PUT'))).toHaveLength(2);
  });

  test('a service that refuses its own tokens is not asked for ever', async () => {
    const refuse: Answer = (_request, response) => response.writeHead(401).end();
    await using server = await MetadataServer.start({...EC2, '/latest/user-data': refuse}, {token: 'good'});
    const {machine, status} = await fetched('ec2', server);
    expect(status).toBe(0);
    expect(machine.has('found/user-data')).toBe(false);
    expect(machine.read('dev/console')).toMatch(/no answer to .*user-data/);
  });

  test('any instance-id is one', async () => {
    await using server = await MetadataServer.start({...EC2, '/latest/meta-data/instance-id': 'vm/42 x'});
    const {machine} = await fetched('ec2', server);
    expect(machine.read('found/instance-id')).toBe('vm/42 x');
  });
});

/** What a machine found of a service where all of it may take three seconds, and how long it took. */
async function stumbled(
  answers: Readonly<Record<string, Answer>>,
): Promise<{found: string; said: string; seconds: number}> {
  await using server = await MetadataServer.start(answers);
  const machine = await fakeMachine();
  machine.write('proc/cmdline', 'quiet dslist=ec2\n');
  machine.write('found/.keep', '');
  machine.ash('ln -s /proc/uptime "$ROOT/proc/uptime"');
  const started = Date.now();
  await machine.run(
    `export METADATA_URLS=${server.url} FETCH_SECONDS=3; timeout 60 sh "$ROOT/usr/lib/leanos/datasource/ec2" fetch "$ROOT/found"`,
  );
  const seconds = (Date.now() - started) / 1000;
  return {found: machine.read('found/instance-id'), said: machine.read('dev/console'), seconds};
}

describe('OpenStack', () => {
  test.each([
    ['all', []],
    ['no user-data', ['user_data']],
    ['neither vendor-data nor user-data', ['vendor_data.json', 'user_data']],
  ])(
    'a service that has %s is asked for nothing twice but what stands behind the first that it lacks',
    async (_, lacks) => {
      const names = ['network_data.json', 'vendor_data.json', 'vendor_data2.json', 'user_data'];
      const has = names.filter((name) => !lacks.includes(name));
      await using server = await MetadataServer.start({
        '/openstack/latest/meta_data.json': '{"uuid": "u"}',
        ...Object.fromEntries(has.map((name) => [`/openstack/latest/${name}`, `{"a": "${name}"}`])),
      });
      const {machine, status} = await fetched('openstack', server);
      expect([status, machine.read('dev/console')]).toEqual([0, '']);
      const asked = server.requests.map((line) => line.replace('GET /openstack/latest/', ''));
      expect([...new Set(asked)].sort()).toEqual(['meta_data.json', ...names].sort());
      expect(asked).toHaveLength(5);
      expect(machine.read('found/network_data.json')).toBe('{"a": "network_data.json"}');
      expect(machine.has('found/user-data')).toBe(has.includes('user_data'));
      expect(machine.has('found/.ahead')).toBe(false);
    },
  );

  test('what breaks off in the middle is asked for again', async () => {
    let times = 0;
    await using server = await MetadataServer.start({
      ...OPENSTACK,
      '/openstack/latest/vendor_data.json': (_request, response) => {
        times += 1;
        response.writeHead(200, {'content-length': 40});
        if (times > 1) response.end(`{"cloud-init": "#!/bin/sh\\necho vendor"}`.padEnd(40).slice(0, 40));
        else response.write('{"cloud-init": "#!', () => response.destroy());
      },
    });
    const {machine, status} = await fetched('openstack', server);
    expect(status).toBe(0);
    expect(machine.read('found/vendor-data')).toBe('#!/bin/sh\necho vendor\n');
    expect(machine.read('found/user-data')).toBe('#!/bin/sh\n');
  });

  test('everything is read', async () => {
    await using server = await MetadataServer.start(OPENSTACK);
    const {machine, status} = await fetched('openstack', server);
    expect(status).toBe(0);
    expect(machine.read('found/instance-id')).toBe('d8e02d56-2648-49a3-bf97-6be8f1204f38\n');
    expect(machine.read('found/local-hostname')).toBe('test.novalocal\n');
    expect(machine.read('found/public-keys')).toBe('ssh-ed25519 AAAA me\n');
    expect(machine.read('found/random-seed')).toBe('entropy');
    expect(machine.read('found/files')).toBe('/etc/motd\t/content/0000\n');
    expect(machine.read('found/content/0000')).toBe('hello\n');
    expect(machine.read('found/vendor-data')).toBe('#!/bin/sh\necho vendor\n\n');
    expect(machine.read('found/network_data.json')).toBe('{"links": []}');
    expect(machine.read('found/user-data')).toBe('#!/bin/sh\n');
    expect(server.requests.filter((line) => line.endsWith('/meta_data.json'))).toHaveLength(1);
    expect(machine.has('found/.probe')).toBe(false);
  });

  test('a service that has no OpenStack ends the search', async () => {
    await using server = await MetadataServer.start(EC2);
    expect((await fetched('openstack', server)).status).toBe(1);
  });
});

describe('a service that misbehaves', () => {
  const meta = '/openstack/latest/meta_data.json';
  const userData = '/openstack/latest/user_data';
  const rest = (count: number, then: Answer): Answer => {
    let left = count;
    return (request, response) => {
      if (left-- > 0) response.writeHead(500).end('<html>oops</html>');
      else if (typeof then === 'function') then(request, response);
      else response.end(then);
    };
  };

  test.each<[string, string, Answer]>([
    ['answers 500 at first', meta, rest(3, OPENSTACK[meta] ?? '')],
    ['answers 500 in between', userData, rest(2, 'data')],
    [
      'redirects',
      userData,
      (_request, response) => response.writeHead(302, {location: '/openstack/content/0000'}).end(),
    ],
    ['answers slowly', userData, (_request, response) => void setTimeout(() => response.end('data'), 1500)],
  ])('%s: it is asked again, and read', async (_, path, answer) => {
    await using server = await MetadataServer.start({...OPENSTACK, [path]: answer});
    const {machine, status} = await fetched('openstack', server);
    expect(status).toBe(0);
    expect(machine.has('found/user-data')).toBe(true);
  });

  test.each<[string, Answer, RegExp]>([
    [
      'has an endless body',
      (_request, response) => {
        const more = (): void => {
          while (response.write(Buffer.alloc(65536, 'x')));
          response.once('drain', more);
        };
        more();
      },
      /user_data is larger than 1048576 bytes/,
    ],
    [
      'dies half-way, every time',
      (_request, response) => {
        response.writeHead(200, {'content-length': '1000'});
        response.write('half');
        setTimeout(() => response.destroy(), 20);
      },
      /no answer to .*user_data/,
    ],
    ['answers 500 for ever', rest(1000, ''), /no answer to .*user_data/],
  ])('%s: the rest is read, and it is said', async (_, answer, said) => {
    await using server = await MetadataServer.start({...OPENSTACK, [userData]: answer});
    const {machine, status} = await fetched('openstack', server);
    expect(status).toBe(0);
    expect(machine.has('found/user-data')).toBe(false);
    expect(machine.read('found/instance-id')).toContain('d8e02d56');
    expect(machine.read('dev/console')).toMatch(said);
  });

  test('goes on drop by drop: a part is not taken for the whole', async () => {
    await using server = await MetadataServer.start({
      ...OPENSTACK,
      [userData]: (_request, response) => {
        const drip = setInterval(() => response.write('x'), 100);
        response.on('close', () => clearInterval(drip));
      },
    });
    const {machine, status} = await fetched(
      'openstack',
      server,
      'REQUEST_SECONDS=1; export REQUEST_SECONDS;',
    );
    expect(status).toBe(0);
    expect(machine.has('found/user-data')).toBe(false);
    expect(machine.read('dev/console')).toMatch(/no answer to .*user_data/);
  });

  test('stumbles at every request: what takes too long together ends', async () => {
    const {found, said, seconds} = await stumbled({
      ...EC2,
      ...Object.fromEntries(
        Array.from({length: 60}, (_, index) => [
          `/latest/meta-data/public-keys/${index}/openssh-key`,
          rest(1000, ''),
        ]),
      ),
      '/latest/meta-data/public-keys/': Array.from({length: 60}, (_, index) => `${index}=x`).join('\n'),
    });
    expect(found).toContain('i-0123');
    expect(said).toContain('is not read: 3 seconds are over');
    expect(seconds).toBeLessThan(30);
  });

  test.each(['file:///etc/passwd', 'ftp://127.0.0.1:1/x', 'gopher://x/', '/latest/user-data'])(
    'redirects to %s: nothing is read',
    async (location) => {
      await using server = await MetadataServer.start({
        ...EC2,
        '/latest/user-data': (_request, response) => response.writeHead(302, {location}).end(),
      });
      const {machine, status} = await fetched('ec2', server);
      expect(status).toBe(0);
      expect(machine.has('found/user-data')).toBe(false);
    },
  );

  test('says what a terminal would obey: it reaches no console', async () => {
    await using server = await MetadataServer.start({
      ...OPENSTACK,
      [meta]: JSON.stringify({
        uuid: 'x',
        files: [{path: '/a', content_path: '/content/\u001b]0;owned\u0007/../x'}],
      }),
    });
    const {machine} = await fetched('openstack', server);
    expect(machine.read('dev/console')).toContain('not a content path');
    expect(machine.read('dev/console')).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
  });

  test('is asked over https where nothing can check it: that is said, and not asked for ever', async () => {
    const machine = await fakeMachine();
    machine.write('proc/cmdline', 'ds=nocloud;s=https://127.0.0.1:1/\n');
    machine.write('found/.keep', '');
    const {status} = await machine.run(
      'timeout 20 sh "$ROOT/usr/lib/leanos/datasource/nocloud" fetch "$ROOT/found"',
    );
    expect(status).toBe(1);
    expect(machine.read('dev/console')).toContain('without curl');
  });

  test('is not there on a machine without firmware tables: it is asked ten times', async () => {
    const machine = await fakeMachine();
    let asked = 0;
    await using server = await MetadataServer.start({
      [meta]: (_request, response) => {
        asked += 1;
        response.writeHead(503).end();
      },
    });
    machine.write('found/.keep', '');
    const {status} = await machine.run(
      `nap() { :; }; METADATA_URLS=${server.url}; set -- fetch "$ROOT/found"; . "$ROOT/usr/lib/leanos/datasource/openstack"`,
    );
    expect({status, asked}).toEqual({status: 1, asked: 10});
  });

  test('an address that swallows what it is asked is not waited for when another has answered', async () => {
    const machine = await fakeMachine();
    let asking = false;
    const {promise: asked, resolve: isAsked} = deferred();
    await using silent = await MetadataServer.start({
      [meta]: (request) => {
        asking = true;
        request.socket.once('close', () => (asking = false));
        isAsked();
      },
    });
    await using server = await MetadataServer.start({
      [meta]: (_request, response) => void asked.then(() => response.end('{}')),
    });
    machine.write('found/.keep', '');
    // What still asks must not keep the pipes of this process open.
    await machine.run(
      `exec >/dev/null 2>&1; METADATA_URLS="${silent.url} ${server.url}" DIR=$ROOT/found
      . "$ROOT/usr/lib/leanos/seed.sh"; . "$ROOT/usr/lib/leanos/http.sh"
      find_service openstack/latest/meta_data.json meta_data.json 1; echo "$SERVICE" >"$ROOT/service"`,
    );
    expect({found: machine.read('service').trim(), asking}).toEqual({found: server.url, asking: true});
  });

  test('other addresses are not asked when the first one answers', async () => {
    const machine = await fakeMachine();
    await using server = await MetadataServer.start(OPENSTACK);
    await using other = await MetadataServer.start(OPENSTACK);
    machine.write('found/.keep', '');
    await machine.run(
      `export METADATA_URLS="${server.url} ${other.url}"
      sh "$ROOT/usr/lib/leanos/datasource/openstack" fetch "$ROOT/found"`,
    );
    expect(machine.read('found/instance-id')).toContain('d8e02d56');
    expect(other.requests).toEqual([]);
  });

  test('a search that is over ends without a word', async () => {
    const machine = await fakeMachine();
    await using server = await MetadataServer.start({
      [meta]: (_request, response) => {
        rmSync(join(machine.root, 'found'), {recursive: true});
        response.end('{}');
      },
    });
    machine.write('found/.keep', '');
    const {status, stderr} = await machine.run(
      `DIR=$ROOT/found SERVICE=${server.url}; . "$ROOT/usr/lib/leanos/seed.sh"; . "$ROOT/usr/lib/leanos/http.sh"
      get openstack/latest/meta_data.json meta_data.json; echo "goes on" >&2`,
    );
    expect({status, stderr, console: machine.read('dev/console')}).toEqual({
      status: 1,
      stderr: '',
      console: '',
    });
  });

  test('names content outside of its folder: it is not asked for', async () => {
    const files = [{path: '/etc/motd', content_path: '/content/../latest/meta_data.json'}];
    await using server = await MetadataServer.start({
      ...OPENSTACK,
      [meta]: JSON.stringify({uuid: 'x', files}),
    });
    const {machine, status} = await fetched('openstack', server);
    expect(status).toBe(0);
    expect(machine.read('dev/console')).toContain('not a content path');
  });
});

describe('a service that is both OpenStack’s and EC2’s', () => {
  /** What a machine found, and whether anything of EC2's was asked for, where OpenStack's user-data needs two more tries. */
  async function searched(metaData: Answer): Promise<{found: string; askedEc2: boolean}> {
    let left = 2;
    await using server = await MetadataServer.start({
      ...OPENSTACK,
      ...EC2,
      '/openstack/latest/meta_data.json': metaData,
      '/openstack/latest/user_data': (_request, response) =>
        response.writeHead(left-- > 0 ? 500 : 200).end('data'),
    });
    const machine = await fakeMachine();
    machine.write('proc/cmdline', 'quiet dslist=openstack,ec2 dsdeadline=30\n');
    await machine.run(`export METADATA_URLS=${server.url}; sh "$ROOT/usr/sbin/leanos-ds"`);
    return {
      found: machine.read('run/leanos/datasource/dsname').trim(),
      askedEc2: server.requests.some((line) => line.startsWith('GET /latest/')),
    };
  }

  test('is read once, as the first of the list', async () => {
    const metaData = OPENSTACK['/openstack/latest/meta_data.json'] ?? '';
    expect(await searched(metaData)).toEqual({found: 'openstack', askedEc2: false});
  });

  test('is read as the second where the first makes no sense', async () => {
    expect(await searched('{}')).toEqual({found: 'ec2', askedEc2: true});
  });

  test('is read as the second where the first is not there', async () => {
    const absent: Answer = (_request, response) => response.writeHead(404).end();
    expect(await searched(absent)).toEqual({found: 'ec2', askedEc2: true});
  });
});

describe('which service is asked at all', () => {
  const detect = async (name: string, fields: Readonly<Record<string, string>>): Promise<number> => {
    const machine = await fakeMachine();
    machine.write('sys/class/dmi/id/sys_vendor', 'QEMU\n');
    for (const [field, text] of Object.entries(fields))
      machine.write(`sys/class/dmi/id/${field}`, `${text}\n`);
    return machine.ash(`sh "$ROOT/usr/lib/leanos/datasource/${name}" detect`).status;
  };

  test.each([
    ['openstack', {product_name: 'OpenStack Nova'}, 0],
    ['openstack', {product_name: 'OpenStack Compute'}, 0],
    ['openstack', {chassis_asset_tag: 'OpenTelekomCloud'}, 0],
    ['openstack', {product_name: 'Standard PC'}, 1],
    ['openstack', {sys_vendor: 'Amazon EC2'}, 1],
    ['ec2', {product_uuid: 'EC2ABCDE-1'}, 0],
    ['ec2', {product_uuid: 'ec2abcde-1'}, 0],
    ['ec2', {sys_vendor: 'Amazon EC2'}, 0],
    ['ec2', {product_name: 'Standard PC', product_uuid: '1ec2'}, 1],
  ])('%s on %j', async (name, fields, status) => {
    expect(await detect(name, fields)).toBe(status);
  });

  test('each datasource knows whether the machine is its own', async () => {
    const machine = await fakeMachine();
    machine.write('sys/class/dmi/id/product_name', 'OpenStack Nova\n');
    machine.write('proc/cmdline', 'quiet\n');
    machine.write('etc/leanos-init/config', 'DATASOURCE_LIST="nocloud configdrive openstack ec2 none"\n');
    const shell =
      'for name in nocloud configdrive openstack ec2 none; do sh "$ROOT/usr/lib/leanos/datasource/$name" detect >/dev/null && echo "$name"; done';
    expect(machine.ash(shell).stdout).toBe('openstack\nec2\nnone\n');
  });
});
