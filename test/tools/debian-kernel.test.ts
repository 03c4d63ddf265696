import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {debianKernel} from '../../src/stages/kernel/debian-kernel.ts';
import {run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

/** A kernel package with these files, as Debian's are made. */
function kernelPackage(files: Readonly<Record<string, string>>): string {
  const folder = temporary();
  const control = 'Package: linux-image\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n';
  for (const [path, text] of Object.entries({...files, 'DEBIAN/control': control})) {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    writeFileSync(join(folder, path), text);
  }
  const archive = `${folder}.deb`;
  execFileSync('dpkg-deb', ['--build', '-Znone', folder, archive], {stdio: 'ignore'});
  return archive;
}

async function built(files: Readonly<Record<string, string>>): Promise<string> {
  const out = temporary();
  const archive = kernelPackage(files);
  await debianKernel.build({
    options: {packages: [], bootModules: [], usrModules: []},
    out,
    run,
    fetch: () => Promise.resolve([archive]),
  } as unknown as Parameters<typeof debianKernel.build>[0]);
  return out;
}

test.each(['vmlinuz', 'vmlinux'])('a kernel that Debian calls %s is found', async (name) => {
  const out = await built({
    [`boot/${name}-6.12-some`]: 'the kernel',
    'boot/config-6.12-some': 'CONFIG_X=y\n',
  });
  expect(readFileSync(join(out, 'vmlinuz'), 'utf8')).toBe('the kernel');
  expect(readFileSync(join(out, 'release'), 'utf8')).toBe('6.12-some\n');
});

test('a package without a kernel is refused', async () => {
  await expect(built({'boot/config-6.12-some': ''})).rejects.toThrow(
    'the kernel package has neither boot/vmlinuz-* nor boot/vmlinux-*',
  );
});
