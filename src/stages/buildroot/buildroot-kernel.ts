import {copyFile, mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {sha256} from '../../core/canonical.ts';
import {parseBuildTimes} from '../../formats/buildroot.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import type {PackagePin} from '../../system/apt.ts';
import {hashFile} from '../../system/hash-file.ts';
import {modulesTree, usrModulesTree} from '../kernel/modules-tree.ts';
import {BuildrootRun, type BuildrootOptions} from './buildroot-run.ts';

export type BuildrootKernelOptions = BuildrootOptions & {
  /** Debian's package of the kernel's source. */
  readonly packages: readonly PackagePin[];
  /** The kernel's own name of the architecture, and the file that it makes. */
  readonly kernelArch: string;
  readonly kernelFile: string;
};

/** The name of the kernel's source in the configuration (stages/buildroot/defconfig.hbs). */
const TARBALL = 'linux-source.tar.xz';

/**
 * A kernel by Buildroot, with all built in: `vmlinuz`, `config`, `release`, and the trees of modules that are empty but for
 * their indexes, as those of debianKernel.
 */
export const buildrootKernel = defineStage<BuildrootKernelOptions, 'source' | 'external' | 'toolchain'>({
  name: 'buildroot-kernel',
  revision: 1,
  tools: [],
  inputs: ['source', 'external', 'toolchain'],
  timeless: true,
  async build(context) {
    const {options, inputs, out, progress, keep} = context;
    await using kept = await keep(
      `kernel-${options.arch}-${sha256([inputs.source, inputs.toolchain].join()).slice(0, 12)}`,
    );
    const buildroot = await BuildrootRun.open(kept.path, context);
    await placeSource(context, kept.path);
    await buildroot.configure(options, 'linux.fragment');
    const asked = (await buildroot.describe([])).packages;
    const {packages} = await buildroot.fetchSources(asked, options.sources);
    const last = await readTimes(join(kept.path, 'times.json'));
    const count = packages.length;
    await forgetOther(kept.path, options);
    const linux = join(buildroot.out, 'build/linux-custom');
    await buildroot.build(['linux-configure'], {count, last});
    await buildroot.checkFragment("the kernel's configuration", {
      asked: await askedFor(join(kept.path, 'external'), options),
      config: await readFile(join(linux, '.config'), 'utf8'),
      top: 'Kconfig',
      prefix: 'CONFIG_',
      read: (path) =>
        readFile(join(linux, path.replace('$(SRCARCH)', options.kernelArch)), 'utf8').catch(() => undefined),
    });
    await buildroot.build(['linux'], {count, last});
    progress('collecting');
    const release = (await readFile(join(linux, 'include/config/kernel.release'), 'utf8')).trim();
    await copyFile(join(buildroot.out, 'images', options.kernelFile), join(out, 'vmlinuz'));
    await copyFile(join(linux, '.config'), join(out, 'config'));
    await writeFile(join(out, 'release'), `${release}\n`);
    await writeFile(join(out, 'boot-modules.tar'), await encodeTar(modulesTree(release, []), 0));
    await writeFile(
      join(out, 'usr-modules.tar'),
      await encodeTar(usrModulesTree(release, {boot: [], usr: []}), 0),
    );
    const times = parseBuildTimes(await readFile(join(buildroot.out, 'build/build-time.log'), 'utf8'));
    await writeFile(join(out, 'build-times.json'), `${JSON.stringify(times, null, 1)}\n`);
    await writeFile(join(kept.path, 'times.json'), JSON.stringify(times));
  },
});

export async function readTimes(file: string): Promise<Record<string, number>> {
  return readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Record<string, number>,
    () => ({}),
  );
}

interface SourceContext {
  readonly options: BuildrootKernelOptions;
  readonly run: (argv: readonly [string, ...string[]]) => Promise<string>;
  readonly fetch: (pins: readonly PackagePin[]) => Promise<string[]>;
}

/** The kernel's tarball with its hash, where Buildroot looks for them. */
async function placeSource({options, run, fetch}: SourceContext, work: string): Promise<void> {
  const [pin] = options.packages;
  const mark = join(work, 'linux', `.${pin?.sha256 ?? ''}`);
  if ((await readFile(mark).catch(() => undefined)) !== undefined) return;
  const [archive = ''] = await fetch(options.packages);
  const fresh = join(work, 'linux.new');
  await rm(fresh, {recursive: true, force: true});
  await mkdir(join(fresh, 'patches/linux'), {recursive: true});
  await run(['dpkg-deb', '--extract', archive, join(fresh, 'package')]);
  const tarball = join(fresh, TARBALL);
  await rename(join(fresh, 'package/usr/src', `${pin?.name ?? ''}.tar.xz`), tarball);
  await rm(join(fresh, 'package'), {recursive: true});
  await writeFile(
    join(fresh, 'patches/linux/linux.hash'),
    `sha256  ${await hashFile(tarball)}  ${TARBALL}\n`,
  );
  await writeFile(join(fresh, `.${pin?.sha256 ?? ''}`), '');
  await rm(join(work, 'linux'), {recursive: true, force: true});
  await rename(fresh, join(work, 'linux'));
  // Another source: what was made of the one before goes, the compiler's memory stays.
  await Promise.all(
    ['out', 'downloads/linux'].map((name) => rm(join(work, name), {recursive: true, force: true})),
  );
}

/** A kernel that was built with other options is configured anew; make then builds what that changes. */
async function forgetOther(work: string, options: BuildrootKernelOptions): Promise<void> {
  const asked = await askedFor(join(work, 'external'), options);
  const state = join(work, 'asked');
  if ((await readFile(state, 'utf8').catch(() => '')) === asked) return;
  const linux = join(work, 'out/build/linux-custom');
  for (const stamp of [
    'dotconfig',
    'kconfig_fixup_done',
    'configured',
    'built',
    'images_installed',
    'installed',
  ])
    await rm(join(linux, `.stamp_${stamp}`), {force: true});
  await writeFile(state, asked);
}

async function askedFor(external: string, {arch, fragment}: BuildrootKernelOptions): Promise<string> {
  const files = ['linux', `linux-${arch}`].map((name) => join(external, 'board', `${name}.fragment`));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return [...texts, fragment ?? ''].join('\n');
}
