/** Round steps from 0 to at least the most that there is: for an axis that people can read. */
export function ticks(most: number, wanted = 4): number[] {
  if (!(most > 0)) return [0, 1]
  const rough = most / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((n) => n * power).find((s) => s >= rough) ?? rough
  const n = Math.ceil(most / step - 1e-9)
  return Array.from({ length: n + 1 }, (_, i) => Number((i * step).toPrecision(12)))
}

/** Whole things have no ticks between them. */
export function wholeTicks(most: number, wanted = 4): number[] {
  return most <= wanted ? Array.from({ length: Math.max(1, Math.ceil(most)) + 1 }, (_, i) => i) : ticks(most, wanted)
}

/** Pieces of a line: weeks with nothing are gaps, not zero. */
export function pieces(values: (number | null)[]): { at: number; value: number }[][] {
  const all: { at: number; value: number }[][] = []
  values.forEach((value, at) => {
    if (value === null) return
    if (at > 0 && values[at - 1] !== null) all[all.length - 1]?.push({ at, value })
    else all.push([{ at, value }])
  })
  return all
}

/** Which of n labels fit, the last one always among them. */
export function labelled(n: number, room: number, each: number): number[] {
  const step = Math.max(1, Math.ceil((n * each) / Math.max(each, room)))
  return Array.from({ length: n }, (_, i) => i).filter((i) => (n - 1 - i) % step === 0)
}
