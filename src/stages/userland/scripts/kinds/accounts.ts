import type {Commands} from '../kinds.ts';
import {readOptions, type ReadOptions} from '../options.ts';
import type {Call} from '../shell.ts';

const USER_VALUES = [
  'home',
  'shell',
  'uid',
  'gid',
  'ingroup',
  'comment',
  'gecos',
  'firstuid',
  'lastuid',
  'conf',
];
const USER_SWITCHES = [
  ...['system', 'group', 'quiet', 'no-create-home', 'disabled-password', 'disabled-login', 'force-badname'],
  ...['allow-badname', 'allow-bad-names', 'allow-all-names', 'debug', 'verbose', 'stdoutmsglevel', 'q'],
];

/** Users and groups: what packages add with the programs of adduser and of passwd, and what they ask about accounts. */
export const ACCOUNT_COMMANDS: Commands = {
  adduser: (call) => {
    const options = readOptions(call.args, {valued: USER_VALUES, switches: USER_SWITCHES});
    const [name, group] = options?.words ?? [];
    if (options === undefined || name === undefined) return call.unknown();
    if (group !== undefined) return addMember(call, name, group);
    return options.values.has('group') && !options.values.has('system')
      ? addGroup(call, options, name)
      : addUser(call, options, name);
  },
  addgroup: groupCommand,
  groupadd: groupCommand,
  useradd: (call) => {
    const options = readOptions(call.args, {
      valued: [
        'home-dir',
        'd',
        'shell',
        's',
        'uid',
        'u',
        'gid',
        'g',
        'comment',
        'c',
        'groups',
        'G',
        'K',
        'b',
      ],
      switches: [
        'system',
        'r',
        'M',
        'no-create-home',
        'N',
        'no-user-group',
        'U',
        'user-group',
        'l',
        'no-log-init',
      ],
    });
    const [name] = options?.words ?? [];
    if (options === undefined || name === undefined) return call.unknown();
    const status = addUser(call, options, name);
    for (const group of option(options, 'groups', 'G')?.split(',') ?? []) addMember(call, name, group);
    return status;
  },
  usermod: (call) => {
    const options = readOptions(call.args, {valued: ['G', 'groups', 'aG'], switches: ['a', 'append']});
    const groups = options && option(options, 'G', 'groups');
    const [name] = options?.words ?? [];
    if (groups === undefined || name === undefined) return call.unknown();
    for (const group of groups.split(',')) addMember(call, name, group);
    return 0;
  },
  getent: ({args, machine, write, unknown}) => {
    const [database, name = ''] = args;
    if (database === 'group') {
      const gid = machine.accounts.gid(name);
      if (gid === undefined) return 2;
      write(`${name}:x:${gid}:\n`);
      return 0;
    }
    if (database !== 'passwd') return unknown();
    const user = machine.accounts.user(name);
    if (user === undefined) return 2;
    write(`${name}:x:${user.uid}:${user.gid}:${user.comment}:${user.home}:${user.shell}\n`);
    return 0;
  },
  id: ({args, machine, write}) => {
    const name = args.find((word) => !word.startsWith('-'));
    if (name === undefined) {
      write(args.some((word) => /^-\w*n/.test(word)) ? 'root\n' : '0\n');
      return 0;
    }
    const user = machine.accounts.user(name);
    if (user === undefined) return 1;
    write(`${args.some((word) => /^-\w*g/.test(word)) ? user.gid : user.uid}\n`);
    return 0;
  },
};

function groupCommand(call: Call): number {
  const options = readOptions(call.args, {
    valued: ['gid', 'g'],
    switches: ['system', 'r', 'quiet', 'force-badname', 'allow-bad-names', 'f', 'force', 'group'],
  });
  const [name] = options?.words ?? [];
  return options === undefined || name === undefined ? call.unknown() : addGroup(call, options, name);
}

function addGroup({machine}: Call, options: ReadOptions, name: string): number {
  machine.accounts.addGroup(name, numberOf(option(options, 'gid', 'g')));
  return 0;
}

function addUser({machine, unknown}: Call, options: ReadOptions, name: string): number {
  const group = option(options, 'ingroup', 'gid', 'g');
  if (group !== undefined && machine.accounts.gid(group) === undefined) return unknown();
  // adduser's system users are in nogroup unless they have a group (adduser(8)); those of useradd have one of their own.
  const isAdduser = options.values.has('system') && !options.values.has('group');
  const hasOwn = option(options, 'user-group', 'U') !== undefined || !isAdduser;
  const home = option(options, 'home', 'home-dir', 'd');
  machine.accounts.addUser({
    name,
    uid: numberOf(option(options, 'uid', 'u')),
    group: group ?? (hasOwn ? undefined : 'nogroup'),
    home,
    comment: option(options, 'comment', 'gecos', 'c'),
    shell: option(options, 'shell', 's'),
  });
  if (home !== undefined && option(options, 'no-create-home', 'M') === undefined)
    makeHome(machine, name, home);
  return 0;
}

/** adduser makes a home; a folder that is there keeps what it has. */
function makeHome(machine: Call['machine'], name: string, home: string): void {
  if (machine.get(home) !== undefined || home === '/nonexistent') return;
  const {uid = 0, gid = 0} = machine.accounts.user(name) ?? {};
  machine.put(home, {type: 'directory', mode: 0o755, uid, gid});
}

function addMember({machine, unknown}: Call, name: string, group: string): number {
  if (machine.accounts.user(name) === undefined || !machine.accounts.hasGroup(group)) return unknown();
  machine.accounts.addMember(name, group);
  return 0;
}

function option({values}: ReadOptions, ...names: readonly string[]): string | undefined {
  const name = names.find((each) => values.has(each));
  return name === undefined ? undefined : values.get(name);
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}
