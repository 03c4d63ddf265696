/** What cloud-init's own schema (of Debian's package cloud-init) says against cloud-configs: text, path, complaint. */
export declare function schemaComplaints(texts: readonly string[]): string[];
