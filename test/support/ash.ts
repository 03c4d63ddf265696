import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {CHECKOUT} from './built-image.ts';
import {imageBusybox} from './busybox.ts';
import {temporary} from './temporary.ts';

/** The guest's own scripts, and those that its initramfs has as well. */
export const ROOTFS = join(CHECKOUT, 'init-scripts/rootfs');
export const SHARED = join(CHECKOUT, 'init-scripts/shared');
const PACKAGES = join(CHECKOUT, 'init-scripts/packages');
const INITRAMFS = join(CHECKOUT, 'init-scripts/initramfs');

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FakeMachine {
  /** What scripts see as /. */
  readonly root: string;
  write(path: string, content: string | Buffer, mode?: number): void;
  read(path: string): string;
  has(path: string): boolean;
  /** Runs shell text in the image's ash with $ROOT set; gives its status, output and errors. */
  ash(script: string): Outcome;
  /** The same, beside this process: for scripts that talk to a server of the test. */
  run(script: string): Promise<Outcome>;
}

/** A machine in a folder, a temporary one unless it is said: the guest's scripts below it are those of the checkout. */
export async function fakeMachine(root = temporary()): Promise<FakeMachine> {
  const program = await imageBusybox();
  const write: FakeMachine['write'] = (path, content, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), {recursive: true});
    writeFileSync(join(root, path), content, {mode});
  };
  const libraries = join(root, 'usr/lib/leanos');
  mkdirSync(libraries, {recursive: true});
  for (const tree of [ROOTFS, SHARED, PACKAGES]) {
    const folder = join(tree, 'usr/lib/leanos');
    for (const name of readdirSync(folder)) symlinkSync(join(folder, name), join(libraries, name));
  }
  symlinkSync(join(ROOTFS, 'usr/sbin'), join(root, 'usr/sbin'));
  symlinkSync(join(ROOTFS, 'usr/bin'), join(root, 'usr/bin'));
  write(
    'etc/leanos-init/config',
    'LOGIN_USER=leanos\nDATASOURCE_LIST="nocloud"\nDATASOURCES_ON_DISK="nocloud configdrive"\nDATASOURCE_DEADLINE=2\n',
  );
  write('dev/console', '');
  write('proc/cmdline', 'quiet\n');
  write('run/leanos/drivers', '');
  mkdirSync(join(root, 'var/lib/leanos'), {recursive: true});
  const environment = {ROOT: root, PATH: '/nowhere', INITRAMFS};
  return {
    root,
    write,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    has: (path) => existsSync(join(root, path)),
    ash(script) {
      const {status, stdout, stderr} = spawnSync(program, ['ash', '-c', script], {
        env: environment,
        encoding: 'utf8',
        timeout: 60_000,
      });
      return {status: status ?? -1, stdout, stderr};
    },
    async run(script) {
      const {exitCode, stdout, stderr} = await execa(program, ['ash', '-c', script], {
        env: environment,
        extendEnv: false,
        reject: false,
        timeout: 60_000,
        stripFinalNewline: false,
      });
      return {status: exitCode ?? -1, stdout, stderr};
    },
  };
}
