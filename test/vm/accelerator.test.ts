import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {LeanosError} from '../../src/core/error.ts';
import type {Run} from '../../src/system/run.ts';
import {findAccelerator, whyEmulated, type AcceleratorOptions} from '../../src/vm/accelerator.ts';
import {temporary} from '../support/temporary.ts';

/** A host with KVM's device, where QEMU ends as it is told. */
function host(ending: () => Promise<string>): {options: AcceleratorOptions; commands: string[]} {
  const folder = temporary();
  const commands: string[] = [];
  const run: Run = (argv) => {
    commands.push(argv.join(' '));
    return ending();
  };
  const device = join(folder, 'kvm');
  writeFileSync(device, '');
  const memory = join(folder, 'machines/accelerator');
  return {options: {arch: 'x86_64', host: 'x86_64', memory, wish: undefined, run, device}, commands};
}

const ends = (how: string) => () => Promise.reject(new LeanosError('COMMAND_FAILED', `${how}\n  qemu`));

test('KVM is taken where the probe’s own exit status comes back', async () => {
  const {options, commands} = host(ends('exit status 3'));
  expect(await findAccelerator(options)).toBe('kvm');
  expect(commands[0]).toMatch(/^qemu-system-x86_64 -accel kvm -cpu host .*isa-debug-exit/);
});

test.each(['timed out after 2000 ms', 'exit status 1', 'SIGABRT'])(
  'TCG where the probe ends with "%s"',
  async (how) => {
    expect(await findAccelerator(host(ends(how)).options)).toBe('tcg');
  },
);

test('TCG where the probe ends well, which it never does by itself', async () => {
  expect(await findAccelerator(host(() => Promise.resolve('')).options)).toBe('tcg');
});

test('the answer is remembered for this machine', async () => {
  const {options, commands} = host(ends('timed out after 2000 ms'));
  expect([await findAccelerator(options), await findAccelerator(options)]).toEqual(['tcg', 'tcg']);
  expect(commands).toHaveLength(1);
});

test('TCG without asking where there is no device, or where the guest is of another kind', async () => {
  const {options, commands} = host(ends('exit status 3'));
  expect(await findAccelerator({...options, device: '/nowhere/kvm'})).toBe('tcg');
  expect(await findAccelerator({...options, arch: 'aarch64'})).toBe('tcg');
  expect(commands).toEqual([]);
});

test('the user’s wish is obeyed, and one that is none is refused', async () => {
  const {options} = host(ends('exit status 3'));
  expect(await findAccelerator({...options, wish: 'tcg'})).toBe('tcg');
  await expect(findAccelerator({...options, wish: 'hvf'})).rejects.toThrow(
    'LEANOS_ACCEL is "hvf"; kvm or tcg is needed',
  );
});

test('why machines are emulated is said with what would help', async () => {
  const {options} = host(ends('timed out after 2000 ms'));
  const why = async (more: Partial<AcceleratorOptions>) => (await whyEmulated({...options, ...more}))?.why;
  expect(await why({})).toMatch(/kvm opens, but no program comes to its end in it$/);
  expect(await why({device: '/nowhere/kvm'})).toBe('this host has no /nowhere/kvm');
  expect(await why({arch: 'aarch64'})).toBe('KVM of this host, which is x86_64, does not run aarch64');
  expect(await whyEmulated(host(ends('exit status 3')).options)).toBeUndefined();
});
