/** Tells the database's faults apart: which ones mean "away", which ones "try the transaction again". */

const AWAY = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  // Its machine, or the way there, has gone.
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  // Its name has: that of a container lives only while the container runs.
  'EAI_AGAIN',
  'ENOTFOUND',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_USER_LIMIT_REACHED',
  'ER_HOST_IS_BLOCKED',
  'ER_OUT_OF_RESOURCES',
  'ER_CANT_CREATE_THREAD',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_ABORTING_CONNECTION',
  'ER_READ_ONLY_MODE',
  'ER_ERROR_ON_WRITE',
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
  'ER_LOCK_TABLE_FULL',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_NEW_ABORTING_CONNECTION',
  'ER_CONNECTION_KILLED',
  'ER_QUERY_INTERRUPTED',
  'ER_UNKNOWN_COM_ERROR',
])
const AGAIN = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD'])

/** The driver's code of a fault, also when drizzle has wrapped it. */
function codeOf(fault: unknown): string {
  for (let at: unknown = fault, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return ''
}

/** The database cannot be reached or cannot write: worth trying later, with the same data. */
export const isAway = (fault: unknown): boolean =>
  AWAY.has(codeOf(fault)) || (fault instanceof Error && /closed state|Pool is closed/.test(fault.message))

/** Two transactions were in each other's way, on this node or another of a cluster (error 1213). */
export const isConflict = (fault: unknown): boolean => AGAIN.has(codeOf(fault))

export const isDuplicate = (fault: unknown): boolean => codeOf(fault) === 'ER_DUP_ENTRY'
