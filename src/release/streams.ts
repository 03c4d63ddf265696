import {z} from 'zod';
import {NAME} from '../core/names.ts';
import {contentId, productsPath, streamsIndex, type IndexEntry} from './simplestreams.ts';
import type {PublishTarget} from './publish-files.ts';

export const INDEX_PATH = 'streams/v1/index.json';

const productsSchema = z.object({
  format: z.literal('products:1.0'),
  datatype: z.string(),
  content_id: z.string(),
  updated: z.string(),
  products: z.record(z.string(), z.unknown()),
});
const indexSchema = z.object({index: z.record(z.string(), z.looseObject({path: z.string()}))});

/** The text of the index, and what was wrong with what is there. */
export interface IndexFile {
  readonly text: string;
  readonly note?: string;
}

/**
 * The index after a channel has other products. The entries of the other channels come from their own lists, so that an
 * index which is damaged, or lacks them, is made anew; entries that are not leanos' own are kept.
 */
export async function nextIndex(
  target: PublishTarget,
  {channel, entry, updated}: {channel: string; entry: IndexEntry; updated: string},
): Promise<IndexFile> {
  const before = await target.read(INDEX_PATH);
  const old = before === undefined ? {} : parseIndex(before.toString());
  const index: Record<string, unknown> = {};
  for (const [id, known] of Object.entries(old ?? {}))
    if (channelOf(`${id}.json`) === undefined) index[id] = known;
  for (const name of (await target.names('streams/v1')).flatMap((file) => channelOf(file) ?? [])) {
    const listed = await listedEntry(target, name);
    if (listed !== undefined) index[contentId(name)] = listed;
  }
  index[contentId(channel)] = entry;
  const sorted = Object.fromEntries(Object.entries(index).sort(([a], [b]) => (a < b ? -1 : 1)));
  const text = streamsIndex(sorted, updated);
  return old === undefined
    ? {text, note: `${INDEX_PATH} is damaged, and is made anew from the lists that are there`}
    : {text};
}

/** The channel whose products a file lists. */
function channelOf(file: string): string | undefined {
  const name = /^org\.leanos:([a-z0-9-]+):download\.json$/.exec(file)?.[1] ?? '';
  return NAME.test(name) ? name : undefined;
}

function parseIndex(text: string): Record<string, unknown> | undefined {
  try {
    return indexSchema.parse(JSON.parse(text)).index;
  } catch {
    return undefined;
  }
}

/** What the index says of a channel, from the list of its products; `undefined` where there is none that can be read. */
async function listedEntry(target: PublishTarget, channel: string): Promise<IndexEntry | undefined> {
  const file = await target.read(productsPath(channel));
  try {
    const {format, datatype, updated, products} = productsSchema.parse(JSON.parse(file?.toString() ?? ''));
    return {format, datatype, path: productsPath(channel), updated, products: Object.keys(products)};
  } catch {
    return undefined;
  }
}
