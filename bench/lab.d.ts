import { type ReadyImage } from '../src/build/ready-image.ts';
import { type BootableImage, type BootOptions } from '../src/vm/boot-image.ts';
import { type MachineParts } from '../src/vm/machine.ts';
import type { Run } from '../src/system/run.ts';
import type { Credential } from '../src/vm/ssh-login.ts';
/** What every bench needs: a built image with a machine for it, medians, and a table. */
export declare const context: {
    print: (text: string) => void;
    say: (text: string) => void;
    workspace: import("../src/build/workspace.ts").Workspace;
    environment: NodeJS.ProcessEnv;
    signal: AbortSignal;
    run: Run;
    report: import("../src/pipeline/events.ts").Report;
    needTools(tools: readonly import("../src/build/host-tools.ts").HostTool[]): Promise<void>;
};
/** The image that `--image` names, else the one named here, built, and what is needed to boot it. */
export declare function testGuest(image?: string): Promise<ReadyImage>;
/** The seconds from QEMU's start to a completed login; what QEMU needs is made before the clock starts. */
export declare function loginSeconds(image: BootableImage, boot: BootOptions, login: Credential & {
    readonly user: string;
}, change?: (parts: MachineParts) => MachineParts): Promise<number>;
/**
 * Writes to as much memory as the machines of a bench have, and gives it back. A host that is a virtual machine itself may have
 * to ask for each page of it first, and whoever comes after a smaller machine would pay for that.
 */
export declare function warmMemory(run: Run): Promise<void>;
export declare function median(values: readonly number[]): number;
/** Does something and gives the seconds it took. */
export declare function seconds(work: () => Promise<unknown>): Promise<number>;
/** Prints rows as a Markdown table. */
export declare function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void;
/** The word after a flag such as `--image test`. */
export declare function textArgument(name: string, otherwise: string): string;
/** The number after a flag such as `--rounds 5`. */
export declare function numberArgument(name: string, otherwise: number): number;
