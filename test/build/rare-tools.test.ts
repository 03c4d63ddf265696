import {expect, test} from 'vitest';
import {bootMachine} from '../../src/build/boot-machine.ts';
import type {BootOptions} from '../../src/build/boot-options.ts';
import {processEnvironment} from '../../src/build/environment.ts';
import {allTools, publishTools} from '../../src/build/host-tools.ts';

/** The packages that booting a disk so asks the host for. */
async function asked(options: BootOptions): Promise<string[]> {
  const packages: string[] = [];
  const needTools = async (tools: readonly {readonly package: string}[]): Promise<void> => {
    packages.push(...tools.map((tool) => tool.package));
    return Promise.reject(new Error('enough'));
  };
  await expect(bootMachine('package.json', options, {...processEnvironment(), needTools})).rejects.toThrow(
    'enough',
  );
  return packages;
}

test('who needs what few do is told its package before anything starts', async () => {
  expect(await asked({arch: 'x86_64'})).not.toContain('qemu-utils');
  expect(await asked({arch: 'x86_64', from: 'warm'})).toContain('qemu-utils');
  expect(publishTools('ssh://mirror/srv/web').map((tool) => tool.package)).toEqual(['openssh-client']);
  expect(publishTools('../published')).toEqual([]);
});

test('doctor asks nobody for it', () => {
  const names = allTools('x86_64', {dev: false, buildroot: false}).map(({name}) => name);
  expect(names).not.toContain('qemu-img');
  expect(names).not.toContain('ssh');
});
