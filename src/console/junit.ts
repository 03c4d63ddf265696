import {join} from 'node:path';
import {renderTemplate} from '../build/template.ts';
import type {TrialResult} from '../vm/trial.ts';

const TEMPLATE = 'src/console/junit.xml.hbs';

/** What a trial of an image came to. */
export interface TrialReport {
  /** IMAGE-ARCH. */
  readonly name: string;
  /** ISO 8601, without a zone. */
  readonly timestamp: string;
  /** What is told with each suite: version, accelerator, … */
  readonly properties: Readonly<Record<string, string>>;
  readonly results: readonly TrialResult[];
  /** What ended the trial before its time; undefined where it went to its end. */
  readonly error: string | undefined;
}

/**
 * The report in JUnit's format, as Jenkins, GitLab and GitHub's actions read it: a suite for each path that the image was booted
 * on, a case for each promise. A trial that did not go to its end has a case of its own with the error.
 * `home` is the folder with leanos' templates.
 */
export async function junitReport(home: string, report: TrialReport): Promise<string> {
  const {name, timestamp, properties, results, error} = report;
  const suites = [...new Set(results.map(({path}) => path))].map((path) => {
    const cases = results.filter((result) => result.path === path);
    return suite(`${name}.${path}`, properties, cases.map(promiseCase));
  });
  if (error !== undefined) suites.push(suite(`${name}.trial`, properties, [errorCase(error)]));
  return renderTemplate(
    join(home, TEMPLATE),
    {name: `leanos test ${name}`, timestamp, suites, ...counts(suites.flatMap(({cases}) => cases))},
    {escape: true},
  );
}

interface Case {
  readonly name: string;
  /** null: kept. */
  readonly failure: string | null;
  readonly error: string | null;
  readonly errorLine: string | null;
}

function promiseCase({promise, kept, found}: TrialResult): Case {
  return {
    name: plain(promise),
    failure: kept ? null : plain(`found: ${found}`),
    error: null,
    errorLine: null,
  };
}

function errorCase(error: string): Case {
  const text = plain(error);
  return {
    name: 'the machine comes up and is tried to the end',
    failure: null,
    error: text,
    errorLine: text.split('\n')[0] ?? '',
  };
}

function suite(name: string, properties: TrialReport['properties'], cases: readonly Case[]) {
  return {name, properties, cases, ...counts(cases)};
}

function counts(cases: readonly Case[]) {
  return {
    tests: cases.length,
    failures: cases.filter(({failure}) => failure !== null).length,
    errors: cases.filter(({error}) => error !== null).length,
  };
}

/** Without what XML 1.0 (2.2) has no place for, such as the escape of a console's colours. */
function plain(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
}
