import {execFileSync, spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync, readFileSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {CHECKOUT} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

const VAGRANTFILE = join(CHECKOUT, 'Vagrantfile');

/** A folder with the Vagrantfile, and what vagrant says there. */
function project(more: Readonly<Record<string, string>> = {}): {
  folder: string;
  vagrant: (...args: string[]) => {status: number | null; output: string};
} {
  const [folder, home] = [temporary(), temporary()];
  copyFileSync(VAGRANTFILE, join(folder, 'Vagrantfile'));
  const env = {...process.env, VAGRANT_HOME: home, HOME: home, VAGRANT_DEFAULT_PROVIDER: 'libvirt', ...more};
  const vagrant = (...args: string[]) => {
    const {status, stdout, stderr} = spawnSync('vagrant', args, {cwd: folder, encoding: 'utf8', env});
    return {status, output: `${stdout}${stderr}`};
  };
  return {folder, vagrant};
}

test('the Vagrantfile of this repository is the one that leanos init makes', () => {
  const template = join(CHECKOUT, 'src/build/project-template/vagrantfile.hbs');
  expect(readFileSync(VAGRANTFILE, 'utf8')).toBe(readFileSync(template, 'utf8'));
});

test('vagrant finds nothing wrong with it, and two machines in it', () => {
  execFileSync('ruby', ['-c', VAGRANTFILE]);
  const {vagrant} = project();
  expect(vagrant('validate')).toEqual({status: 0, output: 'Vagrantfile validated successfully.\n'});
  const {status, output} = vagrant('status');
  expect([status, output]).toEqual([
    0,
    expect.stringMatching(/^builder +not created[^]*^guest +not created/m),
  ]);
});

test('the guest is the box that was built last; where there is none, it says how to build one', () => {
  const {folder, vagrant} = project({VAGRANT_LOG: 'info'});
  expect(vagrant('up', 'guest').output).toContain('nothing is built yet: leanos build --format');
  mkdirSync(join(folder, 'out/alpha/1.2.3'), {recursive: true});
  writeFileSync(join(folder, 'out/alpha/1.2.3/leanos-1.2.3-web-x86_64-libvirt.box'), 'no box');
  utimesSync(join(folder, 'out/alpha/1.2.3/leanos-1.2.3-web-x86_64-libvirt.box'), 7, 7);
  // What it looks for; to bring the machine up takes libvirt's daemon, and KVM.
  const {output} = vagrant('status', 'guest');
  expect(output).toContain('Box not found: leanos-1.2.3-web-x86_64-libvirt-7 (libvirt)');
});
