/** A disk that is published. */
export interface StreamItem {
  readonly channel: string;
  readonly image: string;
  readonly arch: string;
  readonly version: string;
  /** `20261121`: what simplestreams sorts by. */
  readonly date: string;
  /** From the root of what is published. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Debian's names, which OpenStack's and LXD's tools ask for. */
const ARCHES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  i386: 'i386',
  aarch64: 'arm64',
  arm: 'armhf',
  ppc64le: 'ppc64el',
  riscv64: 'riscv64',
};
const CONTENT_ID = (channel: string): string => `org.leanos:${channel}:download`;

/**
 * simplestreams 1.0 (https://git.launchpad.net/simplestreams, doc/README): `streams/v1/index.json`, and one products file for
 * each channel. Pure; paths and texts.
 */
export function simplestreams(items: readonly StreamItem[], updated: string): Record<string, string> {
  const channels = [...new Set(items.map(({channel}) => channel))].sort();
  const files: Record<string, string> = {};
  const index: Record<string, unknown> = {};
  for (const channel of channels) {
    const path = `streams/v1/${CONTENT_ID(channel)}.json`;
    const products = Object.fromEntries(
      items.filter((item) => item.channel === channel).map((item) => [productName(item), product(item)]),
    );
    files[path] = json({
      format: 'products:1.0',
      datatype: 'image-downloads',
      content_id: CONTENT_ID(channel),
      updated,
      products,
    });
    index[CONTENT_ID(channel)] = {
      format: 'products:1.0',
      datatype: 'image-downloads',
      path,
      updated,
      products: Object.keys(products),
    };
  }
  files['streams/v1/index.json'] = json({format: 'index:1.0', updated, index});
  return files;
}

function productName({channel, image, arch}: StreamItem): string {
  return `org.leanos:${channel}:${image}:${ARCHES[arch] ?? arch}`;
}

function product({channel, image, arch, version, date, path, bytes, sha256}: StreamItem): unknown {
  const debianArch = ARCHES[arch] ?? arch;
  return {
    arch: debianArch,
    os: 'leanos',
    release: channel,
    release_title: `leanos ${image} ${version}`,
    version,
    aliases: `leanos/${image}/${channel}`,
    versions: {
      [date]: {
        pubname: `leanos-${image}-${channel}-${version}-${debianArch}`,
        label: 'release',
        items: {'disk1.img': {ftype: 'disk1.img', path, size: bytes, sha256}},
      },
    },
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
