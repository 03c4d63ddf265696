import {ARCHITECTURES, type ArchitectureName} from '../core/architecture.ts';

/** A disk that is published. */
export interface StreamItem {
  readonly channel: string;
  readonly image: string;
  readonly arch: ArchitectureName;
  readonly version: string;
  /** `20261121`: what simplestreams sorts by. */
  readonly date: string;
  /** From the root of what is published. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What the index says of one list of products. */
export interface IndexEntry {
  readonly format: 'products:1.0';
  readonly datatype: string;
  readonly path: string;
  readonly updated: string;
  readonly products: readonly string[];
}

export function contentId(channel: string): string {
  return `org.leanos:${channel}:download`;
}

/** Where the products of a channel are listed. */
export function productsPath(channel: string): string {
  return `streams/v1/${contentId(channel)}.json`;
}

/**
 * The products of a channel as simplestreams 1.0 lists them (https://git.launchpad.net/simplestreams, doc/README), and what
 * the index says of the list. Pure.
 */
export function streamsProducts(
  channel: string,
  items: readonly StreamItem[],
  updated: string,
): {text: string; entry: IndexEntry} {
  const kind = {format: 'products:1.0', datatype: 'image-downloads'} as const;
  const products = Object.fromEntries(items.map((item) => [productName(item), product(item)]));
  return {
    text: json({...kind, content_id: contentId(channel), updated, products}),
    entry: {...kind, path: productsPath(channel), updated, products: Object.keys(products)},
  };
}

/** `streams/v1/index.json`: what each list of products is about. Pure. */
export function streamsIndex(index: Readonly<Record<string, unknown>>, updated: string): string {
  return json({format: 'index:1.0', updated, index});
}

function productName({channel, image, arch}: StreamItem): string {
  return `org.leanos:${channel}:${image}:${ARCHITECTURES[arch].debian}`;
}

function product({channel, image, arch, version, date, path, bytes, sha256}: StreamItem): unknown {
  const debianArch = ARCHITECTURES[arch].debian;
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
