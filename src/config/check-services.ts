import type {KeyFault} from '../core/key-fault.ts';
import type {ImageDefinition} from './image.ts';
import {SERVICE_WAITS, type ServiceDefinition} from './services.ts';

const waits: readonly string[] = SERVICE_WAITS;
/** Accounts of every guest; a service of such a name would run as one of them, where it says nothing else. */
const TAKEN_ACCOUNTS = ['root', 'daemon', 'nobody'];

/** What no schema of one file can say of services: whether their keys go together, once all that an image extends is there. */
export function checkServices({services, login}: Pick<ImageDefinition, 'services' | 'login'>): KeyFault[] {
  const taken = [...TAKEN_ACCOUNTS, login.user];
  return services.flatMap((service): KeyFault[] => {
    const {name, run, unit, said, confined, timers} = service;
    // Whose a unit's is the unit says.
    const user = unit === undefined || said.includes('user') ? service.user : undefined;
    const fault = (key: string, message: string): KeyFault => ({path: ['services', name, key], message});
    return [
      ...(waits.includes(name)
        ? [fault('run', `${name} is a word of after:; another name for the service is needed`)]
        : []),
      ...(run.length === 0 && unit === undefined
        ? [fault('run', 'the program and its words are needed, or unit:')]
        : []),
      ...(run.length > 0 && unit !== undefined
        ? [fault('unit', 'run or unit: one of them says what is run')]
        : []),
      ...(said.includes('without') && unit === undefined
        ? [fault('without', 'only of a unit something is left out')]
        : []),
      ...(user !== undefined && user !== 'root' && !confined
        ? [fault('user', 'root is needed: what is not confined runs as root')]
        : []),
      ...(user === name && taken.includes(name)
        ? [
            fault(
              'user',
              `${name} is an account of the guest's own; another one is needed here, or another name for the service`,
            ),
          ]
        : []),
      ...(timers.length > 1 ? [fault('at', 'every or at: a service has one timer')] : []),
      ...checkWaits(service, services).map((message) => fault('after', message)),
    ];
  });
}

function checkWaits({name, after}: ServiceDefinition, services: readonly ServiceDefinition[]): string[] {
  const known = [...SERVICE_WAITS, ...services.map((each) => each.name).filter((each) => each !== name)];
  const unknown = after.filter((each) => !known.includes(each));
  if (unknown.length > 0) return [`found "${unknown.join('", "')}"; known here: ${known.join(', ')}`];
  return isWaitedFor(name, after, services) ? ['the services wait for each other in a circle'] : [];
}

/** Whether one of what is waited for waits for `name`, by way of any number of others. */
function isWaitedFor(
  name: string,
  after: readonly string[],
  services: readonly ServiceDefinition[],
): boolean {
  const reached = new Set(after);
  for (const each of reached)
    for (const next of services.find((one) => one.name === each)?.after ?? []) reached.add(next);
  return reached.has(name);
}
