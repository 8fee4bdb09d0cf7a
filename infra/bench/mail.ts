/** The mail of the benches: 4 KB, text and HTML, two links and room for a pixel. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SENDER_DOMAIN } from '@posthaste/test/support/installation/zone.ts'

export const FROM = `bench@${SENDER_DOMAIN}`
export const TO = 'rcpt@receiver.test'
export const MESSAGE_BYTES = 4096

const LINE = 'The quick brown fox jumps over the lazy dog and runs away from it.\r\n'
const START =
  '<html><body><p><a href="https://shop.example/orders/7781">Your order</a> and <a href="https://shop.example/help?topic=orders">help</a></p><p>\r\n'
const END = '</p></body></html>\r\n'

export const benchHtml = (bytes = MESSAGE_BYTES): string => {
  const lines = Math.floor((bytes - START.length - END.length) / LINE.length)
  return START + LINE.repeat(lines) + END
}

export function benchMail({ from = FROM, to = TO }: { from?: string; to?: string } = {}): string {
  const head = [
    `From: Bench <${from}>`,
    `To: ${to}`,
    'Subject: Your order 7781',
    'Date: Sun, 01 Mar 2026 10:20:29 +0000',
    `Message-ID: <bench@${SENDER_DOMAIN}>`,
    'MIME-Version: 1.0',
    'Content-Type: text/html; charset=utf-8',
    '',
    '',
  ].join('\r\n')
  return head + benchHtml(MESSAGE_BYTES - head.length)
}

/** A file as `smtp-source` wants it: with the line ends of this machine. It is gone when the work is done. */
export async function withMailFile<T>(work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-mail-'))
  try {
    const file = join(folder, 'mail')
    await writeFile(file, benchMail().replaceAll('\r\n', '\n'))
    return await work(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
