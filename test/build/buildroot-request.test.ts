import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {buildrootRequest, standaloneDefconfig} from '../../src/build/buildroot-request.ts';
import type {LinkingName} from '../../src/config/image.ts';
import {loadImage} from '../../src/config/load-image.ts';
import {bothIn} from '../../src/config/places.ts';
import {ARCHITECTURES, architectureNames} from '../../src/core/architecture.ts';
import {parseConfig} from '../../src/formats/kconfig.ts';
import type {BuildrootRequest} from '../../src/recipes/buildroot.ts';
import {folderState} from '../../src/system/folder-state.ts';
import {recordRun} from '../support/record-run.ts';
import {temporary} from '../support/temporary.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const source = (folder: string, only: string) => Promise.resolve({folder, only, digest: 'd'});

test.each(architectureNames())(
  'the configuration for Buildroot alone is what the template gives: %s',
  async (arch) => {
    const text = await standaloneDefconfig(
      CHECKOUT,
      await loadImage(bothIn(CHECKOUT), 'minimal'),
      ARCHITECTURES[arch],
    );
    // npx vitest run --project unit -u writes it anew
    await expect(text).toMatchFileSnapshot(`../../buildroot-overlays/configs/leanos_${arch}_defconfig`);
    expect(text).not.toMatch(/LEANOS_(?!PATH|LINUX_ONLY)/);
  },
);

test('kernel and userland are configured apart, and no path of the machine is in it', async () => {
  const minimal = await loadImage(bothIn(CHECKOUT), 'minimal');
  const {defconfig, external} = await buildrootRequest(bothIn(CHECKOUT), {
    image: {...minimal, packages: {debian: [], buildroot: [{name: 'lua-cjson'}]}},
    arch: ARCHITECTURES.aarch64,
    run: recordRun().run,
    source,
    ofProject: source,
  });
  const [kernel, userland] = [parseConfig(defconfig.kernel), parseConfig(defconfig.userland)];
  expect(kernel.get('BR2_LINUX_KERNEL')).toBe('y');
  expect(kernel.get('BR2_PACKAGE_BUSYBOX')).toBe('n');
  expect(userland.get('BR2_PACKAGE_LUA_CJSON')).toBe('y');
  expect(userland.has('BR2_LINUX_KERNEL')).toBe(false);
  expect(defconfig.kernel + defconfig.userland).not.toContain(CHECKOUT);
  // A package's recipe is no reason to build the kernel anew.
  expect(new RegExp(external.kernel.only ?? '').test('package/signify/signify.mk')).toBe(false);
  expect(new RegExp(external.userland.only ?? '').test('package/signify/signify.mk')).toBe(true);
  // Overlays never touch Buildroot.
  for (const {only = ''} of [external.kernel, external.userland])
    expect(new RegExp(only).test('rootfs/etc/inittab')).toBe(false);
});

test('with shared libraries the userland is another, its BusyBox is static, and the kernel is the same', async () => {
  const minimal = await loadImage(bothIn(CHECKOUT), 'minimal');
  const requested = (linking: LinkingName) =>
    buildrootRequest(bothIn(CHECKOUT), {
      image: {...minimal, buildroot: {...minimal.buildroot, linking}},
      arch: ARCHITECTURES.x86_64,
      run: recordRun().run,
      source,
      ofProject: source,
    });
  const [own, shared] = [await requested('static'), await requested('shared')];
  const [before, now] = [own, shared].map(({defconfig}) => parseConfig(defconfig.userland));
  expect(before?.get('BR2_STATIC_LIBS')).toBe('y');
  expect(before?.get('BR2_TARGET_OPTIMIZATION')).toBe('"-fno-pie -fcf-protection=none"');
  expect(now?.get('BR2_SHARED_LIBS')).toBe('y');
  expect(now?.has('BR2_STATIC_LIBS')).toBe(false);
  // A library with this flag cannot be shared.
  expect(now?.get('BR2_TARGET_OPTIMIZATION')).toBe('"-fcf-protection=none"');
  expect(shared.fragments.busybox).toMatch(/^CONFIG_STATIC=y$/m);
  expect(own.fragments.busybox).toBeNull();
  expect([shared.defconfig.kernel, shared.external.kernel]).toEqual([
    own.defconfig.kernel,
    own.external.kernel,
  ]);
  // What changes recipes for shared libraries is no reason to build without them anew.
  const sees = ({external}: BuildrootRequest) =>
    new RegExp(external.userland.only ?? '').test('board/shared.mk');
  expect([sees(own), sees(shared)]).toEqual([false, true]);
  expect(now?.get('BR2_PACKAGE_OVERRIDE_FILE')).toMatch(
    / \$\(BR2_EXTERNAL_LEANOS_PATH\)\/board\/shared\.mk"$/,
  );
});

test('a folder that is no Buildroot is refused', async () => {
  const minimal = await loadImage(bothIn(CHECKOUT), 'minimal');
  const folder = temporary();
  await expect(
    buildrootRequest(bothIn(CHECKOUT), {
      image: {...minimal, buildroot: {...minimal.buildroot, source: {kind: 'folder', path: folder}}},
      arch: ARCHITECTURES.x86_64,
      run: recordRun().run,
      source,
      ofProject: source,
    }),
  ).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('is no Buildroot folder') as string,
  });
});

test('a fragment that is not there is named', async () => {
  const minimal = await loadImage(bothIn(CHECKOUT), 'minimal');
  await expect(
    buildrootRequest(bothIn(CHECKOUT), {
      image: {...minimal, kernel: {...minimal.kernel, fragments: ['none.fragment']}},
      arch: ARCHITECTURES.x86_64,
      run: recordRun().run,
      source,
      ofProject: source,
    }),
  ).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('none.fragment') as string,
  });
});

test('the state of a folder without git changes with its files', async () => {
  const folder = temporary();
  mkdirSync(join(folder, 'a'));
  writeFileSync(join(folder, 'a/b'), 'x');
  const run = (): Promise<string> => Promise.reject(new Error('no git'));
  const before = await folderState(folder, run);
  expect(await folderState(folder, run)).toBe(before);
  writeFileSync(join(folder, 'a/b'), 'xy');
  expect(await folderState(folder, run)).not.toBe(before);
});

test('every symbol of a fragment is asked for once', () => {
  for (const name of ['linux', ...architectureNames().map((arch) => `linux-${arch}`), 'busybox']) {
    const text = readFileSync(join(CHECKOUT, `buildroot-overlays/board/${name}.fragment`), 'utf8');
    const names = [...text.matchAll(/^(?:# )?(CONFIG_\w+)(?:=| is not set)/gm)].map(([, symbol]) => symbol);
    expect(
      names.filter((symbol, index) => names.indexOf(symbol) !== index),
      name,
    ).toEqual([]);
  }
});

test.each(architectureNames())('Buildroot compresses the kernel as its fragment asks: %s', (arch) => {
  const text = readFileSync(join(CHECKOUT, `buildroot-overlays/board/linux-${arch}.fragment`), 'utf8');
  const asked = /^CONFIG_KERNEL_(\w+)=y/m.exec(text)?.[1] ?? 'GZIP';
  const lines = ARCHITECTURES[arch].buildroot.kernelLines.join('\n');
  expect(/^BR2_LINUX_KERNEL_(GZIP|LZ4|XZ|ZSTD)=y/m.exec(lines)?.[1] ?? 'GZIP').toBe(asked);
});
