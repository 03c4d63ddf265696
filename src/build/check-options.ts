import {z} from 'zod';
import {diagnose} from '../config/check.ts';
import {formatPath, type Path} from '../config/yaml.ts';
import {architectureNames} from '../core/architecture.ts';
import {BASES} from '../core/base-name.ts';
import {LeanosError} from '../core/error.ts';
import {AUTO_MODE, PAYLOAD_MODES} from '../formats/payload/modes.ts';
import {FORMAT_NAMES} from '../stages/format/image-formats.ts';
import {LEAST_MEMORY_MIB, MOST_MEMORY_MIB} from '../vm/machine-memory.ts';
import type {BootOptions, MachineSeed} from './boot-options.ts';
import type {BuildOptions} from './build-options.ts';
import type {PayloadChoice} from './payload-choice.ts';

/** A row for each option: vitest and Node.js take types away and do not look at them. */
type Schema<T> = {readonly [K in keyof Required<T>]: z.ZodType};

const text = z.string();
const arch = z.enum(architectureNames());
const signal = z.instanceof(AbortSignal, {error: 'an AbortSignal is needed'});
const someFunction = z.custom((value) => typeof value === 'function', 'a function is needed');
const port = z.int().min(1, 'at least 1 is needed').max(65_535, 'at most 65535 is needed');
const hostPort = z
  .string()
  .regex(/^\d+$/, 'a port is needed')
  .refine((word) => port.safeParse(Number(word)).success, 'a port from 1 to 65535 is needed');

const SEED = {
  userData: text.optional(),
  hostname: text.optional(),
  publicKeys: z.array(text).optional(),
  instanceId: text.optional(),
} satisfies Schema<MachineSeed>;

const BOOT = {
  seed: z.strictObject(SEED).optional(),
  memoryMib: z
    .int()
    .min(LEAST_MEMORY_MIB, `at least ${LEAST_MEMORY_MIB} is needed`)
    .max(MOST_MEMORY_MIB, `at most ${MOST_MEMORY_MIB} is needed`)
    .optional(),
  cpu: text.optional(),
  firmware: z.enum(['bios', 'uefi', 'openfirmware', 'direct']).optional(),
  ports: z.union([z.array(port), z.record(hostPort, port)]).optional(),
  network: text.optional(),
  user: text.optional(),
  key: text.optional(),
  password: text.optional(),
  arch: arch.optional(),
  timeoutMs: z.number().positive('more than 0 is needed').optional(),
  log: text.optional(),
  from: z.enum(['boot', 'warm']).optional(),
  newHostKey: z.boolean().optional(),
  signal: signal.optional(),
} satisfies Schema<BootOptions>;

const PAYLOAD = {
  file: text.optional(),
  mode: z.enum([...PAYLOAD_MODES, AUTO_MODE]).optional(),
  args: text.optional(),
} satisfies Schema<PayloadChoice>;

const BUILD = {
  arch: arch.optional(),
  base: z.enum(BASES).optional(),
  channel: text.optional(),
  formats: z
    .union([z.array(z.enum(FORMAT_NAMES)).min(1, 'at least one is needed'), z.literal('all')])
    .optional(),
  payload: z.strictObject(PAYLOAD).optional(),
  out: text.optional(),
  locked: z.boolean().optional(),
  onEvent: someFunction.optional(),
  signal: signal.optional(),
} satisfies Schema<BuildOptions>;

/** @throws LeanosError USAGE with all that is wrong */
export function checkBootOptions(options: BootOptions): void {
  check('boot', z.strictObject(BOOT), options);
}

/** @throws LeanosError USAGE with all that is wrong */
export function checkBuildOptions(options: BuildOptions): void {
  check('build', z.strictObject(BUILD), options);
}

function check(what: string, schema: z.ZodType, value: unknown): void {
  const document = {
    file: what,
    value,
    at: (path: Path, message: string) => ({
      file: what,
      line: 1,
      column: 1,
      path: formatPath(path),
      message,
    }),
  };
  const wrong = diagnose(document, schema);
  if (wrong.length === 0) return;
  const lines = wrong.map(({path, message}) => `${what}: ${path === '' ? 'options' : path}: ${message}`);
  throw new LeanosError('USAGE', lines.join('\n'));
}
