import type { ExclusionRule } from '../../api/groups'

type Kind = ExclusionRule['kind']

export const kinds = ['name', 'regexp', 'archived', 'fork', 'pushed_before'] as const satisfies readonly Kind[]

export const kindWords: Record<Kind, string> = {
  name: 'Name contains', regexp: 'Name matches (regular expression)', archived: 'Is archived', fork: 'Is a fork', pushed_before: 'Last push before',
}

export const placeholders: Record<Kind, string> = { name: 'sandbox', regexp: '-(test|demo)$', archived: '', fork: '', pushed_before: '' }

export const takesValue = (kind: Kind) => kind !== 'archived' && kind !== 'fork'

export const newRule = (kind: Kind): ExclusionRule => (takesValue(kind) ? { kind, value: '' } : { kind })

export const isWhole = (rule: ExclusionRule) => !takesValue(rule.kind) || (rule.value ?? '').trim() !== ''
