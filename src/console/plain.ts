import type {BuildEvent, Report} from '../pipeline/events.ts';
import {stepName} from '../pipeline/plan.ts';

/** Renders events as lines, for CI and for whatever is no terminal. */
export function plainConsole(write: (text: string) => void): Report {
  return (event) => {
    const line = plainLine(event);
    if (line !== undefined) write(`${line}\n`);
  };
}

/** The line for an event, or `undefined` for one that is not worth a line. */
export function plainLine(event: BuildEvent): string | undefined {
  switch (event.type) {
    case 'planned':
    case 'started':
      return undefined;
    case 'reused':
      return `  = ${stepName(event.step)}`;
    case 'progress':
      return `  … ${stepName(event.step)}: ${event.text}`;
    case 'built':
      return `  + ${stepName(event.step)}  ${event.seconds.toFixed(1)} s`;
    case 'failed':
      return `  ! ${stepName(event.step)}`;
    case 'note':
      return `  ${event.text}`;
    case 'warning':
      return `warning: ${event.text}`;
  }
}
