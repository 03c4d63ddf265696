import {z} from 'zod';
import {CAPABILITY_NAMES, type CapabilityName} from '../core/capabilities.ts';
import type {Diagnostic} from '../core/diagnostic.ts';
import {parseSize} from '../core/size.ts';
import {splitWords} from '../core/words.ts';

/** What a service may wait for before it starts. */
export const SERVICE_WAITS = ['network', 'datasource', 'user-data'] as const;
/** Whether a service that ends by itself is started again: always, or only where it ends with another status than 0. */
export const SERVICE_RESTARTS = ['always', 'on-failure'] as const;

/** A name is a file's, a user's and a control group's. */
export const SERVICE_NAME = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'small letters, digits and "-" are needed, a letter first')
  .refine((name) => name !== 'payload', 'payload is the name of what payload: brings');

const line = z.string().regex(/^[^\n\0]+$/, 'one line is needed');
const folder = z
  .string()
  .regex(/^\/(?!.*\.\.)[\w./+-]*$/, 'an absolute path is needed, such as /var/lib/web');
const changeable = z
  .string()
  .regex(
    /^(?!.*(\.\.|\/\/))\/(etc|opt|run|srv|var)\/[\w./+@-]*[\w+@-]$/,
    'a file below /etc, /opt, /run, /srv or /var is needed',
  );
/** Nobody else may write to it; whose it is follows from who may read it. */
const mode = z
  .string()
  .regex(
    /^0[4-7][0-7][0145]$/,
    "a mode is needed that lets its owner read and nobody else write, such as '0640'",
  );
const interval = z.string().regex(/^[1-9]\d{0,5}[smhd]$/, 'a while is needed, such as 30s, 5m, 1h or 1d');
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time is needed, such as '03:00'");
const port = z.int().min(1, 'at least 1 is needed').max(65_535, 'at most 65535 is needed');

/** A value of `services:`. */
export const serviceSchema = z.strictObject({
  run: line.refine((text) => splitWords(text) !== undefined, 'a quote is not closed').optional(),
  unit: z
    .string()
    .regex(/^[\w.-]+\.service$/, 'the name of a unit is needed, such as nginx.service')
    .optional(),
  without: z
    .array(z.string().regex(/^[A-Z]\w*$/, 'a key of a unit is needed, such as ExecStartPost'))
    .optional(),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,30}$/, 'the name of a user is needed')
    .optional(),
  /** SERVICE_WAITS, and names of services. */
  after: z.array(SERVICE_NAME).optional(),
  restart: z.enum(SERVICE_RESTARTS).optional(),
  every: interval.optional(),
  at: z.union([timeOfDay, z.array(timeOfDay).min(1, 'at least one time is needed')]).optional(),
  environment: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/, 'the name of a variable is needed'), line)
    .optional(),
  /** Templates by the file that each becomes. */
  files: z
    .record(changeable, z.union([line, z.strictObject({template: line, mode: mode.optional()})]))
    .optional(),
  health: line.optional(),
  memory: z
    .string()
    .refine((text) => (parseSize(text) ?? 0) > 0, {message: 'a size is needed, such as 64MiB'})
    .optional(),
  tasks: z.int().min(1, 'at least 1 is needed').optional(),
  cpu: z
    .string()
    .regex(/^[1-9]\d{0,4}%$/, 'a share of one processor is needed, such as 50%')
    .optional(),
  capabilities: z.array(z.enum(CAPABILITY_NAMES)).optional(),
  writes: z.array(folder).optional(),
  confined: z.boolean().optional(),
  console: z.boolean().optional(),
  ports: z.array(port).optional(),
});

export type ServiceFile = z.infer<typeof serviceSchema>;

/** When a program is started that ends by itself: again after so many seconds, or at times of the day, as HHMM. */
export type ServiceTimer = {readonly everySeconds: number} | {readonly at: readonly string[]};

