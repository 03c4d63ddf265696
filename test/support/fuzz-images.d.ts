export declare const LABELLED: readonly Buffer[];
