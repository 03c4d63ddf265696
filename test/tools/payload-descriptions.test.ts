import {execFileSync} from 'node:child_process';
import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {PayloadChoice} from '../../src/build/payload-choice.ts';
import {processEnvironment} from '../../src/build/environment.ts';
import {prepareBuild} from '../../src/build/prepare.ts';
import {XL} from '../../src/build/host-tools.ts';
import {texts} from '../../src/stages/release/texts.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {makeElf} from '../support/elf-maker.ts';
import {firecrackerComplaints} from '../support/firecracker-schema.ts';
import {barePayload, programPayload} from '../support/payloads.ts';
import {temporary} from '../support/temporary.ts';

const ARGUMENTS = `a="b c" it's <d> & \\e`;
const XEN_PV = makeElf({
  notes: [
    {owner: 'Xen', type: 6, data: Buffer.from('Mini-OS\0')},
    {owner: 'Xen', type: 8, data: Buffer.from('generic\0')},
  ],
});

function written(bytes: Buffer): string {
  const path = join(temporary(), 'payload');
  writeFileSync(path, bytes);
  return path;
}

/** The files that come beside the disk of a payload, by the ends of their names, as they are planned. */
async function described(payload: PayloadChoice): Promise<Record<string, string>> {
  const choice = {
    channel: 'alpha',
    image: 'test',
    arch: 'x86_64',
    out: temporary(),
    locked: false,
    payload,
  } as const;
  const {plan} = await prepareBuild(choice, processEnvironment());
  const step = plan.steps.find(({stage}) => stage.name === texts.name);
  return (step?.options['files'] ?? {}) as Record<string, string>;
}

/** Whether libvirt takes a domain. @throws Error with what is against it */
function mustBeDomain(text: string | undefined): void {
  const path = join(temporary(), 'domain.xml');
  writeFileSync(path, text ?? '');
  execFileSync('virt-xml-validate', [path, 'domain'], {stdio: 'pipe'});
}

/** What xl makes of a configuration, as JSON behind a line of its own: see xl(1), create. */
function readByXl(text: string): {b_info: Record<string, unknown>} {
  const folder = temporary();
  const [config, library] = [join(folder, 'xl.cfg'), join(folder, 'no-xen.so')];
  writeFileSync(config, text);
  execFileSync('gcc', ['-shared', '-fPIC', '-o', library, join(CHECKOUT, 'test/support/payloads/no-xen.c')]);
  if (!existsSync(XL.name))
    throw new Error(`${XL.name} is not there; ./leanos doctor --dev --fix     installs ${XL.package}`);
  const said = execFileSync(XL.name, ['-N', 'create', config], {
    env: {...process.env, LD_PRELOAD: library},
    stdio: ['ignore', 'pipe', 'pipe'],
  }).toString();
  return JSON.parse(said.slice(said.indexOf('{'))) as {b_info: Record<string, unknown>};
}

describe('beside the disk of a payload that boots by itself', () => {
  const files = described({file: barePayload('multiboot1'), args: ARGUMENTS});

  test('libvirt takes its domain', async () => {
    mustBeDomain((await files)['libvirt.xml']);
  });

  test('xl takes its configuration: a machine with that disk', async () => {
    expect(readByXl((await files)['xl.cfg'] ?? '').b_info).toMatchObject({'type.hvm': {serial: 'pty'}});
  });

  test('a shell takes its script, and ShellCheck finds nothing', async () => {
    const path = join(temporary(), 'run.sh');
    writeFileSync(path, (await files)['run.sh'] ?? '');
    execFileSync('shellcheck', [path]);
  });

  test('there is none for Firecracker, which does not start it', async () => {
    expect(Object.keys(await files)).toEqual(['run.sh', 'xl.cfg', 'libvirt.xml']);
  });
});

describe('where Xen starts a payload', () => {
  test.each([
    ['PV', 'type.pv', () => written(XEN_PV)],
    ['PVH', 'type.pvh', () => barePayload('pvh')],
  ])('%s: its configuration names it, with its arguments byte for byte', async (_form, type, payload) => {
    const files = await described({file: payload(), args: ARGUMENTS});
    expect(readByXl(files['xl.cfg'] ?? '').b_info).toMatchObject({
      [type]: {},
      kernel: expect.stringMatching(/^leanos-.*-payload$/) as string,
      cmdline: ARGUMENTS,
    });
    mustBeDomain(files['libvirt.xml']);
  });
});

test('beside the disk of a lean Linux with a payload, libvirt and xl take their files too', async () => {
  const files = await described({file: programPayload(), args: ARGUMENTS.replace("it's", 'it')});
  mustBeDomain(files['libvirt.xml']);
  expect(readByXl(files['xl.cfg'] ?? '').b_info).toMatchObject({'type.hvm': {serial: 'pty'}});
});

describe('where Firecracker starts a payload', () => {
  const files = described({file: barePayload('pvh'), args: ARGUMENTS});

  test('its configuration names it', async () => {
    const config = JSON.parse((await files)['firecracker.json'] ?? '') as Record<
      string,
      Record<string, unknown>
    >;
    expect(config['boot-source']).toMatchObject({boot_args: ARGUMENTS});
    expect(config['boot-source']?.['kernel_image_path']).toMatch(/^leanos-.*-payload$/);
  });

  test('Firecracker’s published schema takes its configuration, and not every one', async () => {
    const config = (await files)['firecracker.json'] ?? '';
    expect(firecrackerComplaints(config)).toEqual([]);
    expect(firecrackerComplaints(config.replace('vcpu_count', 'vcpus')).sort()).toEqual([
      "machine-config: 'vcpu_count' is a required property",
      "machine-config: Additional properties are not allowed ('vcpus' was unexpected)",
    ]);
  });
});