/** A file of a service: what the instance is stands in place of `{{ WORD }}`. */
export interface ServiceFileTemplate {
  /** Where it is in the guest. */
  readonly path: string;
  /** Where the template is, as a definition says it. */
  readonly template: string;
  /** Its mode; where not everybody may read it, it is the service's account's, else root's. */
  readonly mode: number;
  /** What the template holds; empty before it is read. */
  readonly text: string;
}

/** A program that the guest keeps running, with every default filled in. */
export interface ServiceDefinition {
  readonly name: string;
  /** The unit of systemd that says what it is, and keys of that which are left out on purpose. */
  readonly unit: {readonly name: string; readonly without: readonly string[]} | undefined;
  /** The keys that the definition has, and a unit does not decide. */
  readonly said: readonly string[];
  /** Where the files of the definition say them, by key; empty before that is known. */
  readonly places: Readonly<Record<string, Diagnostic>>;
  /** The program and its words. */
  readonly run: readonly string[];
  readonly user: string;
  /** SERVICE_WAITS, and names of services. */
  readonly after: readonly string[];
  readonly restart: (typeof SERVICE_RESTARTS)[number];
  /** At most one; without one it is kept running. */
  readonly timers: readonly ServiceTimer[];
  readonly environment: Readonly<Record<string, string>>;
  readonly files: readonly ServiceFileTemplate[];
  /** A command of the shell that ends with status 0 while the service is well. */
  readonly health: string | undefined;
  readonly memoryBytes: number | undefined;
  /** How many processes and threads it may have. */
  readonly tasks: number | undefined;
  /** Hundredths of one processor. */
  readonly cpuPercent: number | undefined;
  readonly capabilities: readonly CapabilityName[];
  /** Folders that it may write to beside its own, /var/lib/NAME. */
  readonly writes: readonly string[];
  readonly confined: boolean;
  readonly console: boolean;
  /** Those that it listens on, which `leanos run` leads to. */
  readonly ports: readonly number[];
}

/** Fills in what leanos takes where the file is silent. */
export function serviceDefinitions(
  services: Readonly<Record<string, ServiceFile>> = {},
): ServiceDefinition[] {
  return Object.entries(services).map(([name, service]) => ({
    name,
    unit: service.unit === undefined ? undefined : {name: service.unit, without: service.without ?? []},
    said: Object.keys(service),
    places: {},
    run: splitWords(service.run ?? '') ?? [],
    user: service.user ?? (service.confined === false ? 'root' : name),
    after: service.after ?? [],
    restart: service.restart ?? 'always',
    timers: timersOf(service),
    environment: service.environment ?? {},
    files: Object.entries(service.files ?? {}).map(([path, said]) => fileTemplate(path, said)),
    health: service.health,
    memoryBytes: service.memory === undefined ? undefined : parseSize(service.memory),
    tasks: service.tasks,
    cpuPercent: service.cpu === undefined ? undefined : Number.parseInt(service.cpu, 10),
    capabilities: service.capabilities ?? ['net_bind_service'],
    writes: service.writes ?? [],
    confined: service.confined ?? true,
    console: service.console ?? false,
    ports: service.ports ?? [],
  }));
}

function fileTemplate(
  path: string,
  said: string | {readonly template: string; readonly mode?: string | undefined},
): ServiceFileTemplate {
  const {template, mode: octal = '0644'} = typeof said === 'string' ? {template: said} : said;
  return {path, template, mode: Number.parseInt(octal, 8), text: ''};
}

const SECONDS: Readonly<Record<string, number>> = {s: 1, m: 60, h: 3600, d: 86_400};

function timersOf({every, at}: ServiceFile): ServiceTimer[] {
  const times = typeof at === 'string' ? [at] : at;
  return [
    ...(every === undefined
      ? []
      : [{everySeconds: Number.parseInt(every, 10) * (SECONDS[every.slice(-1)] ?? 1)}]),
    ...(times === undefined ? [] : [{at: times.map((time) => time.replace(':', ''))}]),
  ];
}
