import {expect, test} from 'vitest';
import {boot, build, LeanosError, type BootOptions, type BuildOptions} from '../../src/index.ts';

/** What is said of options that no compiler has looked at. */
async function said(work: () => Promise<unknown>): Promise<string> {
  const error: unknown = await work().catch((found: unknown) => found);
  if (!(error instanceof LeanosError)) throw error;
  expect(error.code).toBe('USAGE');
  return error.message;
}

test.each<[unknown, string]>([
  [{memory: 512}, 'boot: memory: unknown key'],
  [{memoryMib: 0}, 'boot: memoryMib: found 0; at least 16 is needed'],
  [{memoryMib: '512'}, 'boot: memoryMib: found a text ("512"), a number is needed'],
  [{firmware: 'ofw'}, 'boot: firmware: found "ofw"; known: bios, uefi, openfirmware, direct'],
  [{ports: [0]}, 'boot: ports[0]: found 0; at least 1 is needed'],
  [{ports: {99999: 80}}, 'boot: ports.99999: found key "99999"; a port from 1 to 65535 is needed'],
  [{from: 'cold'}, 'boot: from: found "cold"; known: boot, warm'],
  [
    {seed: {hostName: 'a'}, timeoutMs: -1},
    'boot: seed.hostName: unknown key; did you mean "hostname"?\nboot: timeoutMs: found -1; more than 0 is needed',
  ],
  ['bios', 'boot: options: found a text ("bios"), a map of keys is needed'],
])('boot with %j', async (options, message) => {
  expect(await said(() => boot('none', options as BootOptions))).toBe(message);
});

test.each<[unknown, RegExp]>([
  [{formats: ['vdi']}, /^build: formats\[0\]: found "vdi"; known: qcow2, raw, /],
  [{formats: 'qcow2'}, /^build: formats: /],
  [{arch: 'sparc'}, /^build: arch: found "sparc"; known: x86_64, /],
  [{payload: 'app'}, /^build: payload: found a text \("app"\), a map of keys is needed$/],
  [{image: 'web'}, /^build: image: unknown key$/],
])('build with %j', async (options, message) => {
  expect(await said(() => build('none', options as BuildOptions))).toMatch(message);
});

test('a firmware that machines of the architecture do not have', async () => {
  expect(await said(() => boot('package.json', {arch: 'x86_64', firmware: 'openfirmware'}))).toBe(
    'firmware openfirmware: no machine of x86_64 has it; known: bios, uefi, direct',
  );
});

test('a disk that is not there, and a folder', async () => {
  expect(await said(() => boot('none.qcow2'))).toBe('none.qcow2: there is no such file');
  expect(await said(() => boot('src'))).toBe('src: is a folder, and a file is needed');
});
