export type NetworkDocument = readonly [file: string, text: string];
export interface CloudInitFacts {
    readonly version: string;
    /** For each document, sorted: `address eth0 10.0.0.5/24`, `route eth0 default 10.0.0.1`, … */
    readonly facts: readonly (readonly string[])[];
}
export declare function cloudInitFacts(documents: readonly NetworkDocument[], cards: Readonly<Record<string, string>>): CloudInitFacts;
/** The same facts of a step of the guest; none where cloud-init's reading says nothing of the kind. */
export declare function factOf(step: string): string[];
