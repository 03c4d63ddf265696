import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {processEnvironment} from '../../src/build/environment.ts';
import {prepareBuild} from '../../src/build/prepare.ts';
import {workspace} from '../../src/build/workspace.ts';
import {BuildrootRun, type BuildrootOptions} from '../../src/stages/buildroot/buildroot-run.ts';
import {executeSteps} from '../support/execute-steps.ts';
import {temporary} from '../support/temporary.ts';

const HELLO_MK = `HELLO_VERSION = 1.0
HELLO_SITE = $(HELLO_PKGDIR)/src
HELLO_SITE_METHOD = local
HELLO_LICENSE = Public domain

define HELLO_BUILD_CMDS
	$(TARGET_CC) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) -o $(@D)/hello $(@D)/hello.c
endef

define HELLO_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/hello $(TARGET_DIR)/usr/bin/hello
endef

$(eval $(generic-package))
`;
const CONFIG = (condition: string): string => `config BR2_PACKAGE_HELLO
	bool "hello"
	depends on ${condition}
	help
	  Says who it is.
`;
const FILES = {
  'images/web.yaml': 'extends: leanos/minimal\npackages: {buildroot: [hello]}\n',
  'buildroot-overlays/external.desc': 'name: ACME\ndesc: what acme runs\n',
  'buildroot-overlays/external.mk': 'include $(sort $(wildcard $(BR2_EXTERNAL_ACME_PATH)/package/*/*.mk))\n',
  'buildroot-overlays/Config.in': 'source "$BR2_EXTERNAL_ACME_PATH/package/hello/Config.in"\n',
  'buildroot-overlays/package/hello/Config.in': CONFIG('BR2_STATIC_LIBS'),
  'buildroot-overlays/package/hello/hello.mk': HELLO_MK,
  'buildroot-overlays/package/hello/src/hello.c':
    '#include <stdio.h>\n\nint main(void)\n{\n\tputs("hello from acme");\n\treturn 0;\n}\n',
};

/** Buildroot as the userland's stage drives it, for the image `web` of a project with these files beside those above. */
async function userlandOf(
  more: Readonly<Record<string, string>>,
): Promise<{readonly buildroot: BuildrootRun; readonly options: BuildrootOptions}> {
  const project = temporary();
  for (const [name, text] of Object.entries({...FILES, ...more})) {
    mkdirSync(dirname(join(project, name)), {recursive: true});
    writeFileSync(join(project, name), text);
  }
  const env = {...processEnvironment(), workspace: workspace(process.env, project)};
  const choice = {channel: 'alpha', image: 'web', arch: 'x86_64' as const, out: temporary(), locked: false};
  const prepared = await prepareBuild({...choice, buildroot: process.env['LEANOS_BUILDROOT']}, env);
  const userland = prepared.plan.steps.find(({stage}) => stage.name === 'buildroot-userland');
  if (userland === undefined) throw new Error('the plan has no userland of Buildroot');
  const names = Object.keys(userland.inputs);
  const folders = await executeSteps(Object.values(userland.inputs), prepared, env);
  const context = {
    run: env.run,
    progress: () => undefined,
    inputs: Object.fromEntries(names.map((name, index) => [name, folders[index]])),
  } as unknown as Parameters<typeof BuildrootRun.open>[1];
  return {
    buildroot: await BuildrootRun.open(temporary(), context),
    options: userland.options as BuildrootOptions,
  };
}

test('a package of the project’s own tree is configured beside leanos’ own', async () => {
  const {buildroot, options} = await userlandOf({});
  await buildroot.configure(options, 'busybox.fragment');
  const {packages} = await buildroot.describe([]);
  const names = packages.map(({name}) => name);
  expect(names).toEqual(expect.arrayContaining(['busybox', 'hello', 'signify']));
  expect(packages.find(({name}) => name === 'hello')).toMatchObject({
    type: 'target',
    version: '1.0',
    files: [],
  });
});

test('it is built', async () => {
  const {buildroot, options} = await userlandOf({});
  await buildroot.configure(options, 'busybox.fragment');
  await buildroot.build(['hello'], {count: 1, last: {}});
  const program = join(buildroot.out, 'per-package/hello/target/usr/bin/hello');
  expect(execFileSync(program, {encoding: 'utf8'})).toBe('hello from acme\n');
});

test('a package of the project’s that is not kept is told why, as one of Buildroot’s own', async () => {
  const {buildroot, options} = await userlandOf({
    'buildroot-overlays/package/hello/Config.in': CONFIG('!BR2_STATIC_LIBS'),
  });
  await expect(buildroot.configure(options, 'busybox.fragment')).rejects.toMatchObject({
    message: expect.stringContaining('BR2_PACKAGE_HELLO: it depends on !BR2_STATIC_LIBS') as string,
  });
});

test('a package that is called as one of Buildroot’s own is refused before anything is configured', async () => {
  await expect(
    userlandOf({'buildroot-overlays/package/less/less.mk': HELLO_MK.replaceAll('HELLO', 'LESS')}),
  ).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(
      /^buildroot-overlays\/package\/less\/less\.mk:1:1: Buildroot has a package of this name, package\/less\/less\.mk; give yours another/,
    ) as string,
  });
});
