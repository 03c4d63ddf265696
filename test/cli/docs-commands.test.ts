import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {commandTable} from '../../src/cli/command-table.ts';
import {processContext} from '../../src/cli/context.ts';
import {leanosCommand} from '../../src/cli/program.ts';
import {CHECKOUT} from '../support/built-image.ts';

const context = await processContext({signal: new AbortController().signal});
const COMMANDS = new Map(commandTable(leanosCommand(context)).map((row) => [row.name, row]));

/** Commands as pages have them: in a code span, on an indented line, after a prompt; of a comment of an image's definition, too. */
function commandsOf(page: string): string[] {
  const found = page.matchAll(
    /`(?:\.\/)?(leanos [a-z][^`\n]*)`|^(?: {4}|\$ |# {3})(?:\.\/)?(leanos [a-z].*)$/gm,
  );
  return [...found]
    .flatMap(([, span = '', line = '']) => (span + line).split(' && '))
    .filter((command) => command.startsWith('leanos '))
    .map((command) => command.replace(/ {5}.*| [|>#].*/, ''));
}

/** What is wrong with a command: that there is none of its name, an option that it does not have, or a word too many. */
function faultOf(command: string): string | undefined {
  const words = command.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  const row = COMMANDS.get(words[1] ?? '');
  if (row === undefined) return words[1] === 'COMMAND' ? undefined : 'no such command';
  let places = 0;
  for (let at = 2; at < words.length; at++) {
    const [word = '', value] = (words[at] ?? '').split('=');
    if (!word.startsWith('--')) places++;
    else if (word !== '--' && word !== '--help') {
      const option = row.options.find(({long}) => long === word);
      if (option === undefined) return `no option ${word}`;
      if (option.takesValue && value === undefined) at++;
    }
  }
  const most = row.arguments.includes('...') ? Infinity : row.arguments.split(' ').filter(Boolean).length;
  return places > most ? `${places} words, and ${most} are the most` : undefined;
}

const PAGES = [
  'README.md',
  ...['docs', 'images'].flatMap((folder) =>
    readdirSync(join(CHECKOUT, folder))
      .filter((name) => /\.(md|yaml)$/.test(name))
      .map((name) => `${folder}/${name}`),
  ),
];

test.each(PAGES)('%s: the command line knows each command that it names', (page) => {
  const faults = commandsOf(readFileSync(join(CHECKOUT, page), 'utf8')).flatMap((command) => {
    const fault = faultOf(command);
    return fault === undefined ? [] : [`${command}: ${fault}`];
  });
  expect(faults).toEqual([]);
});
