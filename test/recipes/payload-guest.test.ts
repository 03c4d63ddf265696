import {describe, expect, test} from 'vitest';
import {withDefaults} from '../../src/config/image-defaults.ts';
import {payloadDefinition, type PayloadFile} from '../../src/config/payload.ts';
import type {ImageFile} from '../../src/config/image.ts';
import {ARCHITECTURES} from '../../src/core/architecture.ts';
import {libraryPackage} from '../../src/core/library-packages.ts';
import {splitWords} from '../../src/core/words.ts';
import {readPayload, type Payload} from '../../src/formats/payload/payload.ts';
import {planImage} from '../../src/recipes/image.ts';
import {guestMode} from '../../src/recipes/payload/guest.ts';
import type {PayloadRequest} from '../../src/recipes/payload/payload-request.ts';
import {makeElf, words, type MadeElf} from '../support/elf-maker.ts';
import {NO_INPUTS} from '../support/no-inputs.ts';

const {x86_64} = ARCHITECTURES;
const FILE = {name: 'it', sha256: 'a', bytes: 1, packing: null};

function payloadOf(elf: MadeElf): Payload {
  const payload = readPayload(makeElf(elf));
  if (payload === undefined) throw new Error('it is no payload');
  return payload;
}

const PROGRAM = payloadOf({});

/** A unikernel of Solo5 whose manifest has a network card and a disk: include/mft_abi.h of Solo5. */
const name = (text: string): Buffer => Buffer.concat([Buffer.from(text), Buffer.alloc(68 - text.length)]);
const device = (text: string, kind: number): Buffer =>
  Buffer.concat([name(text), words(kind), Buffer.alloc(32)]);
const SPT = payloadOf({
  notes: [
    {owner: 'Solo5', type: 0x31494241, data: words(2, 2, 0, 0)},
    {
      owner: 'Solo5',
      type: 0x3154464d,
      data: Buffer.concat([words(1, 2), device('service', 2), device('storage', 1)]),
      alignment: 8,
    },
  ],
});

/** The row of a payload's service, variable by variable, and the steps of its image. */
function planned(payload: Payload | undefined, wanted: PayloadFile = {}, more: Partial<PayloadRequest> = {}) {
  const source = {folder: 'x', digest: 'x'};
  const {args, environment, memoryBytes, onExit} = payloadDefinition(wanted);
  const {plan} = planImage({
    image: withDefaults('web', {}),
    arch: x86_64,
    host: x86_64,
    version: '1.0.0',
    epoch: 1,
    commit: undefined,
    update: {channel: 'alpha', url: null, keys: []},
    inputs: NO_INPUTS,
    sources: {
      native: source,
      initramfs: source,
      shared: source,
      rootfs: source,
      services: {folder: 'services', digest: 'x'},
      containers: source,
      packages: source,
      xen: source,
      overlays: [],
    },
    grubConfig: '',
    payloadConfig: '',
    describeTemplates: {},
    formatTemplates: {},
    ...(payload === undefined
      ? {}
      : {
          payload: {
            file: FILE,
            unpackedBytes: FILE.bytes,
            payload,
            mode: 'guest',
            besideMib: 0,
            wanted: {args, environment, memoryBytes, onExit},
            files: [],
            disks: [],
            ...more,
          },
        }),
  });
  const rootfs = plan.steps.find(({stage}) => stage.name === 'rootfs')?.options as {
    files: readonly {path: string; content: string}[];
  };
  const row = rootfs.files.find(({path}) => path === 'etc/leanos-init/services/payload')?.content ?? '';
  const inittab = rootfs.files.find(({path}) => path === 'etc/inittab')?.content ?? '';
  return {steps: plan.steps.map(({stage, options}) => ({name: stage.name, options})), row, inittab};
}

test('an image without a payload has nothing of services', () => {
  const {steps, row, inittab} = planned(undefined);
  expect(row).toBe('');
  expect(inittab).not.toContain('serv');
  expect(JSON.stringify(steps)).not.toContain('services');
  expect(JSON.stringify(planned(PROGRAM).steps)).toContain('services');
});

describe('a program', () => {
  test('has its arguments as a shell would tell them apart, and rights of its own', () => {
    const {row, inittab} = planned(PROGRAM, {
      args: 'a "b  c"',
      environment: {X: "it's"},
      memory: '8MiB',
      onExit: 'reboot',
    });
    expect(row).toContain(String.raw`COMMAND=''\''/usr/lib/payload/it'\'' '\''a'\'' '\''b  c'\'''`);
    expect(row).toContain(
      "RUN_AS='payload'\nEND='reboot'\nCONSOLE='/dev/console'\nCAPABILITIES='10'\nCONFINE='1'\nMEMORY='8388608'\n",
    );
    expect(inittab).toContain(
      '::respawn:/usr/lib/leanos/serve payload\n::shutdown:/usr/lib/leanos/stop-services\n::shutdown:/usr/lib/leanos/shutdown\n',
    );
  });

  test('that is packed loses the ending that says so', () => {
    const {row} = planned(PROGRAM, {}, {file: {...FILE, name: 'it.gz', packing: 'gzip'}});
    expect(row).toContain('/usr/lib/payload/it');
    expect(row).not.toContain('.gz');
  });

  test('for another architecture is not filtered by this one’s numbers', () => {
    expect(planned(payloadOf({machine: 3, bits: 32})).row).toContain("FILTER='0'\n");
    expect(planned(PROGRAM).row).not.toContain('FILTER');
  });

  test('whose arguments have a quote that is not closed is refused', () => {
    expect(() => planned(PROGRAM, {args: '"a'})).toThrow('payload.args: a quote is not closed');
  });
});

