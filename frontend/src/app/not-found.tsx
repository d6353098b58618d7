import Link from 'next/link';

export default function NotFound() {
  return (
    <>
      <h1 className="mb-4 text-xl font-semibold">Nothing here</h1>
      <p>
        No page has this address.{' '}
        <Link href="/" className="underline">
          Go to the dashboard
        </Link>
      </p>
    </>
  );
}
