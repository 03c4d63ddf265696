import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {annotationLine, errorAnnotations} from '../../src/console/github.ts';
import {junitReport, type TrialReport} from '../../src/console/junit.ts';

const CHECKOUT = join(import.meta.dirname, '../..');

const REPORT: TrialReport = {
  name: 'web-x86_64',
  timestamp: '2026-11-26T12:00:00',
  properties: {accelerator: 'tcg'},
  results: [
    {path: 'bios', promise: 'a name with <, & and "', kept: true, found: ''},
    {path: 'bios', promise: 'is kept', kept: false, found: 'a colour: \u001b[31m & <none>\nand a line'},
    {path: 'uefi', promise: 'is kept', kept: true, found: ''},
  ],
  error: undefined,
};

/** What another reader of XML finds: the counts of all, and of each case its suite, its name, and what it says. */
async function readBack(report: TrialReport): Promise<unknown> {
  const text = await junitReport(CHECKOUT, report);
  const program = `
import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
print(json.dumps([
    [root.get(name) for name in ("tests", "failures", "errors")],
    [[suite.get("name"), suite.get("tests"), case.get("name"), [[said.tag, said.get("message")] for said in case]]
     for suite in root for case in suite.iter("testcase")],
]))`;
  return JSON.parse(execFileSync('python3', ['-c', program], {input: text, encoding: 'utf8'}));
}

test('a report in JUnit’s format is read as it was written', async () => {
  expect(await readBack(REPORT)).toEqual([
    ['3', '1', '0'],
    [
      ['web-x86_64.bios', '2', 'a name with <, & and "', []],
      // An attribute has no lines (XML 1.0, 3.3.3).
      ['web-x86_64.bios', '2', 'is kept', [['failure', 'found: a colour: [31m & <none> and a line']]],
      ['web-x86_64.uefi', '1', 'is kept', []],
    ],
  ]);
});

test('a trial that did not go to its end has an error of its own', async () => {
  expect(await readBack({...REPORT, results: [], error: 'no login\nthe console said: grub>'})).toEqual([
    ['1', '0', '1'],
    [['web-x86_64.trial', '1', 'the machine comes up and is tried to the end', [['error', 'no login']]]],
  ]);
});

test('an annotation is one line, and what would end a part of it is escaped', () => {
  expect(
    annotationLine({
      level: 'error',
      title: 'bios: a, b',
      message: '100 %\nof it',
      file: 'images/a.yaml',
      line: 3,
      column: 5,
    }),
  ).toBe('::error file=images/a.yaml,line=3,col=5,title=bios%3A a%2C b::100 %25%0Aof it');
});

test('an error that names places is an annotation at each of them', () => {
  const message =
    'images/a.yaml:3:5: hostname: found 5; a host name is needed\nimages/b.yaml:1:1: x: is not known';
  expect(errorAnnotations(message)).toEqual([
    {
      level: 'error',
      title: 'leanos',
      message: 'hostname: found 5; a host name is needed',
      file: 'images/a.yaml',
      line: 3,
      column: 5,
    },
    {level: 'error', title: 'leanos', message: 'x: is not known', file: 'images/b.yaml', line: 1, column: 1},
  ]);
  expect(errorAnnotations('no login')).toEqual([{level: 'error', title: 'leanos', message: 'no login'}]);
});
