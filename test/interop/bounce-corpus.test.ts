/** Bounces that we have not written: the test mails of flufl.bounce, of Mailman, with its own table of whom each is about. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readReport } from '@posthaste/core/mail/read-report.ts'
import { unpackedPackage } from '@posthaste/test/support/debian-package.ts'
import { describe, expect, it } from 'vitest'

const PACKAGE = 'python3-flufl.bounce'
const FOLDER = 'usr/lib/python3/dist-packages/flufl/bounce'
const TABLE = `${FOLDER}/testing/helpers.py`

/** `('postfix', 'postfix_01.txt', [b'ana@client.test'])`, with `True` behind it for a delay. */
const ROW = /\(\s*'\w+',\s*'([\w.]+)',\s*\[([^\]]*)\]\s*(?:,\s*(True))?\s*,?\s*\)/g

type Case = { readonly file: string; readonly kind: 'bounce' | 'delay'; readonly recipients: readonly string[] }

/** Several rows may speak of one file; those without an address only say that one of its readers stays silent. */
function casesOf(table: string): Case[] {
  const cases = new Map<string, Case>()
  for (const [, file = '', list = '', temporary] of table.matchAll(ROW)) {
    const named = [...list.matchAll(/b'([^']+)'/g)].map(([, address = '']) => address.toLowerCase())
    const recipients = [...new Set([...(cases.get(file)?.recipients ?? []), ...named])].sort()
    if (recipients.length > 0) cases.set(file, { file, kind: temporary ? 'delay' : 'bounce', recipients })
  }
  return [...cases.values()]
}

const root = await unpackedPackage(PACKAGE, TABLE)
if (!root) console.warn(`NOT TESTED: ${PACKAGE} could not be fetched with apt-get download`)

describe.skipIf(!root)('the mails of flufl.bounce', async () => {
  const path = (name: string) => join(root ?? '', name)
  const cases = root ? casesOf(await readFile(path(TABLE), 'utf8')) : []
  const read = await Promise.all(cases.map(async ({ file }) => readReport(await readFile(path(`${FOLDER}/tests/data/${file}`)))))
  const namedIn = (index: number) => [...new Set(read[index]?.recipients.map(({ address }) => address.toLowerCase()))].sort()

  it('are nearly all told to be what they are', () => {
    const wrong = cases.filter(({ kind }, index) => read[index]?.kind !== kind).map(({ file }) => file)
    process.stdout.write(`flufl.bounce: the kind of ${cases.length - wrong.length} of ${cases.length} right\n`)
    expect(cases.length).toBeGreaterThanOrEqual(100)
    expect(wrong.length, wrong.join()).toBeLessThanOrEqual(2)
  })

  it('name nearly always exactly those whom they are about', () => {
    const wrong = cases.filter(({ recipients }, index) => namedIn(index).join() !== recipients.join()).map(({ file }) => file)
    process.stdout.write(`flufl.bounce: the recipients of ${cases.length - wrong.length} of ${cases.length} right\n`)
    expect(wrong.length, wrong.join()).toBeLessThanOrEqual(4)
  })

  it('suppress nobody but a recipient whom they name', () => {
    const suppressed = read.map(({ recipients }) =>
      recipients.filter(({ personal }) => personal).map(({ address }) => address.toLowerCase()),
    )
    const others = suppressed.flatMap((addresses, index) => addresses.filter((address) => !cases[index]?.recipients.includes(address)))
    expect(others).toEqual([])
  })
})
