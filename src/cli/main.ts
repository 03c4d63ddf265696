import {LeanosError, exitStatus} from '../core/error.ts';
import {plainConsole} from '../console/plain.ts';
import {run} from '../system/run.ts';
import {hostArchitecture} from '../core/architecture.ts';
import {buildImage} from './build-image.ts';
import {workspace} from './workspace.ts';

const started = performance.now();
try {
  const result = await buildImage(
    {channel: 'alpha', image: 'test', arch: hostArchitecture().name, out: 'out', locked: false},
    {workspace: workspace(process.env), environment: process.env, run, report: plainConsole((t) => process.stderr.write(t))},
  );
  console.log(result.directory, result.artifacts.map((a) => `${a.path} ${a.bytes}`).join('\n'), ((performance.now() - started) / 1000).toFixed(2));
} catch (error) {
  console.error(error instanceof LeanosError ? `leanos: ${error.message}\n${error.hint ?? ''}` : error);
  process.exit(exitStatus(error));
}
