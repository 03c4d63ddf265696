import {ALL_CAPABILITIES, capabilityNumbers} from '../../core/capabilities.ts';
import {parseSize} from '../../core/size.ts';
import {quotedWords, splitWords} from '../../core/words.ts';
import {commandWords, parseCommand, stepWords, type UnitCommand} from './unit-command.ts';
import {parseUnit} from './unit-file.ts';
import {FOLDER_KEYS, HARDENING_KEYS, LIMIT_KEYS, PASSED_KEYS, PASSED_SECTIONS} from './unit-keys.ts';

/** What a unit says, as a row of a service has it. */
export interface UnitService {
  /** Variables of the row, by name; empty ones are left out. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whose it is; it runs as that account, or as root that becomes it. */
  readonly user: string;
  readonly group: string | undefined;
  /** Files of variables that it reads: absolute paths. */
  readonly environmentFiles: readonly string[];
  /** Lines that nobody here understands: `Key=value`. */
  readonly unknown: readonly string[];
  /** Keys that take something away from a program, and are left out. */
  readonly leftOut: readonly string[];
}

const NOTHING_SAID: readonly string[] = [];
const TYPES = ['simple', 'exec', 'idle', 'notify', 'notify-reload', 'forking', 'oneshot'];
/** Numbers of signal(7) that units end programs with; the same on every architecture that leanos knows. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'];

/** Keys that are read below; what is neither of these nor passed over is unknown. */
const READ_KEYS = [
  'Type', 'ExecStart', 'ExecStartPre', 'ExecReload', 'ExecStop', 'User', 'Group', 'Environment', 'EnvironmentFile', 'PIDFile',
  'Restart', 'RestartSec', 'TimeoutStopSec', 'KillSignal', 'KillMode', 'AmbientCapabilities', 'CapabilityBoundingSet',
  'NoNewPrivileges', 'ProtectSystem', 'ReadWritePaths', 'ReadWriteDirectories', 'WorkingDirectory', 'UMask', 'TasksMax', 'MemoryMax',
  'MemoryHigh', 'CPUQuota', 'DynamicUser',
  ...Object.keys(FOLDER_KEYS), ...Object.keys(FOLDER_KEYS).map((key) => `${key}Mode`), ...Object.keys(LIMIT_KEYS),
]; // prettier-ignore

/** Reads a unit of systemd (systemd.service(5), systemd.exec(5)). `without` are keys that are left out on purpose. */
export function unitService(
  text: string,
  {name, unit, without}: {name: string; unit: string; without: readonly string[]},
): UnitService {
  const lines = parseUnit(text).filter(
    ({key, section}) => !without.includes(key) && !PASSED_SECTIONS.includes(section),
  );
  const says = new Said(lines.map(({key, value}) => ({key, value: withSpecifiers(value, unit)})));
  const user = says.one('User') ?? (says.isTrue('DynamicUser') ? name : 'root');
  const main = says.commands('ExecStart');
  const program = main.at(-1);
  const before = [...says.commands('ExecStartPre'), ...main.slice(0, -1)];
  // What runs right before the program as it does itself needs nothing of its own.
  const own = before.findLastIndex(({asRoot}) => asRoot !== program?.asRoot) + 1;
  const isClosed = says.one('ProtectSystem') === 'strict' || says.isTrue('DynamicUser');
  const runsAs = program?.asRoot === true ? 'root' : user;
  const folders = foldersOf(says);
  const environmentFiles = says.all('EnvironmentFile');
  const oneshot = says.one('Type') === 'oneshot';
  return {
    user,
    group: says.one('Group'),
    environmentFiles: environmentFiles.map((path) => path.replace(/^-/, '')),
    variables: {
      COMMAND: program === undefined ? '' : commandWords(before.slice(own), program),
      BEFORE: stepWords(before.slice(0, own)),
      ENVIRONMENT: quotedWords([
        ...folders.map(({variable, path}) => `${variable}=${path}`),
        ...says.words('Environment'),
      ]),
      ENVIRONMENT_FILES: environmentFiles.join(' '),
      RUN_AS: runsAs,
      OWNER: user === runsAs ? '' : user,
      RUN_GROUP: says.one('Group') ?? '',
      END:
        oneshot ||
        ['no', 'on-failure', 'on-abnormal', 'on-abort', 'on-watchdog'].includes(
          says.one('Restart') ?? 'always',
        )
          ? 'true'
          : '',
      TRIES: says.one('Restart') === 'no' || oneshot ? '1' : '',
      DELAY: milliseconds(says.one('RestartSec')),
      PATIENCE: patienceOf(says.one('TimeoutStopSec')),
      HALT: stepWords(says.commands('ExecStop')),
      SIGNAL: (says.one('KillSignal') ?? 'SIGTERM').replace(/^SIG(TERM$)?/, ''),
      RELOAD: stepWords(says.commands('ExecReload')),
      FORKS: says.one('Type') === 'forking' ? (says.one('PIDFile') ?? 'any') : '',
      CONFINE: '1',
      OPEN: isClosed ? '' : '1',
      FILTER:
        isClosed && says.all('SystemCallFilter').some((value) => value.startsWith('@system-service'))
          ? ''
          : '0',
      CAPABILITIES: capabilitiesOf(says, runsAs),
      WRITES: [...folders.filter(({owned}) => owned).map(({path}) => path), ...writesOf(says)].join(' '),
      FOLDERS: folders.map(({path, mode, owned}) => `${path}:${mode}:${owned ? 'own' : 'root'}`).join(' '),
      DIRECTORY: (says.one('WorkingDirectory') ?? '').replace(/^-/, '').replace(/^~$/, ''),
      UMASK: says.one('UMask') ?? '',
      LIMITS: Object.entries(LIMIT_KEYS)
        .flatMap(([key, limit]) => limitOf(says.one(key), limit))
        .join(' '),
      TASKS: /^\d+$/.exec(says.one('TasksMax') ?? '')?.[0] ?? '',
      MEMORY: sizeOf(says.one('MemoryMax') ?? says.one('MemoryHigh')),
      CPU: cpuOf(says.one('CPUQuota')),
    },
    unknown: unknownLines(says),
    leftOut: isClosed
      ? NOTHING_SAID
      : [...new Set(says.keys().filter((key) => HARDENING_KEYS.includes(key)))],
  };
}

