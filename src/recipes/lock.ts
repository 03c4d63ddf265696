import {mkdir} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {z} from 'zod';
import {configError} from '../core/diagnostic.ts';
import {PIN_PARTS, SHA256} from '../core/names.ts';
import {diagnose} from '../config/check.ts';
import {parseYaml} from '../config/yaml.ts';
import {readRegular} from '../system/regular-file.ts';
import {writeWhole} from '../system/whole-file.ts';
import {requestDigest, type InputRequest} from './input-request.ts';
import type {ImageInputs} from './inputs.ts';

const part = (name: keyof typeof PIN_PARTS) =>
  z.string().regex(PIN_PARTS[name].pattern, PIN_PARTS[name].needed);
const pin = z.strictObject({
  name: part('name'),
  version: part('version'),
  architecture: part('architecture'),
  source: part('source'),
  url: part('url'),
  bytes: z.int().min(0, 'at least 0 is needed'),
  sha256: z.string().regex(SHA256, 'a sha256 is needed'),
});
const pins = z.array(pin);
const lockSchema = z.strictObject({
  request: z.string(),
  userland: pins,
  sandbox: pins.default([]),
  initramfs: pins,
  kernel: pins,
  boot: pins,
  efiStub: pins,
  sysroot: pins,
  libc: pins.default([]),
  hypervisor: pins.default([]),
  hosts: z.record(
    z.string(),
    z.strictObject({
      tools: pins,
      discTools: pins,
      compiler: pins,
      toolchain: pins,
      python: pins.default([]),
      emulator: pins.default([]),
    }),
  ),
});

/**
 * `locks/IMAGE-ARCH.json`: the pins of an image for an architecture, as text that a reviewer reads in git. On another
 * base than its own, or with another kernel, as formats may ask for, an image has other packages, and a lock of its own:
 * `locks/IMAGE-ARCH-BASE.json`, `locks/IMAGE-ARCH-KERNEL.json`.
 */
export function lockPath(checkout: string, image: string, arch: string, other?: string): string {
  return join(checkout, 'locks', `${[image, arch, other].filter(Boolean).join('-')}.json`);
}

/** parseYaml says what is too large for it; more is not even read. */
const MOST_BYTES = 64 * 2 ** 20;

/** The pins of a lock, or `stale` when the definition asks for something else by now, or `missing`. */
export async function loadLock(
  path: string,
  request: InputRequest,
): Promise<ImageInputs | 'stale' | 'missing'> {
  const bytes = await readRegular(path, {most: MOST_BYTES});
  if (bytes === undefined) return 'missing';
  const document = parseYaml(bytes, path); // JSON is YAML, and this way an error has its line and column
  const diagnostics = diagnose(document, lockSchema);
  if (diagnostics.length > 0) throw configError(diagnostics, 'leanos lock     writes it anew');
  const {request: digest, ...inputs} = lockSchema.parse(document.value);
  return digest === requestDigest(request) ? inputs : 'stale';
}

/** What has no further braces in it: a package. In a lock it takes one line, so that a change of it is one line too. */
const PIN = /\{[^{}]*\}/g;

/** Writes a lock whole or not at all. */
export async function writeLock(path: string, request: InputRequest, inputs: ImageInputs): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  const text = JSON.stringify({request: requestDigest(request), ...inputs}, null, 1);
  await writeWhole(path, `${text.replaceAll(PIN, (pin) => pin.replaceAll(/\n\s*/g, ' '))}\n`);
}
