/**
 * Inspects mails that anybody may send us without keeping others waiting: beside the program, few at a time, and not for long.
 * A mail of a few megabytes can be made so that its headers and signatures take minutes to look at.
 */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { AppError } from '../domain/errors.ts'
import type { ReportEnvelope } from '../mail/report.ts'
import { createGate } from '../net/gate.ts'
import { inspectMail, type MailInspection } from './inspect.ts'
import type { ThreadSettings, ThreadTask } from './inspect-thread.ts'

export type InspectorOptions = ThreadSettings & {
  /** Of one inspection, look-ups and all. */
  readonly patienceMs: number
}

export type Inspector = AsyncDisposable & {
  /** @throws AppError `service.busy`, `input.invalid` when it takes too long */
  readonly inspect: (raw: Buffer, envelope: ReportEnvelope, asked?: { readonly offline: boolean }) => Promise<MailInspection>
}

const THREADS_MAX = 2
const IN_HAND_MAX = 8
const MEMORY_MB_MAX = 512
/** What is smaller is read at once when nobody is asked: it takes less time than to hand it over. */
const SMALL_BYTES = 64 * 1024

export function createInspector({ patienceMs, ...settings }: InspectorOptions): Inspector {
  const gate = createGate({ atOnce: THREADS_MAX, patienceMs: 2 * patienceMs })
  const idle: Worker[] = []
  const all = new Set<Worker>()
  let inHand = 0

  const newThread = async (): Promise<Worker> => {
    const thread = new Worker(PROGRAM, { workerData: settings, resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB_MAX } })
    thread.unref()
    all.add(thread)
    thread.on('exit', () => all.delete(thread)).on('error', () => undefined) // whoever waits for it is told
    await once(thread, 'message') // it is ready: what it takes to start is not the mail's fault
    return thread
  }
  const ask = async (task: ThreadTask): Promise<MailInspection> => {
    const thread = idle.pop() ?? (await newThread())
    const found = await answerOf(thread, task, patienceMs)
    idle.push(thread)
    return found
  }
  return {
    inspect: async (raw, envelope, { offline } = { offline: false }) => {
      if (offline && raw.length <= SMALL_BYTES) return inspectMail(raw, { resolve: null, hostname: settings.hostname }, envelope)
      if (inHand >= IN_HAND_MAX) throw new AppError('service.busy', 'Too many mails are being inspected. Try again in a moment.')
      inHand += 1
      try {
        return await gate(() => ask({ raw, envelope, offline }))
      } finally {
        inHand -= 1
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...all].map((thread) => thread.terminate()))
    },
  }
}

/** In `dist` it is a bundle of its own. */
const PROGRAM = ['js', 'ts'].map((ending) => new URL(`./inspect-thread.${ending}`, import.meta.url)).find((file) => existsSync(file)) ?? ''

/** A thread that fails, or is too slow, is not used again. */
async function answerOf(thread: Worker, task: ThreadTask, patienceMs: number): Promise<MailInspection> {
  const stopped = new AbortController()
  const late = setTimeout(() => stopped.abort(), patienceMs)
  try {
    thread.postMessage(task)
    const [found]: MailInspection[] = await once(thread, 'message', { signal: stopped.signal }) // the thread answers with nothing else
    if (!found) throw new Error('A thread answered nothing')
    return found
  } catch (fault) {
    await thread.terminate()
    if (!stopped.signal.aborted && !isOutOfMemory(fault)) throw fault
    throw new AppError('input.invalid', 'This mail takes too much time or memory to read.', { field: 'body', cause: fault })
  } finally {
    clearTimeout(late)
  }
}

const isOutOfMemory = (fault: unknown): boolean => fault instanceof Error && 'code' in fault && fault.code === 'ERR_WORKER_OUT_OF_MEMORY'
