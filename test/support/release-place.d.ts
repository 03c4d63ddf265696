import { type ServerResponse } from 'node:http';
import { Clone } from './clone.ts';
/** What a test does to a request before the file is given; `true`: the request is answered. */
export type Meddle = (path: string, response: ServerResponse) => boolean;
/** A web server for a folder of releases, with ranges, as any static server has them. */
export declare class ReleaseServer implements AsyncDisposable {
    #private;
    readonly folder: string;
    readonly requests: string[];
    /** Bytes of files that were asked for. */
    bytes: number;
    meddle: Meddle;
    private constructor();
    static start(): Promise<ReleaseServer>;
    /** The address that a guest asks. */
    get url(): string;
    [Symbol.asyncDispose](): Promise<void>;
}
/** Writes into the record of a release what `leanos test` would write. */
export declare function passTests(file: string): void;
/** A checkout of its own in which releases are made, days ago, and its key. */
export declare class ReleasePlace {
    #private;
    readonly clone: Clone;
    readonly keys: string;
    constructor(server: ReleaseServer);
    /** Runs `leanos` as if it were so many days ago. @throws Error when it fails */
    leanos(daysAgo: number, ...words: readonly string[]): Promise<string>;
    key(name: string): string;
    publicLine(name: string): string;
    /** Channels without soaking that all believe the same keys, committed. */
    setUp(...names: readonly string[]): Promise<void>;
    path(name: string): string;
    git(...words: readonly string[]): string;
    commit(): void;
    /** What `leanos test` writes, for a release that is bad on purpose or was tested already. */
    pass(version: string): void;
    /** A release of so many days ago on stable, published. Gives its version. */
    release(daysAgo: number, { test }?: {
        test?: boolean | undefined;
    }): Promise<string>;
    publish(daysAgo: number, ...words: readonly string[]): Promise<void>;
}
