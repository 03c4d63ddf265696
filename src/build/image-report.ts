import type {ArchitectureName} from '../core/architecture.ts';

/** A file of an image. */
export interface ImageArtifact {
  /** Such as `disk`, `kernel`, `initramfs`, `usr`, `rootfs`, `manifest`, `sbom`. */
  readonly kind: string;
  /** Such as `qcow2`, `raw`, `tar.gz`. */
  readonly format: string;
  readonly path: string;
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** A step of a build, and what it took. */
export interface ImageStage {
  readonly name: string;
  /** The sha256 of all that decides it. */
  readonly key: string;
  readonly seconds: number;
  /** Whether the store had it already. */
  readonly cached: boolean;
}

/** What `leanos build --json` prints. */
export interface BuildReport {
  /** `DAYS.MINOR.PATCH`; with `-dev` for what is no release. */
  readonly version: string;
  /** `alpha`, `beta`, `stable`, or a channel of one's own. */
  readonly channel: string;
  /** The name of its definition. */
  readonly image: string;
  readonly arch: ArchitectureName;
  /** `debian`, `buildroot`, or both with what each is for. */
  readonly base: string;
  /** The folder with the artifacts. */
  readonly directory: string;
  readonly artifacts: readonly ImageArtifact[];
  readonly stages: readonly ImageStage[];
  readonly seconds: number;
}

/** A built image: plain values, which survive JSON. */
export interface Image extends BuildReport {
  /** Who may log in with a key. */
  readonly user: string;
  /** Where its ssh listens. */
  readonly sshPort: number;
  /** The kernel command line that boots it from RAM. */
  readonly commandLine: string;
}
