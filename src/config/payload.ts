import {z} from 'zod';
import {FILE_NAME} from '../core/names.ts';
import {parseSize} from '../core/size.ts';
import {isOciAddress} from '../formats/oci-address.ts';
import {AUTO_MODE, PAYLOAD_MODES, type PayloadMode} from '../formats/payload/modes.ts';

/** What happens when a payload ends: the machine is switched off, the payload starts anew, or the machine does. */
export const PAYLOAD_ENDS = ['poweroff', 'restart', 'reboot'] as const;

/** The modes by their names in `payload.mode` and `--payload-mode`. */
export const PAYLOAD_MODE_WORDS = [AUTO_MODE, ...PAYLOAD_MODES] as const;

const MIB = 2 ** 20;
const MOST_MEMORY = 2 ** 40;

const path = z
  .string()
  .regex(/^(?!\/)(?!.*\.\.)[\w./+-]+$/, 'a path in the project without a leading "/" is needed');
const pathOrAddress = z
  .string()
  .regex(
    /^(?:oci:\/\/\S+|(?!\/)(?!.*\.\.)[\w./+-]+)$/,
    'a path in the project without a leading "/", or an address in a registry, such as oci://HOST/NAME:TAG, is needed',
  );
const line = z.string().regex(/^[^\n\0]*$/, 'one line is needed');
const fileName = z.string().regex(FILE_NAME, 'the name of a file is needed, without folders');
const memory = z.string().refine(
  (text) => {
    const bytes = parseSize(text) ?? -1;
    return bytes >= MIB && bytes <= MOST_MEMORY && bytes % MIB === 0;
  },
  {message: 'a size of whole MiB is needed, such as 64MiB'},
);

/** `payload:` of a definition. */
export const payloadSchema = z.strictObject({
  /** A file of the project, or a container image's folder or address; `--payload` names one in its place. */
  file: pathOrAddress.optional(),
  mode: z.enum(PAYLOAD_MODE_WORDS).optional(),
  args: line.optional(),
  environment: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/, 'the name of a variable is needed'), line)
    .optional(),
  memory: memory.optional(),
  /** Files that it is given: multiboot's modules, or what a program finds beside itself. */
  files: z.array(z.strictObject({file: path, name: fileName.optional(), args: line.optional()})).optional(),
  /** Disks that it is given, by the names that it knows them by. */
  disks: z.array(z.strictObject({name: fileName, file: path, readOnly: z.boolean().optional()})).optional(),
  onExit: z.enum(PAYLOAD_ENDS).optional(),
});

export type PayloadFile = z.infer<typeof payloadSchema>;

/** A payload as a definition and the command line name it; paths are as the definition knows them. */
export interface PayloadDefinition {
  readonly file: string | undefined;
  readonly mode: PayloadMode | typeof AUTO_MODE;
  readonly args: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How much the payload itself is given; absent: what its mode finds right. */
  readonly memoryBytes: number | undefined;
  readonly files: readonly {readonly file: string; readonly name: string; readonly args: string}[];
  readonly disks: readonly {readonly name: string; readonly file: string; readonly readOnly: boolean}[];
  /** Absent: what its mode does by itself. */
  readonly onExit: (typeof PAYLOAD_ENDS)[number] | undefined;
}

/** Fills in what leanos takes where the file is silent. */
export function payloadDefinition(payload: PayloadFile): PayloadDefinition {
  return {
    file: payload.file,
    mode: payload.mode ?? AUTO_MODE,
    args: payload.args ?? '',
    environment: payload.environment ?? {},
    memoryBytes: payload.memory === undefined ? undefined : parseSize(payload.memory),
    files: (payload.files ?? []).map(({file, name, args}) => ({
      file,
      name: name ?? file.split('/').at(-1) ?? file,
      args: args ?? '',
    })),
    disks: (payload.disks ?? []).map(({name, file, readOnly}) => ({name, file, readOnly: readOnly ?? false})),
    onExit: payload.onExit,
  };
}

/** The same with the paths of files as they are known outside of the folder of the definition. */
export function withKnownFiles(payload: PayloadFile, known: (path: string) => string): PayloadFile {
  return {
    ...payload,
    ...(payload.file === undefined
      ? {}
      : {file: isOciAddress(payload.file) ? payload.file : known(payload.file)}),
    ...(payload.files === undefined
      ? {}
      : {files: payload.files.map((each) => ({...each, file: known(each.file)}))}),
    ...(payload.disks === undefined
      ? {}
      : {disks: payload.disks.map((each) => ({...each, file: known(each.file)}))}),
  };
}
