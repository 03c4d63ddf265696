import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {inspectFile} from '../../src/build/inspect-file.ts';
import {peSections} from '../../src/formats/pe.ts';
import {
  FORMAT_NAMES,
  formatFiles,
  imageFormatOf,
  type FormatName,
} from '../../src/stages/format/image-formats.ts';
import {generateSshKey} from '../../src/vm/ssh.ts';
import {waitForLogin} from '../../src/vm/ssh-login.ts';
import {builtFormats, type BuiltFormats} from '../support/built-formats.ts';
import {firecrackerComplaints} from '../support/firecracker-schema.ts';
import {intoNetworkOf} from '../support/network-of.ts';
import {opener, opens} from '../support/opened.ts';
import {temporary} from '../support/temporary.ts';

let built: BuiltFormats;

beforeAll(() => {
  built = builtFormats();
});

function output(program: string, ...args: readonly string[]): string {
  return opener(program, args);
}

const opened: FormatName[] = [];

/** A test that opens a format with the programs that docs/formats.md names. */
function opening(format: FormatName, title: string, work: () => Promise<void> | void): void {
  opened.push(format);
  test(`${format}: ${title}`, () => opens(format, work));
}

function names(archive: string): string[] {
  return output('tar', '-tf', archive).trim().split('\n');
}

function unpacked(archive: string): string {
  const folder = temporary();
  output('tar', '-xf', archive, '-C', folder);
  return folder;
}

