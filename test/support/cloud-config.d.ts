import { type FakeMachine } from './ash.ts';
/** Owners cannot be changed and nothing may be mounted or switched off in a test: that is noted in `done`. */
export declare const LIBRARIES = "for l in system per platform seed http user-data accounts flat cloud-config cloud-config/users cloud-config/files cloud-config/end; do . \"$ROOT/usr/lib/leanos/$l.sh\"; done\nfor name in chown mount swapon poweroff reboot halt restart_ssh sleep; do eval \"$name() { echo $name \\\"\\$*\\\" | sed \\\"s,$ROOT,,\\\" >>\\\"$ROOT/done\\\"; }\"; done\nrun_program() { ( cd \"$ROOT\"; sh \"$1\" ) >>\"$ROOT/dev/console\" 2>&1; }\nload_config; data=$ROOT/run/leanos/datasource/data; DIR=$ROOT/run/leanos; parts=$ROOT/parts; mkdir -p \"$parts\";";
/** What leanos-userdata does with configurations. */
export declare const CONFIGURE = "open_configs; configure; configure_late; finish_config;";
/** A machine that these texts have configured: the parts of user-data, of which the first ones are vendor-data. */
export declare function configuredBy(configs: readonly string[], { vendors, again, files, }?: {
    vendors?: number;
    again?: string;
    files?: Record<string, string>;
}): Promise<FakeMachine>;
export declare const said: (machine: FakeMachine) => string;
export declare const mode: (machine: FakeMachine, path: string) => string;
