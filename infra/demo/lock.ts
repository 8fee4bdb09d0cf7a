/** One demonstration at a time in one data folder: the second one says who is first. */
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type Lock = AsyncDisposable

/** @throws Error naming the process that holds the folder. */
export async function lockFolder(folder: string): Promise<Lock> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'demo.pid')
  const mine = String(process.pid)
  if (!(await create(path, mine))) {
    const holder = Number(await readFile(path, 'utf8'))
    if (isAlive(holder))
      throw new Error(`Posthaste is already running here as process ${holder}; stop it, or choose another folder with --data DIR`)
    await writeFile(path, mine) // left by a process that died
  }
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
}

async function create(path: string, content: string): Promise<boolean> {
  const file = await open(path, 'wx').catch(() => undefined)
  await file?.writeFile(content)
  await file?.close()
  return file !== undefined
}

function isAlive(pid: number): boolean {
  try {
    return Number.isInteger(pid) && pid > 0 && process.kill(pid, 0)
  } catch {
    return false
  }
}
