/** What a person wrote, without what he quoted: the rules that Postal's customers know. */

import { readFileSync } from 'node:fs'
import { cpuMs } from '@posthaste/test/support/cpu-time.ts'
import EmailReplyParser from 'email-reply-parser'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { separateByRules, separateReplies } from './reply-separation.ts'

const NEW = 'Yes, please.'

it.each([
  ['a signature', `${NEW}\n\n-- \nAna`, '-- \nAna'],
  ['an original message', `${NEW}\n----- Original Message -----\nFrom: x`, '----- Original Message -----\nFrom: x'],
  ['an original message without blanks', `${NEW}\n-----Original Message-----\nold`, '-----Original Message-----\nold'],
  ['Outlook with Sent', `${NEW}\nFrom: Shop\nSent: Monday\nold`, 'From: Shop\nSent: Monday\nold'],
  ['Outlook with Date, quoted', `${NEW}\n> From: Shop\n> Date: Monday\nold`, '> From: Shop\n> Date: Monday\nold'],
  ['German', `${NEW}\n-----Ursprüngliche Nachricht----- \nalt`, '-----Ursprüngliche Nachricht----- \nalt'],
  ['a French line, and nothing below it', `${NEW}\nLe lundi 2 mars 2026, Shop a écrit :\nvieux`, 'Le lundi 2 mars 2026, Shop a écrit :'],
  ['underscores', `${NEW}\n${'_'.repeat(18)}\nold`, `${'_'.repeat(18)}\nold`],
  ['On … wrote', `${NEW}\nOn Mon, 2 Mar 2026 at 09:00, Shop wrote:\n> old`, 'On Mon, 2 Mar 2026 at 09:00, Shop wrote:\n> old'],
  [
    'On … wrote over two lines',
    `${NEW}\n> On Mon, 2 Mar 2026 at 09:00, Shop\n> <x@shop.test> wrote:\nold`,
    '> On Mon, 2 Mar 2026 at 09:00, Shop\n> <x@shop.test> wrote:\nold',
  ],
  ['a telephone', `${NEW}\nSent from my phone`, 'Sent from my phone'],
  ['the marker', `${NEW}\n=== Please reply above this line ===\nold`, '=== Please reply above this line ===\nold'],
  ['ten quoted lines', `${NEW}\n${'> old\n'.repeat(10)}`, '> old\n'.repeat(10).trim()],
])('cuts out %s', (_what, body, replies) => {
  const { text, replies: cut } = separateReplies(body.replaceAll('\n', '\r\n'))
  expect(text.startsWith(NEW)).toBe(true)
  expect(cut).toBe(replies)
})

it('leaves nine quoted lines and words that only look alike', () => {
  const body = `${'> old\n'.repeat(9)}On time he wrote:\n--Ana`
  expect(separateReplies(body)).toEqual({ text: body, replies: null })
})

it('has an empty text and no replies for a mail without text', () => {
  expect(separateReplies(null)).toEqual({ text: '', replies: null })
})

it('puts later cuts in front of earlier ones', () => {
  expect(separateReplies(`${NEW}\nSent from my phone\n-- \nAna`).replies).toBe('Sent from my phone\n-- \nAna')
})

it('takes a text made to be slow in its stride', () => {
  const slow = [
    'On a\n> From: '.repeat(80_000),
    '>\n'.repeat(500_000),
    'Op a schreef b 1\nVon: a\n'.repeat(40_000),
    `${'<a@b 1:22 '.repeat(90_000)}:`,
  ]
  expect(cpuMs(() => slow.map(separateReplies))).toBeLessThan(2_000)
})

const Corpus = z.array(z.object({ name: z.string(), mail: z.string(), reply: z.string() }))

const words = (text: string) => text.replace(/\s+/g, ' ').trim()

function readCorpus(name: string) {
  const corpus = Corpus.parse(JSON.parse(readFileSync(new URL(`../../../test/corpus/replies/${name}`, import.meta.url), 'utf8')))
  const right = (separate: (mail: string) => string) =>
    corpus.filter(({ mail, reply }) => words(separate(mail)) === words(reply)).map(({ name }) => name)
  const library = right((mail) => new EmailReplyParser().parseReply(mail))
  return { corpus, rules: right((mail) => separateByRules(mail).text), library, ours: right((mail) => separateReplies(mail).text) }
}

it.each([
  ['has nothing between it and the quotation', `${NEW}\nOn 02/03/2026 09:00, Shop wrote:\n\n> old`, NEW],
  ['stands above a quotation and below it', `${NEW}\nOn 02/03/2026 09:00, Shop wrote:\n> old\nRegards, Ana`, NEW],
  ['is followed by another language at once', `${NEW}\nDen 2 mars 2026 09:00, Shop (x@shop.test) skrev:\n\nold`, NEW],
  ['stands on the line where the quotation begins', `${NEW} On Mon, Mar 2, 2026 at 9:00 AM, x@shop.test wrote:\n> old`, NEW],
])('keeps an answer that %s', (_what, mail, answer) => {
  expect(separateReplies(mail).text).toBe(answer)
})

it('finds most answers of a corpus that it was not written with, and loses none altogether', () => {
  // The test cases of planer, a port of Mailgun's talon; see planer-LICENSE.txt. Where they differ, Postal's rules are obeyed.
  const { corpus, rules, library, ours } = readCorpus('planer.json')
  process.stdout.write(
    `planer's cases, right of ${corpus.length}: Postal's rules ${rules.length}, email-reply-parser ${library.length}, ours ${ours.length}\n`,
  )
  expect(corpus.filter(({ mail, reply }) => reply !== '' && separateReplies(mail).text === '')).toEqual([])
  expect(ours.length).toBeGreaterThanOrEqual(30)
})

it('finds the answer in mails of many programs and languages at least as often as the rules alone, and as a library for it', () => {
  const { corpus, rules, library, ours } = readCorpus('replies.json')
  process.stdout.write(
    `reply separation, right of ${corpus.length}: Postal's rules ${rules.length}, email-reply-parser ${library.length}, ours ${ours.length}\n`,
  )
  expect(corpus.length).toBeGreaterThanOrEqual(40)
  expect(rules.filter((name) => !ours.includes(name))).toEqual([])
  expect(ours.length).toBeGreaterThan(library.length)
})
