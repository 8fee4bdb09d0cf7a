/** Reads a list to its end, page by page. */
const PAGE = 200

export async function allPages<T extends { readonly id: number }>(
  read: (page: { readonly after: number; readonly limit: number }) => Promise<readonly T[]>,
): Promise<T[]> {
  const all: T[] = []
  for (;;) {
    const page = await read({ after: all.at(-1)?.id ?? 0, limit: PAGE })
    all.push(...page)
    if (page.length < PAGE) return all
  }
}
