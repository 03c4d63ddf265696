import type {PackageRelations} from '../system/apt.ts';

/** The names of the packages that some depend on, themselves too, by no way through those that are left out. */
export function reachable(
  names: readonly string[],
  relations: readonly PackageRelations[],
  left: ReadonlySet<string>,
): Set<string> {
  const found = new Set<string>();
  const waiting = [...names];
  const standing = (name: string) =>
    relations.filter((each) => each.name === name || each.provides.includes(name));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const {name, dependencies} of standing(next)) {
      if (found.has(name) || left.has(name)) continue;
      found.add(name);
      waiting.push(...dependencies);
    }
  }
  return found;
}
