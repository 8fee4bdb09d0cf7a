/** The mail of the benches: 4 KB, text and HTML, two links and room for a pixel. */
import { writeFile } from 'node:fs/promises'
import { SENDER_DOMAIN } from '@posthaste/test/support/installation/zone.ts'

export const FROM = `bench@${SENDER_DOMAIN}`
export const TO = 'rcpt@receiver.test'
export const MESSAGE_BYTES = 4096

const LINE = 'The quick brown fox jumps over the lazy dog and runs away from it.\r\n'

export function benchMail(): string {
  const head = [
    `From: Bench <${FROM}>`,
    `To: ${TO}`,
    'Subject: Your order 7781',
    'Date: Sun, 01 Mar 2026 10:20:29 +0000',
    `Message-ID: <bench@${SENDER_DOMAIN}>`,
    'MIME-Version: 1.0',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<html><body><p><a href="https://shop.example/orders/7781">Your order</a> and <a href="https://shop.example/help?topic=orders">help</a></p><p>',
    '',
  ].join('\r\n')
  const tail = '</p></body></html>\r\n'
  const lines = Math.floor((MESSAGE_BYTES - head.length - tail.length) / LINE.length)
  return head + LINE.repeat(lines) + tail
}

/** As the load generator wants it: with the line ends of this machine. */
export const writeBenchMail = (path: string): Promise<void> => writeFile(path, benchMail().replaceAll('\r\n', '\n'))
