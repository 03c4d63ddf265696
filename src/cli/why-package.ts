import {formatSize} from '../core/size.ts';
import type {PackageAnswer} from '../build/explain-package.ts';

type Answers = {readonly [A in PackageAnswer as A['answer']]: A};

/** What is said of a package, by the kind of the answer. */
const SENTENCES: {readonly [K in keyof Answers]: (answer: Answers[K]) => readonly string[]} = {
  'in-usr': ({package: name, version, ways, neededBy, onlyItNeeds, bytes, freedBytes, uses}) => [
    `${name} ${version} is in /usr`,
    ...(ways.length === 0 ? ['nothing asks for it any more: leanos lock leaves it out'] : []),
    ...ways.map(({askedBy, packages}) => `asked for by ${askedBy}: ${packages.join(' -> ')}`),
    ...(neededBy.length === 0 ? [] : [`needed by ${neededBy.join(', ')}`]),
    `${formatSize(bytes)} of its own files, before compression`,
    ...(freedBytes === bytes ? [] : [`${formatSize(freedBytes)} with ${alone(onlyItNeeds)}`]),
    ...also(uses),
  ],
  'beside-usr': ({package: name, version, uses}) => [`${name} ${version} is not in /usr`, ...also(uses)],
  'for-scripts': ({package: name, neededBy}) => [
    `${name} is not in the image`,
    `${neededBy.join(', ')}: for maintainer scripts alone, which leanos follows without it`,
    `packages: [${name}] in the definition takes it nevertheless`,
  ],
  'of-left-out': ({package: name, neededBy}) => [
    `${name} is not in the image`,
    `only packages that are left out depend on it: ${neededBy.join(', ')}`,
    `packages: [${name}] in the definition takes it nevertheless`,
  ],
  'not-asked-for': ({package: name}) => [
    `${name} is not in the image`,
    'nothing that the definition names depends on it',
  ],
};

/** What goes with a package, where it goes. */
function alone(packages: readonly string[]): string {
  return `${packages.length === 0 ? 'libraries' : packages.join(', ')} that nothing else needs`;
}

function also(uses: readonly string[]): string[] {
  return uses.map((use) => `taken for ${use}`);
}

/** Why a package is in an image, or is not, for people: the answer, and its reasons below it. */
export function whyLines(answer: PackageAnswer): string[] {
  const say = SENTENCES[answer.answer] as (answer: PackageAnswer) => readonly string[];
  const [first = '', ...more] = say(answer);
  return [first, ...more.map((line) => `  ${line}`)];
}
