import {spawnSync} from 'node:child_process';
import {copyFileSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {partition, diskLayout, SECTOR_BYTES} from '../../src/formats/disk-layout.ts';
import {decodeExt4} from '../../src/formats/ext4.ts';
import type {FileTree} from '../../src/formats/file-tree.ts';
import {bootImage, prepareMachine} from '../../src/vm/boot-image.ts';
import {Machine} from '../../src/vm/machine.ts';
import {writeFatSeed} from '../../src/vm/seed.ts';
import {logIn} from '../../src/vm/login.ts';
import {generateSshKey, type SshSession} from '../../src/vm/ssh.ts';
import {randomFrom} from '../support/random.ts';
import {ready, seeded} from '../support/ready-guest.ts';
import {temporary} from '../support/temporary.ts';
import {readWriteLog, replayed, type LoggedWrite, type ReplayedDisk} from '../support/write-log.ts';

const TIMEOUT_MS = 120_000;
const ALL = process.env['LEANOS_POWER'] === 'all';
/** How many moments are looked at, and how many of these disks are booted. */
const [JUDGED, BOOTED] = ALL ? [600, 20] : [40, 1];
const key = generateSshKey('leanos');
const alice = generateSshKey('alice');
const HASH = '$6$salt$UB8rGbpzpHm0lYxmmuzv4DqxGlqVFSAxJA0BRJIWmpJ3jNHXB8vpvZOuDsUUMwXDLwZzO4HqLyHHJuTNPkNZr0';
const FILES = {
  'meta-data': `instance-id: i-cut\nlocal-hostname: seed\npublic-keys: [${JSON.stringify(key.publicKey)}]\n`,
  'network-config': 'version: 2\nethernets: {eth0: {dhcp4: true}}\n',
  'user-data': `#cloud-config
hostname: db
groups: [crew]
users:
  - default
  - {name: alice, groups: crew, passwd: '${HASH}', lock_passwd: false, ssh_authorized_keys: ['${alice.publicKey}']}
chpasswd: {expire: false, users: [{name: leanos, password: correct-horse, type: text}]}
ssh_authorized_keys: ['${alice.publicKey}']
write_files:
  - {path: /etc/written.conf, content: written, permissions: '0600'}
  - {path: /var/lib/written, content: ${'long '.repeat(2000)}}
  - {path: /etc/late.conf, content: late, defer: true}
`,
};
const ETC = 'var/lib/leanos/etc/upper';
/** Whole lines only, of so many fields. */
const lines = (fields: number) => new RegExp(`^(?:[^:\n]+(?::[^:\n]*){${fields - 1}}\n)+$`);
/** Files that change more than once: what they are at any moment. */
const GRAMMAR: Readonly<Record<string, RegExp>> = {
  [`${ETC}/passwd`]: lines(7),
  [`${ETC}/shadow`]: lines(9),
  [`${ETC}/group`]: lines(4),
  [`${ETC}/gshadow`]: lines(4),
  // The seed's name, then that of user-data.
  [`${ETC}/hostname`]: /^(?:seed|db)\n$/,
  [`${ETC}/hosts`]: /^127.0.0.1 localhost\n127.0.1.1 (?:seed|db)\n::1 localhost ip6-localhost\n$/,
  'home/leanos/.ssh/authorized_keys': /^(?:ssh-ed25519 \S+ \w+\n)+$/,
  'home/alice/.ssh/authorized_keys': /^(?:ssh-ed25519 \S+ \w+\n)+$/,
  'root/.ssh/authorized_keys': /^(?:\S.* ssh-ed25519 \S+ \w+\n)+$/,
};
/** What is replaced in place, or is a step on the way to another file, and is not believed when it is empty. */
const UNFINISHED =
  /\.new$|\.tmp\d+$|\/\.leanos-\w{6}$|\/random-seed$|\/\.health$|\/etc\/work\/|\/dropbear\/(?:\.|.*\.pub$)|[-+]$/;
let guest: ReadyImage;

beforeAll(async () => {
  guest = await ready('test');
});
afterAll(() => guest[Symbol.asyncDispose]());

const login = (machine: Machine, user: string, {privateKey}: {privateKey: string}): Promise<SshSession> =>
  logIn(machine, {user, privateKey, timeoutMs: TIMEOUT_MS});

/** Boots a disk for the first time with everything that it writes in a log, and lets it be for as long as the kernel keeps things back. */
async function record(disk: string, log: string, seed: string): Promise<void> {
  const options = {...seeded(guest, 'cut', key), seed, folder: temporary()};
  const spec = await prepareMachine({...guest.image, disk: {path: disk, format: 'raw'}}, options);
  writeFileSync(log, '');
  await using machine = await Machine.start({...spec, disk: {path: disk, format: 'raw', writeLog: log}});
  await using session = await login(machine, 'leanos', key);
  await machine.waitForConsole(/=== leanos: current=/, TIMEOUT_MS);
  await session.exec(
    'while ! sudo test -e /etc/late.conf; do sleep 1; done; sudo leanos-update check; sleep 12; sync',
    {timeoutMs: TIMEOUT_MS},
  );
}

/** STATE as the next boot finds it, after its journal: what e2fsck has against it, and its files. */
function lookAt(disk: ReplayedDisk, offset: number, bytes: number): {complaint: string; tree: FileTree} {
  const path = join(temporary(), 'state.img');
  writeFileSync(path, disk.read(offset, bytes));
  const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`;
  const {status, stdout, error} = spawnSync('e2fsck', ['-f', '-p', path], {
    encoding: 'utf8',
    env: {...process.env, PATH},
  });
  if (error !== undefined) throw error;
  const state = readFileSync(path);
  const tree = decodeExt4((at, count) => state.subarray(at, at + count));
  return {complaint: status === 0 || status === 1 ? '' : stdout, tree};
}

/** What is wrong with files that were cut, beside those of before and after. */
function wrongFiles(cut: FileTree, before: FileTree, after: FileTree): string[] {
  return [...cut].flatMap(([path, entry]) => {
    if (entry.type !== 'file' || UNFINISHED.test(path)) return [];
    const text = entry.data.toString('latin1');
    const grammar = GRAMMAR[path];
    const known = [before, after].some((tree) => {
      const other = tree.get(path);
      return other?.type === 'file' && other.data.equals(entry.data);
    });
    if (known || (grammar?.test(text) ?? false)) return [];
    return [`${path} (${entry.data.length} bytes): ${JSON.stringify(text.slice(0, 200))}`];
  });
}

test(
  'a first boot that loses power at any moment leaves files that are whole, and a disk that its users reach',
  {timeout: ALL ? 3_600_000 : 600_000},
  async () => {
    const folder = temporary();
    const [start, recorded, log] = ['start.raw', 'recorded.raw', 'writes.log'].map((name) =>
      join(folder, name),
    );
    if (start === undefined || recorded === undefined || log === undefined) throw new Error('no names');
    await guest.run(['qemu-img', 'convert', '-O', 'raw', guest.image.disk.path, start]);
    copyFileSync(start, recorded);
    const seed = await writeFatSeed(join(folder, 'seed'), {label: 'CIDATA', files: FILES}, guest.run);
    await record(recorded, log, seed);

    const writes = readWriteLog(log);
    const state = partition(
      diskLayout(guest.built.prepared.request.image.disk, {arch: 'x86_64', seed: ''}),
      'STATE',
    );
    const [offset, bytes] = [state.startLba * SECTOR_BYTES, state.sectors * SECTOR_BYTES];
    const look = (moment: {upTo: number; lost: ReadonlySet<number>}): ReturnType<typeof lookAt> => {
      const disk = replayed(start, join(folder, 'cut.raw'), writes, moment);
      const found = lookAt(disk, offset, bytes);
      disk.close();
      return found;
    };
    const before = look({upTo: -1, lost: new Set()}).tree;
    const after = look({upTo: writes.length - 1, lost: new Set()}).tree;
    for (const path of [
      ...Object.keys(GRAMMAR),
      `${ETC}/written.conf`,
      `${ETC}/late.conf`,
      'var/lib/leanos/instance-id',
    ])
      if (!path.endsWith('gshadow')) expect([...after.keys()]).toContain(path);

    const random = randomFrom(7);
    const wrong: string[] = [];
    for (let n = 0; n < JUDGED; n += 1) {
      const moment = cutAt(writes, Math.floor((n * writes.length) / JUDGED), random);
      const {complaint, tree} = look(moment);
      const found = [...(complaint === '' ? [] : [complaint]), ...wrongFiles(tree, before, after)];
      wrong.push(
        ...found.map(
          (text) =>
            `after write ${moment.upTo} of ${writes.length}, without ${[...moment.lost].join(' ')}: ${text}`,
        ),
      );
    }
    expect(wrong).toEqual([]);

    for (let n = 0; n < BOOTED; n += 1) {
      const path = join(folder, 'cut.raw');
      replayed(
        start,
        path,
        writes,
        cutAt(writes, Math.floor(((n + 0.6) * writes.length) / (BOOTED + 1)), random),
      ).close();
      const image = {...guest.image, disk: {path, format: 'raw' as const}};
      await using machine = await bootImage(image, {...seeded(guest, 'cut', key), seed, folder: temporary()});
      await using session = await login(machine, 'alice', alice);
      await machine.waitForConsole(/loading root from \/dev\/vda5[^]*=== leanos: current=/, TIMEOUT_MS);
      const {stdout} = await session.exec(
        'while ! [ -e /etc/late.conf ]; do sleep 1; done; cat /etc/hostname /etc/late.conf; id -nG',
      );
      expect(stdout).toBe('db\nlatealice crew\n');
    }
  },
);

/** A moment about there: some of what was not flushed is lost. */
function cutAt(
  writes: readonly LoggedWrite[],
  about: number,
  random: ReturnType<typeof randomFrom>,
): {upTo: number; lost: ReadonlySet<number>} {
  const upTo = Math.min(about + random.below(Math.ceil(writes.length / JUDGED)), writes.length - 1);
  const flushed = writes.slice(0, upTo + 1).findLastIndex(({flush}) => flush);
  const pending = Array.from({length: upTo - flushed}, (_, n) => flushed + 1 + n);
  return {upTo, lost: new Set(pending.filter(() => random.below(2) === 0))};
}