describe('what a dynamic program needs', () => {
  const needing = (interpreter: string): Payload => payloadOf({interpreter});
  const definition = (payload: Payload, file: ImageFile = {}) =>
    guestMode
      .definition(withDefaults('web', file), {payload, arch: x86_64, wanted: payloadDefinition({})})
      .packages.debian.map((each) => each.name);

  test('comes from packages that are known, beside those of the definition', () => {
    const payload = needing('/lib64/ld-linux-x86-64.so.2');
    expect(definition(payload, {packages: ['curl']})).toEqual(['curl', 'libc6']);
    expect(definition(payload, {packages: [{name: 'libc6', files: ['x']}]})).toEqual(['libc6']);
    expect(definition(PROGRAM)).toEqual([]);
  });

  test('is refused before anything is built where nobody can have it', () => {
    const strange = needing('/opt/strange.so.1');
    expect(() => definition(strange)).toThrow(
      'needs /opt/strange.so.1, and leanos does not know which package has that',
    );
    expect(definition(strange, {packages: ['strange1']})).toEqual(['strange1']);
    expect(() => definition(needing('/lib/ld-linux.so.2'), {base: 'buildroot'})).toThrow(
      'a userland of buildroot has no shared libraries',
    );
  });

  test.each([
    ['libc.so.6', 'libc6'],
    ['/lib/ld-linux-aarch64.so.1', 'libc6'],
    ['/lib64/ld64.so.2', 'libc6'],
    ['/lib/ld64.so.1', 'libc6'],
    ['/lib/ld-linux-riscv64-lp64d.so.1', 'libc6'],
    ['/lib/ld-linux-armhf.so.3', 'libc6'],
    ['/lib/ld-musl-x86_64.so.1', 'musl'],
    ['libcrypto.so.3', 'libssl3'],
    ['libnone.so.1', undefined],
  ])('%s is of %s', (library, expected) => {
    expect(libraryPackage(library)).toBe(expected);
  });
});

describe('a unikernel of Solo5', () => {
  const tender = {name: 'solo5-spt', args: '', file: {...FILE, name: 'solo5-spt'}};
  const disk = {name: 'storage', readOnly: false, file: FILE};

  test('gets its tender, and each device of its manifest', () => {
    const {row} = planned(SPT, {args: '--hello=x'}, {files: [tender], disks: [disk]});
    expect(row.replaceAll(String.raw`'\''`, '')).toContain(
      "COMMAND='/usr/lib/payload/solo5-spt --mem=64 --net:service=tap0 --block:storage=/var/lib/payload/disks/storage -- /usr/lib/payload/it --hello=x'\n",
    );
    expect(row).toContain("PREPARE='disks taps'\n");
    expect(row).toContain("DISKS='storage'\nTAPS='tap0'\n");
    const readOnly = planned(
      SPT,
      {memory: '16MiB'},
      {files: [tender], disks: [{...disk, readOnly: true}]},
    ).row;
    expect(readOnly).toContain('--mem=16');
    expect(readOnly).toContain('--block:storage=/usr/lib/payload/disks/storage');
    expect(readOnly).toContain("PREPARE='taps'\n");
  });

  test('without its tender or a disk it is refused, with what is needed', () => {
    expect(() => planned(SPT)).toThrow(
      /payload\.files: solo5-spt is needed to run it\. Debian has no package of it: .*\npayload\.disks: it asks for a disk storage/,
    );
  });

  test('brings the drivers that its tender needs', () => {
    const {modules} = guestMode.definition(withDefaults('web', {}), {
      payload: SPT,
      arch: x86_64,
      wanted: payloadDefinition({}),
    });
    expect(modules.usr).toContain('tun');
  });
});

test.each([
  ['', []],
  ['  a   b ', ['a', 'b']],
  [String.raw`--x="1 \"2\" \n" 'it is' a\ b`, ['--x=1 "2" \\n', 'it is', 'a b']],
  [`a''b ""`, ['ab', '']],
  ['"open', undefined],
  ["it's", undefined],
  ['end\\', undefined],
])('the words of %j', (line, expected) => {
  expect(splitWords(line)).toEqual(expected);
});
