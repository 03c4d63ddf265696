import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {CHECKOUT, LEANOS} from './built-image.ts';

/** The formats of file systems, of kernels, and of containers: what is made beside the disks. */
const TREE_FORMATS = [
  'qcow2',
  'oci',
  'containerdisk',
  'lxc',
  'incus',
  'uec',
  'ironic',
  'pxe',
  'firecracker',
  'unified',
  'iso',
];

export interface BuiltFormats {
  readonly version: string;
  /** Absolute. */
  readonly directory: string;
  /** The file of a format, or of `FORMAT.ROLE`. */
  file(format: string): string;
}

/** The image `test` in all of them, out of the store after the first time. */
export function builtFormats(): BuiltFormats {
  const text = execFileSync(LEANOS, ['build', '--json', '--format', TREE_FORMATS.join(',')], {
    cwd: CHECKOUT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const {version, directory, artifacts} = JSON.parse(text) as {
    version: string;
    directory: string;
    artifacts: {format: string; kind: string; path: string}[];
  };
  return {
    version,
    directory: join(CHECKOUT, directory),
    file(format) {
      const found = artifacts.find(
        (artifact) => artifact.format === format && artifact.kind !== 'slot-initramfs',
      );
      if (found === undefined) throw new Error(`the image has no ${format}`);
      return join(CHECKOUT, found.path);
    },
  };
}
