/** A page's name and, for whoever sees it first, what it is for. */
export function PageTitle({ title, lead }: { title: string; lead: string }) {
  return (
    <div className="mb-4 max-w-prose">
      <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
      <p className="mt-1 text-muted-foreground">{lead}</p>
    </div>
  );
}
