import {execFileSync, spawnSync} from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {cachePaths} from '../../src/system/cache.ts';
import {CHECKOUT} from '../support/built-image.ts';
import type {Clone, Ended} from '../support/clone.ts';
import {Installed, packedPackage} from '../support/packed.ts';
import {passTests} from '../support/release-place.ts';
import {temporary} from '../support/temporary.ts';

const MOST_BYTES = 1.5 * 2 ** 20;
const DAY_SECONDS = 86_400;
/** What images are made of, and what commands need beside their program. */
const BROUGHT = ['init-scripts', 'buildroot-overlays', 'keyrings', 'images', 'channels', 'locks'];

let packed: {readonly tarball: string; readonly clone: Clone};
let web: Installed;

beforeAll(async () => {
  packed = packedPackage();
  web = await Installed.in('web', (folder) => {
    const words = [
      'install',
      '--prefer-offline',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      packed.tarball,
    ];
    execFileSync('npm', words, {cwd: folder, stdio: 'pipe'});
  });
});

const brought = (path: string): string => join(web.folder, 'node_modules/leanos', path);

interface BuildJson {
  readonly directory: string;
  readonly artifacts: readonly {readonly path: string; readonly sha256: string}[];
}

async function digests(installed: Installed): Promise<BuildJson['artifacts']> {
  return (JSON.parse(await installed.done(['build', '--json'])) as BuildJson).artifacts;
}

test('the package is small, and has every file of leanos with its mode; links are written down', () => {
  expect(statSync(packed.tarball).size).toBeLessThan(MOST_BYTES);
  const listed = execFileSync('git', ['-C', packed.clone.folder, 'ls-files', '--stage', '-z', ...BROUGHT], {
    encoding: 'utf8',
  });
  const {links} = JSON.parse(readFileSync(brought('dist/packed.json'), 'utf8')) as {
    links: Record<string, string>;
  };
  const wrong = listed
    .split('\0')
    .filter(Boolean)
    .filter((line) => {
      const [, mode = '', path = ''] = /^(\d+) \S+ \d\t(.*)$/s.exec(line) ?? [];
      if (mode === '120000') return links[path] === undefined;
      const found = lstatSync(brought(path), {throwIfNoEntry: false});
      return found === undefined || (found.mode & 0o100) !== (Number.parseInt(mode, 8) & 0o100);
    });
  expect(wrong).toEqual([]);
  expect(Object.keys(links)).not.toEqual([]);
});

test('its declarations name nothing that npm does not install with it', () => {
  writeFileSync(
    join(web.folder, 'library.mts'),
    "import {boot} from 'leanos';\n\nawait boot('disk.qcow2');\n",
  );
  const compiler = join(CHECKOUT, 'node_modules/typescript/bin/tsc');
  const words = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    'false',
    '--module',
    'nodenext',
    '--target',
    'es2022',
  ];
  const lib = ['--lib', 'es2022,esnext.disposable', '--types', 'node'];
  const {stdout} = spawnSync(process.execPath, [compiler, ...words, ...lib, 'library.mts'], {
    cwd: web.folder,
    encoding: 'utf8',
  });
  rmSync(join(web.folder, 'library.mts'));
  // What other packages declare is theirs.
  expect(stdout.split('\n').filter((line) => /^(library\.mts|node_modules\/leanos\/)/.test(line))).toEqual(
    [],
  );
  const declared = readdirSync(brought('dist/types'), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => readFileSync(brought(join('dist/types', name)), 'utf8'));
  const named = declared.flatMap((text) => [...text.matchAll(/(?:from|import\() ?['"]([^.'"][^'"]*)/g)]);
  const packages = new Set(named.map(([, name = '']) => name).filter((name) => !name.startsWith('node:')));
  expect([...packages].sort()).toEqual(['ssh2', 'vitest']);
});

test('without a project it makes the same image as its checkout does', async () => {
  const plan = JSON.parse(await web.done(['plan', '--json'])) as {stages: {name: string; key: string}[]};
  const own = JSON.parse((await packed.clone.run(['plan', '--json'])).stdout) as typeof plan;
  const keys = ({stages}: typeof plan) => stages.map(({name, key}) => `${name} ${key}`);
  expect(keys(plan)).toEqual(keys(own));
});

test('a project begins, is built to the same bytes elsewhere, and is released', async () => {
  // npm install has left a package.json, which is the user's.
  expect(await web.done(['init'])).toContain('kept     package.json, which was there');
  web.git('init', '--quiet');
  await web.done(['lock']);
  const keys = temporary();
  await web.done(['keygen', join(keys, 'key')]);
  const key = readFileSync(join(keys, 'key.pub'), 'utf8').split('\n')[1] ?? '';
  for (const channel of ['alpha', 'beta'])
    appendFileSync(join(web.folder, `channels/${channel}.yaml`), `keys: ["${key}"]\n`);
  web.git('add', '--all');
  web.git('commit', '--quiet', '--message', 'x');
  expect(web.git('ls-files')).not.toContain('node_modules');

  const brings = (folder: string): void => {
    execFileSync('git', ['clone', '--quiet', web.folder, folder]);
    cpSync(join(web.folder, 'node_modules'), join(folder, 'node_modules'), {
      recursive: true,
      verbatimSymlinks: true,
    });
  };
  const elsewhere = await Installed.in('other name', brings, {cache: cachePaths(process.env).root});
  const [here, there] = await Promise.all([digests(web), digests(elsewhere)]);
  expect(here).toEqual(there);
  expect(here.find(({path}) => path.endsWith('.qcow2'))?.path).toMatch(
    /^out\/alpha\/\d+\.0\.0-dev\/web-x86_64\/leanos-\d+\.0\.0-dev-web-x86_64-disk\.qcow2$/,
  );

  const {version} = JSON.parse(await web.done(['release', '--json'])) as {version: string};
  const record = join(web.folder, `releases/${version}/release.json`);
  expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({leanos: {version: '0.1.0'}});
  passTests(record); // booting is for the boot tests
  const later = {SOURCE_DATE_EPOCH: String(Math.floor(Date.now() / 1000) + 4 * DAY_SECONDS)};
  await web.done(['promote', 'alpha', 'beta'], later);
  const place = join(temporary(), 'mirror');
  await web.done(['publish', place, '--channel', 'beta', '--key', join(keys, 'key.sec')], later);
  expect(existsSync(join(place, `beta/${version}/web-x86_64/SHA256SUMS.sig`))).toBe(true);
});

test('a guest script in the project replaces nothing, and another leanos is named where a release comes out different', async () => {
  const planned = (): Promise<string> => web.done(['plan', '--json', '--channel', 'stable']);
  const before = await planned();
  const script = 'init-scripts/rootfs/usr/sbin/leanos-apply';
  cpSync(brought(script), join(web.folder, script));
  appendFileSync(join(web.folder, script), '# by accident\n');
  expect(await planned()).toBe(before);

  const {version} = JSON.parse(readFileSync(brought('package.json'), 'utf8')) as {version: string};
  writeFileSync(
    brought('images/test.yaml'),
    `${readFileSync(brought('images/test.yaml'), 'utf8')}hostname: other\n`,
  );
  const other: Ended = await web.leanos(['build', '--channel', 'beta', '--locked']);
  expect(other.status).toBe(2);
  expect(other.stderr).toMatch(
    new RegExp(
      `leanos ${version} \\([0-9a-f]{12}\\) made it, and this is leanos ${version} \\([0-9a-f]{12}\\)`,
    ),
  );
  expect(other.stderr).toContain(`npm install leanos@${version}     brings the leanos that made it`);
});
