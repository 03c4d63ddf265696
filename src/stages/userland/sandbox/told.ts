/**
 * What packages are told before their scripts run, as an administrator would say it: files by the package's name. A first state
 * that has secrets or numbers of its own is not one for all guests: each makes it.
 */
export const TOLD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // pg_createcluster(1) makes the cluster on the guest: initdb draws numbers for it.
  'postgresql-common': {
    'etc/postgresql-common/createcluster.d/leanos.conf': 'create_main_cluster = false\n',
  },
};
