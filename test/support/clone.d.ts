import { type ChildProcess } from 'node:child_process';
export interface Ended {
    readonly status: number | null;
    readonly stdout: string;
    readonly stderr: string;
}
/** A clone of the checkout, as it stands, with a store of its own. Downloads are shared with everybody. */
export declare class Clone {
    readonly folder: string;
    readonly cache: string;
    constructor({ cache }?: {
        cache?: string;
    });
    /** Starts `leanos`, in a process group of its own so that all of it can be killed. */
    start(args: readonly string[], environment?: Readonly<Record<string, string>>): ChildProcess;
    run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended>;
    /** Builds, and gives the sha256 of each artifact by its file name. */
    digests(): Promise<Readonly<Record<string, string>>>;
}
/** The packages that are on this machine already need not come over the network for every clone. */
export declare function shareDownloads(cache: string): void;
export declare function ended(child: ChildProcess): Promise<Ended>;
