/** Clones the checkout as it stands: what is not committed yet is one commit more, of the same moment, in the clone alone. */
export declare function cloneCheckout(folder: string, ...options: readonly string[]): void;
/** What was compiled from the same sources need not be compiled again. */
export declare function bringCompiled(folder: string): void;
