/** The names of sites that are relays: they tell which mail server alone sends there, if one does. */

const ALONE = /^relay of mail server (\d+): /

export const relaySiteName = (mailServerId: number | null, hosts: string): string =>
  `relay ${mailServerId === null ? '' : `of mail server ${mailServerId}: `}${hosts}`

/** Null for a site that mail of any mail server may go to. */
export function ownerOfSite(site: string): number | null {
  const [, id] = ALONE.exec(site) ?? []
  return id === undefined ? null : Number(id)
}
