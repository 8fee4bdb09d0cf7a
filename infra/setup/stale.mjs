/** Tells whether something made from files is still what those files would give. */
// @ts-check
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const SKIPPED = new Set(['node_modules', 'dist', '.wrangler'])

/**
 * A number for the content of a few small files.
 * @param {readonly string[]} files
 * @param {string} [salt]
 */
export function fingerprintOfContents(files, salt = '') {
  const hash = createHash('sha256').update(salt)
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(file))
  return hash.digest('hex')
}

/**
 * A number for the names, sizes and times of whole folders: it changes with an edit, a new file and a removed one.
 * @param {readonly string[]} paths
 */
export function fingerprintOfTrees(paths) {
  const hash = createHash('sha256')
  for (const path of paths.flatMap(filesIn)) {
    const { size, mtimeMs } = statSync(path)
    hash.update(`${path}\0${size}\0${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

/**
 * All files below a path, in a fixed order; a path that is not there has none.
 * @param {string} path
 * @returns {string[]}
 */
export function filesIn(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  const names = readdirSync(path).filter((name) => !SKIPPED.has(name))
  return names.sort().flatMap((name) => filesIn(join(path, name)))
}

/**
 * @param {string} stamp
 * @param {string} fingerprint
 */
export function stamped(stamp, fingerprint) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint
}
