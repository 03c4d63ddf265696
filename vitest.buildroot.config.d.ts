/** The real Buildroot: minutes to hours. `npm run test:buildroot` runs it; the default tests do not. */
declare const _default: import("vite").UserConfig;
export default _default;
