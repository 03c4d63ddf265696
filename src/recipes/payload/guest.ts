import type {ImageDefinition} from '../../config/image.ts';
import {LeanosError} from '../../core/error.ts';
import {libraryPackage} from '../../core/library-packages.ts';
import {splitWords} from '../../core/words.ts';
import type {Payload} from '../../formats/payload/payload.ts';
import type {Plan, Step} from '../../pipeline/plan.ts';
import {payloadFile, type TakenFile} from '../../stages/payload/payload-file.ts';
import {payloadTree} from '../../stages/payload/payload-tree.ts';
import {planBases} from '../base.ts';
import {planPrograms} from '../guest.ts';
import {planLinux} from '../linux.ts';
import type {Service} from '../services.ts';
import type {ModeRecipe} from './mode-recipe.ts';
import type {PayloadImageRequest, PayloadRequest} from './payload-request.ts';
import {devices, PAYLOAD_FOLDER, RUNNERS, type Runner} from './runners.ts';

/** The name of the payload's service, and of the user that it runs as. */
const PAYLOAD = 'payload';
/** CAP_NET_BIND_SERVICE of linux/capability.h: ports below 1024. */
const BIND_SERVICE = 10;

/** The lean Linux runs the payload as its one application. */
export const guestMode: ModeRecipe = {
  without: {},
  besideMib: () => 192,
  refusal: ({payload}) => (typeof payload.modes.guest === 'string' ? payload.modes.guest : undefined),
  definition(image, {payload, arch}) {
    const runner = mustRun(payload);
    mustHavePackages(image, runner.needs(payload));
    const named = new Set(image.packages.debian.map(({name}) => name));
    const more = [...new Set(runner.packages(payload))].filter((name) => !named.has(name));
    return {
      ...image,
      packages: {...image.packages, debian: [...image.packages.debian, ...more.map((name) => ({name}))]},
      modules: {...image.modules, usr: [...image.modules.usr, ...runner.modules(arch)]},
    };
  },
  plan(plan, request) {
    const runner = mustRun(request.payload.payload);
    mustBeWhole(request.payload, runner);
    return planLinux(plan, request, {
      overlays: [
        planTree(plan, request, runner),
        ...(runner.tree === undefined ? [] : [runner.tree(plan, request, wordsOf(request.payload))]),
        ...(runner.programs === undefined ? [] : [planPrograms(plan, request, runner.programs)]),
      ],
      services: [payloadService(request, runner)],
    });
  },
};

function mustRun({modes: {guest}}: Payload): Runner {
  if (typeof guest === 'string') throw new Error(`mode guest was chosen for what it cannot run: ${guest}`);
  return RUNNERS[guest.runner];
}

/**
 * What a program needs comes from packages: of those that are known, and of those that the definition names, which a stage looks at.
 * @throws LeanosError CONFIG_INVALID where nothing can have it
 */
function mustHavePackages({base, packages, payload}: ImageDefinition, needs: readonly string[]): void {
  if (needs.length > 0 && base.userland !== 'debian')
    throw new LeanosError(
      'CONFIG_INVALID',
      `the payload needs ${needs.join(', ')}, and a userland of ${base.userland} has no shared libraries`,
      {
        hint: '--base debian has them; a program that is linked statically needs none',
      },
    );
  const unknown = needs.filter((name) => libraryPackage(name) === undefined);
  const isNamed = packages.debian.length > 0 || (payload?.files ?? []).length > 0;
  if (unknown.length === 0 || isNamed) return;
  throw new LeanosError(
    'CONFIG_INVALID',
    `the payload needs ${unknown.join(', ')}, and leanos does not know which package has that`,
    {
      hint: `packages: […] in the image's definition names it; \`apt-file search ${unknown[0] ?? ''}\` tells its name`,
    },
  );
}

/** @throws LeanosError CONFIG_INVALID where a file or a disk is not given that it cannot do without, or is for nothing */
function mustBeWhole(request: PayloadRequest, {files}: Runner): void {
  const given = new Set(request.files.map(({name}) => name));
  const missing = Object.entries(files).filter(([name]) => !given.has(name));
  const disks = new Set(request.disks.map(({name}) => name));
  const blocks = devices(request, 'block').filter((name) => !disks.has(name));
  const lines = [
    ...missing.map(([name, how]) => `payload.files: ${name} is needed to run it. ${how}`),
    ...blocks.map((name) => `payload.disks: it asks for a disk ${name}, and none of that name is given`),
    ...(splitWords(request.wanted.args) === undefined ? ['payload.args: a quote is not closed'] : []),
  ];
  if (lines.length > 0) throw new LeanosError('CONFIG_INVALID', lines.join('\n'));
}

/** Its files, each where the guest has it. */
function planTree(plan: Plan, request: PayloadImageRequest, {tree}: Runner): Step {
  const {file, files, disks} = request.payload;
  const placed: readonly {readonly file: TakenFile; readonly path: string; readonly mode: number}[] = [
    ...(tree === undefined ? [{file, path: programPath(file), mode: 0o755}] : []),
    ...files.map(({name, file: each}) => ({file: each, path: `${PAYLOAD_FOLDER}/${name}`, mode: 0o755})),
    ...disks.map(({name, file: each}) => ({
      file: each,
      path: `${PAYLOAD_FOLDER}/disks/${name}`,
      mode: 0o644,
    })),
  ];
  const inputs = placed.map(({file: each}, index): [string, Step] => [
    `file-${index}`,
    plan.add(payloadFile, each, {}),
  ]);
  const {userland} = planBases(plan, request);
  return plan.add(
    payloadTree,
    {files: placed.map(({path, mode}, index) => ({input: `file-${index}`, path, mode}))},
    {...Object.fromEntries(inputs), userland: userland.userland()},
  );
}

/** Where the guest has the payload itself: what is packed has lost the ending that says so. */
function programPath({name, packing}: TakenFile): string {
  return `${PAYLOAD_FOLDER}/${packing === null ? name : name.replace(/\.(gz|xz|zst)$/, '')}`;
}

function payloadService(request: PayloadImageRequest, runner: Runner): Service {
  const {payload} = request;
  const {wanted, disks} = payload;
  const written = disks.filter(({readOnly}) => !readOnly).map(({name}) => name);
  const isForeign = runner.confinesItself !== true && payload.payload.machine !== request.arch.name;
  return {
    name: PAYLOAD,
    command: runner.command(payload, `/${programPath(payload.file)}`, wordsOf(payload)),
    environment: {
      ...(needsLibraries(payload) ? {LD_LIBRARY_PATH: `/${PAYLOAD_FOLDER}`} : {}),
      ...wanted.environment,
    },
    user: runner.confinesItself === true ? 'root' : PAYLOAD,
    onEnd: wanted.onExit ?? 'restart',
    after: [],
    onConsole: true,
    capabilities: [BIND_SERVICE],
    prepare: [...(written.length === 0 ? [] : ['disks']), ...runner.prepare],
    confinesItself: runner.confinesItself === true,
    ...(wanted.memoryBytes === undefined ? {} : {memoryBytes: wanted.memoryBytes}),
    more: {
      DISKS: written.join(' '),
      // A filter is for the system calls of one architecture.
      ...(isForeign ? {FILTER: '0'} : {}),
      ...runner.row(payload),
    },
  };
}

function wordsOf({wanted}: PayloadRequest): string[] {
  return splitWords(wanted.args) ?? [];
}

/** Libraries that the user gave it are beside it. */
function needsLibraries({payload, files}: PayloadRequest): boolean {
  return files.length > 0 && payload.forms.some(({form}) => form === 'program, dynamic');
}
