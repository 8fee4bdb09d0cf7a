/** What the search field understands. */
import { describe, expect, it } from 'vitest'
import { parseMessageSearch } from './message-search.ts'

const settings = { timeZone: 'Europe/Berlin', now: new Date('2026-11-21T10:00:00Z') }
const parse = (text: string) => parseMessageSearch(text, settings)
const found = (text: string) => {
  const { search, problems } = parse(text)
  expect(problems).toEqual([])
  return search
}

describe('keys and values', () => {
  it('takes any number of conditions, with or without a blank after the colon', () => {
    expect(found('to:ana@example.com from: shop@example.org status: held')).toMatchObject({
      rcptTo: [{ how: 'equals', text: 'ana@example.com' }],
      mailFrom: [{ how: 'equals', text: 'shop@example.org' }],
      status: ['held'],
    })
  })

  it('takes a repeated key as any of its values', () => {
    expect(found('status: hardfail status:bounced').status).toEqual(['hard_failed', 'bounced'])
  })

  it.each([
    ['softfail', 'soft_failed'],
    ['soft_failed', 'soft_failed'],
    ['HardFail', 'hard_failed'],
    ['holdcancelled', 'hold_cancelled'],
    ['pending', 'pending'],
  ])('knows the status %s', (word, status) => {
    expect(found(`status: ${word}`).status).toEqual([status])
  })

  it.each(['auto-reply', 'auto_reply', 'AutoReply'])('knows the kind %s', (word) => {
    expect(found(`kind: ${word}`).kind).toEqual(['auto_reply'])
    expect(parse('kind: nonsense').problems).toEqual([expect.stringContaining('known are bounce, delay')])
  })

  it('takes quoted values whole', () => {
    expect(found('tag: "week 47" subject:"your order"')).toMatchObject({
      tag: [{ how: 'equals', text: 'week 47' }],
      subject: [{ how: 'contains', text: 'your order' }],
    })
  })

  it('reads whole domains and beginnings of addresses', () => {
    expect(found('to: @example.com to: ana*').rcptTo).toEqual([
      { how: 'ends', text: '@example.com' },
      { how: 'starts', text: 'ana' },
    ])
  })

  it('finds what has no value, unless the word is quoted', () => {
    expect(found('tag: [blank]').tag).toEqual([{ how: 'blank' }])
    expect(found('tag: "[blank]"').tag).toEqual([{ how: 'equals', text: '[blank]' }])
  })

  it('takes message ids with and without brackets, ids and tokens', () => {
    expect(found('msgid: <1@a.example> id: 42 token: abcdefABCDEF1234')).toMatchObject({
      messageId: ['1@a.example'],
      id: [42],
      token: ['abcdefABCDEF1234'],
    })
  })

  it('takes a bare address as recipient and other bare words as parts of the subject', () => {
    expect(found('ana@example.com invoice "two words"')).toMatchObject({
      rcptTo: [{ how: 'equals', text: 'ana@example.com' }],
      subject: [
        { how: 'contains', text: 'invoice' },
        { how: 'contains', text: 'two words' },
      ],
    })
  })
})

describe('times', () => {
  it.each([
    ['2026-11-20', '2026-11-19T23:00:00.000Z'],
    ['2026-11-20 14:05', '2026-11-20T13:05:00.000Z'],
    ['"2 days ago"', '2026-11-19T10:00:00.000Z'],
    ['"1 hour ago"', '2026-11-21T09:00:00.000Z'],
    ['today', '2026-11-20T23:00:00.000Z'],
    ['yesterday', '2026-11-19T23:00:00.000Z'],
  ])('reads %s in the zone of the person who asks', (text, expected) => {
    expect(found(`after: ${text}`).after?.toISOString()).toBe(expected)
  })

  it('sorts by age on request', () => {
    expect(found('order: oldest-first').oldestFirst).toBe(true)
    expect(found('').oldestFirst).toBe(false)
  })
})

describe('what it does not understand', () => {
  it.each([
    ['colour: red', '“colour:” is not known'],
    ['status: lost', '“lost” is no status'],
    ['after: 2026-02-30', '“2026-02-30” is no time'],
    ['before: "next week"', '“next week” is no time'],
    ['order: random', '“random” is no order'],
    ['id: 12x', '“12x” is no message number'],
    ['status:', '“status:” needs a value'],
    ['status: to: a@b.example', '“status:” needs a value'],
  ])('says so about %s and goes on with the rest', (text, problem) => {
    const { problems, search } = parse(`${text} tag: kept`)
    expect(problems.join(' ')).toContain(problem)
    if (!text.endsWith(':')) expect(search.tag).toEqual([{ how: 'equals', text: 'kept' }])
  })

  it('survives whatever is typed', () => {
    for (const text of ['"', '""', ':', '::', 'to:', '"to: x', "'; DROP TABLE messages; --", '%_\\', 'a'.repeat(5_000)])
      expect(() => parse(text)).not.toThrow()
  })
})
