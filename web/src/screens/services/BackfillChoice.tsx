import { Radio, Stack } from '@mantine/core'
import { date } from '../../format/time'
import { useNow } from '../../parts/useNow'
import { startsBefore, type Start } from './backfill'

interface Props {
  label: string
  description: string
  present: string | undefined
  chosen: Start | undefined
  onChoose: (start: Start | undefined) => void
  /** Offers to leave it as it is. */
  keep?: boolean
}

/** How far back is read. */
export function BackfillChoice({ label, description, present, chosen, onChoose, keep = false }: Props) {
  const now = useNow()
  const starts = startsBefore(present, now)
  if (!present || starts.length === 0) return null
  const day = (from: string | null) => (from ? `From ${date(new Date(from), now)}` : 'From the beginning')
  return (
    <Radio.Group label={label} description={description} value={chosen?.value ?? 'now'} onChange={(value) => onChoose(starts.find((s) => s.value === value))}>
      <Stack gap={6} mt="xs">
        {keep && <Radio value="now" label="As it is now" description={day(present)} />}
        {starts.map((s) => <Radio key={s.value} value={s.value} label={s.word} description={day(s.from)} />)}
      </Stack>
    </Radio.Group>
  )
}
