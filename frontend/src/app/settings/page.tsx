import type { Metadata } from 'next';
import { PageTitle } from '@/components/page-title';
import { Settings } from '@/features/settings/settings';

export const metadata: Metadata = { title: 'Settings' };

export default function SettingsPage() {
  return (
    <>
      <PageTitle title="Settings" lead="The key to this server, how the page looks, how times are shown, and what answers behind it." />
      <Settings />
    </>
  );
}
