/** `posthaste suppression import` and `export`: lists of any length, as a stream. */
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import { exportSuppressions, importSuppressions } from '../../manage/suppressions.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { UsageError } from '../usage.ts'

export const suppressionImport = command({
  words: 'suppression import <file>',
  about: 'add the addresses of a file: one in a line, or CSV with address, reason and end',
  options: [SERVER_OPTION, ['--reason <text>', 'for lines that give none (default: imported)']],
  input: serverInput.extend({ file: z.string(), reason: z.string().optional() }),
  run: async ({ open }, { server, file, reason }) => {
    const chunks = await readable(file)
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const imported = await importSuppressions(manage, { mailServerId, chunks, ...given({ reason }) })
    const { added, refused, mistakes } = imported
    const unshown = refused > mistakes.length ? [`… and ${refused - mistakes.length} more`] : []
    const lines = mistakes.map(({ line, problem }) => `Line ${line} ${problem}.`)
    return { json: imported, lines: [`Suppressed ${added} addresses; ${refused} lines were left out.`, ...lines, ...unshown] }
  },
})

export const suppressionExport = command({
  words: 'suppression export <file>',
  about: 'write all suppressed addresses to a new file, as CSV that can be imported',
  options: [SERVER_OPTION],
  input: serverInput.extend({ file: z.string() }),
  run: async ({ open }, { server, file }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    let count = -1 // the head is no address
    const counted = async function* () {
      for await (const text of exportSuppressions(manage, { mailServerId })) {
        count += text.split('\n').length - 1
        yield text
      }
    }
    // Neither overwritten nor readable by others: it is a list of people.
    await pipeline(Readable.from(counted()), createWriteStream(file, { flags: 'wx', mode: 0o600 })).catch(asUsage(file))
    return { json: { file, count }, lines: [`Wrote ${count} addresses to ${file}.`] }
  },
})

async function readable(file: string): Promise<AsyncIterable<string>> {
  const stream = createReadStream(file, { encoding: 'utf8' })
  await new Promise<void>((resolve, reject) => stream.once('open', () => resolve()).once('error', reject)).catch(asUsage(file))
  return stream
}

const asUsage =
  (file: string) =>
  (fault: unknown): never => {
    const code = fault instanceof Error && 'code' in fault ? fault.code : undefined
    if (code === 'ENOENT') throw new UsageError(`There is no file ${file}.`, 'file')
    if (code === 'EEXIST') throw new UsageError(`${file} exists already.`, 'file')
    if (code === 'EACCES') throw new UsageError(`${file} must not be read or written by you.`, 'file')
    throw fault
  }
