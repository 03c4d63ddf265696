import {readFile, readlink, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {formatCycloneDx, type CheckedPackage} from '../../formats/cyclonedx.ts';
import type {SpdxPackage} from '../../formats/spdx.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {SOURCE_LINK, SOURCE_TAR} from './buildroot-source.ts';

/**
 * The feeds of the National Vulnerability Database: a clone of github.com/fkie-cad/nvd-json-data-feeds, in the state
 * `digest`.
 */
export type VulnerabilitiesOptions = {readonly path: string; readonly digest: string};

/** A CycloneDX 1.6 document with the packages and the vulnerabilities that are known of them. */
export const VULNERABILITIES = 'vulnerabilities.json';
const CHECK = 'support/scripts/cve-check';

/**
 * What is known against the packages of Buildroot's, `userland` and `kernel` as far as they are, as its own cve-check finds it
 * (what `make pkg-stats` judges by, too). CVEs that Buildroot says its patches or its configuration answer stand there as such.
 */
export const vulnerabilities = defineStage<VulnerabilitiesOptions, 'source'>({
  name: 'vulnerabilities',
  revision: 2,
  tools: [],
  inputs: ['source'],
  timeless: true,
  async build({options, inputs, out, run}) {
    const work = join(out, '.work');
    await run(['mkdir', '-p', join(work, 'feeds')]);
    await symlink(options.path, join(work, 'feeds/git')); // cve-check looks for the clone under this name
    const folder = await readlink(join(inputs.source, SOURCE_LINK)).catch(() => undefined);
    if (folder === undefined)
      await run([
        'tar',
        '--extract',
        `--file=${join(inputs.source, SOURCE_TAR)}`,
        `--directory=${work}`,
        '--wildcards',
        '*support/scripts/cve*',
      ]);
    const packages = await packagesOf(inputs);
    const document = join(work, 'packages.json');
    await writeFile(document, formatCycloneDx(packages));
    await run([
      'python3',
      '-B', // nothing is written into Buildroot's folder
      join(folder ?? work, CHECK),
      '--no-nvd-update',
      `--nvd-path=${join(work, 'feeds')}`,
      `--in-file=${document}`,
      `--out-file=${join(out, VULNERABILITIES)}`,
    ]);
    await run(['rm', '-r', work]);
  },
});

async function packagesOf({userland, kernel}: Readonly<Record<string, string>>): Promise<CheckedPackage[]> {
  return [
    ...(kernel === undefined ? [] : [kernelPackage(await readFile(join(kernel, 'release'), 'utf8'))]),
    ...(userland === undefined
      ? []
      : (JSON.parse(await readFile(join(userland, 'packages.json'), 'utf8')) as SpdxPackage[])),
  ];
}

/**
 * The kernel by the name that the NVD has for it, with the version of upstream's that its release begins with (`6.12.117-leanos`):
 * Debian's source, too, is one of the stable kernels.
 */
export function kernelPackage(release: string): CheckedPackage {
  const version = /^[\d.]+/.exec(release)?.[0] ?? '';
  return {
    name: 'linux',
    version,
    architecture: 'all',
    sha256: '',
    origin: 'buildroot',
    cpe: `cpe:2.3:o:linux:linux_kernel:${version}:*:*:*:*:*:*:*`,
  };
}
