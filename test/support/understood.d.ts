/** The kinds of documents that have a table of what is understood of them. */
export declare const UNDERSTOOD: string[];
export interface UnderstoodRow {
    readonly path: string;
    readonly shapes: readonly string[];
    readonly note: string;
}
export declare function readUnderstood(kind: string): UnderstoodRow[];
/** A page whose tables between `<!-- understood: KIND -->` and `<!-- end -->` are those of the guest. */
export declare function withUnderstood(page: string): string;
