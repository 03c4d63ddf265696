/** The checkout, also from where benches are compiled to. */
export declare const CHECKOUT: string;
export declare const LEANOS: string;
interface Built {
    readonly directory: string;
    readonly artifacts: readonly {
        readonly kind: string;
        readonly path: string;
        readonly sha256: string;
    }[];
    readonly stages: readonly {
        readonly name: string;
        readonly key: string;
        readonly cached: boolean;
    }[];
}
/** Builds the image `test` (in the store after the first time) and says what `build --json` says. */
export declare function builtImage(): Built;
/** The folder of the store that holds what a stage of the image left. */
export declare function artifactFolder(stage: string, built?: Built): string;
export declare function artifactPath(kind: string, built?: Built): string;
export {};
