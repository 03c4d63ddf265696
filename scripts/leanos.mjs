// Starts the command line, after setting the checkout up where that is needed.
import {ensureReady, NODE_FLOOR} from './setup.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
const [leastMajor, leastMinor] = NODE_FLOOR.split('.').map(Number);
if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
  process.stderr.write(`leanos: Node.js ${NODE_FLOOR} or newer is needed; found ${process.versions.node}\n`);
  process.stderr.write('  https://nodejs.org/en/download     says how to get it\n');
  process.exit(2);
}
await ensureReady();
await import('../dist/cli/main.js');
