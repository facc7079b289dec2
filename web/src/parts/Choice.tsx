import { NativeSelect } from '@mantine/core'

interface Props<T extends string> {
  label: string
  value: T | undefined
  options: readonly T[]
  words: Record<T, string>
  onChoose: (value: T | undefined) => void
  all?: string
}

/** A filter with one value or none. */
export function Choice<T extends string>({ label, value, options, words, onChoose, all = 'Any' }: Props<T>) {
  return (
    <NativeSelect
      label={label} size="sm" style={{ flex: '1 1 8.5rem', maxWidth: '14rem' }} value={value ?? ''} data={[{ value: '', label: all }, ...options.map((o) => ({ value: o, label: words[o] }))]}
      onChange={(event) => { const chosen = event.currentTarget.value; onChoose(options.find((o) => o === chosen)) }}
    />
  )
}
