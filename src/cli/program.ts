import {Argument, Command, Option} from 'commander';
import {commandTable, SHELLS, type Shell} from './command-table.ts';
import {FIRMWARES, type RunOptions, type TestOptions} from './machine-options.ts';
import type {PlanOptions} from './commands/plan.ts';
import type {PublishCommandOptions} from './commands/publish.ts';
import type {PullOptions} from './commands/pull.ts';
import type {RegistryFlags} from './commands/push.ts';
import type {ReleaseOptions} from './commands/release.ts';
import type {Context} from './context.ts';
import {addPort} from './forwarded-ports.ts';
import {addImageOptions, archOption, withArgument, wholeNumber, type ImageOptions} from './image-options.ts';
import {LEAST_MEMORY_MIB, MOST_MEMORY_MIB} from '../vm/machine-memory.ts';

/** The command line. Each command's own file is loaded when it is called, so that `--help` and a cached build are quick. */
export function leanosCommand(context: Context): Command {
  const program = new Command('leanos')
    .description('Builds lean cloud guest images, boots them and tests them.')
    .version(context.workspace.version, '-V, --version')
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(leanos COMMAND --help     shows what there is)')
    .addHelpText('after', examples('leanos build --channel beta', 'leanos run', 'leanos test'));
  const makers = [
    init,
    build,
    plan,
    run,
    ssh,
    test,
    release,
    promote,
    rollout,
    keygen,
    publish,
    verify,
    push,
    pull,
  ];
  const commands = [...makers, doctor, lock, inspect, clean, completion];
  for (const command of commands) program.addCommand(command(context).copyInheritedSettings(program));
  return program;
}

function init(context: Context): Command {
  return new Command('init')
    .description(
      "begin a project of one's own: an image, channels, an overlay, a test, a CI workflow; overwrite nothing",
    )
    .argument('[folder]', 'where; its name becomes the name of the image', '.')
    .addHelpText('after', examples('leanos init web', 'cd web && leanos build'))
    .action(async (folder: string) => {
      await (await import('./commands/init.ts')).initCommand(folder, context);
    });
}

function build(context: Context): Command {
  return addImageOptions(
    new Command('build').description('build an image; say where it is, how big, and how to boot it'),
  )
    .option('--json', 'print one JSON value on standard output, everything else on standard error')
    .addHelpText(
      'after',
      examples(
        'leanos build',
        'leanos build --channel beta --format qcow2,raw',
        'leanos build minimal --arch aarch64 --json',
      ),
    )
    .action(async (argument: string | undefined, options: ImageOptions & {json?: boolean}) => {
      await (await import('./commands/build.ts')).buildCommand(withArgument(argument, options), context);
    });
}

function plan(context: Context): Command {
  return addImageOptions(
    new Command('plan').description(
      'print the stages, their keys, and whether the store has them; build nothing',
    ),
  )
    .option('--why <package>', 'say instead who asked for a package of Debian, and what it costs')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      examples('leanos plan', 'leanos plan --image test --arch aarch64', 'leanos plan --why libc6'),
    )
    .action(async (argument: string | undefined, options: PlanOptions) => {
      await (await import('./commands/plan.ts')).planCommand(withArgument(argument, options), context);
    });
}

function run(context: Context): Command {
  return addMachineOptions(addImageOptions(new Command('run')))
    .description('boot an image in QEMU with its console here; ctrl-a x leaves')
    .option('--user-data <file>', 'what the seed brings as user-data')
    .option(
      '--ssh-port <port>',
      'the port of this machine that leads to ssh; default: a free one',
      wholeNumber(1, 65_535),
    )
    .option(
      '--port <[host:]guest>',
      'a port of the guest, such as 80, and where 8080:80 says so the one of this machine that leads to it; may be repeated',
      addPort,
    )
    .option('--cpu <words>', "the processor, as QEMU's -cpu takes it, such as max")
    .option('--disk <size>', "the disk's size, such as 2GiB; default: the image's own")
    .addHelpText(
      'after',
      examples(
        'leanos run',
        'leanos run --user-data setup.sh --memory 512',
        'leanos run --port 8080:80',
        'leanos run test --firmware uefi',
      ),
    )
    .action(async (argument: string | undefined, options: RunOptions) => {
      await (await import('./commands/run.ts')).runCommand(withArgument(argument, options), context);
    });
}

function ssh(context: Context): Command {
  return new Command('ssh')
    .description('a shell on what `leanos run` booted last, or one command')
    .argument('[command...]', 'a command to run instead of a shell')
    .passThroughOptions()
    .addHelpText('after', examples('leanos ssh', 'leanos ssh -- uname -a'))
    .action(async (command: string[]) => {
      await (await import('./commands/ssh.ts')).sshCommand(command, context);
    });
}

function test(context: Context): Command {
  return addMachineOptions(addImageOptions(new Command('test')))
    .description('boot an image on every path it has, check its promises over ssh, and record the result')
    .option('--json', 'print one JSON value on standard output, everything else on standard error')
    .option('--junit <file>', "also write the results in JUnit's format, with the consoles' logs beside it")
    .addHelpText(
      'after',
      examples('leanos test', 'leanos test --image cirros', 'leanos test --junit build/leanos.xml'),
    )
    .action(async (argument: string | undefined, options: TestOptions) => {
      await (await import('./commands/test.ts')).testCommand(withArgument(argument, options), context);
    });
}

