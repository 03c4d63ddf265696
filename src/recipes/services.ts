import type {ServiceDefinition, ServiceTimer} from '../config/services.ts';
import {capabilityNumbers} from '../core/capabilities.ts';
import {quotedWords} from '../core/words.ts';
import {formatServiceRow, type RowVariables} from '../formats/service-row.ts';
import type {GuestFile} from './guest-files.ts';

/** What follows when a service ends with status 0: it is started again, or it is not, or the machine is switched off or restarted. */
export type ServiceEnd = 'restart' | 'rest' | 'poweroff' | 'reboot';

/** A program that the guest keeps running: init-scripts/services supervises it by a row of this. */
export interface Service {
  /** Small letters, digits and "-". */
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Templates, by where in the guest they become files, with the mode of these. */
  readonly files?: readonly {readonly path: string; readonly mode: number; readonly text: string}[];
  readonly user: string;
  readonly onEnd: ServiceEnd;
  /** What it waits for before it starts. */
  readonly after: readonly string[];
  /** Whether the console shows what it prints. */
  readonly onConsole: boolean;
  /** Numbers of linux/capability.h that it keeps. */
  readonly capabilities: readonly number[];
  /** The files of usr/lib/leanos/prepare that run before each start, as root. */
  readonly prepare?: readonly string[];
  /** Whether it confines itself: a runtime of containers does. */
  readonly confinesItself: boolean;
  /** Bytes that it may use; absent: all there are. */
  readonly memoryBytes?: number;
  /** A command of the shell that ends with status 0 while it is well. */
  readonly health?: string;
  /** When it is started, as the guest's timers.sh has it; absent: it is kept running. */
  readonly timer?: string;
  /** The unit that its row is made of, once packages are there; what the row has here takes the place of that. */
  readonly unit?: {
    readonly name: string;
    readonly without: readonly string[];
  };
  /** The keys that a definition has of it; absent: it is none of a definition. */
  readonly said?: readonly string[];
  /** More of its row, by variable: for what prepares it. */
  readonly more?: Readonly<Record<string, string>>;
}

/** The programs that are run where a service ends with status 0, in place of starting it again. */
const ENDS: Readonly<Record<ServiceEnd, string>> = {
  restart: '',
  rest: 'true',
  poweroff: 'poweroff',
  reboot: 'reboot',
};

/** What a definition has the guest keep running. */
export function definedServices(services: readonly ServiceDefinition[]): Service[] {
  return services.map((service) => {
    const {name, run, unit, said, user, after, restart, environment, health, memoryBytes, capabilities} =
      service;
    const [program = '', ...words] = run;
    const [timer] = service.timers;
    return {
      name,
      command: [program.includes('/') ? program : `/usr/bin/${program}`, ...words],
      environment,
      files: service.files,
      // Whose a unit's is the unit says.
      user: unit !== undefined && !said.includes('user') ? 'root' : user,
      onEnd: restart === 'always' ? 'restart' : 'rest',
      after,
      onConsole: service.console,
      capabilities: capabilityNumbers(capabilities),
      confinesItself: !service.confined,
      said,
      ...(unit === undefined ? {} : {unit}),
      ...(memoryBytes === undefined ? {} : {memoryBytes}),
      ...(health === undefined ? {} : {health}),
      ...(timer === undefined ? {} : {timer: timerOf(timer)}),
      more: {
        WRITES: service.writes.join(' '),
        TASKS: service.tasks === undefined ? '' : String(service.tasks),
        // cpu.max of cgroup v2: so many microseconds of each 100 milliseconds.
        CPU: service.cpuPercent === undefined ? '' : `${service.cpuPercent * 1000} 100000`,
      },
    };
  });
}

/** What services start: their units, and the words of their commands. */
export function startedBy(services: readonly Service[]): string[] {
  return services.flatMap(({unit, command}) =>
    unit === undefined ? command.flatMap((word) => word.split(/[\s;&|]+/)) : [unit.name],
  );
}

function timerOf(timer: ServiceTimer): string {
  return 'at' in timer ? `at ${timer.at.join(' ')}` : `every ${timer.everySeconds}`;
}

const FOLDER = 'etc/leanos-init/services';

/** The files of services: a row each, but for those whose unit is read later, and the templates. */
export function serviceFiles(services: readonly Service[]): GuestFile[] {
  return services.flatMap((service) => [
    ...(service.unit === undefined
      ? [{path: `${FOLDER}/${service.name}`, content: serviceRow(service), mode: 0o644}]
      : []),
    ...(service.files ?? []).map(({path, mode, text}) => ({
      path: `${FOLDER}/${service.name}.files${path}`,
      content: text,
      mode,
    })),
  ]);
}

/**
 * Lines of inittab(5): init starts what supervises them, and ends them before everything else. Containers of user-data get lines of their
 * own when they are known.
 */
export function serviceLines(services: readonly Service[], containers: boolean): string[] {
  if (services.length === 0 && !containers) return [];
  return [
    ...services.map(({name}) => `::respawn:/usr/lib/leanos/serve ${name}`),
    ...(services.some(({timer}) => timer !== undefined) ? ['::respawn:/usr/lib/leanos/tick'] : []),
    ...(containers ? ['::once:/usr/lib/leanos/containers'] : []),
    '::shutdown:/usr/lib/leanos/stop-services',
  ];
}

/** Keys of a definition, by the variables of a row that they decide. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  ENVIRONMENT: ['environment'],
  RUN_AS: ['user'],
  END: ['restart'],
  AFTER: ['after'],
  CONSOLE: ['console'],
  CAPABILITIES: ['capabilities'],
  CONFINE: ['confined'],
  OPEN: ['confined'],
  HEALTH: ['health'],
  TIMER: ['every', 'at'],
  MEMORY: ['memory'],
  TASKS: ['tasks'],
  CPU: ['cpu'],
  WRITES: ['writes'],
};

/** What a definition says in place of a unit: the variables whose keys it has. */
export function variablesBesideUnit(service: Service): RowVariables {
  const {said = []} = service;
  const variables = {...rowVariables(service), OPEN: ''};
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => KEYS[name]?.some((key) => said.includes(key)) === true),
  );
}

function serviceRow(service: Service): string {
  const comment =
    'A service. What this machine says instead is in a file of the same name with .local at its end.';
  return formatServiceRow([comment], rowVariables(service));
}

function rowVariables(service: Service): RowVariables {
  return {
    COMMAND: quotedWords(service.command),
    ENVIRONMENT: quotedWords(Object.entries(service.environment).map(([name, value]) => `${name}=${value}`)),
    RUN_AS: service.user,
    END: ENDS[service.onEnd],
    AFTER: service.after.join(' '),
    CONSOLE: service.onConsole ? '/dev/console' : '',
    CAPABILITIES: service.capabilities.join(' '),
    PREPARE: (service.prepare ?? []).join(' '),
    CONFINE: service.confinesItself ? '0' : '1',
    HEALTH: service.health ?? '',
    TIMER: service.timer ?? '',
    MEMORY: service.memoryBytes === undefined ? '' : String(service.memoryBytes),
    ...service.more,
  };
}
