import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {z} from 'zod';
import {configError} from '../core/diagnostic.ts';
import {diagnose} from '../config/check.ts';
import {parseYaml} from '../config/yaml.ts';
import {requestDigest, type ImageInputs, type InputRequest} from './inputs.ts';

const pin = z.strictObject({
  name: z.string(),
  version: z.string(),
  architecture: z.string(),
  source: z.string(),
  url: z.string(),
  bytes: z.int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 is needed'),
});
const pins = z.array(pin);
const lockSchema = z.strictObject({
  request: z.string(),
  userland: pins,
  initramfs: pins,
  kernel: pins,
  boot: pins,
  tools: pins,
  toolchain: pins,
  sysroot: pins,
});

/**
 * `locks/IMAGE-ARCH.json`: the pins of an image for an architecture, as text that a reviewer reads in git. On another
 * base than its own an image has other packages, and a lock of its own: `locks/IMAGE-ARCH-BASE.json`.
 */
export function lockPath(checkout: string, image: string, arch: string, otherBase?: string): string {
  return join(checkout, 'locks', `${[image, arch, otherBase].filter(Boolean).join('-')}.json`);
}

/** The pins of a lock, or `stale` when the definition asks for something else by now, or `missing`. */
export async function loadLock(
  path: string,
  request: InputRequest,
): Promise<ImageInputs | 'stale' | 'missing'> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return 'missing';
  const document = parseYaml(bytes, path); // JSON is YAML, and this way an error has its line and column
  const diagnostics = diagnose(document, lockSchema);
  if (diagnostics.length > 0) throw configError(diagnostics, 'leanos lock     writes it anew');
  const {request: digest, ...inputs} = lockSchema.parse(document.value);
  return digest === requestDigest(request) ? inputs : 'stale';
}

/** Writes a lock whole or not at all. */
export async function writeLock(path: string, request: InputRequest, inputs: ImageInputs): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify({request: requestDigest(request), ...inputs}, null, 1)}\n`);
  await rename(temporary, path);
}