function release(context: Context): Command {
  return new Command('release')
    .description(
      'make a release on alpha: build all that alpha is for, record the digests, point alpha to it',
    )
    .option('--fix', 'mend the release that alpha points to: PATCH rises, DAYS stays')
    .option('--feature', 'add something compatible to it: MINOR rises, DAYS stays')
    .option('--dry-run', 'show the plan, change nothing')
    .option('--out <folder>', "where the files go; default: out in the project's folder")
    .option('--json', 'print one JSON value on standard output, everything else on standard error')
    .addHelpText('after', examples('leanos release --dry-run', 'leanos release', 'leanos release --fix'))
    .action(async (options: ReleaseOptions) => {
      await (await import('./commands/release.ts')).releaseCommand(options, context);
    });
}

function promote(context: Context): Command {
  return new Command('promote')
    .description('point a channel to what the one before it points to: alpha to beta, beta to stable')
    .argument('<from>', 'alpha or beta')
    .argument('<to>', 'beta or stable')
    .option('--dry-run', 'show the plan, change nothing')
    .option('--json', 'print one JSON value on standard output, everything else on standard error')
    .addHelpText('after', examples('leanos promote alpha beta --dry-run', 'leanos promote beta stable'))
    .action(async (from: string, to: string, options: {dryRun?: boolean; json?: boolean}) => {
      await (await import('./commands/promote.ts')).promoteCommand([from, to], options, context);
    });
}

function rollout(context: Context): Command {
  return new Command('rollout')
    .description('set the share of machines that may have what a channel points to')
    .argument('<channel>')
    .argument('<percent>')
    .option('--dry-run', 'show the plan, change nothing')
    .addHelpText('after', examples('leanos rollout stable 10', 'leanos rollout stable 100'))
    .action(async (channel: string, percent: string, options: {dryRun?: boolean}) => {
      await (await import('./commands/rollout.ts')).rolloutCommand([channel, percent], options, context);
    });
}

function keygen(context: Context): Command {
  return new Command('keygen')
    .description('make a key pair for releases, in the format of signify')
    .argument('<name>', 'NAME.pub and NAME.sec are written')
    .addHelpText('after', examples('leanos keygen ~/keys/leanos-2026'))
    .action(async (name: string) => {
      await (await import('./commands/keygen.ts')).keygenCommand(name, context);
    });
}

function publish(context: Context): Command {
  return new Command('publish')
    .description('bring what a channel points to, signed, to a folder or to another machine')
    .argument('<place>', 'a folder, or ssh://[USER@]HOST[:PORT]/FOLDER')
    .option('--channel <name>', 'a channel in channels/', 'alpha')
    .option('--key <file>', 'a secret key; again for a further signature', collect, [])
    .option('--out <folder>', "where the files of the build go; default: out in the project's folder")
    .option('--dry-run', 'show the plan, change nothing')
    .addHelpText(
      'after',
      examples(
        'leanos publish /srv/leanos --channel beta --key leanos-2026.sec',
        'leanos publish ssh://mirror/srv/leanos --key old.sec --key new.sec',
      ),
    )
    .action(async (place: string, options: PublishCommandOptions) => {
      await (await import('./commands/publish.ts')).publishCommand(place, options, context);
    });
}

function verify(context: Context): Command {
  return new Command('verify')
    .description('check the signature and every digest of a release folder')
    .argument('<folder>')
    .option('--key <file>', 'a public key; again for a further one', collect, [])
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      examples('leanos verify /srv/leanos/beta/4890.0.0/test-x86_64 --key leanos-2026.pub'),
    )
    .action(async (folder: string, options: {key: string[]; json?: boolean}) => {
      await (await import('./commands/verify.ts')).verifyCommand(folder, options, context);
    });
}

function push(context: Context): Command {
  return addRegistryOptions(addImageOptions(new Command('push'), {argument: false}))
    .description(
      'bring the files of an image, or a container image of it, to an OCI registry; what is there is not brought again',
    )
    .argument('<image>', 'an image, which is built; or a folder of a build, or of several of one version')
    .argument('<address>', 'oci://HOST/NAME:TAG; without :TAG the version is the tag')
    .addHelpText(
      'after',
      examples(
        'leanos push test oci://ghcr.io/example/leanos:beta --channel beta',
        'leanos push out/beta/4890.0.0 oci://localhost:5000/leanos     # all architectures that are there',
        'leanos push test oci://registry.example/leanos:1 --format oci     # podman run registry.example/leanos:1',
        'leanos push test oci://registry.example/disk:1 --format containerdisk     # containerDisk of KubeVirt',
        'leanos push /srv/leanos/stable/4890.0.0/test-x86_64 oci://registry.example/leanos:stable --ca ca.pem',
      ) + LOGIN_HELP,
    )
    .action(async (image: string, address: string, options: ImageOptions & RegistryFlags) => {
      await (await import('./commands/push.ts')).pushCommand([image, address], options, context);
    });
}

