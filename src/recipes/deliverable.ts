import type {Step} from '../pipeline/plan.ts';

/** A file of a release: which step makes it, what it is called there, and how its name ends in the release. */
export interface Deliverable {
  readonly kind: string;
  readonly format: string;
  readonly step: Step;
  /** In the step's artifact. */
  readonly file: string;
  readonly suffix: string;
}
