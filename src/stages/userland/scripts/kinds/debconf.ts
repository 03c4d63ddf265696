import type {Commands} from '../kinds.ts';
import type {Call} from '../shell.ts';

/** Questions of debconf (debconf-devel(7)): the answers are the defaults of the packages' templates, and nobody is asked. */
export const DEBCONF_COMMANDS: Commands = {
  db_get: (call) => {
    const [question = ''] = call.args;
    const value = answer(call, question);
    call.shell.variables.set('RET', value ?? '');
    return value === undefined ? 10 : 0; // 10: there is no such question
  },
  db_set: ({args: [question = '', ...words], machine}) => {
    machine.answers.set(question, words.join(' '));
    return 0;
  },
  db_fget: said('false'),
  db_subst: ({args: [question = '', name = '', ...words], machine}) => {
    machine.answers.set(`${question} ${name}`, words.join(' '));
    return 0;
  },
  db_metaget: (call) => {
    const [question = '', field = ''] = call.args;
    const text = templateField(call, question, field.charAt(0).toUpperCase() + field.slice(1));
    const given = (name: string) => call.machine.answers.get(`${question} ${name}`) ?? '';
    call.shell.variables.set(
      'RET',
      (text ?? '').replaceAll(/\$\{(\w+)\}/g, (_, name: string) => given(name)),
    );
    return text === undefined ? 10 : 0;
  },
  db_input: said('', 30), // 30: it is not shown
  ...Object.fromEntries(
    [
      ...['version', 'capb', 'title', 'settitle', 'go', 'stop', 'fset', 'purge', 'reset', 'clear'],
      ...['unregister', 'register', 'beginblock', 'endblock', 'progress', 'info', 'x_loadtemplatefile'],
    ].map((name) => [`db_${name}`, said('')]),
  ),
};

function said(text: string, status = 0): Commands[string] {
  return ({shell}) => {
    shell.variables.set('RET', text);
    return status;
  };
}

function answer(call: Call, question: string): string | undefined {
  return call.machine.answers.get(question) ?? templateField(call, question, 'Default');
}

/** A field of a question's template: the package's own, or another's. */
function templateField({machine, shell}: Call, question: string, field: string): string | undefined {
  const own = shell.origin.package;
  const others = [...machine.packages.values()].filter((each) => each !== own);
  return [own, ...others]
    .map(({control}) => fieldOf(control.get('templates'), question, field))
    .find((each) => each !== undefined);
}

type File = ReturnType<Call['machine']['get']>;

function fieldOf(templates: File, question: string, field: string): string | undefined {
  if (templates?.type !== 'file') return undefined;
  const stanza = templates.data
    .toString('utf8')
    .split(/\n\s*\n/)
    .find((each) => valueOf(each, 'Template') === question);
  return stanza === undefined ? undefined : (valueOf(stanza, field) ?? '');
}

/** The first line of a field of a stanza. */
function valueOf(stanza: string, field: string): string | undefined {
  const line = stanza.split('\n').find((each) => each.startsWith(`${field}:`));
  return line?.slice(field.length + 1).trim();
}
