import type {Architecture, ArchitectureName} from '../../core/architecture.ts';
import {libraryPackage} from '../../core/library-packages.ts';
import type {GuestOffer} from '../../formats/payload/modes.ts';
import type {Payload} from '../../formats/payload/payload.ts';
import type {Plan, Step} from '../../pipeline/plan.ts';
import {containerTree} from '../../stages/payload/container-tree.ts';
import {payloadFile} from '../../stages/payload/payload-file.ts';
import type {ProgramFolder} from '../guest.ts';
import type {PayloadImageRequest, PayloadRequest} from './payload-request.ts';

/** Where the guest has what belongs to its payload. */
export const PAYLOAD_FOLDER = 'usr/lib/payload';
/** Where a payload keeps what it writes: its home, on STATE. */
export const PAYLOAD_HOME = '/var/lib/payload';

/** Where a container is put together. */
const CONTAINER_FOLDER = '/run/leanos/container';

/** How the lean Linux runs a kind of payload. */
export interface Runner {
  /** Debian packages that it needs. */
  readonly packages: (payload: Payload) => readonly string[];
  /** Sonames and loaders that have to be there. */
  readonly needs: (payload: Payload) => readonly string[];
  /** Kernel modules that it needs, by architecture where that matters. */
  readonly modules: (arch: Architecture) => readonly string[];
  /** Files that the user has to give it, by their names, and how to come by them. */
  readonly files: Readonly<Record<string, string>>;
  /** The words that start a payload; `program` is its path. */
  readonly command: (request: PayloadRequest, program: string, words: readonly string[]) => readonly string[];
  /** The folder of programs of the guest's own that it needs. */
  readonly programs?: ProgramFolder;
  /** What runs before each start: files of usr/lib/leanos/prepare. */
  readonly prepare: readonly string[];
  /** A runtime that confines what it runs itself begins as root. */
  readonly confinesItself?: boolean;
  /** The step whose `tree.tar` has the payload; absent: its file is taken as it is. */
  readonly tree?: (plan: Plan, request: PayloadImageRequest, words: readonly string[]) => Step;
  /** More of its row. */
  readonly row: (request: PayloadRequest) => Readonly<Record<string, string>>;
}

/** Without a word Solo5's tenders take 512 MiB, which lean machines do not have. */
const SOLO5_MEMORY_MIB = 64;
/** Where Debian's kernel has them as modules. */
const KVM_MODULES: Readonly<Partial<Record<ArchitectureName, readonly string[]>>> = {
  x86_64: ['kvm_intel', 'kvm_amd'],
  i386: ['kvm_intel', 'kvm_amd'],
};
const MIB = 2 ** 20;

const program: Runner = {
  packages: (payload) => needsOf(payload).flatMap((name) => libraryPackage(name) ?? []),
  needs: needsOf,
  modules: () => [],
  files: {},
  command: (_, path, words) => [path, ...words],
  prepare: [],
  row: () => ({}),
};

/** Its files are below a folder of their own, which a start makes anew of the image: what is to stay is a volume. */
const container: Runner = {
  packages: () => ['crun'],
  needs: () => ['libc.so.6'],
  modules: () => ['loop', 'overlay'],
  files: {},
  command: () => [
    '/usr/bin/crun',
    '--root',
    `${CONTAINER_FOLDER}/crun`,
    '--cgroup-manager',
    'disabled',
    'run',
    '--bundle',
    CONTAINER_FOLDER,
    'payload',
  ],
  prepare: ['container'],
  confinesItself: true,
  tree: (plan, {arch, payload}, words) =>
    plan.add(
      containerTree,
      {
        architecture: arch.oci.architecture,
        args: words,
        environment: payload.wanted.environment,
        folder: PAYLOAD_FOLDER,
        volumes: `${PAYLOAD_HOME}/volumes`,
      },
      {payload: plan.add(payloadFile, payload.file, {})},
    ),
  row: () => ({CONTAINER: CONTAINER_FOLDER}),
};

export const RUNNERS: Readonly<Record<GuestOffer['runner'], Runner>> = {
  program,
  'solo5-spt': solo5('solo5-spt', []),
  'solo5-hvt': solo5('solo5-hvt', ['kvm']),
  container,
};

/** Solo5's tenders (docs/architecture.md of Solo5) attach each device of the manifest by its name. */
function solo5(tender: 'solo5-spt' | 'solo5-hvt', prepare: readonly string[]): Runner {
  return {
    packages: () => ['libseccomp2', 'libc6'],
    needs: () => [],
    modules: ({name}) => ['tun', ...(tender === 'solo5-hvt' ? (KVM_MODULES[name] ?? []) : [])],
    files: {
      [tender]: `Debian has no package of it: ./configure.sh && make in Solo5's sources, where libseccomp-dev is, leaves tenders/${tender.slice('solo5-'.length)}/${tender}`,
    },
    command: (request, path, words) => [
      `/${PAYLOAD_FOLDER}/${tender}`,
      `--mem=${(request.wanted.memoryBytes ?? SOLO5_MEMORY_MIB * MIB) / MIB}`,
      ...devices(request, 'network').map((name, index) => `--net:${name}=tap${index}`),
      ...devices(request, 'block').map((name) => `--block:${name}=${diskPath(request, name)}`),
      '--',
      path,
      ...words,
    ],
    programs: 'solo5',
    prepare: ['taps', ...prepare],
    row: (request) => ({
      TAPS: devices(request, 'network')
        .map((_, index) => `tap${index}`)
        .join(' '),
    }),
  };
}

/** The names of the devices of a kind that the payload's manifest asks for. */
export function devices({payload}: Pick<PayloadRequest, 'payload'>, kind: 'network' | 'block'): string[] {
  return needsOf(payload).flatMap((need) =>
    need.startsWith(`${kind} `) ? [need.slice(kind.length + 1)] : [],
  );
}

/** Where the guest has a disk of the payload: what is written to is on STATE. */
export function diskPath({disks}: Pick<PayloadRequest, 'disks'>, name: string): string {
  const isReadOnly = disks.find((disk) => disk.name === name)?.readOnly === true;
  return isReadOnly ? `/${PAYLOAD_FOLDER}/disks/${name}` : `${PAYLOAD_HOME}/disks/${name}`;
}

function needsOf({forms}: Payload): string[] {
  return [...new Set(forms.flatMap(({needs}) => needs))];
}
