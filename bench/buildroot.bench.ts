// The Buildroot base: what it weighs beside the Debian base, what building it again costs, and what leanos adds to Buildroot.
// LEANOS_BUILDROOT=DIR npm run bench -- buildroot [--first]     --first builds everything twice from nothing: half an hour
import {execFileSync} from 'node:child_process';
import {appendFileSync, mkdirSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {BenchClone} from './clone.ts';
import {context, printTable, seconds} from './lab.ts';

const MIB = 2 ** 20;
const SCRIPT = 'init-scripts/rootfs/usr/sbin/leanos-status';
const MINIMAL = ['build', '--json', '--image', 'minimal'];

interface Built {
  readonly artifacts: readonly {readonly kind: string; readonly bytes: number}[];
}

const isFirst = process.argv.includes('--first');
using clone = new BenchClone({cache: isFirst ? undefined : context.workspace.cache.root});
const build = (...args: readonly string[]): Built => JSON.parse(clone.leanos(...args)) as Built;
const timed = (work: () => unknown): Promise<number> =>
  seconds(() => {
    work();
    return Promise.resolve();
  });

/** The folders that leanos built in: one for the kernel, one for the userland. */
function workFolders(): string[] {
  const kept = join(clone.cache, 'kept');
  return readdirSync(kept, {withFileTypes: true})
    .filter((entry) => entry.isDirectory() && /^(kernel|userland)-/.test(entry.name))
    .map(({name}) => join(kept, name));
}

/** What Buildroot alone takes for the same two configurations, with the same toolchain, sources and options. */
function bareMake(work: string, toolchain: string): void {
  const out = join(work, 'bare');
  const env = {
    PATH: `${join(toolchain, 'path')}:${process.env['PATH'] ?? ''}`,
    HOME: process.env['HOME'] ?? '/',
    LC_ALL: 'C',
    TZ: 'UTC',
    LEANOS_TOOLCHAIN: toolchain,
    LEANOS_DOWNLOADS: join(work, 'downloads'),
    LEANOS_CCACHE: join(work, 'bare-ccache'),
    LEANOS_LINUX: join(work, 'linux'),
    LEANOS_FRAGMENTS: join(work, 'fragments'),
    SOURCE_DATE_EPOCH: '1372636800',
    FORCE_UNSAFE_CONFIGURE: '1',
  };
  const make = (...args: readonly string[]): unknown =>
    execFileSync(
      'make',
      [
        '-C',
        process.env['LEANOS_BUILDROOT'] ?? '',
        `O=${out}`,
        `BR2_EXTERNAL=${join(work, 'external')}`,
        ...args,
      ],
      {env, stdio: ['ignore', 'ignore', 'ignore'], maxBuffer: 2 ** 30},
    );
  make(`BR2_DEFCONFIG=${join(work, 'defconfig')}`, 'defconfig');
  make('-j2', /\/kernel-[^/]*$/.test(work) ? 'linux' : 'all');
}

const node = await timed(() => execFileSync(process.execPath, ['-e', '0']));
const rows: string[][] = [];
if (isFirst) {
  build('build', '--json'); // the tools that both bases run are installed
  mkdirSync(join(clone.cache, 'kept'), {recursive: true});
  const first = await timed(() => build(...MINIMAL));
  const {stages} = JSON.parse(clone.leanos('plan', '--json', '--image', 'minimal')) as {
    stages: {name: string; key: string}[];
  };
  const toolchain = join(clone.cache, 'store', stages.find(({name}) => name === 'toolchain')?.key ?? '');
  const works = workFolders();
  const bare = await timed(() => works.forEach((work) => bareMake(work, toolchain)));
  for (const work of works) rmSync(join(work, 'bare'), {recursive: true, force: true});
  rows.push([
    'first build, sources downloaded',
    `${first.toFixed(0)} s`,
    `\`make\` of the same ${bare.toFixed(0)} s`,
    (first / bare).toFixed(2),
    '≤ 1.1',
  ]);
} else build(...MINIMAL);
appendFileSync(join(clone.folder, SCRIPT), '# edited\n');
const edited = await timed(() => build(...MINIMAL));
rows.push([
  'one init script edited',
  `${edited.toFixed(2)} s`,
  `\`node -e 0\` ${node.toFixed(2)} s`,
  `+${(edited - node).toFixed(2)} s`,
  '≤ +5 s',
]);
printTable(['build of `minimal`', 'time', 'against', 'result', 'goal'], rows);

const [minimal, debian] = [build(...MINIMAL), build('build', '--json')];
const bytes = ({artifacts}: Built, ...kinds: readonly string[]): number =>
  artifacts.filter(({kind}) => kinds.includes(kind)).reduce((sum, artifact) => sum + artifact.bytes, 0);
const size = (what: string, kinds: readonly string[], goal = ''): string[] => [
  what,
  (bytes(minimal, ...kinds) / MIB).toFixed(2),
  (bytes(debian, ...kinds) / MIB).toFixed(2),
  goal,
];
printTable(
  ['MiB', '`minimal`, Buildroot', '`test`, Debian', 'goal for `minimal`'],
  [
    size('disk (qcow2), BIOS and UEFI', ['disk'], '≤ 6.0'),
    size('kernel + initramfs that boot from RAM', ['kernel', 'initramfs'], '≤ 4.5'),
    size('kernel', ['kernel']),
    size('/usr', ['usr']),
    size('root filesystem (tar.gz)', ['rootfs']),
  ],
);
