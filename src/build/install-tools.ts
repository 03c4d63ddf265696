import {LeanosError} from '../core/error.ts';
import type {Run} from '../system/run.ts';
import {installCommand, lacksApt, missingTools, type HostTool} from './host-tools.ts';
import {waitForApt, type WaitDoors} from './patient-apt.ts';

export interface InstallDoors extends WaitDoors {
  readonly run: Run;
  readonly isRoot?: boolean;
}

/**
 * Installs what is missing through apt when leanos is root or may sudo without a password. Another apt goes first.
 * @throws LeanosError TOOL_MISSING with the one command that installs it, where leanos may not
 */
export async function installTools(tools: readonly HostTool[], doors: InstallDoors): Promise<void> {
  const missing = missingTools(tools);
  if (missing.length === 0) return;
  // Other distributions' packages are the user's to install.
  if (lacksApt()) throw missingError(missing);
  const prefix = await adminPrefix(doors);
  const packages = [...new Set(missing.map((tool) => tool.package))].sort();
  if (prefix === undefined) throw missingError(missing);
  doors.say(`leanos: installing ${packages.join(', ')} (once)`);
  const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '--quiet'] as const;
  const command = (...args: string[]): [string, ...string[]] => {
    const [first = 'env', ...rest] = [...prefix, ...quiet, ...args];
    return [first, ...rest];
  };
  for (const words of [['update'], ['install', '--yes', '--no-install-recommends', ...packages]])
    await waitForApt(() => doors.run(command(...words)), doors);
  const still = missingTools(tools);
  if (still.length > 0) throw missingError(still);
}

/** Installs nothing. @throws LeanosError TOOL_MISSING with the one command that installs what is missing */
export function mustHaveTools(tools: readonly HostTool[]): void {
  const missing = missingTools(tools);
  if (missing.length > 0) throw missingError(missing);
}

async function adminPrefix({
  run,
  isRoot = process.getuid?.() === 0,
}: InstallDoors): Promise<string[] | undefined> {
  if (isRoot) return [];
  try {
    await run(['sudo', '-n', 'true']);
    return ['sudo', '-n'];
  } catch {
    return undefined;
  }
}

function missingError(missing: readonly HostTool[]): LeanosError {
  const lines = missing.map(({name, why}) => `  ${name}: ${why}`);
  return new LeanosError('TOOL_MISSING', `this host lacks\n${lines.join('\n')}`, {
    hint: `${installCommand(missing)}     installs it`,
  });
}
