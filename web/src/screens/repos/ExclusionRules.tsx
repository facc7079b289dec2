import { ActionIcon, Button, Drawer, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue, useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { exclusionRulesQuery, useSetRules, type ExclusionRule } from '../../api/groups'
import { useReadOnlyReason } from '../../api/session'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { toast } from '../../parts/toast'
import { isWhole, kinds, kindWords, newRule, placeholders, takesValue } from './rules'
import { RulesPreview } from './RulesPreview'

/** The drawer with the rules that keep repositories out. */
export function ExclusionRules({ id }: { id: string }) {
  const [opened, { open, close }] = useDisclosure(false)
  const stored = useQuery({ ...exclusionRulesQuery(id), enabled: opened })
  return (
    <>
      <Button size="xs" variant="default" onClick={open} data-testid="exclusion-rules">Exclusion rules</Button>
      <Drawer opened={opened} onClose={close} title="Exclusion rules">
        <Text size="sm" mb="md">What matches a rule is not read, now and whenever a repo changes; what is stored of it stays. Ignored repos stay ignored.</Text>
        {stored.error && !stored.data && <ErrorPanel what="The rules could not be read" error={stored.error} retry={() => void stored.refetch()} />}
        {stored.isFetching && !stored.data && <Loading rows={2} />}
        {stored.data && <Editor id={id} stored={stored.data.rules.map(({ kind, value }) => (value === undefined ? { kind } : { kind, value }))} onDone={close} />}
      </Drawer>
    </>
  )
}

interface Row { key: number; rule: ExclusionRule }

function Editor({ id, stored, onDone }: { id: string; stored: ExclusionRule[]; onDone: () => void }) {
  const [rows, setRows] = useState<Row[]>(() => stored.map((rule, key) => ({ key, rule })))
  const set = useSetRules(id)
  const readOnly = useReadOnlyReason()
  const rules = rows.map((row) => row.rule)
  const whole = rules.every(isWhole)
  const [asked] = useDebouncedValue(rules, 300)
  const change = (key: number, rule: ExclusionRule) => setRows(rows.map((row) => (row.key === key ? { key, rule } : row)))
  const same = JSON.stringify(rules) === JSON.stringify(stored)
  return (
    <Stack gap="sm">
      {rows.length === 0 && <Text size="sm" c="dimmed">No rule: nothing is excluded.</Text>}
      {rows.map(({ key, rule }, i) => (
        <Group key={key} gap="xs" align="end" wrap="nowrap" role="group" aria-label={`Rule ${i + 1}`}>
          <NativeSelect label="Rule" size="sm" value={rule.kind} data={kinds.map((kind) => ({ value: kind, label: kindWords[kind] }))} onChange={(event) => { const chosen = event.currentTarget.value; change(key, newRule(kinds.find((kind) => kind === chosen) ?? 'name')) }} style={{ flex: '1 1 9rem' }} />
          {takesValue(rule.kind) && (
            <TextInput
              label={rule.kind === 'pushed_before' ? 'Day' : 'Text'} type={rule.kind === 'pushed_before' ? 'date' : 'text'} placeholder={placeholders[rule.kind]} value={rule.value ?? ''} style={{ flex: '1 1 9rem' }}
              onChange={(event) => change(key, { kind: rule.kind, value: event.currentTarget.value })}
            />
          )}
          <ActionIcon variant="default" size={36} aria-label={`Remove rule ${i + 1}`} onClick={() => setRows(rows.filter((row) => row.key !== key))}>✕</ActionIcon>
        </Group>
      ))}
      <div><Button size="xs" variant="default" onClick={() => setRows([...rows, { key: Math.max(-1, ...rows.map((row) => row.key)) + 1, rule: newRule('name') }])}>Add rule</Button></div>
      {whole ? <RulesPreview id={id} rules={asked.every(isWhole) ? asked : rules} /> : <Text size="sm" c="dimmed" role="status">Fill in each rule to see what it would exclude.</Text>}
      {set.error && <ErrorPanel what="The rules could not be saved" error={set.error} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onDone}>Cancel</Button>
        <ReasonedButton
          reason={readOnly ?? (!whole ? 'A rule is not filled in.' : same ? 'Nothing has been changed.' : undefined)} loading={set.isPending}
          onClick={() => set.mutate(rules, { onSuccess: ({ effect }) => { toast(`Rules saved: ${effect.matched} excluded, ${effect.returned} come back`); onDone() } })}
        >
          Save rules
        </ReasonedButton>
      </Group>
    </Stack>
  )
}
