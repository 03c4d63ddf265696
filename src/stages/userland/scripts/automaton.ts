/** A pattern, read: what matches one sign, and how such patterns make larger ones. */
export type Pattern =
  | {readonly kind: 'sign'; readonly test: (sign: string) => boolean}
  | {readonly kind: 'sequence' | 'either'; readonly parts: readonly Pattern[]}
  | {readonly kind: 'repeat'; readonly part: Pattern; readonly least: number; readonly most: number}
  | {readonly kind: 'group'; readonly part: Pattern; readonly number: number}
  | {readonly kind: 'edge'; readonly test: (before: string, after: string) => boolean};

/** Where a pattern was found: all that it can take, and the shortest. The groups are texts, the first is all of it. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly shortestEnd: number;
  readonly groups: readonly (string | undefined)[];
}

type Step =
  | {readonly kind: 'sign'; readonly test: (sign: string) => boolean}
  | {readonly kind: 'edge'; readonly test: (before: string, after: string) => boolean}
  | {readonly kind: 'split'; readonly first: number; readonly second: number}
  | {readonly kind: 'mark'; readonly slot: number}
  | {readonly kind: 'end'};

/** A way through the steps, with where its groups begin and end. */
interface Way {
  readonly at: number;
  readonly start: number;
  readonly marks: readonly number[];
}

/** The most parts of a pattern: no script has one of a hundredth. */
const MOST_PARTS = 10_000;
/** What a step costs, in signs that are looked at. */
const WORK_OF_STEP = 20;

/**
 * Finds patterns in texts by following all ways through a pattern at once, sign by sign (R. Cox, "Regular Expression Matching: the
 * Virtual Machine Approach"): the work is the length of the text times that of the pattern at most, whatever they are. What is found is
 * the leftmost and, of those, the longest, as POSIX has it.
 */
export class Automaton {
  readonly #steps: Step[] = [];
  #parts = 0;
  readonly #spend: (work: number) => void;

  /**
   * `spend` is told of the work, and throws where that is too much.
   * @throws RangeError where the pattern is too large
   */
  constructor(pattern: Pattern, spend: (work: number) => void) {
    this.#spend = spend;
    this.#add({kind: 'group', part: pattern, number: 0});
    this.#steps.push({kind: 'end'});
  }

  /** The first place at or behind `from`, or at `from` alone. */
  find(text: string, {from = 0, isThere = false} = {}): Found | undefined {
    let ways: Way[] = [];
    let found: {readonly way: Way; readonly end: number; readonly shortestEnd: number} | undefined;
    for (let at = from; at <= text.length; at += 1) {
      const seen = new Set<number>();
      const here: Way[] = [];
      for (const way of ways) this.#follow(way, {text, at, seen, here});
      if (found === undefined && (at === from || !isThere))
        this.#follow({at: 0, start: at, marks: []}, {text, at, seen, here});
      ways = [];
      for (const way of here) {
        if (found !== undefined && way.start > found.way.start) break;
        const step = this.#steps[way.at];
        if (step?.kind === 'end') found = {way, end: at, shortestEnd: found?.shortestEnd ?? at};
        else if (step?.kind === 'sign' && at < text.length && step.test(text.charAt(at)))
          ways.push({...way, at: way.at + 1});
      }
      this.#spend((seen.size + 1) * WORK_OF_STEP);
      if (ways.length === 0 && (found !== undefined || isThere)) break;
    }
    if (found === undefined) return undefined;
    const {way, end, shortestEnd} = found;
    const groups = Array.from({length: Math.ceil(way.marks.length / 2)}, (_, number) => {
      const [begin, close] = way.marks.slice(2 * number, 2 * number + 2);
      return begin === undefined || close === undefined ? undefined : text.slice(begin, close);
    });
    return {start: way.start, end, shortestEnd, groups};
  }

  /** Adds to `here` where a way goes on that needs no sign for it; the first of those that meet goes on alone. */
  #follow(
    from: Way,
    {text, at, seen, here}: {text: string; at: number; seen: Set<number>; here: Way[]},
  ): void {
    const open = [from];
    for (let way = open.pop(); way !== undefined; way = open.pop()) {
      const step = this.#steps[way.at];
      if (step === undefined || seen.has(way.at)) continue;
      seen.add(way.at);
      if (step.kind === 'split') open.push({...way, at: step.second}, {...way, at: step.first});
      else if (step.kind === 'mark') {
        const marks = [...way.marks];
        marks[step.slot] = at;
        open.push({...way, at: way.at + 1, marks});
      } else if (step.kind === 'edge') {
        const before = at === 0 ? '' : text.charAt(at - 1);
        if (step.test(before, text.charAt(at))) open.push({...way, at: way.at + 1});
      } else here.push(way);
    }
  }

  #add(pattern: Pattern): void {
    this.#parts += 1;
    if (this.#parts > MOST_PARTS) throw new RangeError('a pattern is too large');
    switch (pattern.kind) {
      case 'sign':
      case 'edge':
        this.#steps.push(pattern);
        return;
      case 'sequence':
        for (const part of pattern.parts) this.#add(part);
        return;
      case 'group':
        this.#steps.push({kind: 'mark', slot: 2 * pattern.number});
        this.#add(pattern.part);
        this.#steps.push({kind: 'mark', slot: 2 * pattern.number + 1});
        return;
      case 'either':
        this.#addEither(pattern.parts);
        return;
      case 'repeat':
        this.#addRepeat(pattern.part, pattern.least, pattern.most);
    }
  }

  #addEither(parts: readonly Pattern[]): void {
    const [part, ...others] = parts;
    if (part === undefined) return;
    if (others.length === 0) {
      this.#add(part);
      return;
    }
    const split = this.#reserve();
    this.#add(part);
    const end = this.#reserve();
    this.#split(split, split + 1, this.#steps.length);
    this.#addEither(others);
    this.#jump(end, this.#steps.length);
  }

  #addRepeat(part: Pattern, least: number, most: number): void {
    for (let times = 0; times < least; times += 1) this.#add(part);
    if (most === Infinity) {
      const split = this.#reserve();
      this.#add(part);
      this.#jump(this.#reserve(), split);
      this.#split(split, split + 1, this.#steps.length);
      return;
    }
    const splits: number[] = [];
    for (let times = least; times < most; times += 1) {
      splits.push(this.#reserve());
      this.#add(part);
    }
    for (const split of splits) this.#split(split, split + 1, this.#steps.length);
  }

  /** The place of a step that is said later. */
  #reserve(): number {
    return this.#steps.push({kind: 'end'}) - 1;
  }

  #split(place: number, first: number, second: number): void {
    this.#steps[place] = {kind: 'split', first, second};
  }

  #jump(place: number, to: number): void {
    this.#split(place, to, to);
  }
}
