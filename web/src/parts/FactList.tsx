/** Facts with their names, in the order in which they matter; what is unknown is left out. */
export function FactList({ facts }: { facts: [name: string, fact: React.ReactNode][] }) {
  return (
    <dl className="facts">
      {facts.filter(([, fact]) => fact !== undefined).map(([name, fact]) => <div key={name}><dt>{name}</dt><dd>{fact}</dd></div>)}
    </dl>
  )
}
