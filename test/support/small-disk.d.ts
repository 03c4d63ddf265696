/** Runs shell text as root of a mount namespace of its own, where $FULL is a small tmpfs. */
export declare function withSmallDisk(mib: number, script: string, environment: Readonly<Record<string, string>>): {
    status: number;
    output: string;
};
