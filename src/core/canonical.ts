import {createHash} from 'node:crypto';

export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json};

/** JSON with sorted keys, so that equal values always have equal text. */
export function canonicalJson(value: Json): string {
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

/** Lower-case hex sha256 of a text (as UTF-8) or of bytes. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
