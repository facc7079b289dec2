import { Link } from '@tanstack/react-router'
import { useId } from 'react'
import { useReadOnlyReason } from '../api/session'
import classes from './Shell.module.css'

const reports = [
  { name: 'Reports', forAdmins: false, links: [{ to: '/reports/work-log', name: 'Work log' }, { to: '/reports/pull-requests', name: 'Pull requests' }] },
] as const

const settings = [
  { name: 'Integrations', forAdmins: false, links: [{ to: '/settings/integrations', name: 'Integrations' }, { to: '/settings/repos', name: 'Repos' }] },
  { name: 'Access', forAdmins: true, links: [{ to: '/settings/tokens', name: 'API tokens' }, { to: '/settings/audit-log', name: 'Audit log' }] },
  { name: 'Installation', forAdmins: true, links: [{ to: '/settings/github-app', name: 'GitHub App' }] },
  { name: 'Help', forAdmins: false, links: [{ to: '/settings/api-reference', name: 'API reference' }] },
] as const

/** What belongs to the chosen part of the product. */
export function Navigation({ part }: { part: 'Settings' | 'Reports' }) {
  const groups = part === 'Reports' ? reports : settings
  const id = useId()
  const isAdmin = useReadOnlyReason() === undefined
  return (
    <nav aria-label={part}>
      {groups.filter((group) => isAdmin || !group.forAdmins).map((group, i) => (
        <div key={group.name}>
          <p className={classes.group} id={`${id}${i}`}>{group.name}</p>
          <ul className={classes.links} aria-labelledby={`${id}${i}`}>
            {group.links.map((link) => (
              <li key={link.to}>
                <Link to={link.to} className={classes.link} activeProps={{ 'aria-current': 'page' }} activeOptions={{ includeSearch: false }}>{link.name}</Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}
