import {rm, writeFile} from 'node:fs/promises';
import {directory, file, mergeTrees, movePaths, type FileTree} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {usrSquashfsArgs} from '../usr/usr-squashfs.ts';
import {imageFormat, type FormatOptions} from './image-format.ts';
import {writePackedTar} from './pack.ts';
import {readRootTree} from './root-tree.ts';

/** What Incus and LXD write into a new container: their documentation, "Image format". Templates are those of pongo2. */
const TEMPLATES = {
  '/etc/hostname': {name: 'hostname.tpl', text: '{{ container.name }}\n'},
  '/var/lib/cloud/seed/nocloud/meta-data': {
    name: 'meta-data.tpl',
    text: 'instance-id: {{ container.name }}\nlocal-hostname: {{ container.name }}\n{{ config_get("user.meta-data", "") }}\n',
  },
  '/var/lib/cloud/seed/nocloud/user-data': {
    name: 'user-data.tpl',
    text: '{{ config_get("cloud-init.user-data", config_get("user.user-data", "")) }}\n',
  },
} as const;

/** A container of Incus or LXD, in one file and in two. */
export const incus = imageFormat('incus', {
  kind: 'container',
  files: {metadata: 'incus.tar.xz', rootfs: 'incus.squashfs', unified: 'incus-unified.tar.xz'},
  // Incus' shared/simplestreams/products.go: what it makes an instance of is metadata and a root, named by both at once. The
  // unified file has a name that it does not know: it would be the same container once more.
  streams: {
    metadata: {
      ftypes: ['incus.tar.xz', 'lxd.tar.xz'],
      combined: {
        squashfs: 'combined_squashfs_sha256',
        'disk-kvm.img': 'combined_disk-kvm-img_sha256',
      },
    },
    rootfs: {ftypes: ['squashfs']},
  },
  parts: {archive: 'rootfsArchive'},
  tried: {
    opened: ['tar', 'python3', 'unsquashfs'],
    notRun: {
      'the daemons of Incus and LXD':
        'they take the cgroups and mounts of a host; their clients list it and fetch its files (test/tools/streams.test.ts)',
    },
  },
  takenBy:
    'Incus, LXD: `incus image import …-incus.tar.xz …-incus.squashfs`, or with the unified one alone; for a virtual machine …-incus.tar.xz …-disk.qcow2',
  revision: 1,
  tools: ['xz', 'sqfstar'],
  async write({files, parts, options, epoch, run}) {
    const root = await readRootTree(parts.archive);
    const metadata = incusMetadata(options, epoch);
    await writePackedTar(files.metadata, metadata, {packer: 'xz', epoch, run});
    const unified = mergeTrees(
      metadata,
      new Map([['rootfs', directory()]]),
      movePaths(root, (path) => `rootfs/${path}`),
    );
    await writePackedTar(files.unified, unified, {packer: 'xz', epoch, run});
    const tar = `${files.rootfs}.tar`;
    await writeFile(tar, await encodeTar(root, epoch));
    const squashfs = usrSquashfsArgs({compression: 'xz', blockBytes: 131_072});
    await run(['sqfstar', ...squashfs, files.rootfs], {inputFile: tar});
    await rm(tar);
  },
});

/** metadata.yaml, and the templates that it names. */
function incusMetadata({image, version, arch}: FormatOptions, epoch: number): FileTree {
  const properties = {
    architecture: arch,
    description: `leanos ${image} ${version} (${arch})`,
    name: `leanos-${version}-${image}-${arch}`,
    os: 'leanos',
    release: version,
    variant: image,
  };
  const templates = Object.entries(TEMPLATES).map(([path, {name}]) => [
    path,
    {when: ['create', 'copy'], template: name},
  ]);
  // YAML has JSON in it.
  const value = {
    architecture: arch,
    creation_date: epoch,
    properties,
    templates: Object.fromEntries(templates) as unknown,
  };
  return new Map([
    ['metadata.yaml', file(`${JSON.stringify(value, null, 1)}\n`)],
    ['templates', directory()],
    ...Object.values(TEMPLATES).map(({name, text}): [string, ReturnType<typeof file>] => [
      `templates/${name}`,
      file(text),
    ]),
  ]);
}
