import {z} from 'zod';
import {IMAGE_KEYS} from './image-keys.ts';
import {imageSchema} from './image.ts';

/** A part of a JSON schema, as far as keys go. */
interface Node {
  properties?: Record<string, Node>;
  anyOf?: Node[];
  /** What every other key of a map is. */
  additionalProperties?: Node | boolean;
  description?: string;
  examples?: unknown[];
}

/** images/schema.json, which editors read: what definitions are checked against, and what each key means. */
export function imageJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(imageSchema) as Node & Record<string, unknown>;
  for (const {path, node} of keysOf(schema)) {
    const fact = IMAGE_KEYS[path];
    if (fact === undefined) continue;
    node.description = fact.description;
    node.examples = [fact.example];
  }
  return {...schema, title: 'leanos image'};
}

/** Every key that a definition may have: `usr.level`; those of a map whose keys have any name: `services.*.run`. */
export function imageKeyPaths(): string[] {
  return [...new Set(keysOf(z.toJSONSchema(imageSchema) as Node).map(({path}) => path))];
}

function keysOf(schema: Node, above = ''): {path: string; node: Node}[] {
  const forms = [schema, ...(schema.anyOf ?? [])];
  return forms.flatMap(({properties = {}, additionalProperties}) => [
    ...Object.entries(properties).flatMap(([name, node]) => {
      const path = above === '' ? name : `${above}.${name}`;
      return [{path, node}, ...keysOf(node, path)];
    }),
    ...(typeof additionalProperties === 'object' ? keysOf(additionalProperties, `${above}.*`) : []),
  ]);
}

/** docs/images.md: a section for each key, and its examples. */
export function imageDocument(): string {
  const sections = Object.entries(IMAGE_KEYS).map(([path, {description, example}]) => {
    const level = path.includes('.') ? '###' : '##';
    return `${level} ${path}\n\n${description}\n\n    ${path.split('.').at(-1) ?? ''}: ${JSON.stringify(example)}\n`;
  });
  return `# Image definitions\n\nAn image is a file \`images/NAME.yaml\`. All keys have defaults; an empty file is an image. This page is made from the keys\nthemselves (\`src/config/image-keys.ts\`), as \`images/schema.json\` is, which editors read.\n\n${sections.join('\n')}`;
}

/** The section of docs/images.md about a key of a definition: `usr`. */
export function imageDocumentAnchor(path: string): string {
  const [key = ''] = path.split(/[.[]/);
  return IMAGE_KEYS[key] === undefined ? '' : `#${key}`;
}
