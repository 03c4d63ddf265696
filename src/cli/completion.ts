import {join} from 'node:path';
import {renderTemplate} from '../build/template.ts';
import type {CommandRow, OptionRow, Shell} from './command-table.ts';

const TEMPLATES = 'src/cli/completion';

/** A script that completes the words of leanos in a shell. `home` is the folder of leanos' own files. */
export async function completionScript(
  shell: Shell,
  commands: readonly CommandRow[],
  home: string,
): Promise<string> {
  return renderTemplate(join(home, TEMPLATES, `${shell}.hbs`), {
    names: commands.map(({name}) => name).join(' '),
    commands: commands.map(({name, description, choices, options}) => ({
      name,
      quoted: quoted(description),
      choiceWords: choices.join(' '),
      longs: options.map(({long}) => long).join(' '),
      options: options.map(optionValues),
    })),
  });
}

function optionValues({long, description, takesValue, choices, isList, definitions}: OptionRow) {
  const words = choices.join(' ');
  const names = definitions === undefined ? '' : `$(_leanos_names ${definitions})`;
  return {
    long,
    bare: long.replace(/^--/, ''),
    quoted: quoted(description),
    takesValue,
    isList,
    values: names === '' ? (words === '' ? '' : `'${words}'`) : `"${names}"`,
    fish:
      definitions === undefined
        ? isList
          ? `(__leanos_list ${words})`
          : words
        : `(__leanos_names ${definitions})`,
  };
}

/** Within single quotes of fish. */
function quoted(text: string): string {
  return text.replace(/[\\']/g, '\\$&');
}

/** man/leanos.1: man(7). `home` is the folder of leanos' own files. */
export async function manualPage(commands: readonly CommandRow[], home: string): Promise<string> {
  return renderTemplate(join(home, TEMPLATES, 'man.hbs'), {
    commands: commands.map(({name, description, arguments: words, options}) => ({
      name,
      arguments: roff(words),
      description: roff(description),
      options: options.map(({flags, description: text, choices, isList, fallback}) => ({
        flags: roff(flags),
        description: roff(text),
        choiceText: choices.join(', '),
        isList,
        fallback: fallback === undefined ? '' : roff(fallback),
      })),
    })),
  });
}

/** Text that troff takes for nothing else. */
function roff(text: string): string {
  return text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}
