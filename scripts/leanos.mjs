// Starts the command line, after setting the checkout up where that is needed.
import {ensureCompiled, ensurePackages} from './setup.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 20)) {
  process.stderr.write(`leanos: Node.js 20.20 or newer is needed; found ${process.versions.node}\n`);
  process.stderr.write('  https://nodejs.org/en/download     says how to get it\n');
  process.exit(2);
}
ensurePackages();
await ensureCompiled();
await import('../dist/cli/main.js');
