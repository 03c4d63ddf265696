import {join} from 'node:path';
import type {Report} from '../pipeline/events.ts';
import {hostArchitecture} from '../core/architecture.ts';
import {mirrors} from '../system/apt.ts';
import {runWithHostTree} from '../system/host-tree.ts';
import {run as runCommand, type Run} from '../system/run.ts';
import {lacksApt, type HostTool} from './host-tools.ts';
import {mustHaveTools} from './install-tools.ts';
import {debianSources, workspace, type Workspace} from './workspace.ts';

/** What everything that builds or boots is handed: where things are, and the doors to the world. */
export interface BuildEnvironment {
  readonly workspace: Workspace;
  readonly environment: NodeJS.ProcessEnv;
  /** Ends with the user's patience. */
  readonly signal: AbortSignal;
  readonly run: Run;
  readonly report: Report;
  /** Sees to it that the host has these tools. @throws LeanosError TOOL_MISSING */
  needTools(tools: readonly HostTool[]): Promise<void>;
}

/** The environment of this process. It prints nothing and installs nothing: what the host lacks is an error. */
export function processEnvironment({
  environment = process.env,
  signal = new AbortController().signal,
  report = () => undefined,
}: Partial<Pick<BuildEnvironment, 'environment' | 'signal' | 'report'>> = {}): BuildEnvironment {
  const places = workspace(environment);
  const direct: Run = (argv, options = {}) => runCommand(argv, {signal, ...options});
  return {
    workspace: places,
    environment,
    signal,
    run: runWithHostTree(direct, {
      isNeeded: lacksApt,
      lock: join(places.home.path, 'locks/host-tools.json'),
      folder: places.cache.hostTrees,
      host: hostArchitecture(),
      mirrors: mirrors(debianSources({suite: '', archives: []}, places, environment)),
      environment,
      signal,
      note: (text) => report({type: 'note', text}),
    }),
    report,
    needTools: async (tools) => Promise.resolve(mustHaveTools(tools)),
  };
}
