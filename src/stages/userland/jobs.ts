import {posix} from 'node:path';
import type {FileTree} from '../../formats/file-tree.ts';
import {parseUnit} from '../../formats/unit/unit-file.ts';
import {mergedPath} from '../../formats/usr-twins.ts';

/** What a package has a clock of the system do: nothing of a lean guest does it by itself. */
export interface Job {
  readonly package: string;
  /** The file that says it: absolute. */
  readonly path: string;
  /** What is started: a unit, a path, or logrotate. */
  readonly starts: string;
  /** When, or what of, as the file has it. */
  readonly when: string;
  /** What a definition says to have it done. */
  readonly instead: string;
  /** Whether a cron that runs does it too: it is in one of its tables or folders. */
  readonly ofCron: boolean;
}

interface JobFile {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

type FoundJob = Omit<Job, 'package' | 'ofCron'>;

/** Kinds of files that say when something is started. `name` is the first group of `at`. */
const KINDS: readonly {readonly at: RegExp; readonly job: (from: JobFile) => FoundJob[]}[] = [
  {at: /^usr\/lib\/systemd\/system\/([^/@]+)\.timer$/, job: timerJob},
  {at: /^etc\/cron\.(?:hourly|daily|weekly|monthly)\/([^/.]+)$/, job: folderJob},
  {at: /^etc\/cron\.d\/([^/.]+)$/, job: cronJob},
  {at: /^etc\/logrotate\.d\/([^/]+)$/, job: logsJob},
];

export const LOGROTATE = 'logrotate';
/** So many logs of a package are named. */
const NAMED = 3;

/** The jobs of a package's files. Jobs of cron are left out where it has timers: those are the same ones. */
export function jobsOf({name, tree}: {readonly name: string; readonly tree: FileTree}): Job[] {
  const jobs = [...tree].flatMap(([raw, entry]) => {
    const path = mergedPath(raw);
    return KINDS.flatMap(({at, job}) => {
      const found = at.exec(path)?.[1];
      if (found === undefined || entry.type !== 'file') return [];
      return job({name: found, path: `/${path}`, text: entry.data.toString('utf8')});
    });
  });
  const isCrons = ({path}: FoundJob): boolean => path.startsWith('/etc/cron.');
  const isTimers = ({path}: FoundJob): boolean => path.endsWith('.timer');
  const [hasTimer, hasCron] = [jobs.some(isTimers), jobs.some(isCrons)];
  return jobs
    .filter((job) => !hasTimer || !isCrons(job))
    .map((job) => ({package: name, ...job, ofCron: isCrons(job) || (hasCron && isTimers(job))}));
}

/** A timer that Debian starts: one that can be enabled (systemd.timer(5)). */
function timerJob({name, path, text}: JobFile): FoundJob[] {
  const lines = parseUnit(text);
  const value = (key: string): string | undefined =>
    lines.find((line) => line.section === 'Timer' && line.key === key)?.value;
  if (!lines.some(({section}) => section === 'Install')) return [];
  const unit = value('Unit') ?? `${name}.service`;
  const when = ['OnCalendar', 'OnUnitActiveSec', 'OnUnitInactiveSec', 'OnBootSec'].flatMap(
    (key) => value(key) ?? [],
  );
  const [first = 'daily'] = when;
  return [
    {
      path,
      starts: unit,
      when: first,
      instead: `services: {${serviceName(name)}: {unit: ${unit}, ${keyOf(first)}}}`,
    },
  ];
}

function folderJob({name, path}: JobFile): FoundJob[] {
  const when = posix.basename(posix.dirname(path)).replace('cron.', '');
  const run = `{run: ${path}, user: root, confined: false, ${keyOf(when)}}`;
  return [{path, starts: path, when, instead: `services: {${serviceName(name)}: ${run}}`}];
}

/** A table of cron (crontab(5)): minute, hour, day, month, weekday, account, command; or @daily and its like. */
function cronJob({name, path, text}: JobFile): FoundJob[] {
  const lines = text.split('\n').map((line) => line.trim());
  const jobs = lines.filter((line) => /^[\d*@]/.test(line));
  const [first] = jobs;
  if (first === undefined) return [];
  const instead = `services: {${serviceName(name)}: {run: …, at: …}} with its command`;
  return [
    {
      path,
      starts: path,
      when: first
        .split(/\s+/)
        .slice(0, first.startsWith('@') ? 1 : 5)
        .join(' '),
      instead,
    },
  ];
}

function logsJob({path, text}: JobFile): FoundJob[] {
  const outside = text.replaceAll(/\{[^}]*\}/g, ' ').replaceAll(/^\s*#.*$/gm, '');
  const logs = [...new Set(outside.match(/\/[^\s"]+/g))];
  if (logs.length === 0) return [];
  const instead = `packages: [${LOGROTATE}] and services: {${LOGROTATE}: {unit: ${LOGROTATE}.service, at: '00:00'}}`;
  return [{path, starts: LOGROTATE, when: told(logs), instead}];
}

/** The first of them. */
function told(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}

const serviceName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-');

/** Times of systemd.time(7) and of cron's folders that a service's keys can say. */
const TIMES: Readonly<Record<string, string>> = {
  hourly: 'every: 1h',
  daily: "at: '00:00'",
  weekly: 'every: 7d',
  monthly: 'every: 30d',
};

function keyOf(when: string): string {
  const [, every, unit = ''] = /^(\d+) ?(s|m|min|h|d|day|hours?)$/.exec(when) ?? [];
  if (every !== undefined) return `every: ${every}${unit.slice(0, 1)}`;
  const [, at] = /^(?:\*-\*-\* )?(\d\d:\d\d)/.exec(when) ?? [];
  return at === undefined ? (TIMES[when] ?? 'every: 1d') : `at: '${at}'`;
}
