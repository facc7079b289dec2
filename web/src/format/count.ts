const numbers = new Intl.NumberFormat()

/** 1240 → "1,240", as the viewer's language writes it. */
export function count(n: number): string {
  return numbers.format(n)
}

/** plural(1, 'repository', 'repositories') → "1 repository". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

const many = 10_001 // how the API says of a list that it has more than 10,000 rows

/** The total of a list: 1234 → "1,234", and "more than 10,000" where the API counts no further. */
export function totalWords(total: number): string {
  return total === many ? `more than ${count(many - 1)}` : count(total)
}

/** shownOf(50, 1234) → "50 of 1,234"; of a list that is not counted "50 shown". */
export function shownOf(shown: number, total: number | undefined): string {
  return total === undefined ? `${count(shown)} shown` : `${count(shown)} of ${totalWords(total)}`
}

/** list(['a', 'b', 'c']) → "a, b and c". */
export function list(items: string[]): string {
  if (items.length < 2) return items[0] ?? ''
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`
}

/** 0.4213 → "42 %". Only a whole that is reached shows 100. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '0 %'
  return `${Math.min(part >= whole ? 100 : 99, Math.floor((part / whole) * 100))} %`
}
