/** What makes apt work in a state folder of its own for one architecture, so that no list that cannot be had is passed over. */
export function aptOptions(folder: string, architecture: string): string[] {
  return [
    `APT::Architecture=${architecture}`,
    `APT::Architectures::=${architecture}`,
    ...aptStateOptions(folder),
    'APT::Install-Recommends=false',
    'APT::Update::Error-Mode=any',
  ];
}

/** What makes apt use a state folder of its own, whose sources are in `sources.list`, and nothing of the host's. */
export function aptStateOptions(folder: string): string[] {
  return [
    `Dir::State=${folder}`,
    `Dir::State::lists=${folder}/lists`,
    `Dir::State::status=${folder}/status`,
    `Dir::Cache=${folder}`,
    // Images of containers say that there is none (docker-clean): then each question reads all lists anew.
    `Dir::Cache::pkgcache=${folder}/pkgcache.bin`,
    `Dir::Cache::srcpkgcache=${folder}/srcpkgcache.bin`,
    `Dir::Etc::sourcelist=${folder}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::Etc::preferences=${folder}/preferences`,
    'Dir::Etc::preferencesparts=/dev/null',
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Acquire::Retries=3',
  ];
}
