import {baseName} from '../config/image.ts';
import type {Plan, Step} from '../pipeline/plan.ts';
import {releaseFiles} from '../stages/release/release-files.ts';
import {sourceName} from './buildroot.ts';
import {kernelCommandLine} from './command-line.ts';
import type {Deliverable} from './deliverable.ts';
import type {PackagePin} from '../system/apt.ts';
import type {ImageRequest} from './image-request.ts';
import type {ImageInputs} from './inputs.ts';
import {planDescriptions} from './payload/describe.ts';
import {describedPayload} from './payload/described-payload.ts';

/** The tools of all hosts that they are pinned for: what is said of a build is not to tell which of them made it. */
function toolsOfAll({hosts}: ImageInputs): PackagePin[] {
  const all = Object.values(hosts).flatMap(({tools, compiler, toolchain}) => [
    ...tools,
    ...compiler,
    ...toolchain,
  ]);
  return [...new Map(all.map((pin) => [pin.sha256, pin])).values()];
}

/** What has a say in the manifest beside the files themselves; nothing of it where there is no Linux. */
export type DescribedParts = {readonly userland?: Step; readonly usr?: Step};

/** The folder of files that the user gets, with the manifest, the SBOM, the provenance and the checksums of all of them. */
export function planRelease(
  plan: Plan,
  request: ImageRequest,
  made: readonly Deliverable[],
  described: DescribedParts,
  /** What Xen is told that starts the kernel. */
  hypervisorLine?: string,
): Step {
  const {image, arch, version, commit, inputs, buildroot, payload} = request;
  const deliverables = [
    ...made,
    ...(payload === undefined ? [] : planDescriptions(plan, {...request, payload}, made)),
  ];
  const hasLinux = described.userland !== undefined;
  return plan.add(
    releaseFiles,
    {
      name: `leanos-${version}-${image.name}-${arch.name}`,
      ...(buildroot === undefined ? {} : {buildroot: sourceName(buildroot.source)}),
      identity: {
        version,
        image: image.name,
        arch: arch.name,
        base: baseName(image.base),
        commit: commit ?? null,
      },
      ...(hasLinux
        ? {
            commandLine: {
              disk: kernelCommandLine(image, arch, {slot: 'A'}),
              ram: kernelCommandLine(image, arch, {}),
              ...(hypervisorLine === undefined ? {} : {hypervisor: hypervisorLine}),
            },
          }
        : {}),
      ...(payload === undefined ? {} : {payload: describedPayload(payload)}),
      files: deliverables.map(({kind, format, file, suffix}) => ({
        kind,
        format,
        input: suffix,
        source: file,
        suffix,
      })),
      inputs: {
        kernel: hasLinux ? inputs.kernel : [],
        // The C library of the toolchain is in every static program.
        boot: [
          ...inputs.boot,
          ...inputs.hypervisor,
          ...inputs.sysroot.filter(({name}) => name === 'musl-dev'),
          ...inputs.libc,
        ],
        tools: toolsOfAll(inputs),
      },
    },
    {...Object.fromEntries(deliverables.map(({suffix, step}) => [suffix, step])), ...described},
  );
}
