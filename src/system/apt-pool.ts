import {basename, dirname, join} from 'node:path';
import {Apt, type AptSources} from './apt.ts';
import {NO_MORE_SOURCES, type MoreSources} from './more-sources.ts';
import {PlainNames} from './plain-names.ts';
import type {Run} from './run.ts';
import {temporaryFolder, type TemporaryFolder} from './temporary.ts';

export interface AptPoolOptions {
  /** The archives of a release of Debian, for an architecture by Debian's name. */
  readonly sources: (suite: string, architecture: string) => AptSources;
  readonly run: Run;
  /** A folder for the state of each apt. */
  readonly scratch: string;
}

/** An apt for each release and architecture that is asked for: lists are fetched once, however many requests need them. */
export class AptPool implements AsyncDisposable {
  readonly #options: AptPoolOptions;
  readonly #open = new Map<string, Promise<Apt>>();
  readonly #folders: TemporaryFolder[] = [];
  readonly #names = new PlainNames();

  constructor(options: AptPoolOptions) {
    this.#options = options;
  }

  /** The apt of a release and an architecture, by Debian's names of them, with what there is beside Debian's archives. */
  async of(suite: string, architecture: string, more: MoreSources = NO_MORE_SOURCES): Promise<Apt> {
    const name = JSON.stringify([suite, architecture, more.repositories, more.debs]);
    const known = this.#open.get(name) ?? this.#prepare(suite, architecture, more);
    this.#open.set(name, known);
    return known;
  }

  async #prepare(suite: string, architecture: string, more: MoreSources): Promise<Apt> {
    const {sources, run, scratch} = this.#options;
    const asked = sources(suite, architecture);
    const keyring = join(this.#names.of(dirname(asked.keyring)), basename(asked.keyring));
    const folder = await temporaryFolder(scratch);
    this.#folders.push(folder);
    return Apt.open(this.#names.of(folder.path), {sources: {...asked, keyring}, run, architecture, more});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#open.values()); // none is left at work in a folder that goes
    await Promise.all(this.#folders.map((folder) => folder[Symbol.asyncDispose]()));
    this.#names[Symbol.dispose]();
  }
}
