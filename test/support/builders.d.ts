import { type Ended } from './clone.ts';
/** Characters that a tool could take for something else, all in the name of one folder. */
export declare const ODD_NAME = "-o d:d;\"q'u$HOME$(y)#%41,@@[\u00FC]*?&|<>~={}";
/** Who builds, and where. */
export interface Builder {
    /** The number of an account that nobody has; absent: who runs the tests. */
    readonly account?: number;
    readonly umask?: string;
    readonly environment?: Readonly<Record<string, string>>;
    /** The name of the folder that checkout, home, cache, TMPDIR and output lie in. */
    readonly name?: string;
    /** Where that folder lies; absent: in the tests' own. */
    readonly below?: string;
    /** Changes the checkout, whose path is `$1`. */
    readonly prepare?: string;
    /** What a shell does before the build, as root of a mount namespace of its own where the builder has another account. */
    readonly before?: string;
}
/** Builds a clone as somebody else would, with a store of its own. Packages are those of this machine. */
export declare function buildAs(builder: Builder, ...args: readonly string[]): Promise<Ended & {
    readonly folder: string;
}>;
/** The sha256 of each artifact by its name. @throws where the build failed */
export declare function digestsOf({ status, stdout, stderr }: Ended): Readonly<Record<string, string>>;
