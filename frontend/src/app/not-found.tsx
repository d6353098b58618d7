import Link from 'next/link';
import { EmptyNote } from '@/components/data-region';

export default function NotFound() {
  return (
    <>
      <h1 className="mb-4 text-xl font-semibold">Nothing here</h1>
      <EmptyNote
        title="No page has this address."
        action={
          <Link href="/" className="underline">
            Go to the dashboard
          </Link>
        }
      />
    </>
  );
}
