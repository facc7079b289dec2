import { Stack, UnstyledButton } from '@mantine/core'
import type { Method } from '../../api/connections'
import { Page } from '../../parts/Page'
import { stepNames, stepsOf, type Step } from './steps'
import classes from './wizard.module.css'

interface Props { step: Step; method: Method | undefined; onStep?: (step: Step) => void; children: React.ReactNode }

/** What surrounds a step: where it is among the others. A new step is a new page, whose heading has the focus. */
export function Frame({ step, method, onStep, children }: Props) {
  const steps = stepsOf(method)
  const at = steps.indexOf(step)
  const names = stepNames(method)
  const where = at < 0 ? names[step] : `Step ${at + 1} of ${steps.length}: ${names[step]}`
  const place = at < 0 ? steps.length : at // after the last step all are done
  return (
    <Page
      key={step} title={[where, 'Connect to GitHub Cloud', 'Integrations']}
      heading={<>Connect to GitHub Cloud<span className={classes.where}><span className="visually-hidden">. </span>{where}</span></>}
    >
      <nav aria-label="Steps">
        <ol className={classes.steps}>
          {steps.map((s, i) => (
            <li key={s} className={classes.step} data-done={i < place || undefined} aria-current={i === place ? 'step' : undefined}>
              {i < place && onStep && step !== 'progress'
                ? <UnstyledButton className={classes.name} onClick={() => onStep(s)}><Mark n={i + 1} done />{names[s]}<span className="visually-hidden"> (done, go back)</span></UnstyledButton>
                : <span className={classes.name}><Mark n={i + 1} done={i < place} />{names[s]}</span>}
            </li>
          ))}
        </ol>
      </nav>
      <Stack gap="md" className={classes.body}>{children}</Stack>
    </Page>
  )
}

function Mark({ n, done }: { n: number; done: boolean }) {
  return <span className={classes.mark} aria-hidden="true">{done ? '✓' : n}</span>
}
