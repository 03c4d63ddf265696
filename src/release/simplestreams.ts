import {ARCHITECTURES, type ArchitectureName} from '../core/architecture.ts';
import {versionDay} from '../core/version.ts';

/** A published file under one of the names that simplestreams has for it. */
export interface StreamItem {
  readonly ftype: string;
  /** From the root of what is published. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** Of this file and another one as if they were one: `combined_squashfs_sha256`. */
  readonly combined: Readonly<Record<string, string>>;
}

/** A build that is published, and all that it has. */
export interface StreamBuild {
  readonly channel: string;
  readonly image: string;
  readonly arch: ArchitectureName;
  readonly version: string;
  readonly items: readonly StreamItem[];
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
  builds: readonly StreamBuild[],
  updated: string,
): {text: string; entry: IndexEntry} {
  const kind = {format: 'products:1.0', datatype: 'image-downloads'} as const;
  const products = Object.fromEntries(
    builds.filter(({items}) => items.length > 0).map((build) => [productName(build), product(build)]),
  );
  return {
    text: json({...kind, content_id: contentId(channel), updated, products}),
    entry: {...kind, path: productsPath(channel), updated, products: Object.keys(products)},
  };
}

/** `streams/v1/index.json`: what each list of products is about. Pure. */
export function streamsIndex(index: Readonly<Record<string, unknown>>, updated: string): string {
  return json({format: 'index:1.0', updated, index});
}

function productName({channel, image, arch}: StreamBuild): string {
  return `org.leanos:${channel}:${image}:${ARCHITECTURES[arch].debian}`;
}

function product({channel, image, arch, version, items}: StreamBuild): unknown {
  const debianArch = ARCHITECTURES[arch].debian;
  return {
    arch: debianArch,
    os: 'leanos',
    release: channel,
    release_title: `leanos ${image} ${version}`,
    version,
    aliases: `leanos/${image}/${channel}`,
    versions: {
      [serialOf(version)]: {
        pubname: `leanos-${image}-${channel}-${version}-${debianArch}`,
        label: 'release',
        items: Object.fromEntries(items.map(({combined, ...item}) => [item.ftype, {...item, ...combined}])),
      },
    },
  };
}

/**
 * What simplestreams tells versions apart and sorts texts by, the day first: `20261121`, and `20261121.000.001` of a fix to it.
 * The same release has the same one whenever it is published.
 */
function serialOf(version: string): string {
  const day = versionDay(version).toISOString().slice(0, 10).replaceAll('-', '');
  const [, ...changes] = version.split('.');
  if (changes.every((number) => number === '0')) return day;
  return [day, ...changes.map((number) => number.padStart(3, '0'))].join('.');
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
