/** A challenge of a server that wants to know who asks: RFC 9110, 11.6.1. */
export interface Challenge {
  /** In small letters: `basic`, `bearer`. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The challenges of a WWW-Authenticate header, in its order. */
export function parseChallenges(header: string): Challenge[] {
  const found: {scheme: string; parameters: Record<string, string>}[] = [];
  const words = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g;
  for (const [, name = '', quoted, plain] of header.matchAll(words)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    const last = found.at(-1);
    if (value === undefined) found.push({scheme: name.toLowerCase(), parameters: {}});
    else if (last !== undefined) last.parameters[name.toLowerCase()] = value;
  }
  return found;
}
