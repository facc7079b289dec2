import type { Check, Diagnostics } from '../../api/diagnostics'
import type { Gap, Integration } from '../../api/integrations'
import type { components } from '../../api/schema'
import { plural } from '../../format/count'
import { gapTitle } from '../../format/gaps'
import { integrationLook, methodWords, whoWords } from '../../format/status'
import { grouped, lookOf, titleOf, verdict } from './checks'

interface Report { integration: Integration; found: Diagnostics; gaps: Gap[] }

/** What support needs, as Markdown. It names organizations and repositories, and holds nothing that opens a door. */
export function report({ integration: i, found, gaps }: Report): string {
  return [
    `# Diagnostics of ${line(i.name)}`,
    bullets([
      ['Integration', i.id], ['Method', i.auth_method && methodWords[i.auth_method]], ['Status', integrationLook(i.lifecycle, i.data_status).word],
      ['Complete through', i.complete_through], ['Checked at', found.checked_at ?? 'never'], ['Result', found.checked_at && `${verdict(found.counts)} (${plural(found.items.length, 'check')})`],
    ]),
    ...grouped(found.items).flatMap(({ name, checks }) => [`## ${name}`, checks.map(check).join('\n')]),
    ...(gaps.length > 0 ? ['## Known to be missing', gaps.map(gap).join('\n')] : []),
  ].join('\n\n') + '\n'
}

function check(c: Check): string {
  const evidence = c.evidence && [`${c.evidence.endpoint}: ${c.evidence.status}`, ...c.evidence.headers].join(', ')
  return entry(`${lookOf(c).word}: ${titleOf(c)}`, [['Code', c.code], ['Found', c.detail], ['Affects', c.effect], ['Evidence', evidence], ...remedy(c.remediation), ['Checked at', c.checked_at]])
}

function gap(g: Gap): string {
  return entry(gapTitle(g), [['Code', g.code], ['Found', g.detail], ['Affects', g.effect], ['Count', `${g.count} ${g.subject}`], ['Examples', g.examples.join(', ')], ['Since', g.since], ...remedy(g.remediation)])
}

type Fact = [string, string | undefined]

function remedy(r: components['schemas']['Remediation'] | undefined): Fact[] {
  return r ? [['Remedy', `${r.text} ${whoWords[r.who]}`.trimEnd()], ['Page', r.url && withoutQuery(r.url)]] : []
}

/** GitHub's links for single sign-on carry in their query what only the owner of the credential should have. */
export const withoutQuery = (url: string) => url.replace(/[?#].*$/s, '')

const line = (text: string) => text.replace(/\s+/g, ' ').trim()
const bullets = (facts: Fact[]) => facts.filter(([, value]) => value).map(([name, value]) => `- ${name}: ${line(value ?? '')}`).join('\n')
const entry = (title: string, facts: Fact[]) => [`- ${line(title)}`, bullets(facts).replace(/^/gm, '  ')].join('\n')
