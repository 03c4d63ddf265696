import {elfSection, withEmptySections} from './elf.ts';

/** What a kernel module says of itself in its `.modinfo` section (include/linux/module.h). */
export interface ModuleInfo {
  readonly name: string;
  /** Names of the modules it needs. */
  readonly depends: readonly string[];
  /** Patterns of the devices it drives, as in modules.alias. */
  readonly aliases: readonly string[];
}

/** Reads an uncompressed module. */
export function decodeModuleInfo(module: Buffer): ModuleInfo {
  const section = elfSection(module, '.modinfo');
  const pairs = (section?.toString('latin1') ?? '').split('\0').map((pair) => pair.split(/=(.*)/s));
  const values = (key: string) => pairs.filter(([name]) => name === key).map(([, value]) => value ?? '');
  return {
    name: moduleName(values('name')[0] ?? ''),
    depends: values('depends')
      .flatMap((list) => list.split(','))
      .filter((name) => name !== '')
      .map(moduleName),
    aliases: values('alias'),
  };
}

// scripts/sign-file.c: the signature, a struct module_signature (include/linux/module_signature.h), and this text.
const SIGNED = Buffer.from('~Module signature appended~\n');
const SIGNATURE_STRUCT_BYTES = 12;
/** Type data for BPF's compile-once programs, a tenth of a module, which a lean guest has no use for. */
const TYPE_SECTIONS = ['.BTF', '.BTF.base'];

/** A module without type data, and so without its signature, which would no longer hold. */
export function leanModule(module: Buffer): Buffer {
  return withEmptySections(withoutSignature(module), TYPE_SECTIONS);
}

function withoutSignature(module: Buffer): Buffer {
  const text = module.length - SIGNED.length;
  if (!module.subarray(text).equals(SIGNED)) return module;
  const signatureBytes = module.readUInt32BE(text - 4);
  return module.subarray(0, text - SIGNATURE_STRUCT_BYTES - signatureBytes);
}

/** A module's name in its one form: the kernel takes `-` and `_` for the same. */
export function moduleName(name: string): string {
  return name.replaceAll('-', '_');
}

/** The name of the module in a file such as `kernel/fs/ext4/ext4.ko.xz`. */
export function moduleNameOfFile(path: string): string {
  return moduleName((path.split('/').at(-1) ?? '').replace(/\.ko(\.\w+)?$/, ''));
}

/** A module that goes into an image: where it lies below `lib/modules/RELEASE/`, and what it says of itself. */
export interface PlacedModule {
  readonly path: string;
  readonly info: ModuleInfo;
}

/**
 * The text of modules.dep (modules.dep(5)): for each module all that must be loaded first, in the order in which modprobe
 * unloads, that is, the nearest first.
 */
export function formatModulesDep(modules: readonly PlacedModule[]): string {
  const byName = new Map(modules.map((module) => [module.info.name, module]));
  const line = ({path, info}: PlacedModule) =>
    `${path}:${closure(info, byName)
      .map((name) => ` ${byName.get(name)?.path ?? ''}`)
      .join('')}\n`;
  return modules.map(line).join('');
}

/** The text of modules.alias: `alias PATTERN MODULE`. */
export function formatModulesAlias(modules: readonly PlacedModule[]): string {
  return modules.flatMap(({info}) => info.aliases.map((alias) => `alias ${alias} ${info.name}\n`)).join('');
}

function closure(info: ModuleInfo, byName: ReadonlyMap<string, PlacedModule>): string[] {
  const found: string[] = [];
  const visit = (names: readonly string[]): void => {
    for (const name of names) {
      const module = byName.get(name);
      if (module === undefined) continue; // built into the kernel
      const at = found.indexOf(name);
      if (at !== -1) found.splice(at, 1); // needed deeper down: it must come later in the line, so be loaded earlier
      found.push(name);
      visit(module.info.depends);
    }
  };
  visit(info.depends);
  return found;
}
