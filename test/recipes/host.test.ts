import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {withDefaults} from '../../src/config/image-defaults.ts';
import type {ImageFile} from '../../src/config/image.ts';
import {ARCHITECTURES, PINNED_HOSTS, type Architecture} from '../../src/core/architecture.ts';
import {planImage} from '../../src/recipes/image.ts';
import type {HostInputs, ImageInputs} from '../../src/recipes/inputs.ts';
import {toolsTree} from '../../src/stages/tools-tree.ts';
import type {PackagePin} from '../../src/system/apt.ts';
import {NO_INPUTS} from '../support/no-inputs.ts';

const {x86_64, aarch64} = ARCHITECTURES;

function pinOf(name: string, architecture: string): PackagePin {
  const sha256 = `${name} of ${architecture}`;
  return {name, version: '1', architecture, source: name, url: `debian:${name}`, bytes: 1, sha256};
}

function toolsOf(architecture: string): HostInputs {
  const [zstd, cpp] = [pinOf('zstd', architecture), pinOf('cpp', architecture)];
  const emulator = [pinOf('qemu-user', architecture)];
  return {tools: [zstd], discTools: [], compiler: [cpp], toolchain: [], python: [], emulator};
}

/** The plan of an image, as it is on a host whose tools the inputs have. */
function planOn(host: Architecture, hosts: ImageInputs['hosts'], file: ImageFile = {}) {
  const source = {folder: 'x', digest: 'x'};
  return planImage({
    image: withDefaults('web', file),
    arch: x86_64,
    host,
    version: '1.0.0',
    epoch: 1,
    commit: undefined,
    update: {channel: 'alpha', url: null, keys: []},
    inputs: {...NO_INPUTS, sandbox: [pinOf('dash', 'amd64')], hosts},
    sources: {
      native: source,
      initramfs: source,
      shared: source,
      services: source,
      containers: source,
      packages: source,
      xen: source,
      rootfs: source,
      overlays: [],
    },
    grubConfig: '',
    payloadConfig: '',
    describeTemplates: {},
    formatTemplates: {},
  });
}

test.each<ImageFile>([
  {},
  {packages: ['locales']}, // whose scripts may need a sandbox, and that an emulator
])('on another host the same steps are told the same, with tools of its own alone: %j', (image) => {
  const hosts = {amd64: toolsOf('amd64'), arm64: toolsOf('arm64')};
  const [here, there] = [x86_64, aarch64].map((host) =>
    planOn(host, hosts, image).plan.steps.map(({stage, options}) => ({stage: stage.name, options})),
  );
  const own = (steps: typeof here) => steps?.filter(({stage}) => stage === toolsTree.name);
  const others = (steps: typeof here) => steps?.filter(({stage}) => stage !== toolsTree.name);
  expect(others(there)).toEqual(others(here));
  expect(JSON.stringify(own(here))).not.toContain('of arm64');
  expect(JSON.stringify(own(there))).not.toContain('of amd64');
});

test('a sandbox is told the emulator of every host, and an image without packages of none', () => {
  const hosts = {amd64: toolsOf('amd64'), arm64: toolsOf('arm64')};
  const told = (image: ImageFile): string =>
    JSON.stringify(planOn(aarch64, hosts, image).plan.steps.map(({options}) => options));
  for (const host of Object.keys(hosts)) {
    expect(told({packages: ['locales']})).toContain(`qemu-user of ${host}`);
    expect(told({})).not.toContain(`qemu-user of ${host}`);
  }
});

test('what is said of a build names the tools of every host', () => {
  const {release} = planOn(aarch64, {amd64: toolsOf('amd64'), arm64: toolsOf('arm64')});
  const said = JSON.stringify(release.options);
  for (const architecture of ['amd64', 'arm64']) expect(said).toContain(`"zstd of ${architecture}"`);
});

test('modules of Python are compiled where the lock has a Python for it, and the definition does not say otherwise', () => {
  const hosts = {amd64: {...toolsOf('amd64'), python: [pinOf('python3.13-minimal', 'amd64')]}};
  const names = (definition: ImageFile, own: ImageInputs['hosts'] = hosts): string[] =>
    planOn(x86_64, own, definition).plan.steps.map(({stage}) => stage.name);
  expect(names({})).toContain('python-bytecode');
  expect(names({bytecode: false})).not.toContain('python-bytecode');
  expect(names({}, {amd64: toolsOf('amd64')})).not.toContain('python-bytecode');
});

test('without tools for it a host plans nothing', () => {
  expect(() => planOn(aarch64, {amd64: toolsOf('amd64')})).toThrow(/no tools are pinned for a host of arm64/);
});

/** What Debian adds to a version for what was built again, or as a cross compiler, from the same source. */
const BUILT_AGAIN = /(\+b\d+|cross\d+)$/;
const LOCKS = join(import.meta.dirname, '../../locks');

test.each(readdirSync(LOCKS).filter((name) => name !== 'host-tools.json'))(
  '%s has the same tools for all hosts, from the same sources',
  (name) => {
    const {hosts} = JSON.parse(readFileSync(join(LOCKS, name), 'utf8')) as Pick<ImageInputs, 'hosts'>;
    expect(Object.keys(hosts)).toEqual(expect.arrayContaining([...PINNED_HOSTS]));
    const versions = new Map<string, Set<string>>();
    for (const host of Object.values(hosts)) {
      for (const {name: tool, version} of Object.values(host).flat() as PackagePin[])
        versions.set(tool, (versions.get(tool) ?? new Set()).add(version.replace(BUILT_AGAIN, '')));
    }
    expect([...versions].filter(([, found]) => found.size > 1)).toEqual([]);
  },
);
