import {appendFile, mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {hostArchitecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import type {Report} from '../pipeline/events.ts';
import type {ExecuteOptions} from '../pipeline/execute.ts';
import type {CachePaths} from '../system/cache.ts';
import {mirrors, type AptSources} from '../system/apt.ts';
import {sourceArchive} from '../system/debian-sources.ts';
import {fetchFiles} from '../system/fetch.ts';
import {openKeptFolder} from '../system/kept-folder.ts';
import {quote, type Run} from '../system/run.ts';
import {runWithTools, toolCommand, toolEnvironment} from '../system/tools-tree.ts';

export interface DoorsOptions {
  readonly cache: CachePaths;
  readonly sources: AptSources;
  /** The base addresses that schemes of pins stand for beside those of Debian's archives. */
  readonly addresses?: Readonly<Record<string, string>>;
  readonly epoch: number;
  readonly run: Run;
  readonly report: Report;
  readonly compilerCache: string | undefined;
  /** Paths of the files that the user named, by sha256. */
  readonly userFiles: ReadonlyMap<string, string>;
}

/** The doors of each step: commands from the tools tree with a log, and downloads from the mirrors. */
export function stepDoors({
  cache,
  sources,
  addresses = {},
  epoch,
  run,
  report,
  compilerCache,
  userFiles,
}: DoorsOptions): ExecuteOptions['doors'] {
  return (step, {tools, signal, names}) => {
    const progress = (text: string): void => report({type: 'progress', step, text});
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
              env: toolEnvironment(tools, hostArchitecture(), epoch),
            }),
      fetch: async (pins) => {
        await mkdir(cache.downloads, {recursive: true});
        return fetchFiles(pins, {
          folder: names.of(cache.downloads),
          run: logged,
          mirrors: {...mirrors(sources), ...addresses},
          onProgress: progress,
        });
      },
      progress,
      note: (text) => report({type: 'note', text}),
      compilerCache,
      userFile: (sha256) => {
        const path = userFiles.get(sha256);
        if (path === undefined) throw new Error(`nobody named a file with the sha256 ${sha256}`);
        return names.of(path);
      },
      keep: (name) =>
        openKeptFolder(cache.kept, name, {
          signal,
          onWait: () => progress('waiting for another build that has the same folder'),
        }),
      debianSources: sourceArchive({
        sources,
        run: logged,
        folder: cache.resolved,
        lists: () => openKeptFolder(cache.kept, 'debian-lists'),
        note: progress,
      }),
    };
  };
}

/** A run that keeps what commands say, and names the log when one fails. */
function loggedRun(run: Run, {log, signal}: {log: string; signal: AbortSignal}): Run {
  return async (argv, options = {}) => {
    const said: string[] = [`$ ${quote(argv)}\n`];
    try {
      const onOutput = (chunk: string): void => {
        said.push(chunk);
        options.onOutput?.(chunk);
      };
      return await run(argv, {signal, ...options, onOutput});
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
