/** The folder of this run (global-setup.ts). */
export declare function runFolder(): string;
/** A folder that is removed when the test is over; when no test runs yet, at the end of the run. */
export declare function temporary(): string;
