/**
 * An environment block of GRUB (grub-core/lib/envblk.c): a first line, NAME=VALUE lines, filled with `#`; GRUB's own have 1024
 * bytes, any size will do. GRUB's save_env writes only into one that is there.
 */
export function formatGrubEnvironment(values: Readonly<Record<string, string>>, bytes = 1024): string {
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
  return `# GRUB Environment Block\n${lines.join('')}`.padEnd(bytes, '#');
}
