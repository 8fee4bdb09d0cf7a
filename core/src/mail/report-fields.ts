/** Groups of `Name: value` lines, as delivery-status and feedback-report parts hold them. RFC 3464 §2.1, RFC 5965 §3 */

/** By lower-case name; the values of repeated fields in their order. */
export type Fields = ReadonlyMap<string, readonly string[]>

const GROUPS_MAX = 500
const FIELDS_MAX = 100
const VALUE_LENGTH_MAX = 4_000
const LINES_MAX = 20_000

export function parseFieldBlocks(text: string): Fields[] {
  const groups: Map<string, string[]>[] = []
  let open: Map<string, string[]> | undefined
  let last: string[] | undefined
  for (const line of text.split(/\r?\n/, LINES_MAX)) {
    if (line.trim() === '') {
      open = last = undefined
      continue
    }
    const [, name, value = ''] = /^([!-9;-~]{1,100})[ \t]*:[ \t]*(.*)$/.exec(line) ?? []
    if (name === undefined) continueValue(last, line)
    else {
      if (open === undefined) {
        if (groups.length >= GROUPS_MAX) break
        open = new Map()
        groups.push(open)
      }
      last = addField(open, name.toLowerCase(), value)
    }
  }
  return groups
}

/** Folded lines begin with a blank; those of some writers do not. RFC 5322 §2.2.3 */
function continueValue(last: string[] | undefined, line: string): void {
  const value = last?.pop()
  if (value !== undefined) last?.push(`${value} ${line.trim()}`.slice(0, VALUE_LENGTH_MAX))
}

function addField(group: Map<string, string[]>, name: string, value: string): string[] | undefined {
  const values = group.get(name) ?? []
  if (group.size >= FIELDS_MAX || values.length >= FIELDS_MAX) return undefined
  values.push(value.trim().slice(0, VALUE_LENGTH_MAX))
  group.set(name, values)
  return values
}

export const field = (fields: Fields | undefined, name: string): string | undefined => fields?.get(name)?.[0]

/** Leaves out the type in front of a value: `rfc822;ana@client.test`, `smtp; 550 …`. RFC 3464 §2.1.2 */
export const withoutType = (value: string): string => value.replace(/^[\w.\- ]{1,40};\s*/, '').trim()