function pull(context: Context): Command {
  return addRegistryOptions(new Command('pull'))
    .description('bring the files of an image from an OCI registry, each with the digest that it must have')
    .argument('<address>', 'oci://HOST/NAME:TAG or oci://HOST/NAME@sha256:DIGEST')
    .argument('[folder]', 'where to; default: leanos-VERSION-IMAGE-ARCH')
    .addOption(archOption())
    .option('--key <file>', 'a public key that must have signed it; again for a further one', collect, [])
    .addHelpText(
      'after',
      examples(
        'leanos pull oci://ghcr.io/example/leanos:stable --key leanos-2026.pub',
        'leanos pull oci://localhost:5000/leanos:4890.0.0 images/ --arch aarch64',
      ) + LOGIN_HELP,
    )
    .action(async (address: string, folder: string | undefined, options: PullOptions) => {
      await (await import('./commands/pull.ts')).pullCommand([address, folder], options, context);
    });
}

const LOGIN_HELP = `
Who you are there: LEANOS_REGISTRY_USER and LEANOS_REGISTRY_PASSWORD, else what \`podman login\` or \`docker login\` has left.
`;

function addRegistryOptions(command: Command): Command {
  return command
    .option('--ca <file>', "the certificate of an authority that is believed beside the host's own")
    .option('--plain-http', 'without TLS, which a registry on this machine may lack anyway')
    .option('--json', 'print one JSON value on standard output, everything else on standard error');
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function doctor(context: Context): Command {
  return new Command('doctor')
    .description(
      'host tools: present or not, version, what for, and the one command that installs the missing',
    )
    .option('--fix', 'install what is missing, through apt')
    .option('--dev', "also what leanos' own tests need")
    .option('--buildroot', 'also what the Buildroot base needs')
    .addHelpText('after', examples('leanos doctor', 'leanos doctor --fix'))
    .action(async (options: {fix?: boolean; dev?: boolean; buildroot?: boolean}) => {
      await (await import('./commands/doctor.ts')).doctorCommand(options, context);
    });
}

function lock(context: Context): Command {
  return addImageOptions(new Command('lock'))
    .description('ask apt for the newest packages and pin them in locks/')
    .addHelpText(
      'after',
      examples(
        'leanos lock',
        'leanos lock --image test --arch aarch64',
        'leanos lock --every-arch',
        'leanos lock --base buildroot',
      ),
    )
    .option('--every-arch', 'for each architecture that the image is for, in place of one')
    .action(async (argument: string | undefined, options: ImageOptions & {everyArch?: boolean}) => {
      await (await import('./commands/lock.ts')).lockCommand(withArgument(argument, options), context);
    });
}

function inspect(context: Context): Command {
  return addRegistryOptions(new Command('inspect'))
    .description('say what a disk, a usr image, a kernel or an initramfs is, or what a registry has')
    .argument('<file>', 'a file, or oci://HOST/NAME:TAG')
    .addHelpText(
      'after',
      examples(
        'leanos inspect out/alpha/*/test-x86_64/*-disk.qcow2',
        'leanos inspect oci://ghcr.io/example/leanos:stable',
      ),
    )
    .action(async (file: string, options: RegistryFlags) => {
      await (await import('./commands/inspect.ts')).inspectCommand(file, options, context);
    });
}

function clean(context: Context): Command {
  return new Command('clean')
    .description('remove what was not used for long from the store, and the oldest until it is small enough')
    .option('--days <days>', 'keep what was used in the last days', wholeNumber(0, 36_500), 30)
    .option('--size <size>', 'keep at most this much', '5GiB')
    .option('--all', 'remove everything, downloads too')
    .option('--dry-run', 'say what would go, remove nothing')
    .addHelpText('after', examples('leanos clean', 'leanos clean --days 7 --size 1GiB', 'leanos clean --all'))
    .action(async (options: {days: number; size: string; all?: boolean; dryRun?: boolean}) => {
      await (await import('./commands/clean.ts')).cleanCommand(options, context);
    });
}

function completion(context: Context): Command {
  return new Command('completion')
    .description('print what completes the words of leanos in a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      examples(
        'eval "$(leanos completion bash)"',
        'leanos completion zsh > ~/.zfunc/_leanos',
        'leanos completion fish > ~/.config/fish/completions/leanos.fish',
      ),
    )
    .action(async (shell: Shell, _options: object, {parent}: Command) => {
      const table = parent === null ? [] : commandTable(parent);
      await (await import('./commands/completion.ts')).completionCommand(shell, table, context);
    });
}

function addMachineOptions(command: Command): Command {
  return command
    .addOption(new Option('--firmware <path>', 'how the machine comes to its kernel').choices(FIRMWARES))
    .option(
      '--memory <MiB>',
      'memory of the machine (default: 256, or what the payload needs)',
      wholeNumber(LEAST_MEMORY_MIB, MOST_MEMORY_MIB),
    );
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
