/** The program of a thread that inspects mails, one after the other. It may be ended in the middle of one. */
import { parentPort, workerData } from 'node:worker_threads'
import type { ReportEnvelope } from '../mail/report.ts'
import { type AuthResolverOptions, createAuthResolver } from '../net/auth-resolver.ts'
import { inspectMail } from './inspect.ts'

export type ThreadSettings = Pick<AuthResolverOptions, 'servers' | 'timeoutMs'> & { readonly hostname: string }
export type ThreadTask = { readonly raw: Uint8Array; readonly envelope: ReportEnvelope; readonly offline: boolean }

const { hostname, ...servers }: ThreadSettings = workerData
const resolve = createAuthResolver({ ...servers, clock: () => new Date() })

parentPort?.on('message', async ({ raw, envelope, offline }: ThreadTask) => {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  parentPort?.postMessage(await inspectMail(bytes, { resolve: offline ? null : resolve, hostname }, envelope))
})

parentPort?.postMessage('ready')
