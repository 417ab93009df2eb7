const usual = ['goodsid', 'ref', 'sign_version', 'type', 'uid']

/**
 * Every way (within reason) to read a signed text as a pingback: names in the order in which they are signed, each where its text
 * stands, everything in between a value. The first name is whatever the text begins with. `others` may stand anywhere.
 */
export function recuts(
  base: string,
  others: readonly string[],
  most = 200,
  needed: readonly string[] = usual,
): [name: string, value: string][][] {
  const found: [string, string][][] = []
  const names = [...needed, ...others].sort()
  const startsWith = names.filter((name) => base.startsWith(`${name}=`))

  // `cuts` are the names chosen so far with the place of each; the next must sort after the last.
  const search = (cuts: readonly (readonly [name: string, at: number])[]): void => {
    if (found.length >= most) return
    const [last, at] = cuts.at(-1) as readonly [string, number]
    if (needed.every((name) => cuts.some(([each]) => each === name)))
      found.push(cuts.map((cut, index) => pair(cut, cuts[index + 1])))
    const skippable = needed.filter((name) => name > last)[0]
    for (const name of names.filter((each) => each > last && (skippable === undefined || each <= skippable)))
      for (let next = base.indexOf(`${name}=`, at + last.length + 1); next >= 0; next = base.indexOf(`${name}=`, next + 1))
        search([...cuts, [name, next]])
  }
  const pair = ([name, at]: readonly [string, number], next: readonly [string, number] | undefined): [string, string] => [
    name,
    base.slice(at + name.length + 1, next?.[1]),
  ]
  for (const name of startsWith) search([[name, 0]])
  return found
}
