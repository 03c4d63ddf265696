import {appendFile, mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {hostArchitecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import type {Report} from '../pipeline/events.ts';
import type {ExecuteOptions} from '../pipeline/execute.ts';
import type {CachePaths} from '../system/cache.ts';
import {fetchFiles} from '../system/fetch.ts';
import {quote, type Run} from '../system/run.ts';
import {runWithTools, toolCommand, toolEnvironment} from '../system/tools-tree.ts';

export interface DoorsOptions {
  readonly cache: CachePaths;
  readonly mirrors: Readonly<Record<string, string>>;
  readonly epoch: number;
  readonly run: Run;
  readonly report: Report;
}

/** The doors of each step: commands from the tools tree with a log, and downloads from the mirrors. */
export function stepDoors({cache, mirrors, epoch, run, report}: DoorsOptions): ExecuteOptions['doors'] {
  return (step, tools, signal) => {
    const logged = loggedRun(run, {
      log: join(cache.logs, `${step.stage.name}-${step.key.slice(0, 12)}.log`),
      signal,
    });
    return {
      run:
        tools === undefined
          ? logged
          : runWithTools(logged, {
              tools: step.stage.tools,
              command: toolCommand(tools, hostArchitecture()),
              env: toolEnvironment(tools, epoch),
            }),
      fetch: (pins) =>
        fetchFiles(pins, {
          folder: cache.downloads,
          run: logged,
          mirrors,
          onProgress: (text) => report({type: 'progress', step, text}),
        }),
    };
  };
}

/** A run that keeps what commands say, and names the log when one fails. */
function loggedRun(run: Run, {log, signal}: {log: string; signal: AbortSignal}): Run {
  return async (argv, options = {}) => {
    const said: string[] = [`$ ${quote(argv)}\n`];
    try {
      return await run(argv, {signal, ...options, onOutput: (chunk) => said.push(chunk)});
    } catch (error) {
      throw await withLog(error, log, said.join(''));
    }
  };
}

async function withLog(error: unknown, log: string, text: string): Promise<unknown> {
  if (!(error instanceof LeanosError) || error.code !== 'COMMAND_FAILED') return error;
  await mkdir(join(log, '..'), {recursive: true});
  await appendFile(log, text).catch(() => rm(log, {force: true}));
  return new LeanosError(error.code, `${error.message}\n  full log: ${log}`, {
    hint: error.hint,
    cause: error,
  });
}
