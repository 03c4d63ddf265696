import {LeanosError} from './error.ts';

/** What is wrong with a key of a definition. */
export interface KeyFault {
  readonly path: readonly string[];
  readonly message: string;
  /** The file that the image would need to have: an absolute path. */
  readonly missing?: string;
}

/** What a build finds wrong with keys of its definition. Where these are in the files whoever has read them knows. */
export class KeyFaultsError extends LeanosError {
  readonly faults: readonly KeyFault[];

  constructor(faults: readonly KeyFault[], options: {hint?: string} = {}) {
    const lines = faults.map(({path, message}) => `${path.join('.')}: ${message}`);
    super('CONFIG_INVALID', lines.join('\n'), options);
    this.name = 'KeyFaultsError';
    this.faults = faults;
  }
}
