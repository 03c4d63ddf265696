/** The folder of Debian's package cloud-init, unpacked. */
export declare function cloudInitPackage(): string;
/** What a Python program that may import cloud-init prints as JSON about what is asked. */
export declare function askPython(program: string, asked: unknown): unknown;
export declare function cloudInitExamples(): [name: string, text: string][];
/** Path and text of each value; no text where the value is none. */
export type Leaf = [path: string, text: string | null];
export declare function leavesOf(texts: readonly string[]): (Leaf[] | null)[];
export declare function mergedByCloudInit(pairs: readonly (readonly [vendor: string[], user: string[]])[]): unknown[];
