import {InvalidArgumentError} from 'commander';
import type {ServiceDefinition} from '../config/services.ts';
import {withHostPorts, type AskedPort} from '../vm/free-port.ts';

/** A port of 127.0.0.1 that leads to one of the guest, and for what. */
export interface ForwardedPort {
  readonly guest: number;
  readonly host: number;
  readonly name: string | undefined;
}

/** Reads `8080:80`, or `80` for any port that is free, and adds it to those before. @throws InvalidArgumentError */
export function addPort(word: string, before: readonly AskedPort[] = []): readonly AskedPort[] {
  const found = /^(?:(\d{1,5}):)?(\d{1,5})$/.exec(word);
  const [host, guest] = [found?.[1], found?.[2]].map((digits) =>
    digits === undefined ? undefined : Number(digits),
  );
  if (guest === undefined || !isPort(guest) || (host !== undefined && !isPort(host)))
    throw new InvalidArgumentError('A port of the guest is needed, such as 80, or 8080:80.');
  return [...before, {guest, host}];
}

const isPort = (port: number): boolean => port >= 1 && port <= 65_535;

/** The ports that are asked for, and those of the services that nobody asked for. */
export async function forwardedPorts(
  services: readonly ServiceDefinition[],
  asked: readonly AskedPort[] = [],
): Promise<readonly ForwardedPort[]> {
  const named = services.flatMap(({name, ports}) => ports.map((guest) => ({name, guest})));
  const others = named.filter(({guest}) => !asked.some((port) => port.guest === guest));
  const nameOf = (port: number): string | undefined => named.find(({guest}) => guest === port)?.name;
  return withHostPorts([...asked.map((port) => ({...port, name: nameOf(port.guest)})), ...others]);
}
