/** The Debian packages that Posthaste's commands need, and the programs by which we see that they are there. */
// @ts-check

/** @type {Record<string, readonly string[]>} */
export const PROGRAMS = {
  'mariadb-server': ['mariadbd', 'mariadb-install-db'],
  chromium: ['chromium'],
  postfix: ['postfix', 'smtp-source', 'smtp-sink'],
  // Its program is started by Dovecot, and lies with it
  'dovecot-lmtpd': ['dovecot', '../lib/dovecot/lmtp'],
  swaks: ['swaks'],
  wrk: ['wrk'],
  curl: ['curl'],
  openssl: ['openssl'],
  msmtp: ['msmtp'],
  haproxy: ['haproxy'],
  spamd: ['spamd'],
  rspamd: ['rspamd'],
  'clamav-daemon': ['clamd'],
  knot: ['knotd', 'keymgr'],
  unbound: ['unbound'],
  // Python packages have no program; their folder stands for them
  'python3-django-anymail': ['../lib/python3/dist-packages/anymail'],
  'python3-cryptography': ['../lib/python3/dist-packages/cryptography'],
}

const DATABASE = ['mariadb-server']
/** Clients, relays, scanners and name servers that `test/interop` plays with. Exim, which excludes Postfix, is unpacked there by itself. */
const INTEROP = [
  ...['postfix', 'dovecot-lmtpd', 'swaks', 'curl', 'openssl', 'msmtp', 'haproxy'],
  ...['spamd', 'rspamd', 'clamav-daemon', 'knot', 'unbound', 'python3-django-anymail', 'python3-cryptography'],
]
const TESTS = [...DATABASE, 'chromium', ...INTEROP]
const BENCH = [...DATABASE, 'postfix', 'wrk']

/**
 * What a command needs on this machine.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {readonly string[]}
 */
export function packagesFor(command, args, env) {
  if (command === 'build') return []
  if (command === 'test') return onlyUnitTests(args) ? DATABASE : TESTS
  if (command === 'bench') return BENCH
  if (command === 'posthaste') return bringsItsDatabase(args, env) ? [] : DATABASE
  return DATABASE
}

/** @param {readonly string[]} args */
function onlyUnitTests(args) {
  const projects = args.flatMap((arg, index) => {
    if (arg.startsWith('--project=')) return [arg.slice('--project='.length)]
    return args[index - 1] === '--project' ? [arg] : []
  })
  return projects.length > 0 && projects.every((project) => project === 'unit')
}

/**
 * A configured database, or a question that needs none.
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function bringsItsDatabase(args, env) {
  const asksOnly = args.length === 0 || args.some((arg) => ['--help', '-h', 'help', '--version', '-V', 'version'].includes(arg))
  return asksOnly || Boolean(env.MAIN_DB_HOST) || Boolean(env.POSTAL_CONFIG_FILE_PATH)
}
