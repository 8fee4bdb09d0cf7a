/** The Debian packages that Posthaste's commands need, and the programs by which we see that they are there. */
// @ts-check

/** @type {Record<string, readonly string[]>} */
export const PROGRAMS = {
  'mariadb-server': ['mariadbd', 'mariadb-install-db'],
  chromium: ['chromium'],
  postfix: ['postfix', 'smtp-source', 'smtp-sink'],
  swaks: ['swaks'],
  wrk: ['wrk'],
}

const DATABASE = ['mariadb-server']
const TESTS = [...DATABASE, 'chromium', 'postfix', 'swaks']
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
