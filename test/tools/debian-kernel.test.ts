import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {debianKernel} from '../../src/stages/kernel/debian-kernel.ts';
import {decodeTar} from '../../src/formats/tar.ts';
import {run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

/** A kernel package with these files, as Debian's are made. */
function kernelPackage(files: Readonly<Record<string, string | Buffer>>): string {
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

async function built(
  files: Readonly<Record<string, string | Buffer>>,
  usrModules: readonly string[] = [],
): Promise<string> {
  const out = temporary();
  const archive = kernelPackage(files);
  await debianKernel.build({
    options: {packages: [], bootModules: [], usrModules},
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

/** A module as the kernel's build leaves it: an ELF that says what it is. */
function kernelModule(name: string): Buffer {
  const folder = temporary();
  writeFileSync(join(folder, 'info'), `name=${name}\0depends=\0`);
  const elf = ['-I', 'binary', '-O', 'elf64-x86-64', '--rename-section', '.data=.modinfo'];
  execFileSync('objcopy', [...elf, 'info', 'module.ko'], {cwd: folder});
  return readFileSync(join(folder, 'module.ko'));
}

test('modules are taken compressed, as Debian has them since 13, and as it had them before', async () => {
  const folder = 'lib/modules/6.1-some/kernel';
  const files = {
    'boot/vmlinuz-6.1-some': '',
    'boot/config-6.1-some': '',
    [`${folder}/plain.ko`]: kernelModule('plain'),
    [`${folder}/packed.ko.xz`]: execFileSync('xz', ['--stdout'], {input: kernelModule('packed')}),
  };
  const tree = await decodeTar(
    readFileSync(join(await built(files, ['plain', 'packed']), 'usr-modules.tar')),
  );
  for (const name of ['plain', 'packed'])
    expect(tree.get(`lib/modules/6.1-some/kernel/${name}.ko`)).toMatchObject({data: kernelModule(name)});
});
