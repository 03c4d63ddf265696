import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..');
const read = (name: string): string => readFileSync(join(CHECKOUT, name), 'utf8');
const {engines, devDependencies} = JSON.parse(read('package.json')) as {
  engines: {node: string};
  devDependencies: Record<string, string>;
};
const FLOOR = engines.node.replace('>=', '');

/** Starts leanos under a Node.js that says that it is of a version. */
function underNode(version: string): {status: number | null; stderr: string} {
  const versions = `Object.defineProperty(process, 'versions', {value: {...process.versions, node: '${version}'}})`;
  const words = ['--import', `data:text/javascript,${encodeURIComponent(versions)}`];
  const {status, stderr} = spawnSync(
    process.execPath,
    [...words, join(CHECKOUT, 'scripts/leanos.mjs'), '--version'],
    {
      encoding: 'utf8',
    },
  );
  return {status, stderr};
}

test.each(['20.19.2', '20.19.0', '21.0.0', '22.12.0'])(
  'Node.js %s will do; 20.19.2 is that of Debian 13',
  (version) => {
    expect(underNode(version)).toMatchObject({status: 0});
  },
);

test.each(['20.18.3', '18.20.4'])('Node.js %s is refused with what is needed', (version) => {
  expect(underNode(version)).toEqual({
    status: 2,
    stderr: `leanos: Node.js ${FLOOR} or newer is needed; found ${version}\n  https://nodejs.org/en/download     says how to get it\n`,
  });
});

test.each(['README.md', 'leanos', 'docs/decisions/0001-dependencies.md'])(
  '%s names the oldest Node.js',
  (name) => {
    const named = [...read(name).matchAll(/Node(?:\.js)? (\d+\.\d+)/g)].map(([, version]) => version);
    expect([...new Set(named)]).toEqual([FLOOR]);
  },
);

test('what is newer than the oldest Node.js does not compile', () => {
  expect(devDependencies['@types/node']).toMatch(new RegExp(`^${FLOOR.replace('.', '\\.')}\\.`));
});