/** What the lines of a section say, key by key. */
class Said {
  readonly #lines: readonly {readonly key: string; readonly value: string}[];

  constructor(lines: readonly {readonly key: string; readonly value: string}[]) {
    this.#lines = lines;
  }

  keys(): string[] {
    return this.#lines.map(({key}) => key);
  }

  /** The last value that is none empty. */
  one(key: string): string | undefined {
    return this.all(key).at(-1);
  }

  /** All values since the last empty one, which takes back those before it. */
  all(key: string): string[] {
    const values = this.#lines.filter((line) => line.key === key).map(({value}) => value);
    return values.slice(values.lastIndexOf('') + 1);
  }

  has(key: string): boolean {
    return this.#lines.some((line) => line.key === key);
  }

  words(key: string): string[] {
    return this.all(key).flatMap((value) => splitWords(value) ?? []);
  }

  isTrue(key: string): boolean {
    return /^(1|yes|true|on)$/i.test(this.one(key) ?? '');
  }

  commands(key: string): UnitCommand[] {
    return this.all(key).flatMap((value) => parseCommand(value) ?? []);
  }

  lines(): readonly {readonly key: string; readonly value: string}[] {
    return this.#lines;
  }
}

function unknownLines(says: Said): string[] {
  const known = [...READ_KEYS, ...HARDENING_KEYS, ...Object.keys(PASSED_KEYS)];
  return says
    .lines()
    .filter(({key, value}) => !known.includes(key) || /%[A-Za-z]/.test(value) || !isUnderstood(key, value))
    .map(({key, value}) => `${key}=${value}`);
}

const isCommand = (value: string): boolean => parseCommand(value) !== undefined;
const namesCapabilities = (value: string): boolean => {
  const names = capabilityNames([value]);
  return capabilityNumbers(names).length === names.length;
};

/** Which values of a key can be done; of one that is not here all can. */
const VALUES: Readonly<Record<string, (value: string) => boolean>> = {
  ExecStart: isCommand,
  ExecStartPre: isCommand,
  ExecReload: isCommand,
  ExecStop: isCommand,
  Type: (value) => TYPES.includes(value),
  KillMode: (value) => ['mixed', 'control-group'].includes(value),
  KillSignal: (value) => SIGNALS.includes(value),
  RestartSec: (value) => milliseconds(value) !== '',
  TimeoutStopSec: (value) => patienceOf(value) !== '',
  TasksMax: (value) => /^(\d+%?|infinity)$/.test(value),
  AmbientCapabilities: namesCapabilities,
  CapabilityBoundingSet: namesCapabilities,
};

