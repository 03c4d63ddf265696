import {inspectPath} from '../../build/inspect-path.ts';
import {inspectRegistry} from '../../build/inspect-registry.ts';
import {printable} from '../../core/printable.ts';
import {formatSize} from '../../core/size.ts';
import {isOciAddress} from '../../formats/oci-address.ts';
import type {Context} from '../context.ts';
import type {RegistryFlags} from './push.ts';

/** A list that is longer stands in lines of its own. */
const LINE_CHARACTERS = 90;

/** `leanos inspect` */
export async function inspectCommand(path: string, options: RegistryFlags, context: Context): Promise<void> {
  const found = isOciAddress(path)
    ? await inspectRegistry(path, {...options, ...context})
    : await inspectPath(path, context);
  if (options.json === true) return context.print(JSON.stringify(found, null, 1));
  const {file, kind, bytes, sha256, facts} = found;
  const rows = Object.entries({file, kind, size: `${formatSize(bytes)} (${bytes} bytes)`, sha256, ...facts});
  for (const [name, value] of rows) context.print(`${printable(name).padEnd(14)}  ${shown(value)}`);
}

function shown(value: unknown): string {
  if (!Array.isArray(value)) return printable(String(value));
  const items = value.map((item) => printable(String(item)));
  const line = items.join(', ');
  return line.length <= LINE_CHARACTERS ? line : items.join(`\n${' '.repeat(16)}`);
}
