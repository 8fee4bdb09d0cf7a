/** Looks at a page as people do who use it otherwise than by eye and mouse. */
import type { Page } from 'playwright-core'

/** What is wrong, as sentences. WCAG 2.2: 1.3.1, 1.4.3, 2.4.2, 2.5.8, 4.1.2 */
export async function audit(page: Page): Promise<string[]> {
  return [
    ...(await page.evaluate(structure)),
    ...(await page.evaluate(names)),
    ...(await page.evaluate(targets)),
    ...(await page.evaluate(contrast)),
  ]
}

function structure(): string[] {
  const found: string[] = []
  const count = (selector: string) => document.querySelectorAll(selector).length
  if (count('h1') !== 1) found.push(`there are ${count('h1')} headings of the first level`)
  if (count('main') !== 1) found.push(`there are ${count('main')} main landmarks`)
  if (!document.documentElement.lang) found.push('the language is not named')
  if (!/\S · Posthaste$/.test(document.title)) found.push(`the title is ${document.title}`)
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
  for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index))) found.push(`the id ${id} is given twice`)
  const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map(({ tagName }) => Number(tagName.slice(1)))
  levels.forEach((level, index) => {
    if (level > (levels[index - 1] ?? 0) + 1) found.push(`a heading of level ${level} follows one of level ${levels[index - 1] ?? 0}`)
  })
  return found
}

function names(): string[] {
  const text = (element: Element | null): string => element?.textContent?.trim() ?? ''
  const nameOf = (element: Element): string => {
    const labelled = element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement
    const labels = labelled ? [...(element.labels ?? [])] : [element]
    return element.getAttribute('aria-label') || element.getAttribute('title') || labels.map(text).join('')
  }
  const unnamed = [...document.querySelectorAll('a[href], button, input:not([type="hidden"]), select, textarea, iframe, summary')]
    .filter((element) => nameOf(element) === '')
    .map((element) => `without a name: ${element.outerHTML.slice(0, 120)}`)
  const undescribed = [...document.querySelectorAll('[aria-describedby]')]
    .flatMap((element) => (element.getAttribute('aria-describedby') ?? '').split(' '))
    .filter((id) => !document.getElementById(id))
    .map((id) => `described by ${id}, which is not there`)
  const tables = [...document.querySelectorAll('table')].filter((table) => !table.getAttribute('aria-label') && !table.closest('figure'))
  return [...unnamed, ...undescribed, ...tables.map(() => 'a table without a name')]
}

/** Links inside a text are as high as the text. */
function targets(): string[] {
  return [...document.querySelectorAll('a[href], button, select, summary, input:not([type="hidden"], [type="checkbox"])')]
    .filter((element) => {
      const { width, height } = element.getBoundingClientRect()
      const inText = element.tagName === 'A' && getComputedStyle(element).display === 'inline'
      return width > 1 && !inText && Math.min(width, height) < 24
    })
    .map((element) => `smaller than 24 pixels: ${element.outerHTML.slice(0, 120)}`)
}

/** Every piece of text against what is behind it. Text of 24 pixels, or 18.7 in bold, may have less. */
function contrast(): string[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  if (!canvas) return ['colours cannot be read']
  const over = (colors: string[]): number[] => {
    canvas.clearRect(0, 0, 1, 1)
    for (const color of colors) {
      canvas.fillStyle = color
      canvas.fillRect(0, 0, 1, 1)
    }
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const luminance = ([r = 0, g = 0, b = 0]: number[]): number => {
    const [x = 0, y = 0, z = 0] = [r, g, b].map((part) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
    )
    return 0.2126 * x + 0.7152 * y + 0.0722 * z
  }
  const grounds = (element: Element | null): string[] =>
    element ? [...grounds(element.parentElement), getComputedStyle(element).backgroundColor] : ['canvas']

  const found = new Set<string>()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement
    if (!parent || !walker.currentNode.textContent?.trim() || ['SCRIPT', 'STYLE', 'OPTION', 'TITLE'].includes(parent.tagName)) continue
    const { width, height } = parent.getBoundingClientRect()
    if (width <= 1 || height <= 1 || !parent.checkVisibility({ visibilityProperty: true })) continue
    const style = getComputedStyle(parent)
    const behind = grounds(parent)
    const [one, other] = [luminance(over([...behind, style.color])), luminance(over(behind))]
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    const size = Number.parseFloat(style.fontSize)
    const wanted = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5
    if (ratio < wanted)
      found.add(
        `contrast ${ratio.toFixed(2)}: ${parent.className || parent.tagName} “${walker.currentNode.textContent.trim().slice(0, 30)}”`,
      )
  }
  return [...found]
}