function isUnderstood(key: string, value: string): boolean {
  return value === '' || (VALUES[key]?.(value) ?? true);
}

/** Specifiers that say where something is (systemd.unit(5)); another one stays, and is unknown. */
function withSpecifiers(value: string, unit: string): string {
  const known: Readonly<Record<string, string>> = {
    '%': '\u0000', n: unit, N: unit.replace(/\.service$/, ''), p: unit.replace(/\.service$/, ''), t: '/run', S: '/var/lib', C: '/var/cache', L: '/var/log', E: '/etc', T: '/tmp',
  }; // prettier-ignore
  return value
    .replaceAll(/%(.)/g, (whole, letter: string) => known[letter] ?? whole)
    .replaceAll('\u0000', '%');
}

function foldersOf(says: Said): {path: string; mode: string; owned: boolean; variable: string}[] {
  return Object.entries(FOLDER_KEYS).flatMap(([key, {root, owned, variable}]) =>
    says
      .words(key)
      .map((name) => ({path: `${root}/${name}`, mode: says.one(`${key}Mode`) ?? '0755', owned, variable})),
  );
}

function writesOf(says: Said): string[] {
  const paths = [...says.words('ReadWritePaths'), ...says.words('ReadWriteDirectories')];
  return paths.map((path) => path.replace(/^[-+]+/, '').replace(/^\/var\/run\//, '/run/'));
}

/** Numbers of linux/capability.h; `all` where nothing takes any from root. */
function capabilitiesOf(says: Said, user: string): string {
  const numbers = (names: readonly string[]): string => capabilityNumbers(names).join(' ');
  if (user !== 'root') return numbers(capabilityNames(says.all('AmbientCapabilities')));
  if (!says.has('CapabilityBoundingSet')) return 'all';
  const bounds = says.all('CapabilityBoundingSet');
  const named = capabilityNames(bounds);
  return numbers(
    bounds[0]?.startsWith('~') === true ? ALL_CAPABILITIES.filter((name) => !named.includes(name)) : named,
  );
}

function capabilityNames(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.replace(/^~/, '').split(/\s+/))
    .filter((name) => name !== '')
    .map((name) => name.toLowerCase().replace(/^cap_/, ''));
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  '': 1000,
};

/** A while of systemd.time(7) in milliseconds: 5, 100ms, 1min 30s; empty where it is none, or endless. */
function milliseconds(text: string | undefined): string {
  const parts = [...(text ?? '').matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)\s*/g)];
  if (text === undefined || text === '' || parts.map(([all]) => all).join('') !== text) return '';
  const sum = parts.reduce(
    (all, [, number = '', unit = '']) => all + Number(number) * (UNITS[unit] ?? Number.NaN),
    0,
  );
  return Number.isNaN(sum) ? '' : String(Math.min(Math.round(sum), 3_600_000));
}

/** How long it has to end; for as long as it takes is as long as systemd gives to others. */
function patienceOf(value: string | undefined): string {
  return value === '0' || value === 'infinity' ? '90000' : milliseconds(value);
}

function limitOf(value: string | undefined, {letter, unit}: {letter: string; unit: number}): string[] {
  if (value === undefined) return [];
  const [soft = ''] = value.split(':');
  if (soft === 'infinity') return [`${letter}:unlimited`];
  const number = unit === 1 ? Number(soft) : Math.floor(bytesOf(soft) / unit);
  return Number.isFinite(number) ? [`${letter}:${number}`] : [];
}

function sizeOf(value: string | undefined): string {
  const bytes = bytesOf(value ?? '');
  return Number.isFinite(bytes) ? String(bytes) : '';
}

/** systemd counts K, M and G by 1024. */
function bytesOf(text: string): number {
  return (/^\d+$/.test(text) ? Number(text) : parseSize(text.replace(/([KMGT])$/, '$1iB'))) ?? Number.NaN;
}

function cpuOf(value: string | undefined): string {
  const percent = /^(\d+)%$/.exec(value ?? '')?.[1];
  return percent === undefined ? '' : `${Number(percent) * 1000} 100000`;
}
