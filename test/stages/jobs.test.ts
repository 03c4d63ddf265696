import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {jobsOf, type Job} from '../../src/stages/userland/jobs.ts';
import {JOBS, unstartedJobs} from '../../src/stages/userland/unstarted-jobs.ts';
import {scriptedPackage} from '../support/scripted-package.ts';
import {temporary} from '../support/temporary.ts';

const TIMERS = 'usr/lib/systemd/system';
const INSTALL = '[Install]\nWantedBy=timers.target\n';
const jobs = (files: Readonly<Record<string, string>>): Job[] => jobsOf(scriptedPackage('web', {}, files));
/** What is said of one file: what it starts, when, and what a definition says instead. */
const job = (path: string, text: string): (string | undefined)[] => {
  const [found] = jobs({[path]: text});
  return [found?.starts, found?.when, found?.instead];
};

describe('what packages have a clock start', () => {
  test.each([
    ['OnCalendar=daily', 'daily', "at: '00:00'"],
    ['OnCalendar=*-*-* 06:30:00', '*-*-* 06:30:00', "at: '06:30'"],
    ['OnUnitActiveSec=15min', '15min', 'every: 15m'],
    ['OnCalendar=Sun 03:10', 'Sun 03:10', 'every: 1d'],
  ])('a timer: %s', (line, when, key) => {
    expect(job(`${TIMERS}/web-clean.timer`, `[Timer]\n${line}\n${INSTALL}`)).toEqual([
      'web-clean.service',
      when,
      `services: {web-clean: {unit: web-clean.service, ${key}}}`,
    ]);
  });

  test('a timer of another unit, in /lib; templates and those that nobody enables are nothing', () => {
    const other = `[Timer]\nOnCalendar=weekly\nUnit=tidy.service\n${INSTALL}`;
    expect(job('lib/systemd/system/web.timer', other)[0]).toBe('tidy.service');
    expect(
      jobs({[`${TIMERS}/web@.timer`]: other, [`${TIMERS}/web.timer`]: '[Timer]\nOnBootSec=1\n'}),
    ).toEqual([]);
  });

  test('cron: its folders, its tables, and neither where timers do the same', () => {
    expect(job('etc/cron.daily/web', '#!/bin/sh\n')).toEqual([
      '/etc/cron.daily/web',
      'daily',
      "services: {web: {run: /etc/cron.daily/web, user: root, confined: false, at: '00:00'}}",
    ]);
    expect(job('etc/cron.d/web', '# at night\nPATH=/bin\n30 3 * * 0 root web clean\n')).toEqual([
      '/etc/cron.d/web',
      '30 3 * * 0',
      'services: {web: {run: …, at: …}} with its command',
    ]);
    const timer = `[Timer]\nOnCalendar=daily\n${INSTALL}`;
    const both = {'etc/cron.d/web': '@daily root web\n', [`${TIMERS}/web.timer`]: timer};
    expect(jobs(both).map(({starts}) => starts)).toEqual(['web.service']);
    expect(jobs({'etc/cron.d/.placeholder': '@daily root x\n', 'etc/cron.daily/.placeholder': ''})).toEqual(
      [],
    );
  });

  test('logs that logrotate turns', () => {
    const text =
      '# of /nobody\n/var/log/web/*.log "/var/log/more" {\n\tdaily\n}\n/var/log/a\n/var/log/b\n{\n postrotate\n  /usr/bin/turn\n endscript\n}\n';
    expect(job('etc/logrotate.d/web', text)).toEqual([
      'logrotate',
      '/var/log/web/*.log, /var/log/more, /var/log/a and 1 more',
      "packages: [logrotate] and services: {logrotate: {unit: logrotate.service, at: '00:00'}}",
    ]);
  });
});

/** What is noted of these jobs where services start this. */
async function noted(found: readonly Job[], started: readonly string[]): Promise<readonly string[]> {
  const folder = temporary();
  for (const name of ['userland', 'out']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'userland', JOBS), JSON.stringify(found));
  const notes: string[] = [];
  const out = join(folder, 'out');
  const inputs = {userland: join(folder, 'userland')};
  const context = {options: {started}, inputs, out, note: (text: string) => notes.push(text)};
  await unstartedJobs.build(context as unknown as Parameters<typeof unstartedJobs.build>[0]);
  expect(JSON.parse(readFileSync(join(out, JOBS), 'utf8'))).toHaveLength(notes.length);
  return notes;
}

test('a job that nothing starts is noted, with what a definition says instead; one that a service starts is not', async () => {
  const found = jobs({'etc/cron.daily/web': '', 'etc/logrotate.d/web': '/var/log/web.log {\n}\n'});
  expect(await noted(found, ['/etc/cron.daily/web'])).toEqual([
    "web: nothing here starts logrotate as /etc/logrotate.d/web asks (/var/log/web.log); packages: [logrotate] and services: {logrotate: {unit: logrotate.service, at: '00:00'}} does",
  ]);
  expect(await noted(found, ['logrotate.service', '/etc/cron.daily/web'])).toEqual([]);
  expect(await noted(found, ['/usr/sbin/logrotate', '/etc/cron.daily/web'])).toEqual([]);
});

test('a cron that is a service starts what its tables and folders have, and logrotate by them', async () => {
  const timer = `[Timer]\nOnCalendar=daily\n${INSTALL}`;
  const logs = {'etc/logrotate.d/web': '/var/log/web.log {\n}\n'};
  const web = jobs({'etc/cron.daily/web': '', 'etc/cron.d/web': '@daily root web\n', ...logs});
  const logrotate = {[`${TIMERS}/logrotate.timer`]: timer, 'etc/cron.daily/logrotate': ''};
  const found = [...web, ...jobsOf(scriptedPackage('logrotate', {}, logrotate))];
  expect(await noted(found, [])).toHaveLength(4);
  expect(await noted(found, ['cron.service'])).toEqual([]);
  expect(await noted(found, ['/usr/bin/cron', '-f'])).toEqual([]);
  expect(await noted(jobs({[`${TIMERS}/web.timer`]: timer}), ['cron.service'])).toHaveLength(1);
  expect(await noted(jobs(logs), ['cron.service'])).toHaveLength(1);
});
