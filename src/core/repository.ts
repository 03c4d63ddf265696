/** A repository of packages beside Debian's archives: where it is, and what of it counts. */
export interface RepositoryPlace {
  /** Its pins' addresses begin with `repository-NAME:`. */
  readonly name: string;
  readonly url: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** apt_preferences(5); undefined: 990 for what `packages` names, else that of every archive, by which the newest version wins. */
  readonly priority: number | undefined;
  /** All that is taken from it; undefined: whatever it has. */
  readonly packages: readonly string[] | undefined;
}
