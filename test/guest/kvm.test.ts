import {join} from 'node:path';
import {expect, test} from 'vitest';
import {fakeMachine} from '../support/ash.ts';
import {CHECKOUT} from '../support/built-image.ts';

const KVM = join(CHECKOUT, 'init-scripts/services/usr/lib/leanos/prepare/kvm.sh');
/** What makes /dev/kvm is loaded. */
const STUBS = `RUN_AS=payload; find_user() { ids=100:101; }; chown() { echo "chown $1"; }; chmod() { echo "chmod $1"; }
modprobe() { echo "modprobe $1"; : >"$ROOT/dev/kvm"; };`;

test.each([
  ['VT-x', 'fpu vmx ssse3', 'modprobe kvm_intel\n'],
  ['SVM', 'fpu svm', 'modprobe kvm_amd\n'],
])('a payload that needs a processor with %s has its driver, and no other one', async (_, flags, loaded) => {
  const machine = await fakeMachine();
  machine.write('proc/cpuinfo', `processor\t: 0\nflags\t\t: ${flags}\nvmx flags\t: invvpid\n`);
  const {status, stdout} = machine.ash(`${STUBS} . ${KVM}`);
  expect({status, stdout}).toEqual({status: 0, stdout: `${loaded}chown root:101\nchmod 0660\n`});
});

test('a payload is told of a processor without either, for which no driver is tried', async () => {
  const machine = await fakeMachine();
  machine.write('proc/cpuinfo', 'processor\t: 0\nflags\t\t: fpu\n');
  expect(machine.ash(`${STUBS} . ${KVM}`)).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('build it as Solo5 spt') as string,
  });
});
