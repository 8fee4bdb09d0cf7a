/** The version of this program, from the package beside it. */
import { readFileSync } from 'node:fs'

export function ownVersion(): string {
  const { version }: { version?: unknown } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return String(version)
}
