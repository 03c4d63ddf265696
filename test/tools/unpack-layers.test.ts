import {spawnSync} from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {paxRecords, rawEntry, rawTar, type RawEntry} from '../support/raw-tar.ts';
import {serviceProgram} from '../support/service-programs.ts';
import {temporary} from '../support/temporary.ts';

let program: string;
beforeAll(async () => void (program = await serviceProgram('leanos-unpack', 'containers')), 300_000);

interface Unpacked {
  readonly folder: string;
  readonly root: string;
  readonly said: string;
}

interface Room {
  readonly bytes?: number;
  readonly items?: number;
}

/** Layers over one another in a folder `root`, beside which a file lies that none of them may reach; the first that fails ends it. */
function unpacked(layers: readonly Buffer[], {bytes = 2 ** 20, items = 100}: Room = {}): Unpacked {
  const folder = temporary();
  const root = join(folder, 'root');
  mkdirSync(root);
  writeFileSync(join(folder, 'secret'), 'of the machine\n', {mode: 0o600});
  let said = '';
  for (const layer of layers)
    for (const pass of ['whiteouts', 'entries']) {
      if (said !== '') continue;
      const {status, stderr} = spawnSync(program, [root, pass, String(bytes), String(items)], {
        input: layer,
        encoding: 'utf8',
      });
      said = status === 0 ? '' : stderr;
    }
  expect(readdirSync(folder).sort()).toEqual(['root', 'secret']);
  expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe('of the machine\n');
  expect(lstatSync(join(folder, 'secret')).mode & 0o777).toBe(0o600);
  return {folder, root, said};
}

const layer = (...entries: readonly RawEntry[]): Buffer => rawTar(entries);

test('files, folders and links come with their owners, modes and times', () => {
  const {root, said} = unpacked([
    layer(
      {name: './', type: '5', mode: 0o755},
      {name: 'etc/deep/name', text: 'hello\n', mode: 0o4711, owner: [7, 8]},
      {name: '/bin/', type: '5', mode: 0o1777},
      {name: 'link', type: '2', link: '/etc/deep'},
      {name: 'hard', type: '1', link: './etc/deep/name'},
      paxRecords({path: `long/${'n'.repeat(200)}`, uid: '70000', mtime: '5.5'}),
      {name: 'short', text: 'x'},
      {name: '././@LongLink', type: 'L', text: `${'g'.repeat(150)}\0`},
      {name: 'cut', text: 'y'},
    ),
  ]);
  expect(said).toBe('');
  expect(readFileSync(join(root, 'etc/deep/name'), 'utf8')).toBe('hello\n');
  const {mode, uid, gid, mtimeMs, nlink} = lstatSync(join(root, 'hard'));
  expect([mode & 0o7777, uid, gid, mtimeMs, nlink]).toEqual([0o4711, 7, 8, 1e12, 2]);
  expect(lstatSync(join(root, 'bin')).mode & 0o7777).toBe(0o1777);
  expect(readlinkSync(join(root, 'link'))).toBe('/etc/deep');
  const long = lstatSync(join(root, 'long', 'n'.repeat(200)));
  expect([long.uid, long.mtimeMs]).toEqual([70_000, 5000]);
  expect(existsSync(join(root, 'g'.repeat(150)))).toBe(true);
});

test('a layer takes away what lower ones have, and never what it brings itself', () => {
  const {root, said} = unpacked([
    layer(
      {name: 'a/one', text: '1'},
      {name: 'a/two', text: '2'},
      {name: 'b/deep/er', text: '3'},
      {name: 'c', text: '4'},
    ),
    layer(
      {name: 'a/new', text: 'n'},
      {name: 'a/.wh..wh..opq'},
      {name: 'b/.wh.deep'},
      {name: '.wh.c'},
      {name: 'c/d', text: 'd'},
    ),
  ]);
  expect(said).toBe('');
  expect(readdirSync(root, {recursive: true}).sort()).toEqual(['a', 'a/new', 'b', 'c', 'c/d']);
});

test('a folder keeps what is in it; everything else takes the place of what is there, whole', () => {
  const {root, said} = unpacked([
    layer(
      {name: 'kept/in', text: '1'},
      {name: 'gone/in', text: '2'},
      {name: 'link', type: '2', link: 'kept'},
    ),
    layer(
      {name: 'kept', type: '5', mode: 0o700},
      {name: 'gone', text: 'file'},
      {name: 'link', type: '5', mode: 0o755},
    ),
  ]);
  expect(said).toBe('');
  expect(readdirSync(root, {recursive: true}).sort()).toEqual(['gone', 'kept', 'kept/in', 'link']);
});

