import type {z} from 'zod';
import type {Diagnostic} from '../core/diagnostic.ts';
import {suggest} from '../core/suggest.ts';
import type {Path, YamlDocument} from './yaml.ts';

/** What a zod schema finds wrong in a document, in leanos' words and at the place in the file. */
export function diagnose(document: YamlDocument, schema: z.ZodType): Diagnostic[] {
  const result = schema.safeParse(document.value, {reportInput: true});
  return result.success ? [] : result.error.issues.flatMap((issue) => explain(document, schema, issue));
}

function explain(document: YamlDocument, schema: z.ZodType, issue: z.core.$ZodIssue): Diagnostic[] {
  const path = issue.path as Path;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        document.at([...path, key], `unknown key${didYouMean(key, keysAt(schema, path))}`, 'key'),
      );
    case 'invalid_type':
      return [document.at(path, wrongType(issue))];
    case 'invalid_value':
      return [document.at(path, wrongValue(issue))];
    case 'invalid_union':
      return nearestBranch(issue).flatMap((inner) =>
        explain(document, schema, {...inner, path: [...issue.path, ...inner.path]}),
      );
    case 'invalid_key':
      return issue.issues.map(({message}) =>
        document.at(path, `found key ${show(path.at(-1))}; ${message}`, 'key'),
      );
    default:
      return [document.at(path, `found ${show(issue.input)}; ${issue.message}`)];
  }
}

/** What is wrong by the form, of several that the value is of at all, with which the least is wrong; else by the first. */
function nearestBranch({
  errors,
  input,
  path,
  message,
}: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] {
  const ofForm = (issues: readonly z.core.$ZodIssue[]) =>
    !issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0);
  const [nearest] = errors.filter(ofForm).sort((a, b) => a.length - b.length);
  return nearest ?? errors[0] ?? [{code: 'custom', input, path, message}];
}

function wrongType({expected, input}: {expected: string; input?: unknown}): string {
  if (input === undefined) return `missing; ${article(expected)} is needed`;
  return `found ${describe(input)}, ${article(expected)} is needed`;
}

function wrongValue({values, input}: {values: readonly unknown[]; input?: unknown}): string {
  const known = values.map(String);
  return `found ${show(input)}; known: ${known.join(', ')}${didYouMean(String(input), known)}`;
}

function didYouMean(word: string, known: readonly string[]): string {
  const near = suggest(word, known);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** The keys that a schema knows at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let node = unwrap(schema);
  for (const part of path) {
    const next = typeof part === 'number' ? elementOf(node) : shapeOf(node)?.[part];
    if (next === undefined) return [];
    node = unwrap(next);
  }
  return Object.keys(shapeOf(node) ?? {});
}

type Inner = {
  readonly _zod?: {readonly def?: {readonly innerType?: z.ZodType; readonly element?: z.ZodType}};
  readonly shape?: Record<string, z.ZodType>;
};

function unwrap(schema: z.ZodType): z.ZodType {
  const inner = (schema as unknown as Inner)._zod?.def?.innerType;
  return inner === undefined ? schema : unwrap(inner);
}

function elementOf(list: z.ZodType): z.ZodType | undefined {
  return (list as unknown as Inner)._zod?.def?.element;
}

function shapeOf(schema: z.ZodType): Record<string, z.ZodType> | undefined {
  return (schema as unknown as Inner).shape;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
};

function article(type: string): string {
  return TYPE_WORDS[type] ?? type;
}

function describe(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of keys';
  return `${article(typeof value)} (${show(value)})`;
}

/** A value for a message: short, on one line, quoted. */
function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
