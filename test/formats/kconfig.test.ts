import {expect, test} from 'vitest';
import {conditionsOf, notKept, parseConfig, unmet} from '../../src/formats/kconfig.ts';

const FILES: Readonly<Record<string, string>> = {
  Kconfig: `mainmenu "x"
source "net/Kconfig"
menu "Drivers"
	depends on HAS_IOMEM
choice
	help
	  What follows
	  depends on luck.
endchoice
source "drivers/Kconfig"
endmenu
`,
  'net/Kconfig': `menuconfig NET
	bool "Networking"
if NET
config INET
	bool "TCP/IP"
	depends on !S390 || \\
		UML
config VLAN
	tristate
	depends on INET && (BRIDGE || NETDEVICES)
endif
`,
  'drivers/Kconfig': `config DEEP
	bool "deep" # a comment
	depends on VLAN=y && MODE != "small" # and why
	help
	  It

	  depends on nothing, says the help.
`,
};
const read = (path: string): string | undefined => FILES[path];

test('a configuration is read as make reads it: a later line wins', () => {
  expect([
    ...parseConfig(
      'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C="x y"\n# a comment\nCONFIG_A=n\nCONFIG_D=64\n',
    ),
  ]).toEqual([
    ['CONFIG_A', 'n'],
    ['CONFIG_B', 'n'],
    ['CONFIG_C', '"x y"'],
    ['CONFIG_D', '64'],
  ]);
});

test('what was asked for and is not there is named; what was to be off may be missing', () => {
  const asked = parseConfig('A=y\nB=64\n# C is not set\nD=y\nE=n\n');
  expect(notKept(asked, parseConfig('A=y\nB=16\nD=m\n'))).toEqual(['B', 'D']);
  expect(notKept(asked, parseConfig('A=y\nB=64\nC=y\nD=y\n'))).toEqual(['C']);
});

test('the conditions of a symbol are its own, and those of the menus and ifs around it', () => {
  expect(conditionsOf('INET', 'Kconfig', read)).toEqual(['NET', '!S390 ||  UML']);
  expect(conditionsOf('DEEP', 'Kconfig', read)).toEqual(['HAS_IOMEM', 'VLAN=y && MODE != "small"']);
  expect(conditionsOf('NONE', 'Kconfig', read)).toBeUndefined();
});

test.each([
  ['A && B', 'C_A=y\nC_B=y\n', []],
  ['A && B', 'C_A=y\n', ['B']],
  ['A && (B || C)', 'C_A=y\nC_C=m\n', []],
  ['(A && !B) && D=y', 'C_A=y\nC_B=y\nC_D=m\n', ['!B', 'D=y']],
  ['(A) || (B)', '', ['(A) || (B)']],
  ['MODE != "small"', 'C_MODE="small"\n', ['MODE != "small"']],
  ['y', '', []],
])('of %s, what a configuration lacks', (condition, config, expected) => {
  expect(unmet([condition], parseConfig(config), 'C_')).toEqual(expected);
});