test('a link of a lower layer leads to a place inside, wherever it points', () => {
  const {root, folder, said} = unpacked([
    layer(
      {name: 'way', type: '2', link: '/'},
      {name: 'up', type: '2', link: '../../..'},
      {name: 'abs', type: '2', link: '/secret'},
    ),
    layer(
      {name: 'way/secret', text: 'mine'},
      {name: 'up/other', text: 'mine'},
      {name: 'abs', text: 'no link now'},
      {name: 'up/.wh.secret2'},
    ),
  ]);
  expect(said).toBe('');
  expect(readFileSync(join(root, 'secret'), 'utf8')).toBe('mine');
  expect(readFileSync(join(root, 'other'), 'utf8')).toBe('mine');
  expect(existsSync(join(folder, 'other'))).toBe(false);
});

test.each<[string, readonly RawEntry[], string]>([
  ['a name that leads out', [{name: '../secret', text: 'x'}], 'has a name that leads out of it: ../secret'],
  [
    'a whiteout that leads out',
    [{name: 'a/../../.wh.secret'}],
    'has a name that leads out of it: a/../../.wh.secret',
  ],
  [
    'a hard link that leads out',
    [{name: 'h', type: '1', link: '../secret'}],
    'has a name that leads out of it: h',
  ],
  [
    'a hard link to what is not there',
    [{name: 'h', type: '1', link: '/secret'}],
    'has a link to what is not there: h',
  ],
  ['a device', [{name: 'dev/sda', type: '4'}], 'has what is no file, folder or link: dev/sda'],
  ['a FIFO', [{name: 'fifo', type: '6'}], 'has what is no file, folder or link: fifo'],
  [
    'a file with holes',
    [paxRecords({'GNU.sparse.major': '1'}), {name: 's', text: ''}],
    'has a file with holes, which is not understood',
  ],
  [
    'a folder below a file',
    [
      {name: 'f', text: 'x'},
      {name: 'f/g', text: 'x'},
    ],
    'has an entry below what is no folder: f/g',
  ],
  [
    'a file below a link to nothing',
    [
      {name: 'l', type: '2', link: 'nothing'},
      {name: 'l/g', text: 'x'},
    ],
    'has an entry below what is no folder: l',
  ],
  [
    'a loop of links',
    [
      {name: 'l', type: '2', link: 'l'},
      {name: 'l/g', text: 'x'},
    ],
    'has an entry below what is no folder: l/g',
  ],
  ['a file without a name', [{name: './', text: 'x'}], 'has an entry without a name'],
  ['a name with signs', [{name: '../\u001b[31m', text: 'x'}], 'has a name that leads out of it: ../?[31m'],
])('%s is refused', (_, entries, complaint) => {
  expect(unpacked([layer(...entries)]).said).toBe(`error: the layer ${complaint}\n`);
});

test.each<[string, Buffer, string]>([
  [
    'a file that is larger than it says',
    rawEntry({name: 'f', text: 'x', size: 4096}),
    'ends before its end: f',
  ],
  ['half a header', rawEntry({name: 'f'}).subarray(0, 300), 'ends before its end'],
  ['other bytes', Buffer.alloc(1024, 'x'), 'has a number that is none'],
  ['a header with a wrong sum', rawTar([{name: 'f'}]).fill('g', 0, 1), 'is no tar'],
  ['what goes on after its end', Buffer.concat([rawTar([]), Buffer.alloc(2 ** 21)]), 'goes on after its end'],
])('%s is refused', (_, bytes, complaint) => {
  expect(unpacked([bytes]).said).toBe(`error: the layer ${complaint}\n`);
});

test('no more is made than there is room for', () => {
  const many = layer(...Array.from({length: 20}, (_, n) => ({name: `f${n}`})));
  expect(unpacked([many], {items: 10}).said).toBe(
    'error: the layer has more files than there is room for: f10\n',
  );
  const large = rawEntry({name: 'f', size: 2 ** 30});
  expect(unpacked([large]).said).toBe('error: the layer is larger than there is room for: f\n');
  const folders = layer({name: 'a/b/c/d/e/f/g', text: ''});
  expect(unpacked([folders], {items: 4}).said).toContain('has more files than there is room for');
  const sum = layer({name: 'a', text: 'x'.repeat(6000)}, {name: 'b', text: 'x'.repeat(6000)});
  expect(unpacked([sum], {bytes: 20_000}).said).toBe(
    'error: the layer is larger than there is room for: b\n',
  );
});
