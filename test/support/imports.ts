/** Finds what a TypeScript file imports, by a scan that is enough for our own, formatted sources. */

export type Import = { readonly specifier: string; readonly typeOnly: boolean }

/** Comments, strings and templates, whichever begins first, so that none is mistaken for being inside another. */
const NOT_CODE = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g
const STATEMENT = /^[ \t]*(?:import|export)\b(?:[^'";]*?\bfrom)?\s*(['"])([^'"\n]+)\1/gm
const CALL = /\b(?:import|require)\(\s*(['"])([^'"\n]+)\1\s*\)/g
const TYPE_ONLY = /^\s*(?:import|export)\s+type\b/

/** The file without comments and templates; `strings` says what becomes of quoted strings. */
const codeOf = (text: string, strings: 'keep' | 'empty'): string =>
  text.replace(NOT_CODE, (found) => {
    if (found.startsWith('/')) return ' '
    if (found.startsWith('`')) return '``'
    return strings === 'keep' ? found : "''"
  })

export function importsOf(text: string): Import[] {
  const code = codeOf(text, 'keep')
  const statements = [...code.matchAll(STATEMENT)].map(([whole, , specifier = '']) => ({ specifier, typeOnly: TYPE_ONLY.test(whole) }))
  const calls = [...code.matchAll(CALL)].map(([, , specifier = '']) => ({ specifier, typeOnly: false }))
  return [...statements, ...calls]
}

export const readsEnvironment = (text: string): boolean =>
  /\bprocess\s*(?:\.|\?\.)\s*env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/.test(codeOf(text, 'empty'))

/** Groups of files that import each other in a circle. Tarjan's strongly connected components. */
export function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>()
  const stack: string[] = []
  const circles: string[][] = []

  const visit = (file: string): number => {
    let lowest = index.size
    index.set(file, lowest)
    stack.push(file)
    for (const next of graph.get(file) ?? []) {
      if (!index.has(next)) lowest = Math.min(lowest, visit(next))
      else if (stack.includes(next)) lowest = Math.min(lowest, index.get(next) ?? lowest)
    }
    if (lowest === index.get(file)) close(file)
    return lowest
  }
  const close = (file: string): void => {
    const group = stack.splice(stack.indexOf(file))
    if (group.length > 1 || graph.get(file)?.includes(file)) circles.push(group.sort())
  }
  for (const file of graph.keys()) if (!index.has(file)) visit(file)
  return circles
}
