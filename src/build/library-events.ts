import type {BuildEvent, Report} from '../pipeline/events.ts';
import type {Step} from '../pipeline/plan.ts';

/** A step of a build by what it is. */
export interface StepName {
  readonly name: string;
  /** The sha256 of all that decides it. */
  readonly key: string;
}

/** What happens during a build, as plain values. */
export type LibraryEvent =
  | {readonly type: 'planned'; readonly steps: readonly StepName[]}
  | {readonly type: 'reused' | 'started'; readonly step: StepName}
  | {readonly type: 'progress'; readonly step: StepName; readonly text: string}
  | {readonly type: 'built'; readonly step: StepName; readonly seconds: number}
  | {readonly type: 'failed'; readonly step: StepName; readonly message: string}
  | {readonly type: 'note' | 'warning'; readonly text: string};

/** Hands the events of a build on as plain values. */
export function plainEvents(onEvent: (event: LibraryEvent) => void): Report {
  return (event) => onEvent(plainEvent(event));
}

function plainEvent(event: BuildEvent): LibraryEvent {
  switch (event.type) {
    case 'planned':
      return {type: event.type, steps: event.steps.map(stepName)};
    case 'reused':
    case 'started':
      return {type: event.type, step: stepName(event.step)};
    case 'progress':
      return {type: event.type, step: stepName(event.step), text: event.text};
    case 'built':
      return {type: event.type, step: stepName(event.step), seconds: event.seconds};
    case 'failed': {
      const message = event.error instanceof Error ? event.error.message : String(event.error);
      return {type: event.type, step: stepName(event.step), message};
    }
    case 'note':
    case 'warning':
      return event;
  }
}

function stepName({stage, key}: Step): StepName {
  return {name: stage.name, key};
}
