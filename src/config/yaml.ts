import {
  constructFromEvents,
  EVENT_ID,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
  type Event,
} from 'js-yaml';
import {configError, type Diagnostic} from '../core/diagnostic.ts';

/** A definition is a page of text; what is larger was given by mistake. */
const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 32;
const MAX_ALIASES = 100;

export type Path = readonly (string | number)[];

/** A parsed document that knows where each of its values stands. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** A diagnostic at a path: at the key for `key`, else at the value; at the nearest parent where the path is not there. */
  at(path: Path, message: string, place?: 'key' | 'value'): Diagnostic;
}

interface Place {
  readonly key: number;
  readonly value: number;
}

/** Parses one YAML document. `file` is its name in messages. @throws LeanosError CONFIG_INVALID with file:line:column */
export function parseYaml(bytes: Uint8Array, file: string): YamlDocument {
  const text = decodeText(bytes, file);
  const {events, value} = parse(text, file);
  const places = placesOf(events, text);
  return {
    file,
    value,
    at: (path, message, place = 'value') => ({
      file,
      ...lineAndColumn(text, nearest(places, path)[place]),
      path: formatPath(path),
      message,
    }),
  };
}

/** `a.b[0].c` */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('');
}

function decodeText(bytes: Uint8Array, file: string): string {
  const whole = (message: string) => configError([{file, line: 1, column: 1, path: '', message}]);
  if (bytes.length > MAX_BYTES) {
    throw whole(`the file has ${bytes.length} bytes; a definition has at most ${MAX_BYTES}`);
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) throw whole(`this is no text: byte ${nul} is zero; a definition is YAML in UTF-8`);
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    throw whole('this is no text: it is not valid UTF-8; a definition is YAML in UTF-8');
  }
}

function parse(text: string, file: string): {events: Event[]; value: unknown} {
  try {
    const events = parseEvents(text, {maxDepth: MAX_DEPTH});
    const values = constructFromEvents(events, {source: text, maxAliases: MAX_ALIASES});
    if (values.length > 1) throw new YAMLException('more than one document; a definition is a single one');
    return {events, value: values[0] ?? null};
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const {line, column} = error.mark ?? {line: 0, column: 0};
    throw configError([{file, line: line + 1, column: column + 1, path: '', message: error.reason}]);
  }
}

/** The offsets of each key and value, by the JSON of its path. */
function placesOf(events: readonly Event[], text: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  let next = 0;
  const visit = (path: Path, key: number | undefined): void => {
    const event = events[next];
    next += 1;
    if (event === undefined) return;
    const start = startOf(event);
    places.set(JSON.stringify(path), {key: key ?? start, value: start});
    if (event.type === EVENT_ID.SEQUENCE) visitItems(path);
    if (event.type === EVENT_ID.MAPPING) visitPairs(path);
  };
  const visitItems = (path: Path): void => {
    for (let index = 0; events[next]?.type !== EVENT_ID.POP; index += 1) visit([...path, index], undefined);
    next += 1;
  };
  const visitPairs = (path: Path): void => {
    for (let event = events[next]; event !== undefined && event.type !== EVENT_ID.POP; event = events[next]) {
      const name = event.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : '';
      const key = startOf(event);
      if (event.type === EVENT_ID.SCALAR) next += 1;
      else visit([...path, name], key); // a key that is a list or a map: walked over, the schema refuses it
      visit([...path, name], key);
    }
    next += 1;
  };
  while (next < events.length) {
    const type = events[next]?.type;
    if (type === EVENT_ID.DOCUMENT || type === EVENT_ID.POP) next += 1;
    else visit([], undefined);
  }
  return places;
}

/** Of these the text begins behind a quotation mark. */
const QUOTED: readonly number[] = [SCALAR_STYLE.SINGLE_QUOTED, SCALAR_STYLE.DOUBLE_QUOTED];

function startOf(event: Event): number {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return Math.max(0, event.valueStart - (QUOTED.includes(event.style) ? 1 : 0));
    case EVENT_ID.ALIAS:
      return Math.max(0, event.anchorStart - 1);
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return Math.max(0, event.start);
    default:
      return 0;
  }
}

function nearest(places: ReadonlyMap<string, Place>, path: Path): Place {
  for (let length = path.length; length >= 0; length -= 1) {
    const place = places.get(JSON.stringify(path.slice(0, length)));
    if (place !== undefined) return place;
  }
  return {key: 0, value: 0};
}

function lineAndColumn(text: string, offset: number): {line: number; column: number} {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return {line: before.split('\n').length, column: Array.from(text.slice(lineStart, offset)).length + 1};
}
