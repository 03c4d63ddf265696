import {inspectFile} from '../../build/inspect-file.ts';
import {formatSize} from '../../core/size.ts';
import type {Context} from '../context.ts';

/** `leanos inspect` */
export async function inspectCommand(
  path: string,
  {json = false}: {json?: boolean},
  context: Context,
): Promise<void> {
  const found = await inspectFile(path);
  if (json) return context.print(JSON.stringify(found, null, 1));
  const {file, kind, bytes, sha256, facts} = found;
  const rows = Object.entries({file, kind, size: `${formatSize(bytes)} (${bytes} bytes)`, sha256, ...facts});
  for (const [name, value] of rows)
    context.print(`${name.padEnd(14)}  ${Array.isArray(value) ? value.join(', ') : value}`);
}
