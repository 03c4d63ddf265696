import type {Step} from './plan.ts';

/** What happens while a plan is executed. One place renders it: `console/`. */
export type BuildEvent =
  | {readonly type: 'planned'; readonly steps: readonly Step[]}
  | {readonly type: 'reused'; readonly step: Step}
  | {readonly type: 'started'; readonly step: Step}
  | {readonly type: 'progress'; readonly step: Step; readonly text: string}
  | {readonly type: 'built'; readonly step: Step; readonly seconds: number}
  | {readonly type: 'failed'; readonly step: Step; readonly error: unknown}
  | {readonly type: 'note'; readonly text: string}
  | {readonly type: 'warning'; readonly text: string};

export type Report = (event: BuildEvent) => void;