opening('oci', 'skopeo reads it, umoci unpacks it, and crun runs its shell without a network', () => {
  const archive = built.file('oci');
  expect(JSON.parse(output('skopeo', 'inspect', `oci-archive:${archive}`))).toMatchObject({
    Architecture: 'amd64',
    Os: 'linux',
  });
  const [layout, bundle] = [unpacked(archive), join(temporary(), 'bundle')];
  output('umoci', 'unpack', '--image', `${layout}:${built.version}`, bundle);
  const path = join(bundle, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as {process: {args: string[]; terminal: boolean}};
  expect(config.process.args).toEqual(['/bin/sh']);
  config.process.terminal = false;
  config.process.args.push('-c', '. /etc/os-release; echo "shell of $ID"; ls /sys/class/net; id -u');
  writeFileSync(path, JSON.stringify(config));
  expect(inContainer(bundle)).toBe('shell of leanos\nlo\n0\n');
});

/** By crun, which wants cgroups of one version: where a host mixes them, it sees those of version 2 in mounts of its own. */
function inContainer(bundle: string): string {
  const words = ['--root', temporary(), '--cgroup-manager=disabled', 'run', '--bundle', bundle, 'test'];
  const mounts = 'umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$0" "$@"';
  return opener('crun', words, {within: ['unshare', '--mount', 'sh', '-c', mounts]});
}

opening('containerdisk', 'the disk lies in /disk, is of user 107, and is the qcow2 byte for byte', () => {
  const archive = built.file('containerdisk');
  expect(JSON.parse(output('skopeo', 'inspect', `oci-archive:${archive}`))).toMatchObject({
    ...{Architecture: 'amd64', Os: 'linux'},
  });
  const layout = unpacked(archive);
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as {
    manifests: {digest: string; platform: object}[];
  };
  expect(index.manifests[0]?.platform).toEqual({architecture: 'amd64', os: 'linux'});
  const blob = (digest = ''): string => join(layout, 'blobs', digest.replace(':', '/'));
  const {layers} = JSON.parse(readFileSync(blob(index.manifests[0]?.digest), 'utf8')) as {
    layers: {digest: string}[];
  };
  const layer = blob(layers[0]?.digest);
  expect(output('tar', '--numeric-owner', '-tvf', layer)).toMatch(
    /^dr-xr-xr-x 107\/107 .* disk\/\n-r--r----- 107\/107 .* disk\/disk\.qcow2\n$/,
  );
  const bundle = join(temporary(), 'bundle');
  output('umoci', 'unpack', '--image', `${layout}:${built.version}`, bundle);
  const disk = join(bundle, 'rootfs/disk/disk.qcow2');
  expect(readFileSync(disk).equals(readFileSync(built.file('qcow2')))).toBe(true);
  expect(output('qemu-img', 'check', disk)).toMatch(/No errors/);
});

opening(
  'lxc',
  'lxc-create makes a container, lxc-start starts it, and its user logs in with the key of a seed',
  async () => {
    const path = join(temporary(), 'containers');
    mkdirSync(path);
    const container = ['-P', path, '-n', 'test'];
    const parts = ['--metadata', built.file('lxc.metadata'), '--fstree', built.file('lxc')];
    output('lxc-create', ...container, '-f', '/dev/null', '-t', 'local', '--', ...parts);
    const key = generateSshKey('lxc');
    const seed = join(path, 'test/rootfs/var/lib/cloud/seed/nocloud');
    mkdirSync(seed, {recursive: true});
    writeFileSync(join(seed, 'meta-data'), 'instance-id: i-container\n');
    writeFileSync(join(seed, 'user-data'), `#cloud-config\nssh_authorized_keys: ["${key.publicKey}"]\n`);
    const inside = (command: string): string =>
      opener('lxc-attach', [...container, '--clear-env', '--', '/bin/sh', '-c', command], {timeout: 20_000});
    // What a start leaves in /run must not be taken for the next one's.
    for (const start of ['first', 'second']) {
      const words = [...container, '-d', '-s', 'lxc.net.0.type=empty'];
      try {
        opener('lxc-start', words, {stdio: 'ignore', timeout: 60_000});
        expect(inside('cat /proc/1/comm; id -u; stat -c %U /home/leanos')).toBe('init\n0\nleanos\n');
        await using door = await intoNetworkOf(
          execFileSync('lxc-info', [...container, '-pH'], {encoding: 'utf8'}).trim(),
        );
        await using session = await waitForLogin({
          port: door.port,
          user: 'leanos',
          privateKey: key.privateKey,
          timeoutMs: 60_000,
        });
        expect((await session.exec(`id -un; pwd; echo ${start}`)).stdout).toBe(
          `leanos\n/home/leanos\n${start}\n`,
        );
      } finally {
        spawnSync('timeout', ['20', 'lxc-stop', '-k', ...container], {stdio: 'ignore'});
      }
    }
  },
);

opening('incus', 'metadata.yaml names its templates, and both forms have the same root', () => {
  const metadata = unpacked(built.file('incus'));
  const read = 'import sys, yaml, json; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))';
  const value = JSON.parse(output('python3', '-c', read, join(metadata, 'metadata.yaml'))) as {
    templates: Record<string, {template: string}>;
  };
  expect(value).toMatchObject({architecture: 'x86_64', properties: {os: 'leanos', variant: 'test'}});
  for (const {template} of Object.values(value.templates))
    expect(existsSync(join(metadata, 'templates', template))).toBe(true);
  const squashfs = output('unsquashfs', '-lc', built.file('incus.rootfs')).trim().split('\n');
  const unified = names(built.file('incus.unified'));
  const inUnified = unified.filter((name) => name.startsWith('rootfs/') && !name.endsWith('/'));
  expect(inUnified.length).toBeGreaterThan(100);
  expect(squashfs).toEqual(
    expect.arrayContaining(inUnified.map((name) => name.replace('rootfs', 'squashfs-root'))),
  );
  expect(unified).toContain('metadata.yaml');
});

opening('uec', "devstack's globs find kernel, initramfs and disk", () => {
  const folder = unpacked(built.file('uec'));
  // functions of devstack, upload_image: `for file in $xdir/*-vmlinuz*`, `*-initrd*`, `*.img`, the first one each.
  const script = 'cd "$1"; for glob in "*-vmlinuz*" "*-initrd*" "*.img"; do set -- $glob; echo "$# $1"; done';
  const found = execFileSync('sh', ['-c', script, '-', folder], {encoding: 'utf8'}).trim().split('\n');
  const name = `leanos-${built.version}-test-x86_64`;
  expect(found).toEqual([`1 ${name}-vmlinuz`, `1 ${name}-initrd`, `1 ${name}-blank.img`]);
  // Which boot from RAM (test/boot/image.test.ts).
  for (const [file, format] of [
    ['vmlinuz', 'vmlinuz'],
    ['initrd', 'cpio'],
  ] as const)
    expect(readFileSync(join(folder, `${name}-${file}`)).equals(readFileSync(built.file(format)))).toBe(true);
  expect(output('file', join(folder, `${name}-blank.img`))).toMatch(/ext3 filesystem.*"blank"/);
});

opening(
  'ironic',
  'a clean filesystem with all that its agent looks for, and kernel and initramfs as Glance has them',
  () => {
    const root = built.file('ironic');
    output('e2fsck', '-f', '-n', root);
    const folder = join(temporary(), 'root');
    mkdirSync(folder);
    output('debugfs', '-R', `rdump / ${folder}`, root);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['dev', 'proc', 'run', 'sys', 'etc', 'usr']));
    expect(output('chroot', folder, '/bin/sh', '-c', '. /etc/os-release; echo "$ID"')).toBe('leanos\n');
    expect(readdirSync(join(folder, 'boot/efi/EFI'))).toEqual(['BOOT']);
    for (const [name, format] of [
      ['kernel', 'vmlinuz'],
      ['initramfs', 'cpio'],
    ] as const)
      expect(readFileSync(join(folder, 'boot', name)).equals(readFileSync(built.file(format)))).toBe(true);
  },
);

