/** A clone of the checkout, as it stands, with an empty store of its own; packages that are downloaded need not come again. */
export declare class BenchClone implements Disposable {
    #private;
    readonly folder: string;
    readonly cache: string;
    /** With `cache`, what is there already need not be built again. */
    constructor({ cache: shared }?: {
        readonly cache?: string | undefined;
    });
    /** Runs leanos and gives its standard output. */
    leanos(...args: readonly string[]): string;
    /** Forgets all that was built. What is installed stays: the tools that stages run. */
    forgetBuilt(): void;
    [Symbol.dispose](): void;
}
