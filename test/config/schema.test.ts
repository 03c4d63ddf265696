import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {architecturesTable} from '../../src/config/architectures-document.ts';
import {CLOUDS} from '../../src/config/clouds.ts';
import {cloudsDocument} from '../../src/config/clouds-document.ts';
import {payloadsTable, unlikeSystems} from '../../src/config/payloads-document.ts';
import {formatsDocument} from '../../src/config/formats-document.ts';
import {IMAGE_KEYS} from '../../src/config/image-keys.ts';
import {imageDocument, imageJsonSchema, imageKeyPaths} from '../../src/config/image-schema.ts';
import {imageSchema} from '../../src/config/image.ts';
import {ARCHITECTURES, diskFirmwares} from '../../src/core/architecture.ts';
import {DATASOURCE_NAMES} from '../../src/core/datasources.ts';
import {HARDWARE_NAMES} from '../../src/core/hardware.ts';
import {ARCHITECTURE_NOTES} from '../support/noted-table.ts';
import {CHECKOUT} from '../support/built-image.ts';

test('images/schema.json, which editors read, says what definitions are checked against (vitest --update writes it)', async () => {
  const text = `${JSON.stringify(imageJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../images/schema.json');
});

test('docs/images.md explains every key (vitest --update writes it)', async () => {
  await expect(imageDocument()).toMatchFileSnapshot('../../docs/images.md');
});

test('docs/formats.md has every format (vitest --update writes it)', async () => {
  await expect(formatsDocument()).toMatchFileSnapshot('../../docs/formats.md');
});

test('docs/clouds.md has every cloud (vitest --update writes it)', async () => {
  await expect(cloudsDocument()).toMatchFileSnapshot('../../docs/clouds.md');
});

test('docs/architectures.md has every architecture (vitest --update writes it)', async () => {
  const path = join(CHECKOUT, 'docs/architectures.md');
  const [before = '', , after = ''] = readFileSync(path, 'utf8').split(
    /(?<=<!-- architectures -->\n)|(?=<!-- end -->)/,
  );
  await expect(`${before}${architecturesTable()}${after}`).toMatchFileSnapshot('../../docs/architectures.md');
});

test('docs/architectures.md says what was seen of every architecture on every path (LEANOS_ARCHITECTURES=all writes it)', () => {
  const paths = Object.values(ARCHITECTURES)
    .filter(({name}) => name !== 'x86_64') // which every test boots
    .flatMap((arch) => [...diskFirmwares(arch), 'direct'].map((path) => ({name: arch.name, path})));
  const isWhole = (promises = ''): boolean => /^(\d+) of \1$/.test(promises);
  expect(
    paths.filter(
      ({name, path}) => !isWhole(ARCHITECTURE_NOTES.documented([`\`${name}\``, path])?.['promises over ssh']),
    ),
  ).toEqual([]);
});

test('docs/payloads.md has every system that is recognised (vitest --update writes it)', async () => {
  expect(unlikeSystems()).toEqual([]);
  const path = join(CHECKOUT, 'docs/payloads.md');
  const [before = '', , after = ''] = readFileSync(path, 'utf8').split(
    /(?<=<!-- systems -->\n)|(?=<!-- end -->)/,
  );
  await expect(`${before}${payloadsTable()}${after}`).toMatchFileSnapshot('../../docs/payloads.md');
});

test('every datasource and row of hardware is of use in some cloud', () => {
  const inClouds = (key: 'datasources' | 'hardware') =>
    [...new Set(CLOUDS.flatMap((cloud): readonly string[] => cloud[key]))].sort();
  expect(inClouds('datasources')).toEqual([...DATASOURCE_NAMES].sort());
  expect(inClouds('hardware')).toEqual([...HARDWARE_NAMES].sort());
});

test('every key has a description and an example, and nothing else has', () => {
  const inLists = (path: string) => /^packages(\.\w+)?\.(name|files)$/.test(path);
  expect(Object.keys(IMAGE_KEYS).sort()).toEqual(
    imageKeyPaths()
      .filter((path) => !inLists(path))
      .sort(),
  );
});

/** What the values of a map cannot be without. */
const NEEDED: Readonly<Record<string, object>> = {
  services: {run: 'true'},
  repositories: {url: 'https://x', suite: 'stable', keyring: 'keys'},
};

test.each(Object.entries(IMAGE_KEYS))('the example of %s is a right one', (path, {example, description}) => {
  const pairs: Readonly<Record<string, object>> = {
    'buildroot.source.url': {sha256: 'a'.repeat(64)},
    'buildroot.source.sha256': {url: 'https://x/y'},
    'buildroot.source.git': {commit: 'a'.repeat(40)},
    'buildroot.source.commit': {git: 'https://x/y'},
  };
  const [last = '', ...above] = path.split('.').reverse();
  const isOfFile = path.startsWith('services.*.files.*');
  const ofMap = isOfFile ? {template: 't'} : NEEDED[path.split('.')[0] ?? ''];
  const needed = path.includes('.*.') ? ofMap : pairs[path];
  const innermost: unknown = {...needed, [last]: example};
  const any = isOfFile ? {'services.*.files.*': '/etc/any'} : {};
  const definition = above.reduce((inner, key, at) => {
    const place = [...above]
      .reverse()
      .slice(0, above.length - at)
      .join('.');
    const name = (any as Readonly<Record<string, string>>)[place] ?? 'any';
    return {[key === '*' ? name : key]: inner};
  }, innermost);
  expect(imageSchema.safeParse(definition).error?.issues).toBeUndefined();
  expect(description).toMatch(/\.$/);
});