opening('unified', 'its sections are those of a unified kernel image, and hold kernel and initramfs', () => {
  const image = readFileSync(built.file('unified'));
  const sections = Object.fromEntries((peSections(image) ?? []).map((section) => [section.name, section]));
  const content = (name: string): Buffer =>
    image.subarray(
      sections[name]?.fileOffset,
      (sections[name]?.fileOffset ?? 0) + (sections[name]?.bytes ?? 0),
    );
  expect(content('.linux').equals(readFileSync(built.file('vmlinuz')))).toBe(true);
  expect(content('.initrd').equals(readFileSync(built.file('cpio')))).toBe(true);
  expect(content('.cmdline').toString()).toMatch(/console=ttyS0/);
  expect(output('objdump', '-h', built.file('unified'))).toMatch(
    /\.osrel[^]*\.cmdline[^]*\.initrd[^]*\.linux/,
  );
});

opening('iso', 'a BIOS and UEFI find their boot files on it as on a disc and as on a disk', () => {
  const disc = built.file('iso');
  const report = output(
    'xorriso',
    '-indev',
    disc,
    '-report_el_torito',
    'plain',
    '-report_system_area',
    'plain',
  );
  expect(report).toMatch(/El Torito boot img :\s+1\s+BIOS\s+y/);
  expect(report).toMatch(/El Torito boot img :\s+2\s+UEFI\s+y/);
  expect(report).toMatch(/System area options: .*\n[^]*GPT partition name/);
  expect(output('xorriso', '-indev', disc, '-find', '/boot')).toMatch(
    /'\/boot\/grub\/grub\.cfg'[^]*'\/boot\/initramfs'\n'\/boot\/kernel'/,
  );
});

opening('firecracker', 'an ELF kernel, a disk, and a configuration that names them', () => {
  const text = readFileSync(built.file('firecracker'), 'utf8');
  expect(firecrackerComplaints(text)).toEqual([]);
  const config = JSON.parse(text) as {
    'boot-source': {kernel_image_path: string; initrd_path: string};
    drives: {path_on_host: string}[];
  };
  const {kernel_image_path: kernel, initrd_path: initrd} = config['boot-source'];
  const here = readdirSync(built.directory);
  expect(here).toEqual(expect.arrayContaining([kernel, initrd, config.drives[0]?.path_on_host ?? '']));
  expect(output('readelf', '-h', join(built.directory, kernel))).toMatch(
    /Type: +EXEC[^]*Machine: +Advanced Micro Devices X86-64/,
  );
  // Started by what QEMU's microvm and Firecracker look for: the note of PVH.
  expect(output('readelf', '-n', join(built.directory, kernel))).toMatch(/Xen/);
  expect(statSync(built.file('firecracker.root')).size % 512).toBe(0);
  const same = ['compare', '-f', 'raw', '-F', 'qcow2', built.file('firecracker.root'), built.file('qcow2')];
  expect(output('qemu-img', ...same)).toMatch(/identical/);
});

opening('pxe', 'a script of iPXE, which is what reads it', () => {
  expect(readFileSync(built.file('pxe'), 'utf8')).toMatch(/^#!ipxe\n(?:kernel|initrd|boot).*\n/);
});

test('every format that is no disk is opened', () => {
  expect(opened.sort()).toEqual(FORMAT_NAMES.filter((name) => imageFormatOf(name).kind !== 'disk').sort());
});

const holds = (...names: string[]): object => ({contents: expect.arrayContaining(names) as unknown});

const INSPECTED: readonly (readonly [string, string, object])[] = [
  ['iso', 'disc (ISO 9660)', {label: 'LEANOS', boots: 'yes (El Torito)'}],
  ['unified', 'unified kernel image (EFI)', {}],
  ['oci', 'container image (OCI archive)', {}],
  ['containerdisk', 'container image (OCI archive)', {}],
  ['pxe', 'script for iPXE', {}],
  ['lxc', 'tar, compressed by xz', holds('bin', 'etc/')],
  ['lxc.metadata', 'tar, compressed by xz', holds('config', 'create-message')],
  ['incus', 'tar, compressed by xz', holds('metadata.yaml')],
  ['incus.rootfs', 'squashfs', {compression: 'xz'}],
  ['incus.unified', 'tar, compressed by xz', holds('metadata.yaml', 'rootfs/')],
  ['uec', 'tar, compressed by gzip', {files: 3}],
  ['ironic', 'ext4', {label: 'test-rootfs'}],
  ['firecracker', 'configuration of Firecracker', {}],
  ['firecracker.kernel', 'kernel (ELF or multiboot)', {machine: 'x86_64'}],
  ['firecracker.root', 'raw disk with GPT', {channel: 'alpha'}],
  ['vmlinuz', 'Linux kernel (x86 boot protocol)', {}],
  ['cpio', 'initramfs (cpio), compressed by zstd', {}],
];

test.each(INSPECTED)('leanos inspect knows what %s is', async (format, kind, facts) => {
  expect(await inspectFile(built.file(format))).toMatchObject({kind, facts});
});

test('leanos inspect is shown every file of these formats', () => {
  const files = opened.flatMap((name) => formatFiles(name)).map(({format}) => format);
  expect(INSPECTED.map(([format]) => format)).toEqual(expect.arrayContaining(files));
});
