/** The classes of signs of POSIX. */
const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[\0-\x1f\x7f]/,
  digit: /\d/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** More than any set has. */
const MOST_MEMBERS = 1000;

/**
 * The set that begins with a bracket at a place, as patterns and expressions have it (POSIX, 9.3.5); undefined where none does. `not`
 * are the signs that turn it round.
 * @throws RangeError where it is too large
 */
export function setAt(
  text: string,
  at: number,
  not: string,
): {readonly test: (sign: string) => boolean; readonly end: number} | undefined {
  let place = at + 1;
  const isNegated = place < text.length && not.includes(text.charAt(place));
  if (isNegated) place += 1;
  const tests: ((sign: string) => boolean)[] = [];
  for (let isFirst = true; isFirst || text.charAt(place) !== ']'; isFirst = false) {
    if (place >= text.length) return undefined;
    if (tests.length > MOST_MEMBERS) throw new RangeError('a set is too large');
    const [named, name = ''] = /^\[:([a-z]{1,6}):\]/.exec(text.slice(place, place + 10)) ?? [];
    const [from, dash, to] = [text.charAt(place), text.charAt(place + 1), text.charAt(place + 2)];
    if (named !== undefined) {
      tests.push((sign) => CLASSES[name]?.test(sign) === true);
      place += named.length;
    } else if (dash === '-' && to !== ']' && to !== '') {
      tests.push((sign) => sign >= from && sign <= to);
      place += 3;
    } else {
      tests.push((sign) => sign === from);
      place += 1;
    }
  }
  return {test: remembering((sign) => tests.some((test) => test(sign)) !== isNegated), end: place + 1};
}

/** A test that asks once for each sign. */
function remembering(test: (sign: string) => boolean): (sign: string) => boolean {
  const answers = new Map<string, boolean>();
  return (sign) => {
    const answer = answers.get(sign) ?? test(sign);
    answers.set(sign, answer);
    return answer;
  };
}
