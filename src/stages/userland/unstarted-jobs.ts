import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';
import {LOGROTATE, type Job} from './jobs.ts';

export type UnstartedJobsOptions = {
  /** What the services of the definition start: units, and the words of commands. */
  readonly started: readonly string[];
};

/** The file of a userland's jobs, and of those that nothing starts. */
export const JOBS = 'jobs.json';

/** Says which jobs of packages nothing in the image starts, and what a definition says instead; `jobs.json` has them. */
export const unstartedJobs = defineStage<UnstartedJobsOptions, 'userland'>({
  name: 'unstarted-jobs',
  revision: 2,
  tools: [],
  inputs: ['userland'],
  timeless: true,
  async build({options, inputs, out, note}) {
    const jobs = JSON.parse(await readFile(join(inputs.userland, JOBS), 'utf8')) as Job[];
    const left = jobs.filter((job) => !isStarted(job, jobs, options.started));
    for (const job of left)
      note(
        `${job.package}: nothing here starts ${job.starts} as ${job.path} asks (${job.when}); ${job.instead} does`,
      );
    await writeFile(join(out, JOBS), `${JSON.stringify(left, null, 1)}\n`);
  },
});

/** Debian's, whose unit and program have one name. */
const CRON = 'cron';

/** Whether a service starts what a job starts, the cron that does it too, or, of logs, what turns all of them. */
function isStarted(job: Job, jobs: readonly Job[], started: readonly string[]): boolean {
  if (isNamed(job.starts, started) || (job.ofCron && isNamed(CRON, started))) return true;
  if (job.starts !== LOGROTATE) return false;
  return jobs.some(
    ({starts, ofCron}) => starts === `${LOGROTATE}.service` && ofCron && isNamed(CRON, started),
  );
}

/** Whether one of these words is a unit, or a program, of that path or name. */
function isNamed(name: string, started: readonly string[]): boolean {
  return started.some((word) => word === name || word === `${name}.service` || word.endsWith(`/${name}`));
}
