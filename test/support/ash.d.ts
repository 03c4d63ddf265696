/** The guest's own scripts, and those that its initramfs has as well. */
export declare const ROOTFS: string;
export declare const SHARED: string;
interface Outcome {
    readonly status: number;
    readonly stdout: string;
    readonly stderr: string;
}
export interface FakeMachine {
    /** What scripts see as /. */
    readonly root: string;
    write(path: string, content: string | Buffer, mode?: number): void;
    read(path: string): string;
    has(path: string): boolean;
    /** Runs shell text in the image's ash with $ROOT set; gives its status, output and errors. */
    ash(script: string): Outcome;
    /** The same, beside this process: for scripts that talk to a server of the test. */
    run(script: string): Promise<Outcome>;
}
/** A machine in a temporary folder: the guest's scripts below it are those of the checkout. */
export declare function fakeMachine(): Promise<FakeMachine>;
export {};
