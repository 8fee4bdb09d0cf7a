/** Debian packages unpacked beside the system's, for what tests read or run without installing it. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The folder that holds it, fetched once; undefined where there is no such package or no network. */
export async function unpackedPackage(name: string, file: string): Promise<string | undefined> {
  const directory = join(tmpdir(), `posthaste-${name}`)
  try {
    if (!existsSync(join(directory, file))) {
      await mkdir(directory, { recursive: true })
      await run('apt-get', ['download', name], { cwd: directory, timeout: 60_000 })
      await run('sh', ['-c', `dpkg -x ${name}_*.deb .`], { cwd: directory })
    }
    return directory
  } catch {
    return undefined // the caller says so
  }
}
