/** Nobody sends under a name that is not theirs. */
import { describe, expect, it } from 'vitest'
import { authoriseSender } from './authorise-sender.ts'

const shop = { id: 1, name: 'shop.example', own: true, useForAny: false }
const group = { id: 2, name: 'group.example', own: false, useForAny: false }
const domains = [shop, group]
const as = (from: string | string[], sender: string[] = [], allowSender = false) =>
  authoriseSender({ from: [from].flat(), sender }, { allowSender, domains })

describe('a mail server may send', () => {
  it('as its own domain, however it is spelled', () => {
    expect(as('a@shop.example')).toBe(shop)
    expect(as('a@SHOP.Example.')).toBe(shop)
  })

  it('as a domain of its organization', () => expect(as('a@group.example')).toBe(group))

  it('as its own domain before one of the same name of its organization', () => {
    const both = [shop, { ...shop, id: 3, own: false }]
    expect(authoriseSender({ from: ['a@shop.example'], sender: [] }, { allowSender: false, domains: both })?.id).toBe(1)
  })

  it('as anybody, when a domain of its own is for any', () => {
    const any = [{ ...shop, useForAny: true }, group]
    expect(authoriseSender({ from: ['a@else.example'], sender: [] }, { allowSender: false, domains: any })?.id).toBe(1)
  })

  it('as anybody by Sender, only where Sender is allowed', () => {
    expect(as('a@else.example', ['b@shop.example'])).toBeUndefined()
    expect(as('a@else.example', ['b@shop.example'], true)).toBe(shop)
  })
})

describe('a mail server may not send', () => {
  it.each([
    ['as a subdomain', 'a@mail.shop.example'],
    ['as a parent', 'a@example'],
    ['without a domain', 'shop.example'],
    ['without a local part', '@shop.example'],
    ['with two @', 'a@else.example@shop.example'],
    ['as nobody', ''],
  ])('%s', (_how, from) => expect(as(from)).toBeUndefined())

  it('as two authors of whom one is foreign', () => expect(as(['a@shop.example', 'b@else.example'])).toBeUndefined())

  it('without an author', () => expect(as([])).toBeUndefined())
})
