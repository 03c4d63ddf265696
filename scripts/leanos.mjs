// Starts the command line, after setting the checkout up where that is needed.
import {ensureCompiled, ensurePackages} from './setup.mjs';

ensurePackages();
ensureCompiled();
await import('../dist/cli/main.js');
